"""A stretch of a project's observations in, what each generation would cost by today's prices out.

The prices are found and applied as a digest does it. Costs that a client provided stay as they are, and so does
what no price is known for any more: a definition that was deleted takes no cost along.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db import connection

from langfuse_site.lib.exact_json import exact_loads
from tracing.costs.cost import Costed, CostInput, cost_of
from tracing.costs.pricing import PricedModel
from tracing.costs.tiers import AttributeCondition
from tracing.queries.prices import match_models

END_SQL = """
    select start_time, id from observations
    where project_id = %(project_id)s and start_time < %(until)s and (start_time, id) > (%(time)s, %(id)s)
    order by start_time, id offset %(window)s limit 1
"""
COLUMNS = """
    id, trace_id, start_time, level, model, model_parameters::text, provided_usage::text,
    usage_details::text, cost_details::text, prices::text, usage_estimated,
    model_id, pricing_tier_id, pricing_tier_name,
    input_tokens, output_tokens, total_tokens, input_cost, output_cost, total_cost
"""
WINDOW_SQL = f"""
    select {COLUMNS} from observations
    where project_id = %(project_id)s and start_time < %(until)s and (start_time, id) > (%(time)s, %(id)s)
        and (%(end_time)s::timestamptz is null or (start_time, id) <= (%(end_time)s, %(end_id)s))
        and model is not null and (%(model)s::text is null or model = %(model)s)
        and coalesce(provided_cost, '{{}}'::jsonb) = '{{}}'::jsonb
    order by start_time, id
"""  # noqa: S608 - constants only
LOCKED_SQL = f"""
    select {COLUMNS} from observations
    where project_id = %(project_id)s and id = any(%(ids)s) and trace_id = any(%(traces)s)
        and model is not null and coalesce(provided_cost, '{{}}'::jsonb) = '{{}}'::jsonb
    order by id for update
"""  # noqa: S608 - constants only
PAYLOADS_SQL = """
    select id, input, output, metadata::text from observations where project_id = %s and id = any(%s)
"""


@dataclass(frozen=True, slots=True)
class Generation:
    """What the computation of a cost needs and what it came to when it was last made; JSON as text."""

    id: str
    trace_id: str
    start_time: datetime
    level: str
    model: str
    model_parameters: str | None
    provided_usage: str | None
    usage_details: str
    cost_details: str
    prices: str | None
    usage_estimated: bool
    model_id: str | None
    tier_id: str | None
    tier_name: str | None
    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_cost: Decimal | None
    output_cost: Decimal | None
    total_cost: Decimal | None

    def costed(self) -> Costed:
        """Return what is stored in the form of a computation's result."""
        prices = exact_loads(self.prices) if self.prices else None
        return Costed(
            usage_details=exact_loads(self.usage_details),
            cost_details=_decimals(exact_loads(self.cost_details)),
            total_cost=self.total_cost,
            prices=None if prices is None else _decimals(prices),
            model_id=self.model_id,
            tier_id=self.tier_id,
            tier_name=self.tier_name,
            estimated=self.usage_estimated,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            total_tokens=self.total_tokens,
            input_cost=self.input_cost,
            output_cost=self.output_cost,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A generation whose stored cost, or what explains it, is not what it would be today."""

    generation: Generation
    costed: Costed


def end_of_window(
    project_id: str, *, after: tuple[datetime, str], until: datetime, window: int
) -> tuple[datetime, str] | None:
    """Return the place of the observation that stands `window` further on; None where fewer are left."""
    values: dict[str, Any] = {
        "project_id": project_id,
        "until": until,
        "time": after[0],
        "id": after[1],
        "window": window - 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(END_SQL, values)
        row: tuple[datetime, str] | None = cursor.fetchone()
        return row


def generations_between(
    project_id: str,
    *,
    after: tuple[datetime, str],
    end: tuple[datetime, str] | None,
    until: datetime,
    model: str | None,
) -> list[Generation]:
    """Return the generations of this window whose cost is not provided."""
    end_time, end_id = end or (None, None)
    values: dict[str, Any] = {"project_id": project_id, "until": until, "time": after[0], "id": after[1]}
    values |= {"end_time": end_time, "end_id": end_id, "model": model}
    with connection.cursor() as cursor:
        cursor.execute(WINDOW_SQL, values)
        return [Generation(*row) for row in cursor.fetchall()]


def lock_generations(project_id: str, ids: Sequence[str], *, traces: Sequence[str]) -> list[Generation]:
    """Lock and return those of the generations that are still of these traces, whose rows the caller has locked."""
    with connection.cursor() as cursor:
        cursor.execute(LOCKED_SQL, {"project_id": project_id, "ids": list(ids), "traces": list(traces)})
        return [Generation(*row) for row in cursor.fetchall()]


def changes_of(project_id: str, generations: Sequence[Generation]) -> list[Change]:
    """Return what would change: one look-up of prices, and one of payloads where tokens have to be counted."""
    # Who has just changed a price wants this one applied, not what was remembered a second ago.
    models = match_models(project_id, sorted({one.model for one in generations}), fresh=True)
    matched = [(one, models[one.model]) for one in generations if one.model in models]
    payloads = _payloads(project_id, [one.id for one, model in matched if _needs_payloads(one, model)])
    changes = (
        Change(one, _recomputed(one, model, payloads.get(one.id, (None, None, None))))
        for one, model in matched
    )
    return [change for change in changes if change.costed != change.generation.costed()]


def _needs_payloads(one: Generation, model: PricedModel) -> bool:
    return _is_counted_anew(one, model) or _looks_at_metadata(model)


def _is_counted_anew(one: Generation, model: PricedModel) -> bool:
    """Say whether tokens are to be counted by a model that has not counted them."""
    return one.provided_usage in (None, "{}") and one.model_id != model.id


def _looks_at_metadata(model: PricedModel) -> bool:
    return not model.shipped and any(
        isinstance(condition, AttributeCondition) and condition.source == "metadata"
        for tier in model.tiers
        for condition in tier.conditions
    )


def _payloads(project_id: str, ids: Sequence[str]) -> dict[str, tuple[str | None, str | None, str | None]]:
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(PAYLOADS_SQL, (project_id, list(ids)))
        return {row[0]: row[1:] for row in cursor.fetchall()}


def _recomputed(
    one: Generation, model: PricedModel, payloads: tuple[str | None, str | None, str | None]
) -> Costed:
    given, made, metadata = payloads
    counts = _is_counted_anew(one, model)
    usage = one.provided_usage if one.provided_usage not in (None, "{}") else one.usage_details
    costed = cost_of(
        CostInput(
            start_time=one.start_time,
            # What was counted by the same model stays counted: its price has changed, not its tokenizer.
            provided_usage={} if counts else exact_loads(usage or "{}"),
            level="ERROR" if not counts else one.level,
            model=one.model,
            matched=model,
            input=given if counts else None,
            output=made if counts else None,
            model_parameters=one.model_parameters,
            metadata=metadata,
        )
    )
    return costed if counts else msgspec.structs.replace(costed, estimated=one.usage_estimated)


def _decimals(amounts: dict[str, Any]) -> dict[str, Decimal]:
    return {key: Decimal(amount) for key, amount in amounts.items()}
