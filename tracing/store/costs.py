"""Recomputed costs in, the columns of observations that hold them out: one statement for many."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from langfuse_site.lib.exact_json import exact_dumps
from tracing.costs.cost import Costed

UPDATE_SQL = """
    update observations o set
        updated_at = now(), usage_details = v.usage_details::jsonb, cost_details = v.cost_details::jsonb,
        prices = v.prices::jsonb, usage_estimated = v.usage_estimated, model_id = v.model_id,
        pricing_tier_id = v.tier_id, pricing_tier_name = v.tier_name,
        input_tokens = v.input_tokens, output_tokens = v.output_tokens, total_tokens = v.total_tokens,
        input_cost = v.input_cost, output_cost = v.output_cost, total_cost = v.total_cost
    from unnest(
        %s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[], %s::text[], %s::text[], %s::text[],
        %s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[]
    ) as v (
        id, usage_details, cost_details, prices, usage_estimated, model_id, tier_id, tier_name,
        input_tokens, output_tokens, total_tokens, input_cost, output_cost, total_cost
    )
    where o.project_id = %s and o.id = v.id
"""


def write_costs(project_id: str, costs: Sequence[tuple[str, Costed]]) -> None:
    """Write the costs of observations (by key) whose rows the caller has locked."""
    rows = [(key, *cost_columns(costed)) for key, costed in costs]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE_SQL, (*(list(column) for column in zip(*rows, strict=True)), project_id))


def cost_columns(costed: Costed) -> tuple[Any, ...]:
    """Return what a row keeps of a cost: from `usage_details` to `total_cost`, as observations have them."""
    return (
        exact_dumps(costed.usage_details),
        exact_dumps(costed.cost_details),
        None if costed.prices is None else exact_dumps(costed.prices),
        costed.estimated,
        costed.model_id,
        costed.tier_id,
        costed.tier_name,
        costed.input_tokens,
        costed.output_tokens,
        costed.total_tokens,
        costed.input_cost,
        costed.output_cost,
        costed.total_cost,
    )
