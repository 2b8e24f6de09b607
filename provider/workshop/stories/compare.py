"""What a story expects against what was billed: every difference, with the line of the file that it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from plans.rules.story import Expectation, Story
from provider.kernel.money import to_decimal

from .telling import Told, instant

_NO_MONEY = frozenset({"of", "status", "lines", "and_more", "invoice", "credit_note"})


def differences(*, story: Story, told: Told) -> list[str]:
    """Every way in which what was billed is not what was expected; none when the story passes."""
    return [
        f"line {expectation.line}: {difference}"
        for expectation in story.expect
        for difference in _of_expectation(expectation, told=told)
    ]


def _of_expectation(expectation: Expectation, *, told: Told) -> Iterator[str]:
    facts, at = expectation.facts, expectation.at
    if facts.get("nothing"):
        made = [f"{d['kind']} {d['n']}" for d in told.documents if d["at"] == instant(at)]
        if made:
            yield f"nothing was expected, but there is {', '.join(made)}"
    for kind in ("invoice", "credit_note"):
        if kind in facts:
            yield from _of_document(kind, facts=facts, at=at, told=told)
    yield from _of_amounts("usage", facts.get("usage", {}), told.usage.get(at, {}), currency=told.currency)
    yield from _of_amounts("balance", facts.get("balance", {}), told.balances.get(at, {}), currency=told.currency)
    if "paid_until" in facts and told.paid_until.get(at) != facts["paid_until"]:
        seen = told.paid_until.get(at)
        yield f"paid_until is {instant(seen) if seen else 'nothing'}, expected {instant(facts['paid_until'])}"
    if "access" in facts and told.access.get(at, "") != facts["access"]:
        yield f"access is {told.access.get(at) or 'none'}, expected {facts['access']}"


def _of_amounts(what: str, wanted: Mapping[str, Decimal], seen: Mapping[str, int], *, currency: str) -> Iterator[str]:
    for name, amount in wanted.items():
        actual = to_decimal(minor=seen.get(name, 0), currency=currency)
        if actual != amount:
            yield f"{what} of {name} is {actual}, expected {amount}"


def _of_document(kind: str, *, facts: Mapping[str, Any], at: datetime, told: Told) -> Iterator[str]:
    name = f"{kind} {facts[kind]}"
    found = next((d for d in told.documents if d["kind"] == kind and d["n"] == facts[kind]), None)
    if found is None:
        yield f"there is no {name}"
        return
    if found["at"] != instant(at):
        yield f"{name} was made at {found['at']}, expected {instant(at)}"
    for key, wanted in facts.items():
        if key == "of" and found["invoice"] != wanted:
            yield f"{name} is of invoice {found['invoice']}, expected {wanted}"
        elif key == "status" and found["status"] != wanted:
            yield f"{name} is {found['status']}, expected {wanted}"
        elif key not in _NO_MONEY and Decimal(found[key]) != wanted:
            yield f"{key} of {name} is {found[key]}, expected {wanted}"
    if "lines" in facts:
        yield from _of_lines(name, wanted=facts["lines"], found=found["lines"], is_open=facts.get("and_more", False))


def _of_lines(
    name: str, *, wanted: tuple[Mapping[str, Any], ...], found: list[dict[str, Any]], is_open: bool
) -> Iterator[str]:
    left = list(found)
    for line in wanted:
        match = next((one for one in left if _fits(line, one)), None)
        if match is None:
            yield f"{name} has no line {_said(line)}; left are {'; '.join(map(_said, left)) or 'none'}"
        else:
            left.remove(match)
    if left and not is_open:
        yield f"{name} has more lines than expected: {'; '.join(map(_said, left))}"


def _fits(wanted: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    return all(_same(value, line.get(key)) for key, value in wanted.items())


def _same(wanted: Any, seen: Any) -> bool:
    if isinstance(wanted, datetime):
        return bool(seen == instant(wanted))
    if isinstance(wanted, Decimal):
        return seen is not None and Decimal(seen) == wanted
    return bool(seen == wanted)


def _said(line: Mapping[str, Any]) -> str:
    shown = {key: instant(value) if isinstance(value, datetime) else value for key, value in line.items()}
    return ", ".join(f"{key} {value}" for key, value in shown.items() if value not in (None, "") and key != "why")
