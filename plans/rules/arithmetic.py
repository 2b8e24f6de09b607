"""How a line came to its amount, as it is kept with the line: enough to compute the amount again in ten years.

The amount is the sum of the steps' units times their price, times a share of time, plus what is due in whole, rounded
once, half away from zero, less what was billed before:

    round((sum(units x unit) x share + sum(flat)) in minor units) - before

`write` makes the JSON that a line stores, `read` takes it back, `amount_minor` computes it again. Prices and units are
texts in the JSON, so that no reader of it comes near a float.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal, cast, get_args

from provider.kernel.money import exponent_of, round_half_away

from .charging import DueLine
from .rating import Step
from .terms import Charge, Model
from .units import Run

VERSION: Final = 1
Way = Literal["flat", "per_unit", "graduated", "volume", "package", "percentage", "one_time", "minimum", "by_hand"]
WAYS: Final = frozenset(get_args(Way))
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic:
    """The computation of one line: for `days` of `whole_days`, both 1 for what is not shared by time.

    `runs` are the units of a line that counts by day; each day is then one of `whole_days`.
    """

    way: Way
    currency: str
    steps: tuple[Step, ...]
    days: int = 1
    whole_days: int = 1
    before_minor: int = 0  # of the same period billed before, or charged towards a minimum
    units: Decimal = Decimal(1)
    meter: str = ""
    runs: tuple[Run, ...] = ()
    events: int = 0  # how many events a percentage was taken of
    size: Decimal = Decimal(1)  # of a package
    free_units: Decimal = ZERO
    free_events: int | None = None
    free_total: Decimal | None = None
    agreed: tuple[date, date | None] | None = None  # the days for which this price was agreed instead of the plan's
    paid_units: Decimal = ZERO  # that a paid term pays for; `units` are those beyond them

    @property
    def share(self) -> Fraction:
        """The part of the period that is charged."""
        return Fraction(self.days, self.whole_days)

    @property
    def shared(self) -> Fraction:
        """What the steps cost for a whole period, exact, in major units."""
        return sum((Fraction(step.units) * Fraction(step.unit) for step in self.steps), Fraction(0))

    @property
    def whole(self) -> Fraction:
        """What is due in whole, whatever the share of time."""
        return sum((Fraction(step.flat) for step in self.steps), Fraction(0))

    @property
    def exact(self) -> Fraction:
        """The amount before rounding, in major units."""
        return self.shared * self.share + self.whole

    @property
    def rounded_minor(self) -> int:
        """The amount after the one rounding, before what was billed earlier is taken off."""
        exact = self.exact * 10 ** exponent_of(self.currency)
        return round_half_away(numerator=exact.numerator, denominator=exact.denominator)

    @property
    def amount_minor(self) -> int:
        """The amount of the line. A minimum that is reached asks for nothing."""
        amount = self.rounded_minor - self.before_minor
        return max(amount, 0) if self.way == "minimum" else amount


def of_line(*, line: DueLine, charge: Charge | None, currency: str) -> Arithmetic:
    """The computation of a line that is due; `charge` is None for the plan's own minimum."""
    days, whole_days = _share_of(line)
    if line.kind == "minimum" or charge is None:
        return Arithmetic(
            way="minimum",
            currency=currency,
            steps=line.steps,
            days=days,
            whole_days=whole_days,
            before_minor=line.before_minor,
        )
    charge = line.agreed.charge if line.agreed else charge
    terms = charge.percentage
    return Arithmetic(
        way=charge.model,
        currency=currency,
        steps=_merged(line.steps) if charge.model == "percentage" else line.steps,
        days=days,
        whole_days=whole_days,
        before_minor=line.before_minor,
        units=line.units,
        meter=line.meter,
        runs=line.runs,
        events=len(line.steps) if charge.model == "percentage" else 0,
        size=charge.size,
        free_units=charge.free_units,
        free_events=terms.free_events if terms else None,
        free_total=terms.free_total if terms else None,
        agreed=(line.agreed.start, line.agreed.end) if line.agreed else None,
        paid_units=line.paid_units,
    )


def _share_of(line: DueLine) -> tuple[int, int]:
    """The share as days of days where it is that: 15 of 30, not 1 of 2."""
    days = (line.end - line.start).days
    if line.share != 1 and line.whole_days and line.share == Fraction(days, line.whole_days):
        return days, line.whole_days
    return line.share.numerator, line.share.denominator


def by_hand(*, units: Decimal, unit: Decimal, currency: str) -> Arithmetic:
    """The computation of a line that somebody added: so many at a price."""
    return Arithmetic(way="by_hand", currency=currency, steps=(Step(units, unit),), units=units)


def _merged(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps of one price as one: a percentage has a step per event, and there may be thousands."""
    sums: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for step in steps:
        units, flat = sums.get(step.unit, (ZERO, ZERO))
        sums[step.unit] = (units + step.units, flat + step.flat)
    return tuple(Step(units, unit, flat) for unit, (units, flat) in sums.items())


# --- JSON ---

_NUMBERS: Final = {"size": Decimal(1), "free_units": ZERO, "units": Decimal(1), "free_total": None, "paid_units": ZERO}
_COUNTS: Final[dict[str, int | None]] = {"before_minor": 0, "events": 0, "free_events": None}


def write(arithmetic: Arithmetic) -> dict[str, Any]:
    """The JSON to store; what has its usual value is left out."""
    plain: dict[str, Any] = {
        "v": VERSION,
        "way": arithmetic.way,
        "currency": arithmetic.currency,
        "steps": [[_text(step.units), _text(step.unit), _text(step.flat)] for step in arithmetic.steps],
    }
    if arithmetic.share != 1:
        plain["share"] = [arithmetic.days, arithmetic.whole_days]
    if arithmetic.meter:
        plain["meter"] = arithmetic.meter
    if arithmetic.runs:
        plain["runs"] = [[run.start.isoformat(), run.days, _text(run.units)] for run in arithmetic.runs]
    if arithmetic.agreed is not None:
        plain["agreed"] = [day and day.isoformat() for day in arithmetic.agreed]
    for name, usual in _NUMBERS.items():
        if (number := getattr(arithmetic, name)) != usual:
            plain[name] = _text(number)
    for name, usual_count in _COUNTS.items():
        if (count := getattr(arithmetic, name)) != usual_count:
            plain[name] = count
    return plain


def read(plain: Mapping[str, Any]) -> Arithmetic:
    """What `write` wrote. Raises ValueError for anything else, since a wrong explanation is worse than none."""
    way = plain.get("way")
    if plain.get("v") != VERSION or way not in WAYS:
        raise ValueError(f"This is not the arithmetic of a line: version {plain.get('v')}, way {way}.")
    share = plain.get("share", [1, 1])
    numbers: dict[str, Any] = {name: Decimal(plain[name]) for name in _NUMBERS if name in plain}
    counts: dict[str, Any] = {name: int(plain[name]) for name in _COUNTS if name in plain}
    return Arithmetic(
        way=cast(Way, way),
        currency=plain["currency"],
        steps=tuple(Step(Decimal(units), Decimal(unit), Decimal(flat)) for units, unit, flat in plain["steps"]),
        days=share[0],
        whole_days=share[1],
        meter=plain.get("meter", ""),
        runs=tuple(
            Run(date.fromisoformat(start), days, Decimal(units)) for start, days, units in plain.get("runs", ())
        ),
        agreed=_days_agreed(plain.get("agreed")),
        **numbers,
        **counts,
    )


def _days_agreed(plain: Sequence[str | None] | None) -> tuple[date, date | None] | None:
    if plain is None or plain[0] is None:
        return None
    return date.fromisoformat(plain[0]), date.fromisoformat(plain[1]) if plain[1] else None


def _run(start: str, days: int, units: str) -> Run:
    return Run(date.fromisoformat(start), days, Decimal(units))


def _text(number: Decimal) -> str:
    """A number without an exponent and without zeros that say nothing."""
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


assert set(get_args(Model)) < WAYS
