"""Serials: the public number of a card, printed in clear and read out on the telephone.

Six digits name the batch, seven count the cards in it, one checks the others (Damm's quasigroup: it finds every single
wrong digit and every swap of neighbours). Only digits, so that a till's number pad and any barcode can carry it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

PREFIX_DIGITS: Final = 6
COUNTER_DIGITS: Final = 7
LENGTH: Final = PREFIX_DIGITS + COUNTER_DIGITS + 1
LARGEST_COUNTER: Final = 10**COUNTER_DIGITS - 1
_SEPARATORS: Final = frozenset(" -‐‑‒–—−·._/\t\r\n\u00a0\u3000")

_DAMM: Final = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


@dataclass(frozen=True, slots=True)
class Serial:
    """A serial taken apart."""

    prefix: str
    counter: int


class BadSerial(ValueError):
    """The text is no serial: too short, too long, not digits, or the check digit contradicts."""


def check_digit(digits: str) -> int:
    """The digit that makes `digits` check out."""
    return _through(0, digits)


def _through(state: int, digits: str) -> int:
    for digit in digits:
        state = _DAMM[state][ord(digit) - 48]
    return state


def serial_of(*, prefix: str, counter: int) -> str:
    """The serial of card `counter` (from 1) of the batch `prefix`."""
    assert len(prefix) == PREFIX_DIGITS
    assert 1 <= counter <= LARGEST_COUNTER
    digits = f"{prefix}{counter:0{COUNTER_DIGITS}d}"
    return f"{digits}{check_digit(digits)}"


def serials_of(*, prefix: str, first: int, count: int) -> list[str]:
    """The serials of many cards in a row; the prefix is gone through once."""
    assert len(prefix) == PREFIX_DIGITS
    assert first >= 1
    assert first + count - 1 <= LARGEST_COUNTER
    start = _through(0, prefix)
    made = []
    for counter in range(first, first + count):
        digits = f"{counter:0{COUNTER_DIGITS}d}"
        made.append(f"{prefix}{digits}{_through(start, digits)}")
    return made


def normalise(typed: str) -> str:
    """What somebody typed or a scanner sent, without separators and in plain digits; not judged yet."""
    plain = unicodedata.normalize("NFKC", typed)
    return "".join(symbol for symbol in plain if symbol not in _SEPARATORS)


def read_serial(typed: str) -> Serial:
    """The serial that was typed, forgiving separators and full-width digits; raises `BadSerial`."""
    digits = normalise(typed)
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdecimal()) or check_digit(digits) != 0:
        raise BadSerial(f"A serial has {LENGTH} digits, of which the last one checks the others.")
    counter = int(digits[PREFIX_DIGITS:-1])
    if counter == 0:
        raise BadSerial("Cards are counted from 1.")
    return Serial(prefix=digits[:PREFIX_DIGITS], counter=counter)


def shown(serial: str) -> str:
    """The serial in groups, as it is printed: 260001-0000417-5."""
    return f"{serial[:PREFIX_DIGITS]}-{serial[PREFIX_DIGITS:-1]}-{serial[-1]}"


def prefix_of(*, year: int, number: int) -> str:
    """The prefix of the `number`th batch (from 1) of a year."""
    assert 1 <= number <= 9999
    return f"{year % 100:02d}{number:04d}"
