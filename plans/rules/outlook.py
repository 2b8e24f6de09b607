"""What happens to an account's access if nobody does anything: dated turns, told before they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Becomes = Literal["active", "billed", "grace", "dormant", "changed", "paused", "seats_end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """At `at` the access, or what is paid for, becomes something else."""

    at: datetime
    becomes: Becomes


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of an account's main subscription now.

    `spell_ends_at` is when the present spell ends by itself; `cancel_at` and `change_at` were chosen; `next_due_at` is
    the next scheduled work of whoever pays afterwards.
    """

    state: str  # trial, active, grace, dormant
    pays: str  # prepaid, automatic, on_terms
    grace_days: int
    is_paused: bool = False
    spell_ends_at: datetime | None = None
    paid_until: datetime | None = None
    cancel_at: datetime | None = None
    change_at: datetime | None = None
    next_due_at: datetime | None = None
    seats_until: datetime | None = None  # where a card pays for seats: when it does no longer


def turns_of(now: Situation) -> tuple[Turn, ...]:
    """The turns that are to come, the nearest first; what comes after an end never happens."""
    if now.state in ("", "dormant") or now.is_paused:
        return ()
    found = sorted(_turns(now), key=lambda turn: turn.at)
    ends = [place for place, turn in enumerate(found) if turn.becomes == "dormant"]
    return tuple(found[: ends[0] + 1] if ends else found)


def _turns(now: Situation) -> Iterator[Turn]:
    if now.cancel_at is not None:
        yield Turn(at=now.cancel_at, becomes="dormant")
    if now.change_at is not None:
        yield Turn(at=now.change_at, becomes="changed")
    if now.seats_until is not None and (now.pays != "prepaid" or _goes_on(now)):
        yield Turn(at=now.seats_until, becomes="seats_end")
    if now.state == "grace" and now.spell_ends_at is not None:
        yield Turn(at=now.spell_ends_at, becomes="dormant")
    elif now.pays == "prepaid":
        yield from _lapse(now)
    elif now.state == "trial" and now.spell_ends_at is not None:
        yield Turn(at=now.spell_ends_at, becomes="active")
    elif now.next_due_at is not None:
        yield Turn(at=now.next_due_at, becomes="billed")


def _goes_on(now: Situation) -> bool:
    """Whether other time is paid for after the seats' end: else grace begins then, in which nothing is charged."""
    return now.seats_until is not None and now.paid_until is not None and now.paid_until > now.seats_until


def _lapse(now: Situation) -> Iterator[Turn]:
    """Who pays before they are served: time that was paid during the trial comes after it, then grace, then sleep."""
    ends = now.spell_ends_at or now.paid_until
    if now.state == "trial" and ends is not None and now.paid_until is not None and now.paid_until > ends:
        yield Turn(at=ends, becomes="active")
        ends = now.paid_until
    if ends is None:
        return
    if now.grace_days:
        yield Turn(at=ends, becomes="grace")
    yield Turn(at=ends + timedelta(days=now.grace_days), becomes="dormant")
