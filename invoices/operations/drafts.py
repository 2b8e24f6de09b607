"""What is kept with invoices that wait for approval: why they wait, and what was cut of them meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from invoices.models import WaitingInvoice
from invoices.rules.book import Book, Owed
from provider.kernel.copying import copy_rows

from .posting import OfInvoice

_WAITING: Final = {
    "invoice_id": "uuid",
    "account_id": "uuid",
    "state": "text",
    "reasons": "jsonb",
    "currency": "text",
    "last_minor": "int8",
    "owed": "jsonb",
    "since_at": "timestamptz",
    "note": "text",
}


def keep_waiting(drafts: Sequence[OfInvoice], *, at: datetime) -> None:
    """Say of each draft why it waits."""
    rows = (
        (
            made.bill.id,
            book.buyer.account_id,
            "waiting",
            Jsonb([reason.as_json() for reason in made.reasons]),
            book.buyer.currency,
            made.last_minor,
            Jsonb([]),
            at,
            "",
        )
        for book, made in drafts
    )
    copy_rows(table="invoices_waitinginvoice", columns=_WAITING, rows=rows)


def keep_owed(books: Sequence[Book]) -> None:
    """Remember the days that were cut of lines whose invoice is a draft: they are credited when it is approved."""
    owed: dict[UUID, list[dict[str, Any]]] = {}
    for book in books:
        for one in book.owed:
            owed.setdefault(one.entry.invoice.id, []).append(_plain(one))
    if not owed:
        return
    rows = list(WaitingInvoice.objects.select_for_update().filter(pk__in=owed))
    for row in rows:
        row.owed += owed[row.pk]
    WaitingInvoice.objects.bulk_update(rows, ["owed"])


def _plain(owed: Owed) -> dict[str, Any]:
    return {
        "line_id": owed.entry.id,
        "unused_days": owed.unused_days,
        "days": owed.days,
        "end": owed.end.isoformat(),
    }
