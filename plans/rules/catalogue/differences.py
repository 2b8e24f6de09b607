"""How two versions of a plan differ, place by place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .content import Version, plain_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that differs: `charge` (empty: the plan's terms), `member`, `currency`, what it was and is.

    A charge that is new or gone has the member "charge".
    """

    charge: str
    member: str
    currency: str
    before: Any
    after: Any
    names: tuple[str, ...] = field(default=(), compare=False)  # of the charge, in the three languages


def differences_of(before: Version, after: Version) -> list[Difference]:
    """What `after` promises otherwise than `before`."""
    old, new = plain_of(before), plain_of(after)
    found = list(_in_members(old, new, leave_out=("charges", "minimums"), charge="", currency=""))
    found += [
        Difference("", "minimum", code, old["minimums"].get(code), new["minimums"].get(code))
        for code in sorted({*old["minimums"], *new["minimums"]})
        if old["minimums"].get(code) != new["minimums"].get(code)
    ]
    olds, news = _by_code(old), _by_code(new)
    for code in [*news, *(code for code in olds if code not in news)]:
        names = tuple((news.get(code) or olds[code])["names"])
        found += [replace(one, names=names) for one in _in_charge(olds.get(code), news.get(code), code=code)]
    return found


def _by_code(plain: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {charge["code"]: charge for charge in plain["charges"]}


def _in_charge(old: dict[str, Any] | None, new: dict[str, Any] | None, *, code: str) -> Iterator[Difference]:
    if old is None or new is None:
        yield Difference(
            code, "charge", "", None if old is None else old["model"], None if new is None else new["model"]
        )
        return
    yield from _in_members(old, new, leave_out=("prices",), charge=code, currency="")
    for currency in sorted({*old["prices"], *new["prices"]}):
        prices = old["prices"].get(currency, {}), new["prices"].get(currency, {})
        yield from _in_members(*prices, leave_out=(), charge=code, currency=currency)


def _in_members(
    old: Mapping[str, Any], new: Mapping[str, Any], *, leave_out: tuple[str, ...], charge: str, currency: str
) -> Iterator[Difference]:
    for member in sorted({*old, *new}):
        if member not in leave_out and old.get(member) != new.get(member):
            yield Difference(charge, member, currency, old.get(member), new.get(member))
