"""Invoices on their way to those who pay them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from invoices.errors import NoAddressForInvoice
from invoices.models import CreditNote, InvoiceState
from invoices.models.bank_cards import ChargeStatus
from invoices.queries.bank_cards import automatic_payment_of, bank_card_of
from provider.accounts.models import Account
from provider.kernel import audit, together
from provider.kernel.actor import Actor
from provider.kernel.money import Money
from provider.look import formats
from provider.messages.models import Message
from provider.messages.operations import messages

from .locks import lock_state


def send_invoice(*, invoice_id: UUID, by: Actor, at: datetime, reason: str = "", is_first: bool = False) -> Message:
    """Mail an invoice to its account, in the account's language; `is_first` sends at most once.

    Raises `NoAddressForInvoice`.
    """
    with transaction.atomic():
        state = lock_state(invoice_id)
        account = Account.objects.get(pk=state.account_id)
        if not account.email:
            raise NoAddressForInvoice()
        message = messages.send(
            key="invoice_issued",
            account=account,
            params=_params(state, language=account.language),
            at=at,
            by=by,
            idempotency=f"first {invoice_id}" if is_first else None,
        )
        together.change(InvoiceState, where={"pk": state.pk}, sent_at=at)
        audit.record(
            by=by,
            verb="invoice.sent",
            subject_kind="invoice",
            subject_id=invoice_id,
            account_id=state.account_id,
            at=at,
            after={"email": account.email},
            reason=reason,
        )
    return message


def send_credit_note(*, credit_note_id: UUID, by: Actor, at: datetime) -> Message:
    """Mail a credit note to its account once, in the account's language. Raises `NoAddressForInvoice`."""
    note = CreditNote.objects.select_related("account", "invoice").get(pk=credit_note_id)
    if not note.account.email:
        raise NoAddressForInvoice()
    return messages.send(
        key="credit_note_issued",
        account=note.account,
        params=_params_of_note(note, language=note.account.language),
        at=at,
        by=by,
        idempotency=f"first {credit_note_id}",
    )


def _params_of_note(note: CreditNote, *, language: str) -> dict[str, str]:
    def told(minor: int) -> str:
        return formats.money(Money(minor, note.currency), language=language) if minor else ""

    return {
        "number": note.number_text,
        "invoice_number": note.invoice.number_text,
        "amount": told(note.total_minor),
        "refund": told(note.refund_minor),
        "link": f"/my/invoices/{note.invoice_id}/",
    }


def _params(state: InvoiceState, *, language: str) -> dict[str, str]:
    is_open = state.open_minor > 0 and state.pay_by_on is not None
    return {
        "invoice_number": state.invoice.number_text,
        "amount": formats.money(Money(state.open_minor, state.currency), language=language),
        "pay_by": formats.day(state.pay_by_on, language=language) if is_open and state.pay_by_on else "",
        "last4": _card_for(state) if is_open else "",
        "link": f"/my/invoices/{state.pk}/",
    }


def _card_for(state: InvoiceState) -> str:
    """The last symbols of the bank card from which the invoice is taken, where it is."""
    payment = automatic_payment_of(state.pk)
    card = bank_card_of(state.account_id) if payment is not None and payment.status == ChargeStatus.WAITING else None
    return card.last4 if card is not None else ""
