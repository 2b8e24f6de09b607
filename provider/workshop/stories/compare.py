"""What a story expects against what was billed: every difference, with the line of the file that it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from plans.rules.story import Expectation, Story
from provider.kernel.money import to_decimal

from .telling import Told, instant

_NO_MONEY = frozenset({"of", "status", "lines", "and_more", "invoice", "credit_note"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as the story says, in the format's own words; `text` where a step could not be done."""

    line: int
    key: str
    of: str = ""  # the document: "invoice 1"
    expected: str = ""
    got: str = ""
    text: str = ""  # a refusal's, with its facts
    facts: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        if self.text:
            return f"line {self.line}: {self.key}: {self.text % self.facts if self.facts else self.text}"
        subject = f"{self.key} of {self.of}" if self.of else self.key
        return f"line {self.line}: {subject} is {self.got or 'not there'}, expected {self.expected or 'nothing'}"

    def as_json(self) -> dict[str, Any]:
        """As a result keeps it; facts are text, for they are only filled into the sentence."""
        kept = {"line": self.line, "key": self.key, "of": self.of, "expected": self.expected, "got": self.got}
        return kept | {"text": self.text, "facts": {name: str(fact) for name, fact in self.facts.items()}}


def differences(*, story: Story, told: Told) -> list[Difference]:
    """Every way in which what was billed is not what was expected; none when the story passes."""
    return [found for expectation in story.expect for found in _of_expectation(expectation, told=told)]


def _of_expectation(expectation: Expectation, *, told: Told) -> Iterator[Difference]:
    facts, at, line = expectation.facts, expectation.at, expectation.line
    if facts.get("nothing"):
        made = [f"{d['kind']} {d['n']}" for d in told.documents if d["at"] == instant(at)]
        if made:
            yield Difference(line=line, key="nothing", expected="true", got=", ".join(made))
    for kind in ("invoice", "credit_note"):
        if kind in facts:
            yield from _of_document(kind, facts=facts, at=at, line=line, told=told)
    for key, seen in (("usage", told.usage.get(at, {})), ("balance", told.balances.get(at, {}))):
        for name, amount in facts.get(key, {}).items():
            actual = to_decimal(minor=seen.get(name, 0), currency=told.currency)
            if actual != amount:
                yield Difference(line=line, key=key, of=name, expected=str(amount), got=str(actual))
    if "paid_until" in facts and told.paid_until.get(at) != facts["paid_until"]:
        until = told.paid_until.get(at)
        got = instant(until) if until else ""
        yield Difference(line=line, key="paid_until", expected=instant(facts["paid_until"]), got=got)
    if "access" in facts and told.access.get(at, "") != facts["access"]:
        yield Difference(line=line, key="access", expected=facts["access"], got=told.access.get(at, ""))


def _of_document(kind: str, *, facts: Mapping[str, Any], at: datetime, line: int, told: Told) -> Iterator[Difference]:
    name = f"{kind} {facts[kind]}"
    found = next((d for d in told.documents if d["kind"] == kind and d["n"] == facts[kind]), None)
    if found is None:
        yield Difference(line=line, key=name, expected=instant(at))
        return
    if found["at"] != instant(at):
        yield Difference(line=line, key="at", of=name, expected=instant(at), got=found["at"])
    for key, wanted in facts.items():
        seen = found.get("invoice" if key == "of" else key)
        if _is_met(key, wanted=wanted, seen=seen):
            continue
        yield Difference(line=line, key=key, of=name, expected=str(wanted), got=str(seen or ""))
    if "lines" in facts:
        is_open = facts.get("and_more", False)
        yield from _of_lines(name, wanted=facts["lines"], found=found["lines"], is_open=is_open, line=line)


def _is_met(key: str, *, wanted: Any, seen: Any) -> bool:
    if key in ("of", "status"):
        return bool(seen == wanted)
    return key in _NO_MONEY or (seen is not None and Decimal(seen) == wanted)


def _of_lines(
    name: str, *, wanted: tuple[Mapping[str, Any], ...], found: list[dict[str, Any]], is_open: bool, line: int
) -> Iterator[Difference]:
    left = list(found)
    missing = []
    for one in wanted:
        match = next((candidate for candidate in left if _fits(one, candidate)), None)
        if match is None:
            missing.append(one)
        else:
            left.remove(match)
    others = "; ".join(map(_said, left))
    for one in missing:
        yield Difference(line=line, key="lines", of=name, expected=_said(one), got=others)
    if left and not missing and not is_open:
        yield Difference(line=line, key="lines", of=name, got=others)


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
