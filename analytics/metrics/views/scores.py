"""The version of the API in, the three views of scores out: by what kind of value they have."""

from dataclasses import replace

from analytics.metrics.query import Version, ViewName
from analytics.metrics.views.parts import (
    Dimension,
    Measure,
    MetricsView,
    Table,
    boolean,
    client_id,
    day,
    make_view,
    metadata_filter,
    month,
    number,
    ones,
    tags,
    text,
    time_filter,
    user_id,
)
from tracing.queries.filters import Column

OF_TRACE, OF_OBSERVATION = ("t",), ("o",)
TABLE = Table(
    "scores",
    "scores.timestamp",
    joins={
        "t": "left join traces t on t.project_id = scores.project_id and t.id = scores.trace_id",
        "o": "left join observations o on o.project_id = scores.project_id and o.id = scores.observation_id",
    },
)
KINDS: dict[ViewName, str] = {
    "scores-numeric": "scores.data_type in ('NUMERIC', 'BOOLEAN')",
    "scores-categorical": "scores.data_type = 'CATEGORICAL'",
    "scores-boolean": "scores.data_type = 'BOOLEAN'",
}

# A score belongs to a session itself or by its trace, to an experiment as its run or by its observation.
SESSION_ID = Dimension(
    Column("sessionId", "text", "coalesce(scores.session_id, t.session_id)", is_id=True),
    OF_TRACE,
    shown="coalesce(scores.long_ids ->> 'session_id', scores.session_id, t.long_ids ->> 'session_id', t.session_id)",
)
EXPERIMENT_ID = "coalesce(scores.dataset_run_id, o.experiment_id)"
EXPERIMENT_NAME = f"""coalesce(o.experiment ->> 'name', (
    select e.experiment ->> 'name' from observations e
    where e.project_id = scores.project_id and e.experiment_id = {EXPERIMENT_ID}
    order by e.start_time limit 1
))"""  # noqa: S608 - constants only

COLUMNS = (
    client_id("id", "scores", "id"),
    text("name", "scores.name", "scoreName"),
    text("environment", "scores.environment"),
    text("source", "scores.source"),
    text("dataType", "scores.data_type"),
    client_id("traceId", "scores", "trace_id"),
    client_id("observationId", "scores", "observation_id"),
    client_id("configId", "scores", "config_id"),
    # No evaluator runs here yet, so none has written a score.
    text("evaluatorId", "null::text"),
    month("timestampMonth", "scores.timestamp"),
    day("timestampDay", "scores.timestamp"),
    text("traceName", "t.name", joins=OF_TRACE),
    tags("t.tags", joins=OF_TRACE),
    user_id("t.user_id", joins=OF_TRACE),
    SESSION_ID,
    text("traceRelease", "t.release", joins=OF_TRACE),
    text("traceVersion", "t.version", joins=OF_TRACE),
    text("observationName", "o.name", joins=OF_OBSERVATION),
    text("observationModelName", "o.model", joins=OF_OBSERVATION),
    text(
        "observationPromptName",
        "case when o.prompt_id is not null then o.prompt_name end",
        joins=OF_OBSERVATION,
    ),
    number(
        "observationPromptVersion",
        "case when o.prompt_id is not null then o.prompt_version end",
        joins=OF_OBSERVATION,
    ),
    time_filter("scores.timestamp"),
    metadata_filter("scores.metadata"),
)
ONLY_V2 = (
    client_id("datasetRunId", "scores", "dataset_run_id"),
    text("experimentName", EXPERIMENT_NAME, joins=OF_OBSERVATION),
    text("experimentId", EXPERIMENT_ID, joins=OF_OBSERVATION),
)
HIGH_CARDINALITY = (
    *("id", "traceId", "observationId", "userId", "sessionId"),
    *("datasetRunId", "experimentName", "experimentId"),
)
VALUES: dict[ViewName, Dimension] = {
    "scores-numeric": number("value", "scores.value"),
    "scores-categorical": text("stringValue", "scores.string_value"),
    "scores-boolean": boolean("booleanValue", "(scores.value = 1)"),
}
# As decimals, so that a sum does not depend on the order in which it was made.
VALUE = Measure("value", "scores.value::numeric", "number")


def scores(name: ViewName, version: Version) -> MetricsView:
    """Return the view of scores with this kind of value; categories have no number to measure."""
    return make_view(
        name,
        replace(TABLE, where=KINDS[name]),
        (*COLUMNS, VALUES[name], *(ONLY_V2 if version == "v2" else ())),
        (ones("count"),) if name == "scores-categorical" else (ones("count"), VALUE),
        high_cardinality=HIGH_CARDINALITY if version == "v2" else (),
    )
