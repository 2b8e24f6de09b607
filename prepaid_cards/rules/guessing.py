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
NETWORK_FACTOR: Final = 10  # a shop, an office or a mobile network are many people behind one address
EVERYWHERE_FACTOR: Final = 100  # of all counters together, so that one guesser does not shut out everybody


@dataclass(frozen=True, slots=True)
class Lock:
    """Until when to wait, and whose wrong tries are the reason: account, network, serial or everybody."""

    until: datetime
    whose: str


def locked_until(reached: Mapping[int, datetime]) -> datetime | None:
    """Until when to refuse; `reached` says when the 5th, 10th, ... failure within the window happened.

    None if there is no reason to refuse. What lies further back than the window is left out by whoever asks.
    """
    pauses = [reached[count] + pause for count, pause in LADDER if count in reached]
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
