"""A project and what is asked of its experiments in, rows of experiments and of their items out.

There is no table of experiments: one is the observations that name it, an item of it is the observation that
the others of the item name as their root.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from django.db.models import BooleanField, Count, Max, Min, QuerySet, TextField
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Greatest

from langfuse_site.lib.cursors import Moment, Place
from tracing.models import Observation
from tracing.queries.filters import Fragment

R = TypeVar("R")
P = TypeVar("P", bound=Place)

EXPERIMENTS_AFTER = """
    (max(greatest(observations.start_time, observations.end_time)), observations.experiment_id)
    < (%s::timestamptz, %s::text)
"""
ITEMS_AFTER = """
    (observations.start_time, observations.trace_id, observations.id)
    < (%s::timestamptz, %s::text, %s::text)
"""


def said(name: str) -> KeyTextTransform:
    """Return the text that an observation says of its experiment under this key."""
    return KeyTextTransform(name, "experiment")


def _json(name: str) -> Cast:
    """Return the same as the text of JSON: a response splices it in, and no number passes through a double."""
    return Cast(KeyTransform(name, "experiment"), TextField())


EXPERIMENT: dict[str, Combinable] = {
    "wire_id": Max(said("id")),
    "label": Max(said("name")),
    "description": Max(said("description")),
    "dataset_id": Max(said("dataset_id")),
    "began": Min("start_time"),
    "ended": Max(Greatest("start_time", "end_time")),
    "item_count": Count(said("root_observation_id"), distinct=True),
}
ITEM: dict[str, str | Combinable] = {
    **{
        name: name
        for name in ("id", "long_ids", "trace_id", "start_time", "end_time", "level", "environment")
    },
    "experiment_id": "experiment_id",
    "experiment_wire_id": said("id"),
    "experiment_name": said("name"),
    "item_id": said("item_id"),
}
GROUPS_OF_ITEM: dict[str, dict[str, str | Combinable]] = {
    "dataset": {"dataset_id": said("dataset_id"), "item_version": said("item_version")},
    "io": {
        **{name: name for name in ("input", "output", "input_form", "output_form")},
        "expected_output": said("expected_output"),
    },
    "metadata": {"metadata": Cast("metadata", TextField())},
    "itemMetadata": {"item_metadata": _json("item_metadata")},
    "experimentMetadata": {"experiment_metadata": _json("metadata"), "description": said("description")},
}


class ExperimentRow(msgspec.Struct, frozen=True, gc=False):
    """An experiment as far as the time asked for shows it; `metadata` is JSON text."""

    experiment_id: str
    wire_id: str | None
    label: str | None
    description: str | None
    dataset_id: str | None
    began: datetime
    ended: datetime
    item_count: int
    metadata: str | None = None


class ItemRow(msgspec.Struct, frozen=True, gc=False):
    """The root observation of an item, its columns filled as far as their groups were asked for; jsonb as text."""

    id: str
    long_ids: dict[str, str] | None
    trace_id: str
    start_time: datetime
    end_time: datetime | None
    level: str
    environment: str
    experiment_id: str
    experiment_wire_id: str | None
    experiment_name: str | None
    item_id: str | None
    dataset_id: str | None = None
    item_version: str | None = None
    input: str | None = None
    output: str | None = None
    input_form: int = 0
    output_form: int = 0
    expected_output: str | None = None
    metadata: str | None = None
    item_metadata: str | None = None
    experiment_metadata: str | None = None
    description: str | None = None


class ExperimentPlace(Place, frozen=True):
    """Where an experiment stands among those of the latest activity."""

    last_time: Moment
    last_id: str


class ItemPlace(Place, frozen=True):
    """Where an item stands among the latest; its observation alone would tell it, the experiment goes along."""

    last_time: Moment
    last_trace_id: str
    last_id: str
    last_experiment_id: str


@dataclass(frozen=True, slots=True)
class Slice(Generic[R, P]):
    """Rows of a page, and the place of the last one where more come after it."""

    rows: list[R]
    end: P | None


class OfGroup(RawSQL):
    """A condition on what is grouped: in `having`, and no cause of further groups."""

    contains_aggregate = True

    def get_group_by_cols(self) -> list[Any]:
        return []


def experiments_of(project_id: str) -> QuerySet[Observation, Any]:
    """Return all experiments of the project, to be narrowed by filters."""
    rows = Observation.objects.filter(project_id=project_id, experiment_id__isnull=False)
    return rows.values("experiment_id").annotate(**EXPERIMENT)


def items_of(project_id: str) -> QuerySet[Observation]:
    """Return all items of the project's experiments, to be narrowed by filters."""
    rows = Observation.objects.filter(project_id=project_id, experiment_id__isnull=False)
    return rows.filter(id=said("root_observation_id"))


def having(groups: QuerySet[Any, Any], condition: Fragment) -> QuerySet[Any, Any]:
    """Return the experiments that meet a condition of `datasets.columns.EXPERIMENTS`."""
    return groups.filter(OfGroup(condition.sql, condition.params, output_field=BooleanField()))  # noqa: S611


def list_experiments(
    groups: QuerySet[Any, Any], *, after: ExperimentPlace | None, limit: int, metadata: bool
) -> Slice[ExperimentRow, ExperimentPlace]:
    """Return up to `limit` experiments that come after a place, the latest activity first."""
    if after:
        groups = having(groups, Fragment(EXPERIMENTS_AFTER, (after.last_time, after.last_id)))
    if metadata:
        groups = groups.annotate(experiment_metadata=Max(_json("metadata")))
    columns = ["experiment_id", *EXPERIMENT, *(["experiment_metadata"] if metadata else [])]
    found = groups.order_by("-ended", "-experiment_id").values_list(*columns)[: limit + 1]
    rows = [ExperimentRow(*row) for row in found]
    if len(rows) <= limit:
        return Slice(rows, None)
    last = rows[limit - 1]
    return Slice(rows[:limit], ExperimentPlace(last_time=last.ended, last_id=last.experiment_id))


def list_items(
    items: QuerySet[Observation], *, after: ItemPlace | None, limit: int, groups: Collection[str]
) -> Slice[ItemRow, ItemPlace]:
    """Return up to `limit` of `items` that come after a place, the latest start first."""
    if after:
        place = (after.last_time, after.last_trace_id, after.last_id)
        items = items.filter(RawSQL(ITEMS_AFTER, place, output_field=BooleanField()))  # noqa: S611
    columns = _columns_of_item(groups)
    ordered = items.order_by("-start_time", "-trace_id", "-id")
    values = ordered.values_list(*columns.values())[: limit + 1]
    rows = [ItemRow(**dict(zip(columns, one, strict=True))) for one in values]
    if len(rows) <= limit:
        return Slice(rows, None)
    last = rows[limit - 1]
    end = ItemPlace(
        last_time=last.start_time,
        last_trace_id=last.trace_id,
        last_id=last.id,
        last_experiment_id=last.experiment_id,
    )
    return Slice(rows[:limit], end)


def _columns_of_item(groups: Collection[str]) -> Mapping[str, str | Combinable]:
    asked = [columns for group, columns in GROUPS_OF_ITEM.items() if group in groups]
    return {**ITEM, **{name: column for columns in asked for name, column in columns.items()}}
