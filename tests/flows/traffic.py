"""A seed in, batches out whose events of one entity lie far apart, in no order, with ties and repetitions.

Each body carries its `0`: a rank that no reader knows and that the oracle sorts ties by. What events of one
moment may say differently grows with it, so that "the later text wins a tie" can be told without clocks.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.tracing.ingest.oracle import Event

BASE = datetime(2026, 3, 1, tzinfo=UTC)
MOMENTS = 4
HOT_SHARE = 0.15
"""Of the observations that go to one trace, which both workers then want all the time."""
LEVELS = ["DEBUG", "DEFAULT", "WARNING", "ERROR"]


def at(seconds: float) -> str:
    return (BASE + timedelta(seconds=seconds)).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class Traffic:
    """Makes events; `prefix` keeps its ids apart from those of others."""

    seed: int
    prefix: str = ""
    chance: random.Random = field(init=False)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def batches(self, events: int, *, size: int) -> list[list[Event]]:
        """Return so many events in batches of that size, shuffled from first to last."""
        number = 0
        while len(self.events) < events:
            self._trace(f"{self.prefix}t{number}", number)
            number += 1
        del self.events[events:]
        self.chance.shuffle(self.events)
        return [self.events[start : start + size] for start in range(0, events, size)]

    def _trace(self, trace_id: str, number: int) -> None:
        if number % 10:
            for _ in range(self.chance.randint(1, 3)):
                self._add("trace-create", trace_id, self._trace_body(number))
        for index in range(self.chance.randint(2, 5)):
            is_hot = self.chance.random() < HOT_SHARE
            self._observation(f"{trace_id}-o{index}", f"{self.prefix}hot" if is_hot else trace_id)
        for _ in range(self.chance.randint(0, 2)):
            self._add("score-create", f"{trace_id}-s", self._score_body(trace_id))

    def _observation(self, id_: str, trace_id: str) -> None:
        kind = self.chance.choice(["span", "generation", "generation"])
        said: dict[str, Any] = {
            "traceId": trace_id,
            "level": self.chance.choice(LEVELS),
            "input": {"question": [id_, 1.5]},
        }
        if kind == "generation":
            said |= {
                "model": None,
                "costDetails": {"input": 0.000125, "output": len(self.events) / 1_000_000},
            }
        self._add(f"{kind}-create", id_, said | {"startTime": at(self._rank() / 1000)})
        for _ in range(self.chance.randint(1, 3)):
            self._add(f"{kind}-update", id_, self._update_body(kind))

    def _trace_body(self, number: int) -> dict[str, Any]:
        rank = self._rank()
        may_say: dict[str, Any] = {
            "name": self.chance.choice([None, f"name {rank}"]),
            "userId": f"user {rank}",
            "sessionId": f"{self.prefix}session {number % 50:02d}",
            "environment": f"env-{rank}",
            "timestamp": at(rank / 1000),
            "tags": [f"tag {self.chance.randint(0, 5)}"],
            "metadata": {"common": {"of": f"{rank}"}, f"key {rank % 7}": f"{rank}"},
            "output": f"answer {rank}",
        }
        return self._some(may_say)

    def _update_body(self, kind: str) -> dict[str, Any]:
        rank = self._rank()
        may_say: dict[str, Any] = {
            "name": self.chance.choice([None, f"name {rank}"]),
            "endTime": at(rank / 1000 + 5),
            "output": f"answer {rank}",
            "statusMessage": f"status {rank}",
            "metadata": {"common": {"of": f"{rank}", f"by {rank % 3}": [f"{rank}"]}, f"key {rank % 7}": 1},
        }
        if kind == "generation":
            may_say["usageDetails"] = {"input": rank, "output": 2 * rank}
        return self._some(may_say)

    def _score_body(self, trace_id: str) -> dict[str, Any]:
        rank = self._rank()
        said = {"traceId": trace_id, "environment": f"env-{rank}", "name": f"score {rank}", "value": rank / 8}
        return said | self._some({"comment": f"comment {rank}", "metadata": {"of": f"{rank}"}})

    def _some(self, may_say: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in may_say.items() if self.chance.random() < 0.6}

    def _rank(self) -> int:
        """Return a number of six digits that grows with every event."""
        return 100_000 + len(self.events)

    def _add(self, kind: str, id_: str, said: dict[str, Any]) -> None:
        moment = at(self.chance.randrange(MOMENTS))
        body = {"0": self._rank(), "id": id_, **said}
        self.events.append({"id": f"e{len(self.events)}", "type": kind, "timestamp": moment, "body": body})
