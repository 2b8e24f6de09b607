"""How long to keep somebody from trying secrets, after so many that were wrong."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(hours=24)
LADDER: Final = (
    (5, timedelta(minutes=15)),
    (10, timedelta(minutes=30)),
    (15, timedelta(hours=1)),
    (20, timedelta(hours=24)),
)
FACTORS: Final = {  # whose wrong tries are counted, and how many of them make one of the ladder's
    "account": 1,
    "visitors": 1,  # of one network, without an account
    "network": 10,  # a shop, an office or a mobile network are many people behind one address
    "serial": 1,
    "everybody": 100,  # so that one guesser does not shut out everybody
}
WINDOWS: Final = {whose: timedelta(hours=1) if whose == "everybody" else WINDOW for whose in FACTORS}


@dataclass(frozen=True, slots=True)
class Lock:
    """Until when to wait, and whose wrong tries are the reason: one of `FACTORS`."""

    until: datetime
    whose: str


def steps_of(whose: str) -> list[int]:
    """After how many wrong tries whoever is counted here waits."""
    return [count * FACTORS[whose] for count, _ in LADDER]


def locked_until(reached: Mapping[int, datetime], *, whose: str = "account") -> datetime | None:
    """Until when to refuse; `reached` says when the 5th, 10th, ... failure within the window happened.

    None if there is no reason to refuse. What lies further back than the window is left out by whoever asks: the window
    before the last failure, so that a pause ends when it was said to. No pause is longer than the window.
    """
    pauses = [reached[count] + min(pause, WINDOWS[whose]) for count, pause in LADDER if count in reached]
    return pauses[-1] if pauses else None


def block_of(address: str) -> str:
    """The network that an address stands for: guessers change the last part. "" for what is no address."""
    try:
        given = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(given, ipaddress.IPv6Address) and given.ipv4_mapped is not None:
        given = given.ipv4_mapped
    length = 24 if given.version == 4 else 48
    return str(ipaddress.ip_network((given, length), strict=False))
