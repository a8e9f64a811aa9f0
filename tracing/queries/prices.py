"""Names of models in, definitions and their prices out: a project's own, the installation's, the shipped."""

import logging
import time
from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import DataError, connection, transaction
from django.db.models import F, Q, QuerySet

from tracing.costs.pricing import PricedModel
from tracing.costs.shipped import find_shipped
from tracing.costs.tiers import Tier, read_tier
from tracing.models import Model

logger = logging.getLogger(__name__)

FRESH_SECONDS = 1.0
"""How long a match is remembered: a changed price counts within this time."""
MAX_REMEMBERED = 20_000
MAX_MATCHED_NAME = 1000
"""Longer names match no pattern: each is tried with every pattern of the project."""

MATCH_SQL = """
    select wanted.name, m.id, m.model_name, m.tokenizer_id, m.tokenizer_config::text, t.tiers::text
    from unnest(%(names)s::text[]) as wanted (name)
    cross join lateral (
        select id, model_name, tokenizer_id, tokenizer_config
        from models
        where (project_id = %(project_id)s or project_id is null)
          and id <> all(%(broken)s)
          and wanted.name ~ match_pattern
        order by project_id is null, start_date desc nulls last, created_at desc, id
        limit 1
    ) m
    left join lateral (
        select jsonb_agg(jsonb_build_array(id, name, is_default, priority, conditions, prices)) as tiers
        from pricing_tiers
        where model_id = m.id
    ) t on true
"""
PATTERNS_SQL = "select id, match_pattern from models where project_id = %s or project_id is null"
TRY_PATTERN_SQL = "select '' ~ %s"
TRY_TIMEOUT_SQL = "select set_config('statement_timeout', %s, true)"
TRY_MILLISECONDS = 2000

_remembered: dict[tuple[str, str], tuple[float, PricedModel | None]] = {}


def match_models(project_id: str, names: Sequence[str], *, fresh: bool = False) -> dict[str, PricedModel]:
    """Return what each name matches: one query for all names that weren't looked up just now; `fresh`: for all."""
    now = time.monotonic()
    found: dict[str, PricedModel | None] = {}
    for name in () if fresh else names:
        until, model = _remembered.get((project_id, name), (0.0, None))
        if until > now:
            found[name] = model
    missing = [name for name in dict.fromkeys(names) if name not in found]
    if missing:
        found |= _looked_up(project_id, missing, now)
    return {name: model for name, model in found.items() if model is not None}


def forget_matches() -> None:
    """Forget what this process remembers, after a definition changed."""
    _remembered.clear()


def list_models(project_id: str) -> QuerySet[Model]:
    """Return the project's and the installation's models, its own first."""
    rows = Model.objects.filter(Q(project_id=project_id) | Q(project_id=None))
    return rows.order_by(F("project_id").asc(nulls_last=True), "model_name", "id").prefetch_related("tiers")


def get_model(project_id: str, model_id: str) -> Model | None:
    """Return one of the project's or the installation's models."""
    return list_models(project_id).filter(id=model_id).first()


def is_pattern(text: str) -> bool:
    """Return whether PostgreSQL takes the text as a regular expression, and soon."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(TRY_TIMEOUT_SQL, (str(TRY_MILLISECONDS),))
            cursor.execute(TRY_PATTERN_SQL, (text,))
    except DataError:
        return False
    return True


def _looked_up(project_id: str, names: list[str], now: float) -> dict[str, PricedModel | None]:
    matched = _matched(project_id, [name for name in names if len(name) <= MAX_MATCHED_NAME])
    found = {name: matched.get(name) or find_shipped(name) for name in names}
    if len(_remembered) + len(found) > MAX_REMEMBERED:
        _remembered.clear()
    until = now + FRESH_SECONDS
    _remembered.update({(project_id, name): (until, model) for name, model in found.items()})
    return found


def _matched(project_id: str, names: list[str]) -> dict[str, PricedModel]:
    """Return the matches among stored models; a pattern that PostgreSQL refuses matches nothing."""
    try:
        return _match(project_id, names, broken=[])
    except DataError:
        broken = _broken_patterns(project_id)
        logger.warning("broken_match_patterns", extra={"project_id": project_id, "model_ids": broken})
        return _match(project_id, names, broken=broken)


def _match(project_id: str, names: list[str], *, broken: list[str]) -> dict[str, PricedModel]:
    # The savepoint keeps a refused pattern from costing the caller its transaction.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MATCH_SQL, {"project_id": project_id, "names": names, "broken": broken})
        return {row[0]: _priced(*row[1:]) for row in cursor.fetchall()}


def _broken_patterns(project_id: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(PATTERNS_SQL, (project_id,))
        patterns = cursor.fetchall()
    return [model_id for model_id, pattern in patterns if not _is_taken(pattern)]


def _is_taken(pattern: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(TRY_PATTERN_SQL, (pattern,))
    except DataError:
        return False
    return True


def _priced(
    model_id: str, name: str, tokenizer_id: str | None, tokenizer_config: str | None, tiers: str | None
) -> PricedModel:
    config = msgspec.json.decode(tokenizer_config) if tokenizer_config else None
    return PricedModel(
        id=model_id,
        name=name,
        tokenizer_id=tokenizer_id,
        tokenizer_config=config if isinstance(config, dict) else None,
        tiers=tuple(tier for row in msgspec.json.decode(tiers or "[]") if (tier := _tier(row)) is not None),
    )


def _tier(row: list[Any]) -> Tier | None:
    tier_id, name, is_default, priority, conditions, prices = row
    return read_tier(
        id=tier_id, name=name, is_default=is_default, priority=priority, conditions=conditions, prices=prices
    )
