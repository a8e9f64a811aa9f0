"""The columns by which traces and observations may be filtered, those of the apps above included."""

from functools import cache

from tracing.companions import companions
from tracing.models.traces import INDEXED_PREFIX
from tracing.queries.filters import Column, View, view_of

OF_THE_TRACE = (
    "exists (select from traces t where t.project_id = observations.project_id"
    " and t.id = observations.trace_id and ({}))"
)
SECONDS = "extract(epoch from observations.end_time - observations.start_time)"

TRACES = (
    Column("id", "text", "traces.id", ("ID", "Trace ID"), is_id=True),
    Column("traceName", "text", "traces.name", ("name", "Name", "Trace Name")),
    Column("timestamp", "datetime", "traces.timestamp", ("Timestamp",)),
    Column("userId", "text", "traces.user_id", ("User ID",), indexed_prefix=INDEXED_PREFIX),
    Column("sessionId", "text", "traces.session_id", ("Session ID",), is_id=True),
    Column("metadata", "object", "traces.metadata", ("Metadata",)),
    # Nothing here is written by an evaluator's own run.
    Column("evaluatorId", "text", "null::text", ("Evaluator ID",)),
    Column("ruleId", "text", "null::text", ("Rule ID",)),
    Column("version", "text", "traces.version", ("Version",)),
    Column("release", "text", "traces.release", ("Release",)),
    Column("environment", "text", "traces.environment", ("Environment",)),
    Column("tags", "array", "traces.tags", ("traceTags", "Tags", "Trace Tags")),
    Column("bookmarked", "boolean", "traces.bookmarked", ("⭐️",)),
    Column(
        "level",
        "text",
        "case when traces.error_count > 0 then 'ERROR' when traces.warning_count > 0 then 'WARNING'"
        " when traces.default_count > 0 then 'DEFAULT' when traces.debug_count > 0 then 'DEBUG' end",
        ("Level",),
    ),
    Column("errorCount", "number", "traces.error_count", ("Error Level Count",)),
    Column("warningCount", "number", "traces.warning_count", ("Warning Level Count",)),
    Column("defaultCount", "number", "traces.default_count", ("Default Level Count",)),
    Column("debugCount", "number", "traces.debug_count", ("Debug Level Count",)),
    Column("inputTokens", "number", "traces.input_tokens", ("Input Tokens",)),
    Column("outputTokens", "number", "traces.output_tokens", ("Output Tokens",)),
    Column("totalTokens", "number", "traces.total_tokens", ("tokens", "Total Tokens", "Tokens")),
    Column("inputCost", "number", "traces.input_cost", ("Input Cost ($)",)),
    Column("outputCost", "number", "traces.output_cost", ("Output Cost ($)",)),
    Column("totalCost", "number", "traces.total_cost", ("Total Cost ($)",)),
    Column("latency", "number", "traces.latency", ("Latency (s)",)),
)

OBSERVATIONS = (
    Column("id", "text", "observations.id", ("ID", "Observation ID"), is_id=True),
    Column("type", "text", "observations.type", ("Type",)),
    Column("name", "text", "observations.name", ("Name",)),
    Column("traceId", "text", "observations.trace_id", ("Trace ID",), is_id=True),
    Column(
        "parentObservationId",
        "text",
        "observations.parent_observation_id",
        ("Parent Observation ID",),
        is_id=True,
    ),
    Column("startTime", "datetime", "observations.start_time", ("Start Time",)),
    Column("endTime", "datetime", "observations.end_time", ("End Time",)),
    Column(
        "timeToFirstToken",
        "number",
        "extract(epoch from observations.completion_start_time - observations.start_time)",
        ("Time To First Token (s)",),
    ),
    Column("latency", "number", SECONDS, ("Latency (s)",)),
    Column(
        "tokensPerSecond",
        "number",
        f"(observations.output_tokens / nullif({SECONDS}, 0))",
        ("Tokens per second",),
    ),
    Column("inputCost", "number", "observations.input_cost", ("Input Cost ($)",)),
    Column("outputCost", "number", "observations.output_cost", ("Output Cost ($)",)),
    Column("totalCost", "number", "observations.total_cost", ("Total Cost ($)",)),
    Column("level", "text", "observations.level", ("Level",)),
    Column("statusMessage", "text", "observations.status_message", ("Status Message",)),
    Column("model", "text", "observations.model", ("Model", "providedModelName")),
    Column("modelId", "text", "observations.model_id", ("Model ID",)),
    Column("inputTokens", "number", "observations.input_tokens", ("Input Tokens",)),
    Column("outputTokens", "number", "observations.output_tokens", ("Output Tokens",)),
    Column("totalTokens", "number", "observations.total_tokens", ("tokens", "Total Tokens", "Tokens")),
    Column("metadata", "object", "observations.metadata", ("Metadata",)),
    Column("version", "text", "observations.version", ("Version",)),
    # A prompt that the client named but that does not exist is not shown.
    Column(
        "promptName",
        "text",
        "case when observations.prompt_id is not null then observations.prompt_name end",
        ("Prompt Name", "Prompt"),
    ),
    Column(
        "promptVersion",
        "number",
        "case when observations.prompt_id is not null then observations.prompt_version end",
        ("Prompt Version",),
    ),
    Column("environment", "text", "observations.environment", ("Environment",)),
    Column("toolNames", "array", "observations.tool_names", ("Tool Names", "Available Tool Names")),
    Column("calledToolNames", "array", "observations.tool_call_names", ("Called Tool Names",)),
    Column(
        "toolDefinitions",
        "number",
        "coalesce(cardinality(observations.tool_names), 0)",
        ("Tool Definitions", "Available Tools"),
    ),
    Column(
        "toolCalls",
        "number",
        "coalesce(cardinality(observations.tool_call_names), 0)",
        ("Tool Calls",),
    ),
    Column("traceTags", "array", "t.tags", ("tags", "Trace Tags", "Tags"), within=OF_THE_TRACE),
    Column("userId", "text", "t.user_id", ("User ID",), within=OF_THE_TRACE, indexed_prefix=INDEXED_PREFIX),
    Column("sessionId", "text", "t.session_id", ("Session ID",), within=OF_THE_TRACE, is_id=True),
    Column("traceName", "text", "t.name", ("Trace Name",), within=OF_THE_TRACE),
    Column("traceEnvironment", "text", "t.environment", ("Trace Environment",), within=OF_THE_TRACE),
)


@cache
def traces_view() -> View:
    """Return the columns of traces: scores' among them where the scoring app is installed."""
    return view_of("traces", (*TRACES, *registered("traces")))


@cache
def observations_view() -> View:
    """Return the columns of observations."""
    return view_of("observations", (*OBSERVATIONS, *registered("observations")))


def registered(view: str) -> tuple[Column, ...]:
    """Return the columns that the apps above lend to a view of this name."""
    tables = [getattr(companion, "filter_columns", {}) for companion in companions()]
    return tuple(column for table in tables for column in table.get(view, ()))
