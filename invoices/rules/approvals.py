"""Which of the invoices that billing makes by itself somebody looks at first, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`first` of an account, `above` an amount of a currency, or `changed` by more than so many percent."""

    kind: str
    currency: str = ""
    amount_minor: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an invoice waits, and what its total was compared with: the amount of the rule, or the total before it."""

    kind: str
    limit_minor: int = 0
    percent: int = 0

    def as_json(self) -> dict[str, Any]:
        """As it is kept with the invoice."""
        return {"kind": self.kind, "limit_minor": self.limit_minor, "percent": self.percent}


@dataclass(slots=True, kw_only=True)
class Watch:
    """The rules that hold for one account while it is billed, and its last invoice so far.

    Each invoice is compared with the one before it, so a month that comes late is judged as it would have been then.
    """

    rules: Sequence[Rule]
    is_new: bool  # no invoice was made for it yet
    last_minor: int | None  # the total of the last one that billing made by itself

    def judge(self, *, total_minor: int, currency: str, is_rise: bool) -> list[Reason]:
        """Why an invoice of this total waits; none: it is made. It is what the next one is compared with.

        What an event is charged at once (`is_rise`) is no month: it is compared with nothing.
        """
        found = [
            reason
            for rule in self.rules
            for reason in self._of(rule, total_minor=total_minor, currency=currency, is_rise=is_rise)
        ]
        self.is_new = False
        if not is_rise:
            self.last_minor = total_minor
        return found

    def _of(self, rule: Rule, *, total_minor: int, currency: str, is_rise: bool) -> Iterator[Reason]:
        last = self.last_minor
        if rule.kind == "first" and self.is_new:
            yield Reason(kind="first")
        if rule.kind == "above" and rule.currency == currency and total_minor > rule.amount_minor:
            yield Reason(kind="above", limit_minor=rule.amount_minor)
        if rule.kind == "changed" and not is_rise and _differs(total_minor, last, percent=rule.percent):
            yield Reason(kind="changed", limit_minor=last or 0, percent=rule.percent)


def _differs(total_minor: int, last_minor: int | None, *, percent: int) -> bool:
    return last_minor is not None and abs(total_minor - last_minor) * 100 > percent * last_minor
