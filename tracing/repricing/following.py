"""A project in; the latest re-pricing that its aggregates have not followed yet, and how much is left, out."""

from dataclasses import dataclass
from datetime import datetime

from tracing.models import DirtySlice, Repricing, RepricingState


@dataclass(frozen=True, slots=True)
class Following:
    """What was applied, and how many minutes of the past are still shown with the costs before it."""

    run: Repricing
    minutes: int


def read_following(project_id: str) -> Following | None:
    """Return the last applied run while aggregates are behind it; what came in since does not count."""
    runs = Repricing.objects.filter(project_id=project_id, state=RepricingState.DONE)
    run = runs.exclude(applied=0).order_by("-finished_at").first()
    if run is None or run.finished_at is None:
        return None
    minutes = minutes_behind(project_id, run.finished_at)
    return Following(run, minutes) if minutes else None


def minutes_behind(project_id: str, moment: datetime) -> int:
    """Return how many slices have not been aggregated since they were changed at `moment` or before."""
    return DirtySlice.objects.filter(project_id=project_id, dirty_since__lte=moment).count()
