"""The next invoice as of now: what billing would make when it is due, with the usage that is known; nothing is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from invoices.rules.difference import Document, documents_of
from provider.kernel.actor import Actor
from provider.kernel.errors import Refusal

from .desk import Desk, lock_account

AHEAD: Final = timedelta(days=400)  # the next invoice of who pays by the year
_MOST_INSTANTS: Final = 60  # ends, reminders and periods that make no invoice, on the way to the one that does


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """An invoice that is to come, as it would be with what is known now."""

    document: Document
    currency: str

    @property
    def due_at(self) -> datetime:
        """When it is to be made."""
        return self.document.due_at


def documents_ahead(
    *, account_id: UUID, by: Actor, at: datetime, until: datetime | None = None
) -> tuple[Document, ...]:
    """All that billing would make if nobody does anything: to its next invoice, or until the instant."""
    with transaction.atomic():
        desk = Desk(accounts=[lock_account(account_id)], at=at, by=by)
        if until is None:
            _first_invoice(desk, account_id=account_id, until=at + AHEAD)
        else:
            _walk(desk, account_id=account_id, until=until)
        transaction.set_rollback(True)
    return documents_of(desk.books[account_id]) if account_id in desk.books else ()


def _walk(desk: Desk, *, account_id: UUID, until: datetime) -> None:
    for _ in range(_MOST_INSTANTS):
        if account_id not in desk.books:
            return
        desk.catch_up(account_id)
        instant = desk.next_instant(account_id)
        if instant is None or not desk.at < instant <= until:
            return
        desk.at = instant


def next_invoice(*, account_id: UUID, by: Actor, at: datetime) -> Upcoming | None:
    """What billing would make next if nobody does anything; None where nothing is to be billed in the next year.

    The same work as that of a run, one due instant after the other, in a transaction that is rolled back.
    """
    with transaction.atomic():
        desk = Desk(accounts=[lock_account(account_id)], at=at, by=by)
        document = _first_invoice(desk, account_id=account_id, until=at + AHEAD)
        transaction.set_rollback(True)
    if document is None:
        return None
    return Upcoming(document=document, currency=desk.books[account_id].buyer.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The next invoice without and with an act; `trouble` says why none can be foreseen."""

    before: Upcoming | None = None
    after: Upcoming | None = None
    trouble: Refusal | None = None


def ahead_with(*, account_id: UUID, act: Callable[[], object], by: Actor, at: datetime) -> Ahead:
    """What an act changes on the next invoice. The act itself is done, and refuses as it would; nothing is kept."""
    with transaction.atomic():
        try:
            before = next_invoice(account_id=account_id, by=by, at=at)
        except Refusal as trouble:  # the account cannot be billed as it stands, with or without the act
            act()
            ahead = Ahead(trouble=trouble)
        else:
            act()
            ahead = Ahead(before=before, after=next_invoice(account_id=account_id, by=by, at=at))
        transaction.set_rollback(True)
    return ahead


def _first_invoice(desk: Desk, *, account_id: UUID, until: datetime) -> Document | None:
    for _ in range(_MOST_INSTANTS):
        if account_id not in desk.books:
            return None
        desk.catch_up(account_id)
        made = documents_of(desk.books[account_id])
        if (found := next((one for one in made if one.kind == "invoice"), None)) is not None:
            return found
        instant = desk.next_instant(account_id)
        if instant is None or not desk.at < instant <= until:
            return None
        desk.at = instant
    return None
