"""Merged observations in, priced and linked rows written out: one look-up each a batch, one statement each a table."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from langfuse_site.lib.exact_json import exact_loads
from prompts.queries import resolve_links
from tracing.costs.cost import CostInput, cost_of
from tracing.costs.pricing import PricedModel
from tracing.ingest.changes import Changes
from tracing.ingest.fold import Entity
from tracing.ingest.rows import observation_row
from tracing.queries.prices import match_models
from tracing.store.bulk import Row, copy_rows, update_rows
from tracing.store.observations import TABLE


def write_observations(project_id: str, changes: Changes, now: datetime) -> None:
    """Write the changed observations; a new one that somebody else wrote meanwhile raises IntegrityError."""
    if not changes.observations:
        return
    models = match_models(project_id, _model_names(changes.observations))
    links = resolve_links(project_id, _prompts(changes.observations))
    new: list[Row] = []
    old: list[Row] = []
    for entity in changes.observations:
        costed = cost_of(_cost_input(entity, models))
        prompt_id = links.get(entity.values.get("prompt") or ("", 0))
        row = observation_row(project_id, entity, costed, prompt_id=prompt_id, now=now)
        (old if entity.stored else new).append(row)
    if new:
        copy_rows(TABLE, new)
    if old:
        update_rows(TABLE, old)


def _model_names(observations: Sequence[Entity]) -> list[str]:
    return sorted({name for entity in observations if (name := entity.values.get("model"))})


def _prompts(observations: Sequence[Entity]) -> list[tuple[str, int]]:
    return sorted({prompt for entity in observations if (prompt := entity.values.get("prompt"))})


def _cost_input(entity: Entity, models: dict[str, PricedModel]) -> CostInput:
    values = entity.values
    matched = models.get(values["model"]) if values.get("model") else None
    given, made = values.get("input"), values.get("output")
    return CostInput(
        start_time=values["start_time"],
        provided_usage=values.get("provided_usage") or {},
        provided_cost=_decimals(values.get("provided_cost")),
        level=values.get("level") or "DEFAULT",
        model=values.get("model"),
        matched=matched,
        input=given.text if given else None,
        output=made.text if made else None,
        model_parameters=values.get("model_parameters"),
        metadata=_metadata(matched, entity),
    )


def _metadata(matched: PricedModel | None, entity: Entity) -> dict[str, Any] | None:
    """Return the parsed metadata, for models whose tiers may look at it: shipped ones don't."""
    if matched is None or matched.shipped or entity.metadata.text is None:
        return None
    parsed: dict[str, Any] = exact_loads(entity.metadata.text)
    return parsed


def _decimals(costs: dict[str, Any] | None) -> dict[str, Decimal]:
    return {key: Decimal(cost) for key, cost in costs.items()} if costs else {}
