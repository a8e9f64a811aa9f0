"""Models that generations of a project name in, what they are priced by out; unpriced ones first.

What was used stands in rollups, of which an app above knows: settings.USAGE names who tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from tracing.costs.pricing import PricedModel
from tracing.models import Model
from tracing.queries.prices import match_models

PROVIDER = "tracing.models"


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What a project's observations took that name this model; `last_used` to the minute, hour or day."""

    project_id: str
    name: str
    calls: int
    tokens: int
    cost: Decimal
    last_used: datetime


class ModelUseProvider(Protocol):
    def __call__(self, project_ids: Sequence[str], *, since: datetime, now: datetime) -> list[ModelUse]: ...


@dataclass(frozen=True, slots=True)
class SeenModel:
    """A model's use, and where its price comes from: "project", "installation", "shipped" or "" for nowhere."""

    use: ModelUse
    source: str
    matched: PricedModel | None
    input_price: Decimal | None
    output_price: Decimal | None

    @property
    def is_priced(self) -> bool:
        return self.matched is not None and self.source != ""


@dataclass(frozen=True, slots=True)
class SeenModels:
    models: list[SeenModel]

    @property
    def unpriced(self) -> list[SeenModel]:
        return [model for model in self.models if not model.is_priced]

    @property
    def calls(self) -> int:
        return sum(model.use.calls for model in self.models)

    @property
    def tokens(self) -> int:
        return sum(model.use.tokens for model in self.models)

    @property
    def unpriced_calls_share(self) -> float:
        """Return the percentage of calls that name an unpriced model."""
        return share(sum(model.use.calls for model in self.unpriced), self.calls)

    @property
    def unpriced_tokens_share(self) -> float:
        """Return the percentage of tokens that such calls took."""
        return share(sum(model.use.tokens for model in self.unpriced), self.tokens)


def share(part: int, whole: int) -> float:
    """Return a part as a percentage."""
    return 100 * part / whole if whole else 0.0


def seen_models(project_id: str, *, since: datetime) -> SeenModels:
    """Return the models that were named since, the unpriced first, then the most used."""
    now = timezone.now()
    uses = provider()([project_id], since=since, now=now)
    matches = match_models(project_id, [use.name for use in uses])
    owners = dict(
        Model.objects.filter(id__in={match.id for match in matches.values() if not match.shipped}).values_list(
            "id", "project_id"
        )
    )
    seen = [_seen(use, matches.get(use.name), owners, now) for use in uses]
    return SeenModels(sorted(seen, key=lambda one: (one.is_priced, -one.use.calls, one.use.name)))


@cache
def provider() -> ModelUseProvider:
    """Return the function that knows what was used."""
    found: ModelUseProvider = import_string(settings.USAGE[PROVIDER])
    return found


def _seen(
    use: ModelUse, matched: PricedModel | None, owners: dict[str, str | None], now: datetime
) -> SeenModel:
    if matched is None:
        return SeenModel(use, "", None, None, None)
    tiers = matched.tiers_at(now)
    prices = next((tier.prices for tier in tiers if tier.is_default), {})
    if matched.shipped:
        source = "shipped"
    else:
        source = "project" if owners.get(matched.id) else "installation"
    if not any(tier.prices for tier in tiers):
        source = ""
    return SeenModel(use, source, matched, prices.get("input"), prices.get("output"))
