"""What a customer of a given size pays for one period, by the same rules that bill it.

The customer is steady: the same seats and records on every day of the period, and flows that come once in it. The
trial is left out and introductory prices are those of the last phase, so that a preview shows the lasting price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from plans.rules.arithmetic import of_line
from plans.rules.calendar import schedule_of
from plans.rules.charging import DueLine, Facts, lines_due
from plans.rules.explanation import Explanation, explain
from plans.rules.service import ScheduleFrom, Service, Stretch
from plans.rules.terms import Charge, MeterTerms, PlanTerms
from provider.kernel.clock import first_instant
from provider.kernel.money import Money

from .content import Version
from .meaning import terms_in

_ZONE: Final = ZoneInfo("UTC")
_DAY: Final = date(2026, 6, 1)  # any day does: a whole period costs its price however many days it has
_NAME: Final = "preview"
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Part:
    """What a charge (or "minimum") comes to in the period, and how."""

    charge: str
    amount: Money
    explanations: tuple[Explanation, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The period of one customer; `once` is what is due at the start alone."""

    parts: tuple[Part, ...]
    once: tuple[Part, ...]
    total: Money

    def part(self, charge: str) -> Part | None:
        """What a charge comes to, if it is charged at all."""
        return next((part for part in (*self.parts, *self.once) if part.charge == charge), None)


@dataclass(frozen=True, slots=True)
class _Steady:
    """Usage that does not change within the period, and none after it."""

    units: Mapping[str, Decimal]
    ends_at: datetime

    def instants(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Sequence[datetime]:
        comes = not meter.carries_over and self.total(meter, from_at=from_at, until_at=until_at)
        return [from_at] if comes and from_at < until_at else []

    def total(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Decimal:
        return self.units.get(meter.name, ZERO) if from_at < self.ends_at else ZERO

    def values(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Sequence[Decimal]:
        value = self.total(meter, from_at=from_at, until_at=until_at)
        return [value] if value else []

    def level(self, meter: MeterTerms, *, until_at: datetime) -> Decimal:
        return self.units.get(meter.name, ZERO)

    def daily(self, meter: MeterTerms, *, start: date, end: date, until_at: datetime) -> Sequence[Decimal]:
        return [self.units.get(meter.name, ZERO)] * (end - start).days


def preview(version: Version, *, currency: str, units: Mapping[str, Decimal]) -> Preview:
    """What a customer with `units` on each meter pays in a currency."""
    terms = lasting_terms(terms_in(version, currency=currency, name=_NAME))
    schedule = schedule_of(interval=terms.interval, anchor="anniversary", start=_DAY)
    _, end = schedule.whole_period(_DAY)
    starts_at, ends_at = first_instant(day=_DAY, zone=_ZONE), first_instant(day=end, zone=_ZONE)
    facts = Facts(
        name=_NAME,
        currency=currency,
        service=Service(_DAY, _ZONE, (Stretch(_NAME, _DAY, starts_at),), (ScheduleFrom(_DAY, schedule),)),
        plans={_NAME: terms},
        usage=_Steady(units, ends_at),
    )
    lines = [line for line in lines_due(facts=facts, billed=(), at=ends_at) if line.start < end]
    parts = [_part(code, some, terms=terms, currency=currency) for code, some in _by_charge(lines).items()]
    once = {charge.code for charge in terms.charges if charge.model == "one_time"}
    lasting = tuple(part for part in parts if part.charge not in once)
    total = sum((part.amount.minor for part in lasting), 0)
    return Preview(
        parts=lasting, once=tuple(part for part in parts if part.charge in once), total=Money(total, currency)
    )


def beyond(version: Version, *, units: Mapping[str, Decimal]) -> dict[str, int]:
    """The limits of the version that a customer with `units` on each meter has passed."""
    limits = {code: allowed.limit for code, allowed in version.entitlements.items() if allowed.limit is not None}
    return {code: limit for code, limit in limits.items() if units.get(code, ZERO) > limit}


def lasting_terms(terms: PlanTerms) -> PlanTerms:
    """The terms without trial and introductory prices."""
    return replace(terms, trial_days=0, charges=tuple(_last_phase(charge) for charge in terms.charges))


def _last_phase(charge: Charge) -> Charge:
    return replace(charge, due=replace(charge.due, trial_days=0, phases=charge.due.phases[-1:]))


def _by_charge(lines: Iterable[DueLine]) -> dict[str, list[DueLine]]:
    found: dict[str, list[DueLine]] = {}
    for line in lines:
        found.setdefault(line.charge, []).append(line)
    return found


def _part(code: str, lines: Sequence[DueLine], *, terms: PlanTerms, currency: str) -> Part:
    charge = next((one for one in terms.charges if one.code == code), None)
    return Part(
        charge=code,
        amount=Money(sum(line.amount_minor for line in lines), currency),
        explanations=tuple(explain(of_line(line=line, charge=charge, currency=currency)) for line in lines),
    )
