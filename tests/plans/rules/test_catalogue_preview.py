"""What three sizes of customers pay, by the rules that bill them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plans.rules.calendar import Interval
from plans.rules.catalogue import Charge, Price, Version, preview
from plans.rules.catalogue.words import length
from plans.rules.rating import Tier
from plans.rules.service import Phase
from plans.rules.terms import MeterTerms
from provider.look.formats import sentence

SEATS = MeterTerms("seats", "unique", carries_over=True)
RECORDS = MeterTerms("records", "sum", carries_over=True)
CALLS = MeterTerms("calls", "count", carries_over=False)


def cny(**amounts: object) -> dict[str, Price]:
    return {"CNY": Price(**amounts)}  # type: ignore[arg-type]


BASE = Charge(code="base", model="flat", timing="in_advance", is_prorated=True, prices=cny(price=Decimal("100")))
SEAT = Charge(
    code="seat", model="graduated", timing="in_arrears", is_prorated=True, meter=SEATS,
    prices=cny(tiers=(Tier(Decimal(3), Decimal(0)), Tier(Decimal(20), Decimal(30)), Tier(None, Decimal(24)))),
)  # fmt: skip
PACKS = Charge(
    code="packs", model="package", timing="in_arrears", is_prorated=False, meter=RECORDS,
    prices=cny(price=Decimal(5), size=Decimal(1000), free_units=Decimal(2000)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("seats", "records", "total"), [(3, 1400, "100.00"), (12, 6200, "395.00"), (48, 41000, "1477.00")]
)
def test_each_size_pays_what_the_tiers_say(seats: int, records: int, total: str) -> None:
    version = Version(currencies=("CNY",), charges=(BASE, SEAT, PACKS))

    seen = preview(version, currency="CNY", units={"seats": Decimal(seats), "records": Decimal(records)})

    assert seen.total.amount == Decimal(total)
    assert sum(part.amount.minor for part in seen.parts) == seen.total.minor


@pytest.mark.parametrize("timing", ["in_advance", "in_arrears"])
@pytest.mark.parametrize("interval", [Interval(months=1), Interval(months=12), Interval(days=30)])
def test_one_period_is_charged_once_however_long_and_whenever_due(timing: str, interval: Interval) -> None:
    seat = Charge(
        code="seat",
        model="per_unit",
        timing=timing,
        is_prorated=True,
        meter=SEATS,
        prices=cny(price=Decimal("31")),  # type: ignore[arg-type]
    )
    call = Charge(
        code="call",
        model="per_unit",
        timing=timing,
        is_prorated=False,
        meter=CALLS,
        prices=cny(price=Decimal("0.5")),  # type: ignore[arg-type]
    )
    version = Version(interval=interval, currencies=("CNY",), charges=(BASE, seat, call))

    seen = preview(version, currency="CNY", units={"seats": Decimal(2), "calls": Decimal(9)})

    assert {part.charge: str(part.amount.amount) for part in seen.parts} == {
        "base": "100.00", "seat": "62.00", "call": "4.50",
    }  # fmt: skip


def test_trial_and_introduction_are_left_out_and_the_start_is_shown_apart() -> None:
    base = Charge(
        code="base", model="flat", timing="in_advance", is_prorated=True,
        prices=cny(phases=(Phase(Decimal(0), months=3), Phase(Decimal("19.95")))),
    )  # fmt: skip
    setup = Charge(
        code="setup", model="one_time", timing="in_advance", is_prorated=False, prices=cny(price=Decimal(300))
    )

    seen = preview(Version(trial_days=14, currencies=("CNY",), charges=(base, setup)), currency="CNY", units={})

    assert str(seen.total.amount) == "19.95"
    assert [(part.charge, str(part.amount.amount)) for part in seen.once] == [("setup", "300.00")]


def test_minimums_fill_up() -> None:
    version = Version(currencies=("CNY",), charges=(BASE,), minimums={"CNY": Decimal(150)})

    seen = preview(version, currency="CNY", units={})

    assert [(part.charge, str(part.amount.amount)) for part in seen.parts] == [("base", "100.00"), ("minimum", "50.00")]


def test_every_amount_says_how_it_came_about() -> None:
    seen = preview(Version(currencies=("CNY",), charges=(SEAT,)), currency="CNY", units={"seats": Decimal(5)})

    part = seen.part("seat")
    assert part is not None
    assert part.explanations[0].rows
    assert part.explanations[0].amount == part.amount
    assert seen.part("other") is None


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        (Interval(months=1), "1 month"), (Interval(months=3), "3 months"), (Interval(months=12), "1 year"),
        (Interval(months=18), "18 months"), (Interval(months=24), "2 years"), (Interval(days=30), "30 days"),
    ],
)  # fmt: skip
def test_a_length_is_said_in_months_unless_it_is_whole_years(interval: Interval, said: str) -> None:
    assert sentence(length(interval)) == said
