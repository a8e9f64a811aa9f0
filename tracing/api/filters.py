"""The query parameters of the lists of traces, observations, sessions and users."""

from django.db.models import Q

from tracing.api.params import (
    AllOfFilter,
    AnyOfFilter,
    ApiFilterSet,
    ChoiceFilter,
    FlagFilter,
    IdFilter,
    IdOfTraceFilter,
    IdOrNoneFilter,
    MomentFilter,
    OfTraceFilter,
    PrefixedTextFilter,
    TextFilter,
)
from tracing.queries.columns import observations_view, traces_view
from tracing.queries.columns_v2 import observations_v2_view
from tracing.queries.filters import View

LEVELS = ("DEBUG", "DEFAULT", "WARNING", "ERROR")
OBSERVATION_TYPES = (
    *("SPAN", "GENERATION", "EVENT", "AGENT", "TOOL", "CHAIN"),
    *("RETRIEVER", "EVALUATOR", "EMBEDDING", "GUARDRAIL"),
)


class TraceFilters(ApiFilterSet):
    userId = PrefixedTextFilter("user_id", column="userId")
    name = TextFilter("name", column="traceName")
    sessionId = IdFilter("session_id", column="sessionId")
    version = TextFilter("version", column="version")
    release = TextFilter("release", column="release")
    tags = AllOfFilter("tags", column="tags")
    environment = AnyOfFilter("environment", column="environment")
    fromTimestamp = MomentFilter("timestamp", column="timestamp", lookup_expr="gte")
    toTimestamp = MomentFilter("timestamp", column="timestamp", lookup_expr="lt")

    @classmethod
    def view(cls) -> View:
        return traces_view()


class ObservationFilters(ApiFilterSet):
    name = TextFilter("name", column="name")
    userId = OfTraceFilter("user_id", column="userId")
    type = ChoiceFilter("type", column="type", words=OBSERVATION_TYPES)
    traceId = IdFilter("trace_id", column="traceId")
    level = ChoiceFilter("level", column="level", words=LEVELS)
    parentObservationId = IdFilter("parent_observation_id", column="parentObservationId")
    environment = AnyOfFilter("environment", column="environment")
    fromStartTime = MomentFilter("start_time", column="startTime", lookup_expr="gte")
    toStartTime = MomentFilter("start_time", column="startTime", lookup_expr="lt")
    version = TextFilter("version", column="version")

    @classmethod
    def view(cls) -> View:
        return observations_view()


class ObservationV2Filters(ObservationFilters):
    sessionId = IdOfTraceFilter("session_id", column="sessionId")
    parentObservationId = IdOrNoneFilter("parent_observation_id", column="parentObservationId")
    isRootObservation = FlagFilter(
        column="isRootObservation", condition=Q(parent_observation_id=None) | Q(is_app_root=True)
    )

    @classmethod
    def view(cls) -> View:
        return observations_v2_view()


class SessionFilters(ApiFilterSet):
    environment = AnyOfFilter("environment", column="environment")
    fromTimestamp = MomentFilter("created_at", column="createdAt", lookup_expr="gte")
    toTimestamp = MomentFilter("created_at", column="createdAt", lookup_expr="lt")


class UserFilters(ApiFilterSet):
    """Which traces count towards their users."""

    environment = AnyOfFilter("environment", column="environment")
    fromTimestamp = MomentFilter("timestamp", column="timestamp", lookup_expr="gte")
    toTimestamp = MomentFilter("timestamp", column="timestamp", lookup_expr="lt")
