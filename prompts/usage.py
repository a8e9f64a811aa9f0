"""Versions of prompts in, what they were used for out: figures of the apps above, by settings.USAGE."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

DAYS = 7
"""How far back rows are read for it."""


@dataclass(frozen=True, slots=True)
class Generations:
    """What a version's generations took. `median_latency` in seconds, None where none has ended."""

    count: int = 0
    median_latency: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    total_cost: Decimal = Decimal(0)
    last_used: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScoreAverage:
    """The scores of one name on the generations of a version; `average` None: they are not numbers."""

    name: str
    count: int
    average: float | None


@dataclass(frozen=True, slots=True)
class VersionUsage:
    generations: Generations = Generations()
    scores: tuple[ScoreAverage, ...] = ()


class GenerationProvider(Protocol):
    """Answers by one statement; versions without generations are left out."""

    def __call__(
        self, project_id: str, version_ids: Sequence[str], *, since: datetime
    ) -> Mapping[str, Generations]: ...


class ScoreProvider(Protocol):
    """Answers by one statement; versions without scores are left out."""

    def __call__(
        self, project_id: str, version_ids: Sequence[str], *, since: datetime
    ) -> Mapping[str, Sequence[ScoreAverage]]: ...


def usage_of(project_id: str, version_ids: Sequence[str], *, days: int = DAYS) -> dict[str, VersionUsage]:
    """Return what each of the versions was used for in the last days, at most 7: one statement a provider."""
    if not version_ids:
        return {}
    since = timezone.now() - timedelta(days=min(days, DAYS))
    generations = generation_provider()(project_id, version_ids, since=since)
    scores = score_provider()(project_id, version_ids, since=since)
    return {
        version_id: VersionUsage(
            generations.get(version_id, Generations()), tuple(scores.get(version_id, ()))
        )
        for version_id in version_ids
    }


@cache
def generation_provider() -> GenerationProvider:
    """Return the function that knows of generations."""
    provider: GenerationProvider = import_string(settings.USAGE["prompts.generations"])
    return provider


@cache
def score_provider() -> ScoreProvider:
    """Return the function that knows of scores."""
    provider: ScoreProvider = import_string(settings.USAGE["prompts.scores"])
    return provider
