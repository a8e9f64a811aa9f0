"""A project and what is asked of its observations in, rows of observations and what their units cost out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

import msgspec
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from tracing.costs.pricing import PricedModel
from tracing.models import Observation
from tracing.queries.pages import Page, read_page
from tracing.queries.prices import match_models

# jsonb is read as text: a response splices it in, and no number passes through a double.
COLUMNS = (
    *("id", "long_ids", "trace_id", "parent_observation_id", "type", "name", "start_time", "end_time"),
    *(
        "completion_start_time",
        "environment",
        "level",
        "status_message",
        "version",
        "created_at",
        "updated_at",
    ),
    *("model", "model_id", "pricing_tier_id", "pricing_tier_name", "input_tokens", "output_tokens"),
    *(
        "total_tokens",
        "input_cost",
        "output_cost",
        "total_cost",
        "prompt_id",
        "prompt_name",
        "prompt_version",
    ),
    *("input", "output", "input_form", "output_form"),
    *(Cast("metadata", TextField()), Cast("model_parameters", TextField())),
    *(Cast("usage_details", TextField()), Cast("cost_details", TextField()), Cast("prices", TextField())),
)


class ObservationRow(msgspec.Struct, frozen=True, gc=False):
    """An observation as it is read: its columns, with all jsonb as text."""

    id: str
    long_ids: dict[str, str] | None
    trace_id: str
    parent_observation_id: str | None
    type: str
    name: str | None
    start_time: datetime
    end_time: datetime | None
    completion_start_time: datetime | None
    environment: str
    level: str
    status_message: str | None
    version: str | None
    created_at: datetime
    updated_at: datetime
    model: str | None
    model_id: str | None
    pricing_tier_id: str | None
    pricing_tier_name: str | None
    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_cost: Decimal | None
    output_cost: Decimal | None
    total_cost: Decimal | None
    prompt_id: str | None
    prompt_name: str | None
    prompt_version: int | None
    input: str | None
    output: str | None
    input_form: int
    output_form: int
    metadata: str
    model_parameters: str | None
    usage_details: str
    cost_details: str
    prices: str | None


def observations_of(project_id: str) -> QuerySet[Observation]:
    """Return all observations of the project, to be narrowed by filters."""
    return Observation.objects.filter(project_id=project_id)


def list_observations(rows: QuerySet[Observation], *, offset: int, limit: int) -> Page[ObservationRow]:
    """Return a page of `rows`, the latest first."""
    ordered = rows.order_by("-start_time", "-id")
    return read_page(ordered, COLUMNS, into=ObservationRow, offset=offset, limit=limit)


def list_observations_of_trace(project_id: str, trace_id: str) -> list[ObservationRow]:
    """Return all observations of a trace (key), in order of their start."""
    rows = observations_of(project_id).filter(trace_id=trace_id).order_by("start_time", "id")
    return [ObservationRow(*row) for row in rows.values_list(*COLUMNS)]


def get_observation(project_id: str, observation_id: str) -> ObservationRow | None:
    """Return the observation with this key."""
    row: Any = observations_of(project_id).filter(id=observation_id).values_list(*COLUMNS).first()
    return ObservationRow(*row) if row else None


class Priced(Protocol):
    """What of an observation says what its units cost."""

    @property
    def model(self) -> str | None: ...
    @property
    def model_id(self) -> str | None: ...
    @property
    def start_time(self) -> datetime: ...
    @property
    def prices(self) -> str | None: ...


def unit_prices(project_id: str, rows: Sequence[Priced]) -> list[Mapping[str, Decimal]]:
    """Return USD per unit by usage key for each row: its model's default tier, else what its cost came from."""
    names = {row.model for row in rows if row.model is not None and row.model_id is not None}
    models = match_models(project_id, sorted(names)) if names else {}
    return [_default_prices(row, models) for row in rows]


def _default_prices(row: Priced, models: Mapping[str, PricedModel]) -> Mapping[str, Decimal]:
    model = models.get(row.model or "")
    if model is not None and model.id == row.model_id:
        for tier in model.tiers_at(row.start_time):
            if tier.is_default:
                return tier.prices
    return _PRICES.decode(row.prices) if row.prices else {}


_PRICES = msgspec.json.Decoder(dict[str, Decimal])
