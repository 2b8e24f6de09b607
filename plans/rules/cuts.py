"""What was billed and is not served any more: the lines of which a credit gives days back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .charging import Billed, Facts
from .paid_seats import parted_on


@dataclass(frozen=True, slots=True)
class Cut:
    """A billed line that reaches beyond the service: this many of its days were not served."""

    billed: Billed
    unused_days: int

    @property
    def days(self) -> int:
        return (self.billed.line.end - self.billed.line.start).days


def cuts_of(*, facts: Facts, billed: Sequence[Billed]) -> list[Cut]:
    """The creditable lines of which the service, as it is now, leaves days unused that no cut has settled before."""
    cuts = []
    for entry in billed:
        line = entry.line
        if not line.is_creditable or (end := end_of_span(facts, line.stretch, line.charge, since=line.start)) is None:
            continue
        if (left := (entry.reach - max(end, line.start)).days) <= 0:
            continue
        cuts.append(Cut(billed=entry, unused_days=left))
    return cuts


def end_of_span(facts: Facts, stretch: int, charge: str, *, since: date) -> date | None:
    """Where a span that was opened on `since` ends at the latest: with the service, or where a card pays for seats."""
    served = facts.service.stretches[stretch]
    parted = parted_on(facts.service, plan=served.plan, charge=charge, since=since)
    return min((day for day in (served.end, parted) if day is not None), default=None)
