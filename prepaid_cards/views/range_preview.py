"""What an act on a range would do, told before it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from prepaid_cards.models import Card, CardStatus
from prepaid_cards.operations.zones import provider_zone
from prepaid_cards.queries.cards import counts_of, ends_of
from prepaid_cards.rules.ranges import ACTS, affected
from prepaid_cards.rules.terms import last_day_before
from provider.look import formats


@dataclass(slots=True)
class Preview:
    """Sentences with how many cards each is about."""

    changes: list[tuple[str, int]] = field(default_factory=list)
    stays: list[tuple[str, int]] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many cards change."""
        return sum(number for _sentence, number in self.changes)


def preview_of(cards: QuerySet[Card], *, act: str) -> Preview:
    """By the states of the cards."""
    changes, stays = affected(counts_of(cards), act=act)
    return Preview(
        [(_("“%(word)s”: will change") % {"word": _word(status)}, number) for status, number in changes.items()],
        [(_stay(status), number) for status, number in stays.items()],
    )


def preview_of_extending(cards: QuerySet[Card], *, until: datetime) -> Preview:
    """By the states of the cards and until when they are taken: only those that end earlier change."""
    told = Preview()
    for status, end, number in ends_of(cards):
        facts: dict[str, Any] = {"word": _word(status), "old": end and _day(end), "new": _day(until)}
        if status not in ACTS["extend"]:
            told.stays.append((_stay(status), number))
        elif end is None:
            told.stays.append((_("“%(word)s”, without an end: stay as they are") % facts, number))
        elif end >= until:
            told.stays.append((_("“%(word)s”, until %(old)s: stay as they are") % facts, number))
        else:
            told.changes.append((_("“%(word)s”, until %(old)s: from now on until %(new)s") % facts, number))
    return told


def _stay(status: str) -> str:
    return _("“%(word)s”: stay as they are") % {"word": _word(status)}


def _word(status: str) -> str:
    return str(CardStatus(status).label)


def _day(end: datetime) -> str:
    return formats.day(last_day_before(instant=end, zone=provider_zone()))
