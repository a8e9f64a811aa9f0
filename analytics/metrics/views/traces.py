"""Nothing in, the view of traces out: what belongs to their observations comes from the summary in their row."""

from analytics.metrics.views.parts import (
    Measure,
    Table,
    array,
    client_id,
    make_view,
    metadata_filter,
    month,
    ones,
    text,
    time_filter,
    unique,
    user_id,
)

TABLE = Table("traces", "traces.timestamp", joins={})

SCORES = """(
    select count(*) from scores s
    where s.project_id = traces.project_id and s.trace_id = traces.id and s.data_type <> 'CORRECTION'
)"""
LATENCY = (
    "case when traces.observation_count > 0 then "
    "extract(epoch from greatest(traces.last_end, traces.last_start) - traces.first_start) * 1000 end"
)

COLUMNS = (
    client_id("id", "traces", "id"),
    text("name", "traces.name", "traceName"),
    array("tags", "traces.tags", "traceTags"),
    user_id("traces.user_id"),
    client_id("sessionId", "traces", "session_id"),
    text("release", "traces.release"),
    text("version", "traces.version"),
    text("environment", "traces.environment"),
    month("timestampMonth", "traces.timestamp"),
    time_filter("traces.timestamp"),
    metadata_filter("traces.metadata"),
)
MEASURES = (
    ones("count"),
    Measure("observationsCount", "traces.observation_count"),
    Measure("scoresCount", SCORES),
    unique("uniqueUserIds", "traces.user_id"),
    unique("uniqueSessionIds", "traces.session_id"),
    Measure("latency", LATENCY, "number"),
    Measure("totalTokens", "traces.total_tokens"),
    Measure("totalCost", "traces.total_cost", "USD"),
)
TRACES = make_view("traces", TABLE, COLUMNS, MEASURES)
