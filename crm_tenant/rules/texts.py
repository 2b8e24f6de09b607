"""Texts that compare alike: what is searched, and by what two records are taken for the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_NOT_WORD: Final = re.compile(r"[\W_]+")
_DIGITS: Final = re.compile(r"\D+")
_LEGAL: Final = re.compile(
    r"\b(co|company|corp|corporation|inc|incorporated|ltd|limited|llc|plc|gmbh|ag|sa|bv|pty|pte)\b\.?"
)
_LEGAL_CHINESE: Final = re.compile(r"(股份)?有限(责任|責任)?公司$|集团$|集團$|公司$")
_LONGEST: Final = 200


def folded(text: str) -> str:
    """A text in small letters of one width: “ＡＢＣ” and “abc” are the same."""
    return unicodedata.normalize("NFKC", text).casefold()


def match_key(name: str) -> str:
    """A name without what people write differently: case, blanks, punctuation, the legal form."""
    text = folded(name).strip()
    bare = _LEGAL_CHINESE.sub("", _LEGAL.sub(" ", text))
    return (_NOT_WORD.sub("", bare) or _NOT_WORD.sub("", text) or text)[:_LONGEST]


def digits_of(phone: str) -> str:
    """A telephone number without what separates its digits."""
    return _DIGITS.sub("", unicodedata.normalize("NFKC", phone))


def search_text(*parts: str, phones: Iterable[str] = ()) -> str:
    """What the one search looks through: each part on a line, telephone numbers as digits too."""
    numbers = list(phones)
    lines = [folded(part).strip() for part in (*parts, *numbers) if part and part.strip()]
    return "\n".join([*lines, *(digits_of(number) for number in numbers)])


def clean_line(text: str) -> str:
    """One line: no control characters, no doubled blanks, none at the ends."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def clean_text(text: str) -> str:
    """Several lines, without control characters (PostgreSQL takes no NUL)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_printable(line).rstrip() for line in lines).strip()


def _printable(line: str) -> str:
    return "".join(char for char in line if char.isprintable() or char == "\t")


def lines_of(text: str) -> list[str]:
    """The entries of a field that holds several, one a line or parted by commas; each once."""
    found = (clean_line(part) for part in re.split(r"[\n,;、，；]+", text))
    return list(dict.fromkeys(part for part in found if part))
