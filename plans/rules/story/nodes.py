"""The file as text with lines, and the readers that turn a text into a typed value or say what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import yaml

from plans.rules.calendar import BadInterval, Interval, interval_of
from plans.rules.rating import BadPrice, check_price
from provider.kernel.clock import first_instant

LONGEST_TEXT: Final = 1_000_000


class StoryTrouble(ValueError):
    """The story cannot be played; `line` is counted from 1."""

    def __init__(self, *, line: int, text: str) -> None:
        super().__init__(f"line {line}: {text}")
        self.line = line
        self.text = text


@dataclass(frozen=True, slots=True)
class Node:
    """A part of the file: text, a list, or a mapping, with the line on which it begins."""

    line: int
    value: str | list[Node] | dict[str, Node]

    def trouble(self, text: str) -> StoryTrouble:
        return StoryTrouble(line=self.line, text=text)

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.trouble("a plain text or number is wanted here.")
        return self.value

    def items(self) -> list[Node]:
        if not isinstance(self.value, list):
            raise self.trouble("a list is wanted here: [one, two].")
        return self.value

    def fields(self, *, known: str = "", required: str = "") -> dict[str, Node]:
        """The mapping; with `known` and `required` (words) any other or missing key is refused."""
        if not isinstance(self.value, dict):
            raise self.trouble("a mapping is wanted here: {key: value}.")
        allowed = {*known.split(), *required.split()}
        for key, node in self.value.items():
            if allowed and key not in allowed:
                raise node.trouble(f"“{key}” is not known here; known are {', '.join(sorted(allowed))}.")
        for key in required.split():
            if key not in self.value:
                raise self.trouble(f"“{key}” is missing here.")
        return self.value


Reader = Callable[[Node], Any]
Word = TypeVar("Word", bound=str)


def read_nodes(text: str) -> Node:
    if len(text) > LONGEST_TEXT:
        raise StoryTrouble(line=1, text="the file is longer than a story may be (1,000,000 characters).")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as trouble:
        mark = trouble.problem_mark or trouble.context_mark
        raise StoryTrouble(line=mark.line + 1 if mark else 1, text=f"this is not YAML: {trouble.problem}.") from None
    except yaml.YAMLError as trouble:
        raise StoryTrouble(line=1, text=f"this is not YAML: {trouble}.") from None
    if root is None:
        raise StoryTrouble(line=1, text="the file is empty.")
    return _node(root, depth=0)


def _node(raw: yaml.Node, *, depth: int) -> Node:
    line = raw.start_mark.line + 1
    if depth > 12:
        raise StoryTrouble(line=line, text="this is nested too deeply for a story.")
    if isinstance(raw, yaml.ScalarNode):
        return Node(line, raw.value)
    if isinstance(raw, yaml.SequenceNode):
        return Node(line, [_node(part, depth=depth + 1) for part in raw.value])
    fields: dict[str, Node] = {}
    for key, part in raw.value:
        if not isinstance(key, yaml.ScalarNode):
            raise StoryTrouble(line=key.start_mark.line + 1, text="a key is a word, not a list or a mapping.")
        if key.value in fields:
            raise StoryTrouble(line=key.start_mark.line + 1, text=f"“{key.value}” stands here twice.")
        fields[key.value] = _node(part, depth=depth + 1)
    return Node(line, fields)


def decimal_of(node: Node) -> Decimal:
    try:
        number = Decimal(node.text())
        check_price(number)
    except (InvalidOperation, BadPrice):
        raise node.trouble(f"“{node.text()}” is no number with at most 8 decimals, such as 12.50.") from None
    if "e" in node.text().lower():
        raise node.trouble(f"“{node.text()}”: write the number out, without an exponent.")
    return number


def amount_of(node: Node) -> Decimal:
    number = decimal_of(node)
    if number < 0:
        raise node.trouble(f"“{node.text()}”: this may not be negative.")
    return number


def count_of(node: Node) -> int:
    if not node.text().isascii() or not node.text().isdecimal():
        raise node.trouble(f"“{node.text()}” is no whole number.")
    return int(node.text())


def truth_of(node: Node) -> bool:
    if node.text() not in ("true", "false"):
        raise node.trouble(f"“{node.text()}”: write true or false.")
    return node.text() == "true"


def text_of(node: Node) -> str:
    return node.text()


def choice_of(*of: Word) -> Callable[[Node], Word]:
    def choose(node: Node) -> Word:
        for word in of:
            if word == node.text():
                return word
        raise node.trouble(f"“{node.text()}” is not one of {', '.join(of)}.")

    return choose


def names_of(node: Node) -> tuple[str, ...]:
    return tuple(part.text() for part in node.items())


def interval_in(node: Node) -> Interval:
    try:
        return interval_of(node.text())
    except BadInterval as trouble:
        raise node.trouble(str(trouble)) from None


_INSTANT: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(Z|[+-]\d\d:\d\d)?)?")


def instant_in(zone: ZoneInfo) -> Callable[[Node], datetime]:
    """An instant: absolute with Z or an offset, else local; a bare date is the first instant of that local day."""

    def read(node: Node) -> datetime:
        match = _INSTANT.fullmatch(node.text())
        if match is None:
            raise node.trouble(f"“{node.text()}” is no instant; write 2026-01-15, 2026-01-15T09:30 or ...T09:30:00Z.")
        try:
            day = date.fromisoformat(match[1])
            clock = time.fromisoformat(match[2]) if match[2] else None
        except ValueError:
            raise node.trouble(f"“{node.text()}”: there is no such day or time.") from None
        if clock is None:
            return first_instant(day=day, zone=zone)
        if match[3]:
            return datetime.fromisoformat(node.text().replace("Z", "+00:00")).astimezone(UTC)
        return _local(node=node, day=day, clock=clock, zone=zone)

    return read


def _local(*, node: Node, day: date, clock: time, zone: ZoneInfo) -> datetime:
    instant = datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).time() != clock:
        raise node.trouble(f"“{node.text()}”: daylight saving leaves this time out in {zone.key}.")
    return instant


def typed(fields: dict[str, Node], readers: Mapping[str, Reader]) -> dict[str, Any]:
    return {key: readers[key](node) for key, node in fields.items()}


def quantities_of(node: Node) -> dict[str, Decimal]:
    return {key: amount_of(part) for key, part in node.fields().items()}
