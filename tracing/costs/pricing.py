"""What a matched model costs, as look-ups hand it to the computation of costs."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any

import msgspec

from tracing.costs.tiers import Tier


class Period(msgspec.Struct, frozen=True):
    """Prices from a day on, within some hours of each day where `hours` is given; both are UTC."""

    since: date | None
    hours: tuple[time, time] | None
    tiers: tuple[Tier, ...]

    def holds_at(self, moment: datetime) -> bool:
        if self.since is not None and moment.date() < self.since:
            return False
        if self.hours is None:
            return True
        start, end = self.hours
        now = moment.time()
        return start <= now < end if start <= end else now >= start or now < end


class PricedModel(msgspec.Struct, frozen=True):
    """A model that a name was matched with. `periods`, latest first, are for prices that changed."""

    id: str
    name: str
    tokenizer_id: str | None = None
    tokenizer_config: Mapping[str, Any] | None = None
    tiers: tuple[Tier, ...] = ()
    periods: tuple[Period, ...] = ()
    shipped: bool = False
    """From the table that we ship: it knows many names for one quantity, of which one may count."""

    def tiers_at(self, moment: datetime) -> tuple[Tier, ...]:
        """Return the tiers that hold at this moment."""
        if not self.periods:
            return self.tiers
        # At the ends of time there is no UTC of it, and its own day is near enough.
        with suppress(OverflowError):
            moment = moment.astimezone(UTC)
        return next((p.tiers for p in self.periods if p.holds_at(moment)), self.tiers)
