"""The version of the API in, the view of observations out."""

from analytics.metrics.query import Version
from analytics.metrics.views.parts import (
    PAIR_VALUE,
    Measure,
    MetricsView,
    Table,
    array,
    boolean,
    client_id,
    make_view,
    metadata_filter,
    milliseconds,
    month,
    number,
    ones,
    pairs,
    per_second,
    tags,
    text,
    time_filter,
    unique,
    user_id,
)

OF_TRACE = ("t",)
TABLE = Table(
    "observations",
    "observations.start_time",
    joins={
        "t": "left join traces t on t.project_id = observations.project_id and t.id = observations.trace_id"
    },
)

# A prompt that the client named but that does not exist is not shown.
PROMPT_NAME = "case when observations.prompt_id is not null then observations.prompt_name end"
PROMPT_VERSION = "case when observations.prompt_id is not null then observations.prompt_version end"
START, FIRST_TOKEN, END = (
    f"observations.{column}" for column in ("start_time", "completion_start_time", "end_time")
)
SCORES = """(
    select count(*) from scores s
    where s.project_id = observations.project_id and s.trace_id = observations.trace_id
      and s.observation_id = observations.id and s.data_type <> 'CORRECTION'
)"""

COLUMNS = (
    client_id("id", "observations", "id"),
    client_id("traceId", "observations", "trace_id"),
    text("traceName", "t.name", joins=OF_TRACE),
    text("environment", "observations.environment"),
    client_id("parentObservationId", "observations", "parent_observation_id"),
    text("type", "observations.type"),
    text("name", "observations.name", "observationName"),
    text("level", "observations.level"),
    text("version", "observations.version"),
    tags("t.tags", joins=OF_TRACE),
    text("providedModelName", "observations.model"),
    text("promptName", PROMPT_NAME),
    number("promptVersion", PROMPT_VERSION),
    user_id("t.user_id", joins=OF_TRACE),
    client_id("sessionId", "t", "session_id", joins=OF_TRACE),
    text("traceRelease", "t.release", joins=OF_TRACE),
    text("traceVersion", "t.version", joins=OF_TRACE),
    month("startTimeMonth", START),
    array("toolNames", "observations.tool_names"),
    array("calledToolNames", "observations.tool_call_names"),
    time_filter(START, "startTime", "start_time"),
    metadata_filter("observations.metadata"),
)
ONLY_V2 = (
    boolean("isRootObservation", "(observations.parent_observation_id is null or observations.is_app_root)"),
    text("release", "t.release", joins=OF_TRACE),
    pairs("costType", "observations.cost_details"),
    pairs("usageType", "observations.usage_details"),
    text("experimentName", "(observations.experiment ->> 'name')"),
    text("experimentDatasetId", "(observations.experiment ->> 'dataset_id')"),
    text("experimentId", "observations.experiment_id"),
    metadata_filter("(coalesce(t.metadata, '{}') || observations.metadata)", joins=OF_TRACE, dotted=True),
)
HIGH_CARDINALITY = (
    *("id", "traceId", "userId", "sessionId", "parentObservationId"),
    *("experimentName", "experimentId", "experimentDatasetId"),
)
MEASURES = (
    ones("count"),
    Measure("latency", milliseconds(START, END), "number"),
    Measure("streamingLatency", milliseconds(FIRST_TOKEN, END), "number"),
    Measure("inputTokens", "observations.input_tokens"),
    Measure("outputTokens", "observations.output_tokens"),
    Measure("totalTokens", "observations.total_tokens"),
    Measure("outputTokensPerSecond", per_second("observations.output_tokens", FIRST_TOKEN, END), "number"),
    Measure("tokensPerSecond", per_second("observations.total_tokens", START, END), "number"),
    Measure("inputCost", "observations.input_cost", "USD"),
    Measure("outputCost", "observations.output_cost", "USD"),
    Measure("totalCost", "observations.total_cost", "USD"),
    Measure("timeToFirstToken", milliseconds(START, FIRST_TOKEN), "number"),
    Measure("countScores", SCORES),
    Measure("toolDefinitions", "nullif(cardinality(observations.tool_names), 0)"),
    Measure("toolCalls", "nullif(cardinality(observations.tool_call_names), 0)"),
)
MEASURES_ONLY_V2 = (
    Measure("traceId", "observations.trace_id", "text"),
    unique("uniqueUserIds", "t.user_id", joins=OF_TRACE),
    unique("uniqueSessionIds", "t.session_id", joins=OF_TRACE),
    Measure("costByType", PAIR_VALUE, "USD", needs="costType"),
    Measure("usageByType", PAIR_VALUE, needs="usageType"),
)


def observations(version: Version) -> MetricsView:
    """Return the view; v2 knows more, and what it says of metadata replaces what v1 says."""
    if version == "v1":
        return make_view("observations", TABLE, COLUMNS, MEASURES)
    return make_view(
        "observations",
        TABLE,
        (*COLUMNS, *ONLY_V2),
        (*MEASURES, *MEASURES_ONLY_V2),
        high_cardinality=HIGH_CARDINALITY,
    )
