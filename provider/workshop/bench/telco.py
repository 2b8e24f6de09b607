"""`bench telco`: the customers of a telephone company (a public table of 7,043) billed for a month in advance.

Whoever has left is billed nothing. What was billed must be, to the cent, what the table says that the others pay.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from plans.rules.story import read_story
from provider.kernel.money import exact_minor
from provider.workshop.stories.stage import set_stage

from . import place
from .billing import DAY, START, bill, figures
from .subscribers import Subscriber, subscribe_all

PLANS: Final = {"Month-to-month": "monthly", "One year": "one_year", "Two year": "two_years"}
_PLAN: Final = """{interval: month, anchor: calendar, bill: in_advance, charges: [
    {code: services, model: per_unit, quantity: 1, price: "1", prorate: true}]}"""
STORY: Final = f"""\
story: A telephone company
timezone: UTC
currency: USD
plans:
  monthly: {_PLAN}
  one_year: {_PLAN}
  two_years: {_PLAN}
steps: [{{at: 2026-01-01, do: bill}}]
expect: [{{at: 2026-01-01, nothing: true}}]
"""


class DoesNotTie(AssertionError):
    """What was billed is not what the table says."""


def subscribers_in(path: Path) -> tuple[list[Subscriber], int]:
    """Everybody in the table, and what those who have not left pay together, in cents."""
    found, expected = [], 0
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            monthly = Decimal(row["MonthlyCharges"])
            has_left = row["Churn"] == "Yes"
            expected += 0 if has_left else exact_minor(amount=monthly, currency="USD")
            found.append(
                Subscriber(
                    name=row["customerID"],
                    plan=PLANS[row["Contract"]],
                    quantities={"services": monthly},
                    has_left=has_left,
                )
            )
    return found, expected


def measure(*, path: Path, workers: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """Bill the whole table, check its sum, and answer the figures as `bench --json` prints them."""
    with place.own_database("telco"):
        return bill_table(path=path, workers=workers, tell=tell)


def bill_table(*, path: Path, workers: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """The same in the database that there is."""
    stage = set_stage(read_story(STORY))
    began = time.perf_counter()
    subscribers, expected = subscribers_in(path)
    subscribe_all(stage=stage, subscribers=subscribers, day=DAY, at=START)
    loaded = time.perf_counter() - began
    tell(f"{len(subscribers)} subscriptions were read and written in {loaded:.1f} s.")
    before = place.counts()
    worked, seconds = bill(as_of=START, workers=workers)
    billed = sum(one.done.totals.get("USD", 0) for one in worked)
    if billed != expected:
        raise DoesNotTie(f"Billed {billed} cents; the table says {expected}.")
    limit = place.bare_seconds(before=before, key_of={}, workers=workers)
    said = figures(name="telco", worked=worked, seconds=seconds, limit_seconds=limit, workers=workers)
    whole = f"{len(subscribers)} subscriptions read, written and billed in {loaded + seconds:.1f} s"
    return said | {"notes": f"{whole}; {Decimal(billed) / 100} USD, as the table says"}
