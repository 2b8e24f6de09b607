"""Lines by hand: set-up, training, consulting. They join the account's next invoice, or make one of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from invoices.errors import (
    LineBilledAlready,
    LineDaysBad,
    LineNothing,
    LineNumberBad,
    LineTaxBad,
    LineTextMissing,
    NoLinesWaiting,
    PreviewOutdated,
)
from invoices.models import ExtraLine, Seller
from invoices.queries.books import books_of
from invoices.queries.runs import provider_account
from invoices.rules import billing
from invoices.rules.difference import Document, documents_of, fingerprint_of
from plans.queries.facts import known_of
from plans.rules import arithmetic
from provider.accounts.operations.locks import lock_account as lock_customer
from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.ids import new_id
from provider.kernel.money import to_decimal

from .desk import lock_account
from .writing import write

MOST: Final = Decimal(10) ** 9
PLACES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """What is charged for. `last_on` is the last day of the service, if it has days."""

    description: str
    unit_price: Decimal  # in major units of the account's currency
    units: Decimal = Decimal(1)
    tax_rate: Decimal | None = None  # percent; None: as usual
    first_on: date | None = None
    last_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOff:
    """The invoice that the waiting lines would make alone, or have made."""

    document: Document
    fingerprint: str


def add_line(*, account_id: UUID, line: NewLine, by: Actor, at: datetime) -> ExtraLine:
    """Have a line wait for the account's next invoice."""
    with transaction.atomic():
        account = lock_customer(account_id)
        how = _checked(line, currency=account.currency)
        row = ExtraLine.objects.create(
            account=account,
            description=line.description.strip(),
            units=line.units,
            unit_price=line.unit_price,
            currency=account.currency,
            amount_minor=how.amount_minor,
            tax_rate=line.tax_rate,
            start_on=line.first_on,
            end_on=None if line.last_on is None else line.last_on + timedelta(days=1),
            reason=line.reason.strip(),
            user_id=by.user_id,
            added_at=at,
        )
        _record(row, verb="extra_line.added", by=by, at=at, reason=line.reason)
    return row


def withdraw_line(*, account_id: UUID, line_id: UUID, by: Actor, at: datetime, reason: str = "") -> ExtraLine:
    """Take a line back that stands on no invoice yet. On an invoice, a credit note takes it back."""
    with transaction.atomic():
        lock_account(account_id)
        row = ExtraLine.objects.select_for_update().filter(id=line_id, account_id=account_id).first()
        if row is None:
            raise NotFound()
        if row.invoice_id is not None or row.withdrawn_at is not None:
            raise LineBilledAlready()
        row.withdrawn_at = at
        row.save(update_fields=["withdrawn_at"])
        _record(row, verb="extra_line.withdrawn", by=by, at=at, reason=reason)
    return row


def invoice_lines(
    *, account_id: UUID, by: Actor, at: datetime, expected: str | None = None, is_preview: bool = False
) -> OneOff:
    """Make an invoice of the waiting lines alone, at once. What its preview showed may be handed in as `expected`."""
    with transaction.atomic():
        account = lock_account(account_id)
        book = books_of(accounts=[account], known=known_of(account_ids=[account_id]), otherwise=_usual_seller())[
            account_id
        ]
        ids = [str(extra.id) for extra in book.extras]
        if not ids:
            raise NoLinesWaiting()
        billing.bill_extras(book, at=at, new_id=new_id)
        fingerprint = fingerprint_of(documents_of(book), *ids)
        made = OneOff(document=documents_of(book)[0], fingerprint=fingerprint)
        if is_preview:
            transaction.set_rollback(True)
            return made
        if expected not in (None, fingerprint):
            raise PreviewOutdated(preview=made)
        write(books=[book], at=at)
        made = OneOff(document=documents_of(book)[0], fingerprint=fingerprint)
        audit.record(
            by=by,
            verb="invoice.made_by_hand",
            subject_kind="invoice",
            subject_id=made.document.id,
            account_id=account_id,
            at=at,
            after={"number": made.document.number, "total_minor": made.document.total_minor},
        )
    return made


def _usual_seller() -> Seller | None:
    """Who bills an account that has no subscription and no seller of its own."""
    provider = provider_account()
    return Seller.objects.filter(account=provider).first() if provider else None


def _checked(line: NewLine, *, currency: str) -> arithmetic.Arithmetic:
    if not line.description.strip():
        raise LineTextMissing(field="description")
    for name, value in (("unit_price", line.unit_price), ("units", line.units)):
        if not value.is_finite() or not 0 < value <= MOST or -int(value.as_tuple().exponent) > PLACES:
            raise LineNumberBad(field=name)
    if line.tax_rate is not None and not 0 <= line.tax_rate <= 100:
        raise LineTaxBad(field="tax_rate")
    if (line.first_on is None) != (line.last_on is None):
        raise LineDaysBad(field="last_on")
    if line.first_on is not None and line.last_on is not None and line.last_on < line.first_on:
        raise LineDaysBad(field="last_on")
    how = arithmetic.by_hand(units=line.units, unit=line.unit_price, currency=currency)
    if how.amount_minor <= 0:
        raise LineNothing(field="unit_price")
    return how


def _record(row: ExtraLine, *, verb: str, by: Actor, at: datetime, reason: str) -> None:
    audit.record(
        by=by,
        verb=verb,
        subject_kind="extra_line",
        subject_id=row.id,
        account_id=row.account_id,
        at=at,
        after={
            "description": row.description,
            "amount": str(to_decimal(minor=row.amount_minor, currency=row.currency)),
            "currency": row.currency,
        },
        reason=reason,
    )
