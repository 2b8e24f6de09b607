"""Sentences whose wording is left to whoever shows them: an untranslated text and typed facts.

Pure rules say what they have to say with these; `provider.look.formats.sentence` words them for a reader, each fact by
its kind: a number is grouped, a price shows its currency's decimals, days are written as the language writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text marked with `N_`, and the facts of its named placeholders."""

    text: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """A price of one unit: not rounded, with as many decimals as it needs and at least those of its currency."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Exact:
    """An amount before rounding, in major units; one that never ends is shown cut, with dots."""

    amount: Fraction
    currency: str


@dataclass(frozen=True, slots=True)
class Percent:
    """A share: 0.0005 is shown as 0.05%."""

    share: Decimal


@dataclass(frozen=True, slots=True)
class Day:
    """One day."""

    day: date


@dataclass(frozen=True, slots=True)
class Days:
    """The days [start, end)."""

    start: date
    end: date
