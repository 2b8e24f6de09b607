"""What can be done to a subscription as it stands: all of it by operators, the harmless part by its subscriber."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from provider.kernel.errors import N_

Act = Literal["plan", "quantity", "anchor", "pause", "resume", "reactivate", "withdraw", "extend", "cancel"]

TITLES: Final[dict[str, str]] = {
    "plan": N_("Change the plan"),
    "quantity": N_("Change the quantity"),
    "anchor": N_("Change the billing day"),
    "pause": N_("Pause the subscription"),
    "resume": N_("Resume the subscription"),
    "reactivate": N_("Take the subscription up again"),
    "withdraw": N_("Take back what was planned"),
    "extend": N_("Extend the trial or grace"),
    "cancel": N_("Cancel the subscription"),
}

OPERATORS_ONLY: Final[frozenset[str]] = frozenset({"anchor", "extend"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How a subscription stands, as far as it matters for what can be done to it."""

    status: str
    is_prepaid: bool = False
    is_dormant: bool = False  # only renewing wakes it, or the main subscription that it rests with
    sells_units: bool = False
    is_by_months: bool = True
    is_planned: bool = False  # something that can be taken back was chosen for later
    is_extendable: bool = False  # it is the main one, and the account is in its trial or in grace
    has_successor: bool = False  # another main subscription runs


def acts_open(stand: Stand, *, is_operator: bool) -> tuple[Act, ...]:
    """The acts in the order in which pages offer them."""
    open_ones = _open_to_operators(stand)
    if is_operator:
        return tuple(open_ones)
    return tuple(act for act in open_ones if act not in OPERATORS_ONLY and not _is_for_operators(act, stand))


def _open_to_operators(stand: Stand) -> Iterator[Act]:
    if stand.status == "active":
        yield "plan"
        if stand.sells_units:
            yield "quantity"
        if stand.is_by_months:
            yield "anchor"
        yield "pause"
    if stand.status == "active" and stand.is_extendable:
        yield "extend"
    if stand.status == "paused" and not stand.is_dormant:
        yield "resume"
    if stand.status == "ended" and not stand.has_successor:
        yield "reactivate"
    if stand.is_planned:
        yield "withdraw"
    if stand.status != "ended":
        yield "cancel"


def _is_for_operators(act: Act, stand: Stand) -> bool:
    """Paid time runs on through a pause, and what is paid in advance goes on by paying: neither is offered."""
    return stand.is_prepaid and act in ("pause", "reactivate")
