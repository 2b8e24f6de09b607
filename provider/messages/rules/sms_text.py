"""How many parts an SMS takes: the GSM 7-bit alphabet (3GPP TS 23.038) where it suffices, else UCS-2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("\f^{}\\[~]|€")  # each takes an escape septet as well

_GSM_SINGLE, _GSM_PART = 160, 153  # a part of several loses room to the header that joins them
_UCS_SINGLE, _UCS_PART = 70, 67


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSize:
    """What a text takes: its encoding, its length in units of that encoding, and how many parts are paid for."""

    encoding: Literal["GSM-7", "UCS-2"]
    unit_count: int
    part_count: int


def measure(text: str) -> SmsSize:
    """The size of a text as networks count it; an empty text still takes one part."""
    if all(char in _BASIC or char in _EXTENDED for char in text):
        widths = [2 if char in _EXTENDED else 1 for char in text]
        return _size("GSM-7", widths=widths, single=_GSM_SINGLE, part=_GSM_PART)
    widths = [2 if ord(char) > 0xFFFF else 1 for char in text]
    return _size("UCS-2", widths=widths, single=_UCS_SINGLE, part=_UCS_PART)


def _size(encoding: Literal["GSM-7", "UCS-2"], *, widths: list[int], single: int, part: int) -> SmsSize:
    total = sum(widths)
    count = 1 if total <= single else _parts(widths, room=part)
    return SmsSize(encoding=encoding, unit_count=total, part_count=count)


def _parts(widths: list[int], *, room: int) -> int:
    """Fill part after part; an escaped character or a surrogate pair is never torn apart."""
    count, used = 1, 0
    for width in widths:
        if used + width > room:
            count, used = count + 1, 0
        used += width
    return count
