"""What happens in a story, step by step, and what it expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from plans.rules.usage import MOST_EVENTS

from .nodes import (
    Node,
    Reader,
    amount_of,
    choice_of,
    count_of,
    decimal_of,
    names_of,
    quantities_of,
    text_of,
    truth_of,
    typed,
)

ACCESS: Final = ("trial", "active", "grace", "dormant")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens at the instant `at`; `facts` are its keys, typed, `instants` the local days they name."""

    at: datetime
    do: str
    line: int
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expectation:
    at: datetime
    line: int
    facts: Mapping[str, Any]


_STEP_KEYS: Final[dict[str, tuple[str, str]]] = {  # do: (may have, must have)
    "subscribe": ("as ends quantities pays", "plan"),
    "use": ("as value item count id", "meter"),
    "add": ("as item value", "meter"),
    "remove": ("as item value", "meter"),
    "set_quantity": ("as when", "charge quantity"),
    "change_plan": ("as when unused", "plan"),
    "set_anchor": ("as when", "day"),
    "pause": ("as", ""),
    "resume": ("as", ""),
    "cancel": ("as when unused", ""),
    "bill": ("", ""),
    "pay": ("", "invoice amount"),
    "credit_note": ("as from", "invoice charge amount"),
    "coupon": ("percent amount times forever only", "code"),
    "top_up": ("priority expires only", "balance amount"),
    "redeem": ("as", "card"),
}


def _only(*kinds: str) -> Callable[[Node], dict[str, tuple[str, ...]]]:
    def read(node: Node) -> dict[str, tuple[str, ...]]:
        return {key: names_of(part) for key, part in node.fields(known=" ".join(kinds)).items()}

    return read


def _card(node: Node) -> dict[str, Any]:
    fields = node.fields(known="months days seats", required="plan face")
    if ("months" in fields) == ("days" in fields):
        raise node.trouble("a card grants either months or days.")
    return typed(fields, {"months": count_of, "days": count_of, "seats": count_of, "plan": text_of, "face": amount_of})


def _when(node: Node, *, instant: Callable[[Node], datetime]) -> str | datetime:
    return node.text() if node.text() in ("now", "period_end") else instant(node)


def _step_readers(instant: Callable[[Node], datetime]) -> dict[str, Reader]:
    return {
        "as": text_of,
        "plan": text_of,
        "ends": instant,
        "quantities": quantities_of,
        "pays": choice_of("on_terms", "automatic", "prepaid"),
        "meter": text_of,
        "value": decimal_of,
        "item": text_of,
        "count": count_of,
        "id": text_of,
        "charge": text_of,
        "quantity": amount_of,
        "when": lambda node: _when(node, instant=instant),
        "unused": choice_of("credit", "refund", "none"),
        "day": count_of,
        "invoice": count_of,
        "amount": amount_of,
        "from": instant,
        "code": text_of,
        "percent": amount_of,
        "times": count_of,
        "forever": truth_of,
        "only": _only("meters", "charges", "plans"),
        "balance": text_of,
        "priority": count_of,
        "expires": instant,
        "card": _card,
    }


def step_of(node: Node, *, instant: Callable[[Node], datetime], names: Mapping[str, Mapping[str, Any]]) -> Step:
    do_node = node.fields().get("do")
    if do_node is None:
        raise node.trouble("“do” is missing here.")
    do = choice_of(*_STEP_KEYS)(do_node)
    may, must = _STEP_KEYS[do]
    fields = node.fields(known=may, required=f"at do {must}")
    facts = typed({key: part for key, part in fields.items() if key not in ("at", "do")}, _step_readers(instant))
    for key in ("plan", "meter"):
        if key in facts and facts[key] not in names[key]:
            known = ", ".join(names[key]) or "none"
            raise fields[key].trouble(f"there is no {key} “{facts[key]}”; known are {known}.")
    _check_step(node=node, do=do, facts=facts)
    return Step(at=instant(fields["at"]), do=do, line=node.line, facts=facts)


def _check_step(*, node: Node, do: str, facts: Mapping[str, Any]) -> None:
    if do == "coupon" and ("percent" in facts) == ("amount" in facts):
        raise node.trouble("a coupon takes either a percent or an amount.")
    if do == "coupon" and ("times" in facts) == ("forever" in facts):
        raise node.trouble("a coupon holds either a number of times or forever.")
    if do == "set_anchor" and not 1 <= facts["day"] <= 31:
        raise node.trouble("an anchor is a day of the month, from 1 to 31.")
    if facts.get("count", 0) > MOST_EVENTS:
        raise node.trouble(f"a step counts at most {MOST_EVENTS:,} events; use a value, or several steps.")
    if do in ("add", "remove") and ("item" in facts) == ("value" in facts):
        raise node.trouble(f"{do} wants either an item or a value.")
    if do in ("cancel", "set_quantity", "set_anchor") and isinstance(facts.get("when"), datetime):
        raise node.trouble("when is now or period_end here.")


_MONEY_KEYS: Final = "subtotal discount tax total credit_applied balance_applied due refund credit"
_LINE_KEYS: Final = "subscription plan charge kind from to units amount discount tax why"


def expectation_of(node: Node, *, instant: Callable[[Node], datetime]) -> Expectation:
    known = f"invoice credit_note of lines and_more nothing usage balance paid_until access status {_MONEY_KEYS}"
    fields = node.fields(known=known, required="at")
    readers: dict[str, Reader] = {
        **dict.fromkeys(_MONEY_KEYS.split(), amount_of),
        "invoice": count_of,
        "credit_note": count_of,
        "of": count_of,
        "and_more": truth_of,
        "nothing": truth_of,
        "usage": quantities_of,
        "balance": quantities_of,
        "paid_until": instant,
        "access": choice_of(*ACCESS),
        "status": text_of,
        "lines": lambda part: tuple(_expected_line(line, instant=instant) for line in part.items()),
    }
    facts = typed({key: part for key, part in fields.items() if key != "at"}, readers)
    if not facts:
        raise node.trouble("this expects nothing; say what, or nothing: true.")
    return Expectation(at=instant(fields["at"]), line=node.line, facts=facts)


def _expected_line(node: Node, *, instant: Callable[[Node], datetime]) -> dict[str, Any]:
    readers: dict[str, Reader] = {
        **dict.fromkeys(_LINE_KEYS.split(), text_of),
        **dict.fromkeys(("units", "amount", "discount", "tax"), decimal_of),
        "from": instant,
        "to": instant,
    }
    return typed(node.fields(known=_LINE_KEYS), readers)
