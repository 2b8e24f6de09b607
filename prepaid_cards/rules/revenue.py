"""When the price of a term becomes revenue: in equal parts on each of its days, to the minor unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from provider.kernel.money import round_half_away


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What was deferred for the days [begins_on, ends_on)."""

    net_minor: int
    begins_on: date
    ends_on: date

    def served_minor(self, *, before: date) -> int:
        """What the days before `before` have earned; rounded once from the whole, so that months add up to it."""
        days = (self.ends_on - self.begins_on).days
        served = min(max((before - self.begins_on).days, 0), days)
        return round_half_away(numerator=self.net_minor * served, denominator=days)
