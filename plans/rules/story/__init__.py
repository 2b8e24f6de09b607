"""Billing stories: a YAML file, read strictly into typed values before anything is billed.

Every scalar is text (09:30 is not a number, no is not false). What is unknown, missing, out of order or impossible
raises `StoryTrouble` with the file's line and what would be right. Samples of the format lie in `tests/stories`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from .catalogue import Charge, Given, Meter, Phase, Plan, meter_of, plan_of
from .nodes import Node, StoryTrouble, amount_of, instant_in, read_nodes, truth_of
from .steps import Expectation, Step, expectation_of, step_of

__all__ = ["Charge", "Expectation", "Given", "Meter", "Phase", "Plan", "Step", "Story", "StoryTrouble", "read_story"]


@dataclass(frozen=True, slots=True)
class Story:
    title: str
    zone: ZoneInfo
    currency: str
    steps: tuple[Step, ...]
    expect: tuple[Expectation, ...]
    meters: Mapping[str, Meter] = field(default_factory=dict)
    plans: Mapping[str, Plan] = field(default_factory=dict)
    source: str = ""
    note: str = ""
    tax_rate: Decimal = Decimal(0)
    is_tax_inclusive: bool = False
    given: str = ""  # the plan that it does not write itself


def read_story(text: str, *, given: Given | None = None) -> Story:
    """The story that `text` (YAML) tells; raises `StoryTrouble` with the line and what would be right.

    `given` may be named without being written: a story that is kept with a plan plays that plan as it stands.
    """
    root = read_nodes(text)
    fields = root.fields(known="source note tax meters plans", required="story timezone currency steps expect")
    zone = _zone(fields["timezone"])
    instant = instant_in(zone)
    meters = _meters(_mapping(fields, "meters"), given=given)
    _check_not_written(_mapping(fields, "plans"), given=given)
    plans = {name: plan_of(name, part, meters=meters) for name, part in _mapping(fields, "plans").items()}
    names: dict[str, Mapping[str, Any]] = {"meter": meters, "plan": plans | ({given.plan: given} if given else {})}
    steps = [step_of(part, instant=instant, names=names) for part in fields["steps"].items()]
    _check_order(steps)
    _check_uses(steps, given=given)
    expectations = [expectation_of(part, instant=instant) for part in fields["expect"].items()]
    _check_instants(expectations=expectations, steps=steps)
    rate, is_inclusive = _tax(fields.get("tax"))
    return Story(
        title=fields["story"].text(),
        zone=zone,
        currency=_currency(fields["currency"]),
        steps=tuple(steps),
        expect=tuple(expectations),
        meters=meters,
        plans=plans,
        source=_optional(fields, "source"),
        note=_optional(fields, "note"),
        tax_rate=rate,
        is_tax_inclusive=is_inclusive,
        given=given.plan if given else "",
    )


def _meters(parts: dict[str, Node], *, given: Given | None) -> dict[str, Meter]:
    meters = dict(given.meters) if given else {}
    for name, part in parts.items():
        written = meter_of(name, part)
        known = meters.setdefault(name, written)
        if (known.aggregate, known.carries_over) != (written.aggregate, written.carries_over):
            raise part.trouble(f"the meter “{name}” is there and counts otherwise; leave it out, or take another name.")
    return meters


def _check_not_written(parts: dict[str, Node], *, given: Given | None) -> None:
    if given and given.plan in parts:
        node = parts[given.plan]
        raise node.trouble(
            f"“{given.plan}” is the plan that this story is kept with; leave it out, its draft is played."
        )


def _check_uses(steps: list[Step], *, given: Given | None) -> None:
    if given and all(step.facts.get("plan") != given.plan for step in steps):
        raise StoryTrouble(line=steps[0].line if steps else 1, text=f"no step names the plan “{given.plan}”.")


def _mapping(fields: dict[str, Node], key: str) -> dict[str, Node]:
    return fields[key].fields() if key in fields else {}


def _optional(fields: dict[str, Node], key: str) -> str:
    return fields[key].text() if key in fields else ""


def _zone(node: Node) -> ZoneInfo:
    if node.text() not in available_timezones():
        raise node.trouble(f"“{node.text()}” is no time zone; write one such as Asia/Shanghai.")
    return ZoneInfo(node.text())


def _currency(node: Node) -> str:
    if not re.fullmatch(r"[A-Z]{3}", node.text()):
        raise node.trouble(f"“{node.text()}” is no currency; write three capitals such as CNY.")
    return node.text()


def _tax(node: Node | None) -> tuple[Decimal, bool]:
    if node is None:
        return Decimal(0), False
    if isinstance(node.value, str):
        return amount_of(node), False
    fields = node.fields(known="inclusive", required="rate")
    return amount_of(fields["rate"]), truth_of(fields["inclusive"]) if "inclusive" in fields else False


def _check_order(steps: list[Step]) -> None:
    for before, step in pairwise(steps):
        if step.at < before.at:
            raise StoryTrouble(line=step.line, text=f"this step is before the one above it ({before.at.isoformat()}).")


def _check_instants(*, expectations: list[Expectation], steps: list[Step]) -> None:
    instants = {step.at for step in steps}
    for expectation in expectations:
        if expectation.at not in instants:
            raise StoryTrouble(line=expectation.line, text="no step happens at this instant; expect at one that does.")
