"""The difference between what settled periods were billed and what they cost with events that came since.

More is a line of its own on the next invoice. Less is credit of the lines that charged it, never more than they did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from plans.rules.charging import MINIMUM, DueLine, minimum_terms
from plans.rules.late import priced_again
from plans.rules.pricing import priced
from plans.rules.rating import Step
from plans.rules.service import DueSpan

from .book import Corrected, Entry, Span, Sub


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """What is to be given back of a line: minor units before discount and tax, and so many units of usage."""

    entry: Entry
    amount_minor: int
    units: Decimal
    batch: int | None  # the newest batch of usage that was known


@dataclass(slots=True, kw_only=True)
class Changes:
    """What late and corrected usage comes to: lines to be charged, and what is to be given back of which lines."""

    lines: list[tuple[Sub, DueLine, Span]] = field(default_factory=list)
    credits: list[Back] = field(default_factory=list)


def is_ready(sub: Sub) -> bool:
    """Whether events came for periods that were billed, and nothing of these waits for approval."""
    return sub.late_from is not None and not any(entry.invoice.waits for entry in sub.entries)


def changes_of(sub: Sub, *, at: datetime) -> Changes:
    """Each period again that the late events may have changed."""
    found = Changes()
    for span in sorted(sub.late, key=lambda one: (one.start, one.charge)):
        again = priced_again(
            facts=sub.facts, stretch=span.stretch, charge_code=span.charge, start=span.start, end=span.end, at=at
        )
        if again is None:
            continue
        mine = [entry for entry in sub.entries if entry.span is span]
        more = again.full_minor - sum(_kept(sub, entry) for entry in mine)
        more = _within_commitment(sub, span=span, more=more, at=at, found=found)
        if more > 0:
            line = replace(
                again.line,
                kind="adjustment",
                due_at=at,
                units=again.line.units - _units_kept(sub, mine),
                amount_minor=more,
                before_minor=again.line.amount_minor - more,
                is_creditable=False,
            )
            found.lines.append((sub, line, span))
        elif more < 0:
            found.credits += _given_back(sub, mine, less=-more, again=again.line)
    return found


def _kept(sub: Sub, entry: Entry) -> int:
    """What was charged by a line, less what corrections took off; what was given as a favour stays given."""
    return entry.line.amount_minor - _corrected(sub, entry).amount_minor


def _units_kept(sub: Sub, entries: Sequence[Entry]) -> Decimal:
    """The units that lines of usage charged, less what corrections took off."""
    of_usage = [entry for entry in entries if entry.due.kind != "minimum"]
    return sum((entry.due.units - _corrected(sub, entry).units for entry in of_usage), Decimal(0))


def _corrected(sub: Sub, entry: Entry) -> Corrected:
    return sub.corrected.get(entry.id or 0, Corrected())


def _given_back(sub: Sub, entries: Sequence[Entry], *, less: int, again: DueLine) -> list[Back]:
    """The newest line first, of each at most what is left of it; the units stand on the first."""
    found: list[Back] = []
    units = _units_kept(sub, entries) - again.units
    batch = again.tally.batch if again.tally else None
    for entry in reversed(entries):
        amount = min(less, entry.charged.left_minor)
        if amount > 0:
            found.append(Back(entry=entry, amount_minor=amount, units=Decimal(0) if found else units, batch=batch))
            less -= amount
    return found


# --- The plan's minimum ---


def _within_commitment(sub: Sub, *, span: Span, more: int, at: datetime, found: Changes) -> int:
    """The difference, where the plan's minimum was settled for these days: usage counts towards it, in both ways."""
    terms = sub.facts.plans[sub.facts.service.stretches[span.stretch].plan]
    if terms.minimum is None or (whole := _committed(sub, span=span, at=at)) is None:
        return more
    wanted = priced(steps=(Step(Decimal(1), terms.minimum),), share=_share(whole), currency=sub.facts.currency)
    mine = [entry for entry in sub.entries if _counts(entry.due, whole, stretch=span.stretch)]
    usage = sum(_kept(sub, entry) for entry in mine if not _is_commitment(entry))
    usage += sum(line.amount_minor for _, line, _ in found.lines if _counts(line, whole, stretch=span.stretch))
    billed = sum(_kept(sub, entry) for entry in mine)
    billed += sum(line.amount_minor for _, line, _ in found.lines if _counts(line, whole, stretch=span.stretch))
    return max(wanted, usage + more) - billed


def _committed(sub: Sub, *, span: Span, at: datetime) -> DueSpan | None:
    """The days for which the plan's minimum was looked at, if the span lies in them."""
    stretch = sub.facts.service.stretches[span.stretch]
    terms = minimum_terms(sub.facts.plans[stretch.plan])
    spans = sub.facts.spans(terms, stretch=span.stretch, start=stretch.start, until=at)
    return next((one for one in spans if one.start <= span.start < one.end and one.due_at <= at), None)


def _share(whole: DueSpan) -> Fraction:
    return Fraction(whole.days, whole.whole_days)


def _is_commitment(entry: Entry) -> bool:
    return entry.due.charge == MINIMUM


def _counts(line: DueLine, whole: DueSpan, *, stretch: int) -> bool:
    """Whether a line was charged for the period that the minimum looks at."""
    return line.stretch == stretch and line.kind != "one_time" and whole.start <= line.start < whole.end
