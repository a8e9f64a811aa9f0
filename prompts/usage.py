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


@dataclass(frozen=True, slots=True)
class LinkedGeneration:
    """A generation that was made with a version, and the ids by which its trace's page is found."""

    version_id: str
    trace_id: str
    observation_id: str
    name: str | None
    model: str | None
    level: str
    started: datetime
    latency: timedelta | None
    input_tokens: int
    output_tokens: int
    total_cost: Decimal | None


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


class LinkedProvider(Protocol):
    """Answers by one statement, the latest first."""

    def __call__(
        self, project_id: str, version_ids: Sequence[str], *, since: datetime, limit: int
    ) -> Sequence[LinkedGeneration]: ...


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


def list_linked(project_id: str, version_ids: Sequence[str], *, limit: int) -> Sequence[LinkedGeneration]:
    """Return the latest generations of the last days that were made with one of the versions."""
    if not version_ids:
        return []
    since = timezone.now() - timedelta(days=DAYS)
    return linked_provider()(project_id, version_ids, since=since, limit=limit)


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


@cache
def linked_provider() -> LinkedProvider:
    """Return the function that lists generations."""
    provider: LinkedProvider = import_string(settings.USAGE["prompts.linked"])
    return provider
