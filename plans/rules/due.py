"""When the next scheduled work of a subscription is due: what `next_due_at` says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from .charging import Begun, Facts, minimum_terms
from .service import ChargeTerms, Stretch

HORIZON = timedelta(days=20 * 366)  # longer than any interval


def next_due(*, facts: Facts, begun: Begun, after: datetime) -> datetime | None:
    """The first instant after `after` at which a span opens or closes that has to be billed; None: nothing will."""
    found = [
        due_at
        for index, stretch in enumerate(facts.service.stretches)
        if (due_at := _next_of(facts, index=index, stretch=stretch, begun=begun, after=after)) is not None
    ]
    return min(found, default=None)


def _next_of(facts: Facts, *, index: int, stretch: Stretch, begun: Begun, after: datetime) -> datetime | None:
    instants = [stretch.from_at] if stretch.from_at > after else []
    for charge in _cadences(facts, stretch=stretch):
        start = begun.get((index, charge.code), stretch.start)
        spans = facts.spans(charge, stretch=index, start=start, until=after + HORIZON)
        due_at = next((span.due_at for span in spans if span.due_at > after), None)
        instants += [] if due_at is None else [due_at]
    return min(instants, default=None)


def _cadences(facts: Facts, *, stretch: Stretch) -> Iterator[ChargeTerms]:
    terms = facts.plans[stretch.plan]
    for charge in terms.charges:
        if charge.model != "one_time":
            yield charge.due
    if terms.minimum is not None:
        yield minimum_terms(terms)
