"""In which languages a version cannot name what it sells: its readers then see the English name, or a code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .content import Version

Names = tuple[str, str, str]

LANGUAGES: Final = ("en", "zh-hans", "zh-hant")


def in_language(names: Names, language: str) -> str:
    """The name in the language, else in English."""
    place = LANGUAGES.index(language) if language in LANGUAGES else 0
    return names[place] or names[0]


def languages_without(names: Names) -> tuple[str, ...]:
    """The languages in which nobody gave a name."""
    return tuple(language for language, name in zip(LANGUAGES, names, strict=True) if not name.strip())


@dataclass(frozen=True, slots=True)
class Unnamed:
    """Something without a name in some languages; `kind` is plan, charge or meter."""

    kind: str
    code: str
    names: Names
    languages: tuple[str, ...]


def unnamed_in(version: Version, *, plan: tuple[str, Names], meters: Mapping[str, Names]) -> Iterator[Unnamed]:
    """What lacks a name: the plan, given by its code and names, its charges, and the meters that they count."""
    code, names = plan
    yield from _lacking("plan", code, names)
    for charge in version.charges:
        yield from _lacking("charge", charge.code, charge.names)
    for meter in dict.fromkeys(charge.meter_name for charge in version.charges):
        if meter in meters:
            yield from _lacking("meter", meter, meters[meter])


def _lacking(kind: str, code: str, names: Names) -> Iterator[Unnamed]:
    if missing := languages_without(names):
        yield Unnamed(kind, code, names, missing)
