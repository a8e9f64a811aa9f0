"""Nothing in, the view of traces out: what belongs to their observations comes from the summary in their row."""

from analytics.metrics.views.parts import (
    Measure,
    Table,
    client_id,
    make_view,
    metadata_filter,
    month,
    ones,
    tags,
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
# Whole microseconds, so that a sum is exact.
LATENCY = "case when traces.observation_count > 0 then round(traces.latency * 1000000)::bigint / 1000.0 end"

COLUMNS = (
    client_id("id", "traces", "id"),
    text("name", "traces.name", "traceName"),
    tags("traces.tags"),
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
