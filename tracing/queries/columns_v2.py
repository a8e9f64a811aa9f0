"""The columns by which `/v2/observations` may be filtered: those of `/observations`, and what only it knows."""

from functools import cache

from tracing.queries.columns import OBSERVATIONS, OF_THE_TRACE, registered
from tracing.queries.filters import Column, View, view_of

WITH_TRACE_METADATA = (
    "(coalesce((select t.metadata from traces t where t.project_id = observations.project_id"
    " and t.id = observations.trace_id), '{}') || observations.metadata)"
)
PUBLIC_KEY = (
    "(select k.public_key from api_keys k where k.project_id = observations.project_id"
    " and k.id = observations.api_key_id)"
)

ONLY_V2 = (
    Column("metadata", "object", WITH_TRACE_METADATA, ("Metadata",), dotted=True, search="metadata"),
    Column("release", "text", "t.release", ("Release",), within=OF_THE_TRACE),
    Column("input", "text", "observations.input", ("Input",), search="payload"),
    Column("output", "text", "observations.output", ("Output",), search="payload"),
    Column("hasInput", "boolean", "(coalesce(observations.input, '') <> '')", ("Has Input",)),
    Column("hasOutput", "boolean", "(coalesce(observations.output, '') <> '')", ("Has Output",)),
    Column(
        "isRootObservation",
        "boolean",
        "(observations.parent_observation_id is null or observations.is_app_root)",
        ("Is Root Observation",),
    ),
    Column(
        "hasParentObservation",
        "boolean",
        "(observations.parent_observation_id is not null)",
        ("Has Parent Observation",),
    ),
    Column("experimentId", "text", "observations.experiment_id", ("Experiment ID",)),
    Column("experimentName", "text", "(observations.experiment ->> 'name')", ("Experiment Name",)),
    Column(
        "experimentDatasetId",
        "text",
        "(observations.experiment ->> 'dataset_id')",
        ("Experiment Dataset ID",),
    ),
    Column(
        "isExperimentItemRootSpan",
        "boolean",
        "coalesce(observations.experiment ->> 'root_observation_id' = observations.id, false)",
        ("Is Experiment Item Root Span",),
    ),
    Column("ingestionApiKey", "text", PUBLIC_KEY, ("Ingestion API Key",)),
    Column("ingestionSdkName", "text", "observations.sdk_name", ("Ingestion SDK Name",)),
    Column("ingestionSdkVersion", "text", "observations.sdk_version", ("Ingestion SDK Version",)),
    Column(
        "ingestionSource",
        "text",
        "case when observations.otel is null then 'ingestion-api' else 'otel' end",
        ("Ingestion Source",),
    ),
)


@cache
def observations_v2_view() -> View:
    """Return the columns of observations as their second endpoint has them."""
    own = {column.id for column in ONLY_V2}
    shared = [column for column in (*OBSERVATIONS, *registered("observations")) if column.id not in own]
    return view_of("observations", (*shared, *ONLY_V2, *registered("observations v2")))
