"""From the facts of one subscription and what was billed already to the lines that are due and the credits that are.

Pure: asked twice it answers twice the same, and once its answer has been billed it answers nothing. The operation
that bills stores what this returns; a preview shows it.

Amounts are rounded here, once per line, half away from zero, to minor units of `currency`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from provider.kernel.clock import first_instant, local_day

from . import rating
from .agreed import Agreed
from .paid_seats import beyond, seats_paid
from .pricing import difference_of, free_of_charge, merged, priced, steps_of
from .rating import Step
from .service import ChargeTerms, DueSpan, Service, Walk
from .terms import Charge, Kind, PlanTerms
from .units import Run, Tally, Usage, runs_of

ZERO = Decimal(0)
MINIMUM = "minimum"


@dataclass(frozen=True, slots=True)
class Facts:
    """One subscription: its service, the terms of its plans, the sold quantities over time, and what it used."""

    name: str
    currency: str
    service: Service
    plans: Mapping[str, PlanTerms]
    usage: Usage
    quantities: Mapping[str, Sequence[tuple[datetime, Decimal]]] = field(default_factory=dict)
    agreed: Mapping[tuple[str, str], Sequence[Agreed]] = field(default_factory=dict)  # by plan and charge
    usage_batch: int = 0  # the newest batch of events in `usage`
    _walks: dict[tuple[int, str, str], Walk] = field(default_factory=dict, init=False, repr=False, compare=False)

    def spans(self, charge: ChargeTerms, *, stretch: int, start: date, until: datetime) -> Iterator[DueSpan]:
        """The spans of a charge in a stretch that have begun by `until`, from the one that begins on `start`."""
        key = (stretch, charge.code, charge.timing)
        walk = self._walks.get(key)
        if walk is None or walk.charge != charge or not walk.knows(start):
            one = self.service.stretches[stretch]
            walk = self._walks[key] = Walk(service=self.service, charge=charge, stretch=one, start=start)
        return walk.until(until, start=start)


@dataclass(slots=True)  # never changed; not frozen, for a run makes them by the hundred thousand
class DueLine:
    """A line that is due. Days [start, end) of the whole period; None for one-time charges.

    `steps`, `share` and `before_minor` are its arithmetic: round(steps x share) - before; `runs` are the units by day.
    """

    subscription: str
    plan: str
    charge: str
    kind: Kind
    stretch: int
    due_at: datetime
    units: Decimal
    amount_minor: int
    tax_rate: Decimal | None
    start: date
    end: date
    whole_days: int
    is_creditable: bool
    meter: str = ""
    steps: tuple[Step, ...] = ()
    covers: tuple[date, date] | None = None  # the whole period of which the days are a part
    share: Fraction = Fraction(1)
    before_minor: int = 0  # billed before for the same units, or charged towards a minimum
    runs: tuple[Run, ...] = ()
    agreed: Agreed | None = None  # instead of the plan's price
    paid_units: Decimal = ZERO  # that a paid term pays for, such as a card with seats: `units` are those beyond
    tally: Tally | None = field(default=None, compare=False)  # what the meter said; the same amount is the same line


@dataclass(slots=True)  # as `DueLine`
class Billed:
    """A line that was billed, and what credit notes have taken off it since; a line of 0 is remembered too.

    `until` is the day to which an earlier cut has shortened it: what lies beyond was given back then, or waived.
    """

    line: DueLine
    credited_minor: int = 0
    number: int = 0  # in the order of billing
    until: date | None = None

    @property
    def reach(self) -> date:
        """The first day that is no longer charged."""
        return self.line.end if self.until is None else self.until


# --- Lines ---


Begun = Mapping[tuple[int, str], date]


def lines_due(
    *, facts: Facts, billed: Sequence[Billed], at: datetime, begun: Begun = MappingProxyType({})
) -> list[DueLine]:
    """The lines that are due at `at` and not billed yet, by due instant; also those of 0, which nobody prints.

    A line of 0 is returned so that its span is remembered as settled. `begun` says for a stretch and a charge where the
    last settled span began: everything before it is settled too and need not be looked at again.
    """
    today = local_day(at=at, zone=facts.service.zone)
    done = {_key(entry.line) for entry in billed}
    works = [
        _Work(facts, billed, done, at, today, index, facts.plans[stretch.plan], begun)
        for index, stretch in enumerate(facts.service.stretches)
    ]
    found = [line for work in works for charge in work.terms.charges for line in _lines_of_charge(work, charge)]
    found.sort(key=lambda line: line.due_at)
    return found + [line for work in works for line in _minimums(work, found=found)]


def first_due(
    *, facts: Facts, billed: Sequence[Billed], at: datetime, begun: Begun = MappingProxyType({})
) -> datetime | None:
    """The due instant of the oldest of `lines_due`, without knowing what most of them cost."""
    today = local_day(at=at, zone=facts.service.zone)
    done = {_key(entry.line) for entry in billed}
    found: list[datetime] = []
    for index, stretch in enumerate(facts.service.stretches):
        terms = facts.plans[stretch.plan]
        work = _Work(facts, billed, done, at, today, index, terms, begun)
        for charge in terms.charges:
            by_units = charge.due.timing == "in_advance" and (charge.is_sold_by_units or charge.meter is not None)
            if by_units or charge.model == "one_time":
                found += [line.due_at for line in _lines_of_charge(work, charge)]
            else:
                found += [span.due_at for span in _unsettled(work, charge)]
        found += _minimums_due(work)
    return min(found, default=None)


def _minimums_due(work: _Work) -> Iterator[datetime]:
    if work.terms.minimum is None:
        return
    for span in work.spans(minimum_terms(work.terms)):
        if span.phase >= 0 and (work.stretch, MINIMUM, "minimum", span.start) not in work.done:
            yield span.due_at


@dataclass(slots=True)
class _Work:
    facts: Facts
    billed: Sequence[Billed]
    done: set[tuple[object, ...]]
    at: datetime
    today: date
    stretch: int
    terms: PlanTerms
    begun: Begun = field(default_factory=dict)

    def spans(self, charge: ChargeTerms) -> Iterator[DueSpan]:
        """Those that are due, from the charge's last settled one on: everything before it is settled too."""
        start = self.begun.get((self.stretch, charge.code)) or self.facts.service.stretches[self.stretch].start
        for span in self.facts.spans(charge, stretch=self.stretch, start=start, until=self.at):
            if span.due_at <= self.at:
                yield span

    def agreed_on(self, charge: Charge, day: date) -> Agreed | None:
        """What was agreed for the day instead of the plan's price."""
        found = self.facts.agreed.get((self.terms.name, charge.code), ()) if self.facts.agreed else ()
        return next((one for one in found if one.covers(day)), None)


def work_of(*, facts: Facts, stretch: int, at: datetime) -> _Work:
    """What pricing a span of one stretch needs to know, whatever was billed."""
    terms = facts.plans[facts.service.stretches[stretch].plan]
    today = local_day(at=at, zone=facts.service.zone)
    return _Work(facts=facts, billed=(), done=set(), at=at, today=today, stretch=stretch, terms=terms)


def _key(line: DueLine) -> tuple[object, ...]:
    return (line.stretch, line.charge, line.kind, line.start)


def _unsettled(work: _Work, charge: Charge) -> Iterator[DueSpan]:
    """The spans that are due of a charge and were not billed: what they cost need not be known to tell."""
    for span in work.spans(charge.due):
        if (work.stretch, charge.code, charge.kind, span.start) not in work.done:
            yield span


def _lines_of_charge(work: _Work, charge: Charge) -> Iterator[DueLine]:
    if charge.model == "one_time":
        yield from _one_time(work, charge)
    elif charge.due.timing == "in_arrears":
        yield from _in_arrears(work, charge)
    elif charge.is_sold_by_units:
        yield from _units_in_advance(work, charge)
    elif charge.meter is not None:
        yield from _events_in_advance(work, charge)
    else:
        yield from _flat_in_advance(work, charge)


def _charge_on(work: _Work, charge: Charge, *, span: DueSpan) -> Charge:
    """The charge as it costs in the span: as it was agreed for its first day, else as the plan says."""
    found = work.agreed_on(charge, span.start)
    return charge if found is None else found.charge


def _line(
    work: _Work, charge: Charge, *, span: DueSpan, steps: Sequence[Step], share: Fraction, units: Decimal
) -> DueLine:
    steps = free_of_charge(steps) if span.phase < 0 else steps
    return DueLine(
        subscription=work.facts.name,
        plan=work.terms.name,
        charge=charge.code,
        kind=charge.kind,
        stretch=work.stretch,
        due_at=span.due_at,
        units=units,
        amount_minor=priced(steps=steps, share=share, currency=work.facts.currency),
        tax_rate=charge.tax_rate,
        start=span.start,
        end=span.end,
        whole_days=span.whole_days,
        covers=(span.whole_start, span.whole_end),
        is_creditable=charge.due.is_prorated and charge.due.timing == "in_advance",
        meter=charge.meter.name if charge.meter else "",
        steps=tuple(steps),
        share=share,
        agreed=work.agreed_on(charge, span.start),
        paid_units=seats_paid(work.facts.service, charge, day=span.start),
    )


def _share(charge: Charge, span: DueSpan) -> Fraction:
    return Fraction(span.days, span.whole_days) if charge.due.is_prorated else Fraction(1)


def _price_in_phase(charge: Charge, span: DueSpan) -> Decimal:
    if span.phase < 0 or span.is_paid:
        return ZERO
    return charge.due.phases[span.phase].price if charge.due.phases else charge.price


def _one_time(work: _Work, charge: Charge) -> Iterator[DueLine]:
    if any(entry.line.charge == charge.code and entry.line.kind == "one_time" for entry in work.billed):
        return
    stretch = work.facts.service.stretches[work.stretch]
    if stretch.is_free or stretch.from_at > work.at or stretch.end == stretch.start:  # it rests or ends unserved
        return
    day = stretch.start
    span = DueSpan(work.terms.name, charge.code, day, day, day, day, stretch.from_at, None, 0, stretch.from_at)
    yield _line(work, charge, span=span, steps=[Step(Decimal(1), charge.price)], share=Fraction(1), units=Decimal(1))


def _flat_in_advance(work: _Work, charge: Charge) -> Iterator[DueLine]:
    for span in _unsettled(work, charge):
        step = Step(Decimal(1), _price_in_phase(_charge_on(work, charge, span=span), span))
        yield _line(work, charge, span=span, steps=[step], share=_share(charge, span), units=Decimal(1))


def _units_in_advance(work: _Work, charge: Charge) -> Iterator[DueLine]:
    """At opening the units of that moment; while the span runs, each rise above the highest number billed in it."""
    for span in work.spans(charge.due):
        before = [entry.line for entry in work.billed if _is_within(entry.line, charge, span, work.stretch)]
        opened = bool(before)
        highest = sum((line.units for line in before), ZERO)
        there = _units_now(work, charge, span=span)
        units = beyond(there, seats_paid(work.facts.service, charge, day=span.start))
        if opened and (units <= highest or not span.start <= work.today < span.end):
            continue
        day = work.today if opened else span.start
        due_at = work.at if opened else span.due_at
        priced_as = _charge_on(work, charge, span=span)
        steps = difference_of(
            steps_of(priced_as, units=units), steps_of(priced_as, units=highest) if opened and highest else []
        )
        rest = replace(span, start=day, due_at=due_at)
        line = _line(work, charge, span=rest, steps=steps, share=_share(charge, rest), units=units - highest)
        line.tally = _tally(work, charge, span=span, until_at=_moment(work, span), quantity=there)
        yield line


def _is_within(line: DueLine, charge: Charge, span: DueSpan, stretch: int) -> bool:
    return line.charge == charge.code and line.stretch == stretch and span.start <= line.start < span.end


def _units_now(work: _Work, charge: Charge, *, span: DueSpan) -> Decimal:
    """The units at the present moment, or as they were when a span that is over already opened."""
    until_at = _moment(work, span)
    if charge.meter is not None:
        return work.facts.usage.level(charge.meter, until_at=until_at)
    return quantity_at(work.facts, charge, at=until_at)


def _moment(work: _Work, span: DueSpan) -> datetime:
    return work.at if work.today < span.end else span.from_at


def quantity_at(facts: Facts, charge: Charge, *, at: datetime) -> Decimal:
    """The sold quantity of a charge at an instant: the last one set until then, else the plan's."""
    changes = [value for changed_at, value in facts.quantities.get(charge.code, ()) if changed_at <= at]
    return changes[-1] if changes else (charge.quantity or ZERO)


def _events_in_advance(work: _Work, charge: Charge) -> Iterator[DueLine]:
    """Flows that are billed at every event: the price of the period's units so far, less what was billed of it."""
    assert charge.meter is not None
    for span in work.spans(charge.due):
        until_at = min(_until(work.facts, span), work.at + timedelta(microseconds=1))
        before = [entry.line for entry in work.billed if _is_within(entry.line, charge, span, work.stretch)]
        priced_as = _charge_on(work, charge, span=span)
        steps = _metered_steps(work, priced_as, from_at=_from(work.facts, span), until_at=until_at)
        steps = free_of_charge(steps) if span.phase < 0 else steps
        units = sum((step.units for step in steps), ZERO) - sum((line.units for line in before), ZERO)
        amount = priced(steps=steps, share=Fraction(1), currency=work.facts.currency)
        billed_minor = sum(line.amount_minor for line in before)
        difference = amount - billed_minor
        if before and (difference < 0 or (difference == 0 and units < 0)):
            continue  # less than was billed: settled when the span is over, with what was told late
        if units or difference:
            rest = replace(span, due_at=min(work.at, _until(work.facts, span)))
            total = work.facts.usage.total(charge.meter, from_at=_from(work.facts, span), until_at=until_at)
            line = _line(work, charge, span=rest, steps=steps, share=Fraction(1), units=units)
            line.tally = _tally(work, charge, span=span, until_at=until_at, quantity=total)
            yield replace(line, amount_minor=difference, before_minor=billed_minor)


def _in_arrears(work: _Work, charge: Charge) -> Iterator[DueLine]:
    for span in _unsettled(work, charge):
        line = arrears_line(work, charge, span=span)
        yield line
        yield from _charge_minimum(work, charge, span=span, charged=line)


def arrears_line(work: _Work, charge: Charge, *, span: DueSpan) -> DueLine:
    """What a span of a charge in arrears costs, with the usage known at present."""
    charge = _charge_on(work, charge, span=span)
    if charge.meter is None:
        return _flat_or_sold_in_arrears(work, charge, span=span)
    until_at = _until(work.facts, span)
    if charge.due.is_prorated:
        return _daily_in_arrears(work, charge, span=span, until_at=until_at)
    steps = _metered_steps(work, charge, from_at=_from(work.facts, span), until_at=until_at)
    units = used = work.facts.usage.total(charge.meter, from_at=_from(work.facts, span), until_at=until_at)
    if paid := seats_paid(work.facts.service, charge, day=span.start):
        units = beyond(units, paid)
        steps = steps_of(charge, units=units)
    line = _line(work, charge, span=span, steps=steps, share=Fraction(1), units=units)
    line.tally = _tally(work, charge, span=span, until_at=until_at, quantity=used)
    return line


def _flat_or_sold_in_arrears(work: _Work, charge: Charge, *, span: DueSpan) -> DueLine:
    if charge.quantity is None:
        units, steps = Decimal(1), [Step(Decimal(1), _price_in_phase(charge, span))]
    else:
        units = quantity_at(work.facts, charge, at=_until(work.facts, span) - timedelta(microseconds=1))
        steps = steps_of(charge, units=units)
    return _line(work, charge, span=span, steps=steps, share=_share(charge, span), units=units)


def _daily_in_arrears(work: _Work, charge: Charge, *, span: DueSpan, until_at: datetime) -> DueLine:
    """Each day's units priced by the tiers, times one day's share; a tier's flat once, if it was reached on any day."""
    assert charge.meter is not None
    paid = seats_paid(work.facts.service, charge, day=span.start)
    used = work.facts.usage.daily(charge.meter, start=span.start, end=span.end, until_at=until_at)
    days = [beyond(units, paid) for units in used]
    runs = runs_of(days, start=span.start)
    levels: Counter[Decimal] = Counter()  # in the order in which they came; each is priced once
    for run in runs:
        levels[run.units] += run.days
    steps = [
        Step(step.units * count, step.unit) for units, count in levels.items() for step in steps_of(charge, units=units)
    ]
    flats: list[Step] = []
    if days:
        flats = [Step(ZERO, ZERO, step.flat) for step in steps_of(charge, units=max(days)) if step.flat]
    level = work.facts.usage.level(charge.meter, until_at=until_at)
    share = Fraction(1, span.whole_days)
    line = _line(work, charge, span=span, steps=[*merged(steps), *flats], share=share, units=beyond(level, paid))
    line.runs = runs
    line.tally = _tally(work, charge, span=span, until_at=until_at, quantity=level)
    return line


def _charge_minimum(work: _Work, charge: Charge, *, span: DueSpan, charged: DueLine) -> Iterator[DueLine]:
    """A charge's own spending minimum, by the days served of the period."""
    if charge.minimum is None or span.phase < 0:
        return
    share = Fraction(span.days, span.whole_days)
    steps = (Step(Decimal(1), charge.minimum),)
    missing = priced(steps=steps, share=share, currency=work.facts.currency) - charged.amount_minor
    if missing > 0:
        yield replace(
            charged,
            kind="minimum",
            units=Decimal(1),
            amount_minor=missing,
            steps=steps,
            share=share,
            before_minor=charged.amount_minor,
            runs=(),
            tally=None,
        )


# --- Units and steps ---


def _from(facts: Facts, span: DueSpan) -> datetime:
    return max(span.from_at, first_instant(day=span.start, zone=facts.service.zone))


def _until(facts: Facts, span: DueSpan) -> datetime:
    return span.until_at or first_instant(day=span.end, zone=facts.service.zone)


def _tally(work: _Work, charge: Charge, *, span: DueSpan, until_at: datetime, quantity: Decimal) -> Tally | None:
    """What the meter was asked and answered; None where units are sold and not counted."""
    if charge.meter is None:
        return None
    from_at = first_instant(day=span.start, zone=work.facts.service.zone)
    if not charge.due.is_prorated:  # who counts by day counts the first day whole, whatever served it before
        from_at = max(span.from_at, from_at)
    return Tally(min(from_at, until_at), until_at, quantity, work.facts.usage_batch)


def _metered_steps(work: _Work, charge: Charge, *, from_at: datetime, until_at: datetime) -> list[Step]:
    assert charge.meter is not None
    if charge.model == "percentage" and charge.percentage is not None:
        values = work.facts.usage.values(charge.meter, from_at=from_at, until_at=until_at)
        return rating.percentage(values=values, price=charge.percentage)
    units = work.facts.usage.total(charge.meter, from_at=from_at, until_at=until_at)
    return steps_of(charge, units=units)


# --- The plan's minimum ---


def _minimums(work: _Work, *, found: Sequence[DueLine]) -> Iterator[DueLine]:
    """For each period that has closed: what is missing to the plan's minimum, by the days served without the trial."""
    if work.terms.minimum is None:
        return
    for span in work.spans(minimum_terms(work.terms)):
        line = _minimum_line(work, span=span, found=found)
        if _key(line) not in work.done and span.phase >= 0:
            yield line


def minimum_terms(terms: PlanTerms) -> ChargeTerms:
    """When the plan's minimum is looked at: at the end of each period, without the trial."""
    return ChargeTerms(code=MINIMUM, timing="in_arrears", is_prorated=True, trial_days=terms.trial_days)


def _minimum_line(work: _Work, *, span: DueSpan, found: Sequence[DueLine]) -> DueLine:
    facts, terms, stretch = work.facts, work.terms, work.stretch
    assert terms.minimum is not None
    share = Fraction(span.days, span.whole_days)
    steps = (Step(Decimal(1), terms.minimum),)
    wanted = priced(steps=steps, share=share, currency=facts.currency)
    charged = sum(e.line.amount_minor - e.credited_minor for e in work.billed if _counts(e.line, span, stretch))
    charged += sum(line.amount_minor for line in found if _counts(line, span, stretch))
    return DueLine(
        subscription=facts.name,
        plan=terms.name,
        charge=MINIMUM,
        kind="minimum",
        stretch=stretch,
        due_at=span.due_at,
        units=Decimal(1),
        amount_minor=max(wanted - charged, 0),
        tax_rate=None,
        start=span.start,
        end=span.end,
        whole_days=span.whole_days,
        is_creditable=False,
        steps=steps,
        covers=(span.whole_start, span.whole_end),
        share=share,
        before_minor=charged,
    )


def _counts(line: DueLine, span: DueSpan, stretch: int) -> bool:
    """Whether a line was charged for the period that the minimum looks at."""
    return line.stretch == stretch and line.kind != "one_time" and span.start <= line.start < span.end
