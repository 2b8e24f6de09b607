"""Codes of which some symbols cannot be read: what was typed, and every whole code that it may stand for.

A few gaps leave so few codes that each is tried; more of them are for people to judge. The work depends on what was
typed alone, never on which cards there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from .codes import LENGTH, SYMBOLS, WEIGHTS, CodeMistyped, normalise, times

GAP: Final = "?"
MOST_GAPS: Final = 3  # 1,024 codes, and 60 bits that are right by chance never
_MARKS: Final = str.maketrans(dict.fromkeys("*\N{FULLWIDTH ASTERISK}_\N{FULLWIDTH LOW LINE}□■…", GAP))
_VALUES: Final = {symbol: value for value, symbol in enumerate(SYMBOLS)}
_ALL: Final = range(len(SYMBOLS))


class TooManyGaps(ValueError):
    """Too little can be read for trying what is missing."""


def read_damaged(typed: str) -> str:
    """The sixteen places as they were meant, a gap for each that cannot be read.

    Raises `CodeMistyped` for what is no code, `TooManyGaps` for one with too many gaps.
    """
    code = normalise(typed.translate(_MARKS))
    for place, symbol in enumerate(code, start=1):
        if symbol != GAP and symbol not in _VALUES:
            raise CodeMistyped(fault="symbol", place=place)
    if len(code) != LENGTH:
        raise CodeMistyped(fault="length")
    if code.count(GAP) > MOST_GAPS:
        raise TooManyGaps
    return code


def codes_meant(damaged: str) -> Iterator[str]:
    """Every code that checks out and agrees with what can be read; one without a gap is itself, or nothing."""
    gaps = [place for place, symbol in enumerate(damaged) if symbol == GAP]
    known = 0
    for weight, symbol in zip(WEIGHTS, damaged, strict=True):
        known ^= 0 if symbol == GAP else times(weight, _VALUES[symbol])
    if not gaps:
        if known == 0:
            yield damaged
        return
    *free, last = gaps
    closing = {times(WEIGHTS[last], value): SYMBOLS[value] for value in _ALL}
    for chosen in product(_ALL, repeat=len(free)):
        total, symbols = known, list(damaged)
        for place, value in zip(free, chosen, strict=True):
            total ^= times(WEIGHTS[place], value)
            symbols[place] = SYMBOLS[value]
        symbols[last] = closing[total]
        yield "".join(symbols)
