"""Whether text can be read on a colour: WCAG 2.2, relative luminance and contrast ratio."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Decimal
from typing import Final

from provider.accounts.errors import BadColour, PoorContrast

ENOUGH: Final = 4.5
_WHITE: Final = "#ffffff"
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")


def contrast_ratio(first: str, second: str) -> float:
    """From 1 (the same) to 21 (black on white); the order does not matter."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def check_accent(accent: str) -> str:
    """The accent in small letters, if it is a colour on which white text can be read."""
    if not _COLOUR.fullmatch(accent):
        raise BadColour(field="accent")
    ratio = contrast_ratio(accent, _WHITE)
    if ratio < ENOUGH:
        shown = Decimal(ratio).quantize(Decimal("0.1"), rounding=ROUND_DOWN)
        raise PoorContrast(field="accent", accent=accent.lower(), ratio=shown)
    return accent.lower()


def accent_for_dark(accent: str) -> str:
    """The accent as the dark theme shows it: as light as white text on it still allows."""
    red, green, blue = _channels(accent)
    best = accent.lower()
    for step in range(1, 21):
        lighter = _hex(*(channel + (255 - channel) * step * 2 // 100 for channel in (red, green, blue)))
        if contrast_ratio(lighter, _WHITE) < ENOUGH:
            break
        best = lighter
    return best


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hex(red: int, green: int, blue: int) -> str:
    return f"#{red:02x}{green:02x}{blue:02x}"


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
