"""Groups of fields, filters and the end of the last page in; the next page of observations out.

The order is that of the API's cursor: latest start first, then by a hash of the trace's id, then by id. The
last two only part what started in the same microsecond, so that the index by time serves it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db.models import BooleanField, F, Func, IntegerField, QuerySet, TextField
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Cast

from tracing.models import Observation, Trace

AFTER_SQL = """
    (observations.start_time, hashtext(observations.trace_id), observations.id)
    < (%s::timestamptz, hashtext(%s::text), %s::text)
"""
TRACE_HASH = Func(F("trace_id"), function="hashtext", output_field=IntegerField())

CORE = ("id", "long_ids", "trace_id", "parent_observation_id", "type", "start_time", "end_time")
# jsonb is read as text: a response splices it in, and no number passes through a double.
GROUPS: dict[str, tuple[str | Cast, ...]] = {
    "basic": ("name", "level", "status_message", "version", "environment", "is_app_root"),
    "time": ("completion_start_time", "created_at", "updated_at"),
    "io": ("input", "output"),
    "metadata": (Cast("metadata", TextField()),),
    "model": ("model", "model_id", Cast("model_parameters", TextField()), Cast("prices", TextField())),
    "usage": (
        *(Cast("usage_details", TextField()), Cast("cost_details", TextField())),
        *("input_tokens", "output_tokens", "total_tokens", "input_cost", "output_cost", "total_cost"),
        *("pricing_tier_id", "pricing_tier_name"),
    ),
    "prompt": ("prompt_id", "prompt_name", "prompt_version"),
    "metrics": ("completion_start_time",),
}
OF_TRACE: dict[str, tuple[str | Cast, ...]] = {
    "basic": ("long_ids", "user_id", "session_id", "public", "bookmarked"),
    "metadata": (Cast("metadata", TextField()),),
    "trace_context": ("tags", "release", "name"),
}
ALL_GROUPS = ("core", *dict.fromkeys((*GROUPS, *OF_TRACE)))
DEFAULT_GROUPS = ("core", "basic")


class TraceOfRow(msgspec.Struct, frozen=True, gc=False):
    """What observations show of their trace, as far as it was asked for; the defaults stand for no trace, too."""

    long_ids: dict[str, str] | None = None
    user_id: str | None = None
    session_id: str | None = None
    public: bool = False
    bookmarked: bool = False
    metadata: str = "{}"
    tags: list[str] = []
    release: str | None = None
    name: str | None = None


class SelectedRow(msgspec.Struct, frozen=True, gc=False):
    """An observation, its columns filled as far as their groups were asked for; all jsonb as text."""

    id: str
    long_ids: dict[str, str] | None
    trace_id: str
    parent_observation_id: str | None
    type: str
    start_time: datetime
    end_time: datetime | None
    name: str | None = None
    level: str = "DEFAULT"
    status_message: str | None = None
    version: str | None = None
    environment: str = "default"
    is_app_root: bool = False
    completion_start_time: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    input: str | None = None
    output: str | None = None
    metadata: str = "{}"
    model: str | None = None
    model_id: str | None = None
    model_parameters: str | None = None
    prices: str | None = None
    usage_details: str = "{}"
    cost_details: str = "{}"
    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    input_cost: Decimal | None = None
    output_cost: Decimal | None = None
    total_cost: Decimal | None = None
    pricing_tier_id: str | None = None
    pricing_tier_name: str | None = None
    prompt_id: str | None = None
    prompt_name: str | None = None
    prompt_version: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an observation stands in the order; ids are keys as `lib.ids.key_of` makes them."""

    start_time: datetime
    trace_id: str
    id: str


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows of a page, and the place of its last row where more come after it."""

    rows: list[SelectedRow]
    end: Place | None


def list_selected(
    rows: QuerySet[Observation], *, groups: Collection[str], after: Place | None, limit: int
) -> Slice:
    """Return up to `limit` of `rows` that come after a place, with the columns of these groups."""
    if limit == 0:
        return Slice([], None)
    columns = _columns(GROUPS, groups)
    found = _after(rows, after).order_by("-start_time", TRACE_HASH.desc(), "-id")
    names = [*CORE, *columns]
    values = found.values_list(*CORE, *columns.values())[: limit + 1]
    page = [SelectedRow(**dict(zip(names, one, strict=True))) for one in values]
    if len(page) <= limit:
        return Slice(page, None)
    last = page[limit - 1]
    return Slice(page[:limit], Place(last.start_time, last.trace_id, last.id))


def _after(rows: QuerySet[Observation], place: Place | None) -> QuerySet[Observation]:
    if place is None:
        return rows
    later = RawSQL(  # noqa: S611
        AFTER_SQL, (place.start_time, place.trace_id, place.id), output_field=BooleanField()
    )
    # Said on its own as well: this is the part that the index by time can serve.
    return rows.filter(later, start_time__lte=place.start_time)


def traces_of_rows(
    project_id: str, rows: Iterable[SelectedRow], *, groups: Collection[str]
) -> dict[str, TraceOfRow]:
    """Return what these groups show of the rows' traces, by key: each once, however many rows it has."""
    columns = _columns(OF_TRACE, groups)
    if not columns:
        return {}
    keys = {row.trace_id for row in rows}
    found: Any = Trace.objects.filter(project_id=project_id, id__in=keys).values_list("id", *columns.values())
    return {key: TraceOfRow(**dict(zip(columns, values, strict=True))) for key, *values in found}


def _columns(
    table: dict[str, tuple[str | Cast, ...]], groups: Collection[str]
) -> dict[str, str | Combinable]:
    """Return by name what is read for these groups, in the order of the table."""
    chosen = (column for group, columns in table.items() if group in groups for column in columns)
    return {_name(column): column for column in chosen}


def _name(column: str | Cast) -> str:
    return column if isinstance(column, str) else str(column.get_source_expressions()[0].name)
