"""A seller with plans and an account that buys, for tests that bill: told as a short story, written to the tables."""

from __future__ import annotations

from plans.rules.story import read_story
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
