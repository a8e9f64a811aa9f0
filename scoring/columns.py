"""The columns by which scores may be filtered, and those that scores lend to traces and observations."""

from tracing.models.traces import INDEXED_PREFIX
from tracing.queries.filters import Column, View, view_of

OF_THE_TRACE = (
    "exists (select from traces t where t.project_id = scores.project_id and t.id = scores.trace_id and ({}))"
)

SCORES: View = view_of(
    "scores",
    (
        Column("id", "text", "scores.id", ("ID", "Score ID"), is_id=True),
        Column("timestamp", "datetime", "scores.timestamp", ("Timestamp",)),
        Column("environment", "text", "scores.environment", ("Environment",)),
        Column("traceId", "text", "scores.trace_id", ("Trace ID",), is_id=True),
        Column("observationId", "text", "scores.observation_id", ("Observation ID",), is_id=True),
        Column("sessionId", "text", "scores.session_id", ("Session ID",), is_id=True),
        Column("name", "text", "scores.name", ("Name",), indexed_prefix=INDEXED_PREFIX),
        Column("value", "number", "scores.value", ("Value",)),
        Column(
            "booleanValue",
            "boolean",
            "case when scores.data_type = 'BOOLEAN' then scores.value = 1 end",
            ("Boolean Value",),
        ),
        Column("stringValue", "text", "scores.string_value", ("String Value",)),
        Column("dataType", "text", "scores.data_type", ("Data Type",)),
        Column("source", "text", "scores.source", ("Source",)),
        Column("comment", "text", "scores.comment", ("Comment",)),
        Column("authorUserId", "text", "scores.author_user_id", ("Author User ID", "User ID (Author)")),
        Column("metadata", "object", "scores.metadata", ("Metadata",)),
        # No evaluator runs here yet, so none has written a score.
        Column("evaluatorId", "text", "null::text", ("Evaluator ID", "Eval Configuration ID")),
        Column("traceName", "text", "t.name", ("Trace Name",), within=OF_THE_TRACE),
        Column(
            "userId", "text", "t.user_id", ("User ID",), within=OF_THE_TRACE, indexed_prefix=INDEXED_PREFIX
        ),
        Column("trace_tags", "array", "t.tags", ("traceTags", "Trace Tags"), within=OF_THE_TRACE),
    ),
)

ON_TRACE = "s.project_id = traces.project_id and s.trace_id = traces.id and s.name = %s"
ON_ITS_TRACE = (
    "s.project_id = observations.project_id and s.trace_id = observations.trace_id"
    " and s.observation_id is null and s.name = %s"
)
ON_OBSERVATION = (
    "s.project_id = observations.project_id and s.trace_id = observations.trace_id"
    " and s.observation_id = observations.id and s.name = %s"
)


def lent_columns(target: str, *, prefix: str = "") -> tuple[Column, ...]:
    """Return the columns that a view gets from the scores that `target`, a condition on `s`, finds by name.

    With a prefix their ids begin with it, and they have no other names.
    """
    return (
        Column(
            f"{prefix}scores_avg",
            "number by key",
            f"select avg(s.value) from scores s where {target} and s.data_type in ('NUMERIC', 'BOOLEAN')",  # noqa: S608
            () if prefix else ("Scores (numeric)", "scores"),
        ),
        Column(
            f"{prefix}score_categories",
            "texts by key",
            f"select array_agg(s.string_value) from scores s where {target} and s.data_type = 'CATEGORICAL'",  # noqa: S608
            () if prefix else ("Scores (categorical)",),
        ),
        Column(
            f"{prefix}score_booleans",
            "booleans by key",
            f"select array_agg(s.value = 1) from scores s where {target} and s.data_type = 'BOOLEAN'",  # noqa: S608
            () if prefix else ("Scores (boolean)",),
        ),
    )


LENT = {
    "traces": lent_columns(ON_TRACE),
    "observations": lent_columns(ON_OBSERVATION),
    "observations v2": lent_columns(ON_ITS_TRACE, prefix="trace_"),
}
