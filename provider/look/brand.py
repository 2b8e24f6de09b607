"""A brand's accent as tokens that keep their contrast, whatever colour a reseller chose.

The ground of the main act carries white words, so it is darkened until they can be read (4.5:1); the ink for links is
moved until it can be read on every ground of its theme.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

Colour = tuple[float, float, float]

_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")
_WHITE: Final[Colour] = (1.0, 1.0, 1.0)
_BLACK: Final[Colour] = (0.0, 0.0, 0.0)
_READABLE: Final = 4.5
_LIGHT_GROUND: Final = "#eceef1"  # the darkest ground of the light theme that carries links
_DARK_GROUND: Final = "#23284a"  # the lightest ground of the dark theme that carries links


def is_colour(text: str) -> bool:
    """Whether `text` is a colour as brands keep it: #rrggbb."""
    return bool(_HEX.fullmatch(text))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours after WCAG 2: from 1 to 21."""
    return _contrast(_parse(one), _parse(other))


@lru_cache(maxsize=256)
def accent_style(*, accent: str, accent_dark: str) -> str:
    """The style attribute of <html> that sets the accent tokens; empty where a colour is not one."""
    if not (is_colour(accent) and is_colour(accent_dark)):
        return ""
    tokens = _tokens(accent=accent, accent_dark=accent_dark)
    return ";".join(f"{name}:light-dark({_hex(light)},{_hex(dark)})" for name, (light, dark) in tokens.items())


def mail_colours(*, accent: str, accent_dark: str) -> dict[str, str]:
    """The accent's readable grounds and inks by theme, for mails, which know no tokens: `ground`, `ground_dark`..."""
    tokens = _tokens(accent=accent, accent_dark=accent_dark)
    ground, ink = tokens["--pn-accent"], tokens["--pn-accent-ink"]
    return {
        "ground": _hex(ground[0]),
        "ground_dark": _hex(ground[1]),
        "ink": _hex(ink[0]),
        "ink_dark": _hex(ink[1]),
    }


def _tokens(*, accent: str, accent_dark: str) -> dict[str, tuple[Colour, Colour]]:
    ground = _until_readable(_parse(accent), on=_WHITE, towards=_BLACK)
    ground_dark = _until_readable(_parse(accent_dark), on=_WHITE, towards=_BLACK)
    ink = _until_readable(ground, on=_parse(_LIGHT_GROUND), towards=_BLACK)
    soft, soft_dark = _mix(ground, _WHITE, 0.9), _mix(ground_dark, (0.05, 0.06, 0.08), 0.72)
    ink_dark = _until_readable(_parse(accent_dark), on=_parse(_DARK_GROUND), towards=_WHITE)
    ink_dark = _until_readable(ink_dark, on=soft_dark, towards=_WHITE)
    ink = _until_readable(ink, on=soft, towards=_BLACK)
    return {
        "--pn-accent": (ground, ground_dark),
        "--pn-accent-ink": (ink, ink_dark),
        "--pn-accent-soft": (soft, soft_dark),
    }


def _parse(text: str) -> Colour:
    red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (a * (1 - share) + b * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _contrast(one: Colour, other: Colour) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _until_readable(colour: Colour, *, on: Colour, towards: Colour) -> Colour:
    """Move `colour` towards black or white in small steps until it can be read; the end of the way always can."""
    for step in range(21):
        moved = _mix(colour, towards, step / 20)
        if _contrast(_parse(_hex(moved)), on) >= _READABLE:
            return moved
    return towards
