"""Models that generations of a project name in, what they are priced by out; unpriced ones first.

What was used stands in rollups, of which an app above knows: settings.USAGE names who tells.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.models import Project
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
    matches = match_models(project_id, [use.name for use in uses], fresh=True)
    owners = dict(
        Model.objects.filter(
            id__in={match.id for match in matches.values() if not match.shipped}
        ).values_list("id", "project_id")
    )
    seen = [_seen(use, matches.get(use.name), owners, now) for use in uses]
    return SeenModels(sorted(seen, key=lambda one: (one.is_priced, -one.use.calls, one.use.name)))


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A model name that has no price in some projects, and what these used of it."""

    name: str
    projects: int
    calls: int
    tokens: int
    calls_share: float
    tokens_share: float
    """Percentages of what all projects used."""


def unpriced_everywhere(*, since: datetime) -> list[Unpriced]:
    """Return the unpriced models of the whole installation, the most used first."""
    project_ids = list(Project.objects.living().values_list("id", flat=True))
    uses: dict[str, list[ModelUse]] = defaultdict(list)
    for use in provider()(project_ids, since=since, now=timezone.now()):
        uses[use.project_id].append(use)
    missing: dict[str, list[ModelUse]] = defaultdict(list)
    for project_id, of_project in uses.items():
        matches = match_models(project_id, [use.name for use in of_project], fresh=True)
        for use in of_project:
            if use.name not in matches:
                missing[use.name].append(use)
    calls = sum(use.calls for of_project in uses.values() for use in of_project)
    tokens = sum(use.tokens for of_project in uses.values() for use in of_project)
    found = [_unpriced(name, unpriced, calls, tokens) for name, unpriced in missing.items()]
    return sorted(found, key=lambda one: (-one.calls, one.name))


def _unpriced(name: str, uses: Sequence[ModelUse], calls: int, tokens: int) -> Unpriced:
    own_calls, own_tokens = sum(use.calls for use in uses), sum(use.tokens for use in uses)
    return Unpriced(
        name, len(uses), own_calls, own_tokens, share(own_calls, calls), share(own_tokens, tokens)
    )


@cache
def provider() -> ModelUseProvider:
    """Return the function that knows what was used."""
    found: ModelUseProvider = import_string(settings.USAGE[PROVIDER])
    return found


def _seen(
    use: ModelUse, matched: PricedModel | None, owners: Mapping[str, str | None], now: datetime
) -> SeenModel:
    if matched is None:
        return SeenModel(use, "", None, None, None)
    tiers = matched.tiers_at(now)
    prices = next((tier.prices for tier in tiers if tier.is_default), {})
    return SeenModel(
        use,
        _source(matched, owners) if any(tier.prices for tier in tiers) else "",
        matched,
        prices.get("input"),
        prices.get("output"),
    )


def _source(matched: PricedModel, owners: Mapping[str, str | None]) -> str:
    if matched.shipped:
        return "shipped"
    return "project" if owners.get(matched.id) else "installation"
