"""A policy that nobody has saved yet in, what it would delete out: by rule, with ages and a rough size."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from tracing.retention.expired import Counted, Place, count_next
from tracing.retention.rules import Policy, Rule

LIMIT_SECONDS = 3.0
"""Some half a million traces in that time; of the rest, a preview says that it did not count them."""
WINDOW = 10_000
SAMPLE = 100
ROW_BYTES = 600
"""What a row takes beside its payloads, with its entries in indexes."""

SIZE_SQL = """
    select
        (select coalesce(sum(coalesce(pg_column_size(input), 0) + coalesce(pg_column_size(output), 0)
            + pg_column_size(metadata) + %(row)s), 0)
         from traces where project_id = %(project_id)s and id = any(%(ids)s))
        + (select coalesce(sum(coalesce(pg_column_size(input), 0) + coalesce(pg_column_size(output), 0)
            + pg_column_size(metadata) + coalesce(pg_column_size(otel), 0) + %(row)s), 0)
           from observations where project_id = %(project_id)s and trace_id = any(%(ids)s))
        + (select coalesce(sum(content_length), 0) from media
           where project_id = %(project_id)s and id in (
               select media_id from media_links where project_id = %(project_id)s and trace_id = any(%(ids)s)))
"""


@dataclass(slots=True)
class Line:
    """The traces that one rule decides about: those that would go, and those that are kept by choice."""

    rule: Rule
    traces: int = 0
    observations: int = 0
    kept: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None

    def add(self, count: Counted) -> None:
        """Add what was counted of younger traces."""
        self.traces += count.going
        self.observations += int(count.observations)
        self.kept += count.kept
        self.oldest = self.oldest or count.oldest
        self.newest = count.newest or self.newest


@dataclass(frozen=True, slots=True)
class Preview:
    """`reached`: the time of the trace that the count has come to, where there was no time for all of them."""

    lines: Sequence[Line]
    size: int
    reached: datetime | None

    @property
    def traces(self) -> int:
        return sum(line.traces for line in self.lines)

    @property
    def observations(self) -> int:
        return sum(line.observations for line in self.lines)

    @property
    def kept(self) -> int:
        return sum(line.kept for line in self.lines)


def preview(project_id: str, policy: Policy, *, now: datetime, seconds: float = LIMIT_SECONDS) -> Preview:
    """Count what would go if the policy were saved now."""
    until = time.monotonic() + seconds
    lines = [Line(rule) for rule in policy.rules]
    samples: list[list[str]] = [[] for _ in lines]
    place, reached = Place(), None
    while policy.has_end:
        counts, place = count_next(project_id, policy, now=now, after=place, limit=WINDOW)
        for count in counts:
            lines[count.rule].add(count)
            samples[count.rule] += count.sample or []
        if sum(count.seen for count in counts) < WINDOW:
            break
        if time.monotonic() > until:
            reached = place.time
            break
    sizes = (_size(project_id, sample, line) for sample, line in zip(samples, lines, strict=True))
    return Preview(lines, sum(sizes), reached)


def _size(project_id: str, sample: list[str], line: Line) -> int:
    """Return the bytes of a rule's traces, by those of a sample."""
    if not sample:
        return 0
    sample = sample[:: len(sample) // SAMPLE + 1]
    values: dict[str, Any] = {"project_id": project_id, "ids": sample, "row": ROW_BYTES}
    with connection.cursor() as cursor:
        cursor.execute(SIZE_SQL, values)
        return int(cursor.fetchone()[0]) * line.traces // len(sample)
