"""What happened to a batch, its export and its cards, in the order of the instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from prepaid_cards.models import CardBatch, CardEvent, CardExport
from prepaid_cards.queries.batches import events_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line: an event of cards, or a sentence with who did it."""

    at: datetime
    event: CardEvent | None = None
    said: str = ""
    who: Any = None
    note: str = ""


def timeline_of(batch: CardBatch, *, export: CardExport | None) -> list[Told]:
    """The earliest first; of one instant, what had to come first."""
    told = [Told(at=batch.ordered_at, said=_("Ordered"), who=batch.ordered_by, note=batch.note)]
    if batch.approved_at:
        told.append(Told(at=batch.approved_at, said=_("Approved"), who=batch.approved_by))
    if export:
        told += _told_of(export)
    told += [Told(at=event.at, event=event) for event in reversed(events_of(batch))]
    return sorted(told, key=lambda line: line.at)


def _told_of(export: CardExport) -> list[Told]:
    told = [Told(at=export.requested_at, said=_("Export asked for"), who=export.requested_by)]
    if export.approved_at:
        told.append(Told(at=export.approved_at, said=_("Export approved"), who=export.approved_by))
    fetched = [(datetime.fromisoformat(one["at"]), f"SHA-256 {one['sha256']}") for one in export.fetches]
    if export.made_at and not fetched:
        fetched = [(export.made_at, "")]
    told += [Told(at=at, said=_("File fetched"), who=export.requested_by, note=note) for at, note in fetched]
    if export.confirmed_at:
        said = _("The printer has the file; the secrets are destroyed")
        told.append(Told(at=export.confirmed_at, said=said, who=export.confirmed_by))
    return told
