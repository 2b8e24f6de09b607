"""A seller with plans and an account that buys, for tests that bill: told as a short story, written to the tables."""

from __future__ import annotations

from decimal import Decimal

from plans.models import Entitlement, PlanVersion
from plans.rules.story import read_story
from provider.kernel.ids import new_id
from provider.workshop.stories.stage import Stage, set_stage

_STORY = """\
story: The stage of a test
timezone: {zone}
currency: CNY
tax: "6"
meters:
  seats: {{aggregate: unique, property: user, carries_over: true}}
  calls: {{aggregate: count}}
plans:
  team:
    interval: month
    anchor: anniversary
    bill: in_advance
    price: "100.00"
    charges:
      - {{code: setup, model: one_time, price: "500.00"}}
      - {{code: desk, model: per_unit, quantity: 0, price: "30", prorate: true}}
  pro: {{interval: month, anchor: anniversary, bill: in_advance, price: "310.00"}}
  calls: {{interval: month, anchor: calendar, charges: [{{code: call, model: per_unit, meter: calls, price: "0.5"}}]}}
steps: [{{at: {at}, do: bill}}]
expect: [{{at: {at}, nothing: true}}]
"""


def make_stage(*, zone: str = "Asia/Shanghai", opened: str = "2026-01-15") -> Stage:
    """A seller of the plans `team`, `pro` and `calls`, and an account that was opened the day before `opened`."""
    return set_stage(read_story(_STORY.format(zone=zone, at=opened)))


def next_version(version: PlanVersion, *, base: str, seats: int | None = None) -> PlanVersion:
    """The next version of the same plan, on sale: the same charges, another base fee, at most so many seats."""
    old, made = list(version.charges.all()), PlanVersion.objects.get(pk=version.pk)
    made.pk, made.number, made._state.adding = new_id(), version.number + 1, True
    made.status, made.published_at, made.digest = "draft", None, ""
    made.save(force_insert=True)
    for charge in old:
        prices = list(charge.prices.all())
        charge.pk, charge.version, charge._state.adding = new_id(), made, True
        charge.save(force_insert=True)
        for price in prices:
            price.pk, price.charge, price._state.adding = None, charge, True
            price.price = Decimal(base) if charge.code == "base" else price.price
            price.save(force_insert=True)
    if seats is not None:
        Entitlement.objects.create(version=made, feature="seats", limit=seats, stops_at_limit=True)
    PlanVersion.objects.filter(pk=made.pk).update(status="published", published_at=made.created_at, digest=new_id().hex)
    made.refresh_from_db()
    return made
