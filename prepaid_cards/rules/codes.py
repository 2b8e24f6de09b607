"""The card's secret: sixteen symbols of Crockford's base 32 in four groups, of which the last one checks the others.

Fifteen symbols are drawn from the operating system (75 bits). The check symbol makes the sum of all symbols, each times
the weight of its place, nothing in the field of 32 elements. The weights are the powers of the field's generator, all
different and none nothing: so every single wrong symbol is found, and every swap of two symbols, neighbours or not.
A wrong check symbol is a typing error; it says nothing about which cards exist, since anybody can compute it.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

SYMBOLS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 16
GROUP: Final = 4
_DRAWN: Final = LENGTH - 1
_DRAWN_BYTES: Final = 10  # 80 bits, of which the lowest five are left out
_MODULUS: Final = 0b100101  # x^5 + x^2 + 1
_SEPARATORS: Final = frozenset(" -‐‑‒–—−·._/\t\r\n\u00a0\u3000")
_LOOK_ALIKES: Final = str.maketrans("OIL", "011")
_VALUES: Final = {symbol: value for value, symbol in enumerate(SYMBOLS)}


class CodeMistyped(ValueError):
    """The code cannot be right: symbols are missing, too many, foreign, or the check symbol contradicts."""

    def __init__(self, *, fault: str, place: int = 0) -> None:
        super().__init__(fault)
        self.fault = fault  # "length", "symbol" or "check"
        self.place = place  # of the first foreign symbol, from 1


def times(a: int, b: int) -> int:
    """The product of two elements of the field of 32."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0b100000:
            a ^= _MODULUS
        b >>= 1
    return product


def _powers(count: int) -> tuple[int, ...]:
    powers = [1]
    while len(powers) < count:
        powers.append(times(powers[-1], 2))
    return tuple(powers)


WEIGHTS: Final = _powers(LENGTH)
# For two neighbouring symbols at once, by their ten bits: their text, and what they add to the weighted sum.
_PAIR_TEXT: Final = tuple(SYMBOLS[pair >> 5] + SYMBOLS[pair & 31] for pair in range(1024))
_PAIR_SUM: Final = tuple(
    tuple(times(WEIGHTS[place], pair >> 5) ^ times(WEIGHTS[place + 1], pair & 31) for pair in range(1024))
    for place in range(0, _DRAWN - 1, 2)
)
_LAST_SUM: Final = tuple(times(WEIGHTS[_DRAWN - 1], value) for value in range(32))
# The check symbol for each sum of the others: the one whose weighted value cancels it.
_CHECK: Final = tuple(
    next(SYMBOLS[check] for check in range(32) if times(WEIGHTS[_DRAWN], check) == total) for total in range(32)
)


def draw(count: int) -> list[str]:
    """So many new secrets from the operating system's source of randomness."""
    noise = secrets.token_bytes(count * _DRAWN_BYTES)
    return [
        _code_of(int.from_bytes(noise[start : start + _DRAWN_BYTES], "big") >> 5)
        for start in range(0, len(noise), _DRAWN_BYTES)
    ]


def _code_of(bits: int) -> str:
    """The code whose drawn symbols are these 75 bits."""
    last = bits & 31
    bits >>= 5
    total, text = _LAST_SUM[last], SYMBOLS[last]
    for sums in reversed(_PAIR_SUM):
        pair = bits & 1023
        bits >>= 10
        total ^= sums[pair]
        text = _PAIR_TEXT[pair] + text
    return text + _CHECK[total]


def normalise(typed: str) -> str:
    """What somebody typed, in capitals and plain width, without separators, with look-alikes put right; not judged."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    return "".join(symbol for symbol in plain if symbol not in _SEPARATORS).translate(_LOOK_ALIKES)


def read_code(typed: str) -> str:
    """The sixteen symbols that were meant; raises `CodeMistyped` where they cannot be a card's."""
    code = normalise(typed)
    for place, symbol in enumerate(code, start=1):
        if symbol not in _VALUES:
            raise CodeMistyped(fault="symbol", place=place)
    if len(code) != LENGTH:
        raise CodeMistyped(fault="length")
    if weighted_sum(code) != 0:
        raise CodeMistyped(fault="check")
    return code


def weighted_sum(code: str) -> int:
    """Nothing for a code that checks out."""
    total = 0
    for weight, symbol in zip(WEIGHTS, code, strict=True):
        total ^= times(weight, _VALUES[symbol])
    return total


def blotted(text: str, *, mark: str) -> str:
    """Free text with the mark in place of every secret in it, however it was typed; all else stays as it was."""
    kept, end = [], 0
    for first, last in _spans(text):
        if first >= end:
            kept += [text[end:first], mark]
        end = last  # words before a code may check out with its beginning: its end is blotted all the same
    return "".join([*kept, text[end:]])


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """From where to where sixteen symbols stand that check out and look as if they were meant as a code."""
    run: list[tuple[int, str]] = []
    for place, letter in enumerate(text):
        symbol = normalise(letter)
        if not symbol:
            continue
        run = [*run, (place, symbol)][-LENGTH:] if symbol in _VALUES else []
        first, last = (run[0][0], place + 1) if len(run) == LENGTH else (place, place)
        if first < last and weighted_sum("".join(one for _, one in run)) == 0 and _is_meant(text, first, last):
            yield first, last


def _is_meant(text: str, first: int, last: int) -> bool:
    """Whether it reads as a code: one in thirty-two runs of words would check out too."""
    span = unicodedata.normalize("NFKC", text[first:last])
    is_apart = not (_is_latin(text[first - 1 : first]) or _is_latin(text[last : last + 1]))
    has_digit = any(letter.isdigit() for letter in span)
    groups = [len(normalise(group)) for group in span.split()]
    if len(groups) == 1:
        return is_apart or has_digit
    is_grouped = len(set(groups)) == 1 or all(size % GROUP == 0 for size in groups)
    return is_apart and (is_grouped or (has_digit and span.upper() == span))


def _is_latin(letter: str) -> bool:
    return unicodedata.normalize("NFKC", letter).isascii() and letter.isalnum()


def grouped(code: str) -> str:
    """The code in four groups, as it is printed: 7KQM-4TXD-9HRN-2W6C."""
    edges = range(0, LENGTH + 1, GROUP)
    return "-".join(code[start:end] for start, end in pairwise(edges))
