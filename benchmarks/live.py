"""The number of events of a body in, bodies of events out that happen in the minute in which they are sent."""

from datetime import UTC, datetime

from benchmarks.traces import FIRST_MINUTE, Reel, make_reel

SPREAD_SECONDS = 50
"""So that a trace, which takes a few seconds, begins and ends within one minute."""


class LiveReel(Reel):
    """A reel whose events are moved to the present as they are sent."""

    def fresh(self, index: int, token: bytes) -> bytes:
        minute = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:").encode()
        return super().fresh(index, token).replace(FIRST_MINUTE, minute)


def make_live_reel(batch: int, *, batches: int, seed: int = 1) -> Reel:
    """Return what `make_reel` returns, with times of whenever they are sent."""
    reel = make_reel(batch, batches=batches, seed=seed, spread=SPREAD_SECONDS)
    return LiveReel(**{name: getattr(reel, name) for name in Reel.__dataclass_fields__})
