"""Whose numbers, of when and of which environment: what every statement of a dashboard is asked with."""

from dataclasses import dataclass
from datetime import datetime

from analytics.dashboards.ranges import Range


@dataclass(frozen=True, slots=True)
class Scope:
    """The projects (never none), the range, and one environment or all of them."""

    project_ids: tuple[str, ...]
    range: Range
    environment: str = ""

    def edges(self) -> list[datetime]:
        """Return where the range before begins and ends, then every start, and the end: each once, in order."""
        return sorted({self.range.before_start, self.range.before_end, *self.range.starts, self.range.end})

    def places(self) -> dict[int, int | None]:
        """Return which bucket `width_bucket` means by its number: None is the range before, others are left out."""
        edges = self.edges()
        first = edges.index(self.range.start) + 1
        buckets = {first + index: index for index in range(len(self.range.starts))}
        return {1: None, **buckets}
