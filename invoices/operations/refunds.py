"""Money that goes back for a credit note: by the way it came, or by bank, never more than the note promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from invoices.errors import RefundNotByCard, RefundNotPossible, RefundReferenceMissing
from invoices.events import RefundPaid
from invoices.models import CreditNote, Payment, Refund
from invoices.models.payments import REFUND_TRANSITIONS, RefundStatus
from invoices.queries.payments import payment_to_refund, refund_left_minor, waiting_refund_by_card
from invoices.rules.difference import fingerprint_of
from invoices.rules.gateway import PaidBack
from provider.kernel import audit, ledger, outbox
from provider.kernel.actor import Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.errors import FactsChanged, NotFound
from provider.kernel.ledger import Line
from provider.kernel.money import Money
from provider.kernel.state import move
from provider.look import formats

from .desk import lock_account
from .locks import lock_refund


def refund_by_bank(*, credit_note_id: UUID, reference: str, by: Actor, at: datetime, reason: str = "") -> Refund:
    """Finance has paid back all that is left to pay back of a credit note."""
    if not reference.strip():
        raise RefundReferenceMissing(field="reference")
    with transaction.atomic():
        note = _lock(credit_note_id)
        refund = _create(note, method="bank", payment=None, minor=_left(note), reference=reference.strip(), at=at)
        _pay(refund, by=by, at=at, reason=reason)
    return refund


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCard:
    """What goes back to which payment by card; `waiting` is the refund that was begun and has no answer yet."""

    payment: Payment
    money: Money
    waiting: Refund | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same money to the same payment."""
        return fingerprint_of((), self.payment.pk, self.money)


def due_to_card(note: CreditNote) -> ToCard:
    """What paying a credit note back by card would do; nothing is begun."""
    waiting = waiting_refund_by_card(note)
    if waiting is not None and waiting.payment is not None:
        return ToCard(payment=waiting.payment, money=Money(waiting.amount_minor, note.currency), waiting=waiting)
    left = _left(note)
    payment, refundable = payment_to_refund(note)
    if payment is None:
        raise RefundNotByCard()
    return ToCard(payment=payment, money=Money(min(left, refundable), note.currency))


def begin_refund_by_card(*, credit_note_id: UUID, by: Actor, at: datetime, expected: str | None = None) -> Refund:
    """A refund to the card that paid, before the gateway is asked; one that waits for its answer is gone on with."""
    with transaction.atomic():
        note = _lock(credit_note_id)
        due = due_to_card(note)
        if expected is not None and expected != due.fingerprint:
            raise FactsChanged()
        if due.waiting is not None:
            return due.waiting
        refund = _create(note, method="stripe", payment=due.payment, minor=due.money.minor, reference="", at=at)
        _record(refund, verb="refund.begun", by=by, at=at)
    return refund


def end_refund(*, refund_id: UUID, answer: PaidBack, by: Actor, at: datetime) -> Refund:
    """What the gateway said of a refund; told again, nothing changes."""
    with transaction.atomic():
        refund = lock_refund(refund_id)
        if refund.status != RefundStatus.CREATED:
            return refund
        refund.reference = answer.reference
        refund.save(update_fields=["reference"])
        if answer.is_done:
            _pay(refund, by=by, at=at)
        elif answer.is_failed:
            move(refund, to=RefundStatus.FAILED, transitions=REFUND_TRANSITIONS, ended_at=at)
            _record(refund, verb="refund.failed", by=by, at=at)
    return refund


def _lock(credit_note_id: UUID) -> CreditNote:
    note = CreditNote.objects.select_related("invoice").filter(pk=credit_note_id).first()
    if note is None:
        raise NotFound()
    lock_account(note.account_id)
    return note


def _left(note: CreditNote) -> int:
    left = refund_left_minor(note)
    if left <= 0:
        raise RefundNotPossible(left=formats.money(Money(0, note.currency)))
    return left


def _create(
    note: CreditNote, *, method: str, payment: Payment | None, minor: int, reference: str, at: datetime
) -> Refund:
    return Refund.objects.create(
        account_id=note.account_id,
        credit_note=note,
        payment=payment,
        method=method,
        reference=reference,
        currency=note.currency,
        amount_minor=minor,
        created_at=at,
    )


def _pay(refund: Refund, *, by: Actor, at: datetime, reason: str = "") -> None:
    """The money is on its way: out of where it was, against what we owed for the credit note."""
    move(refund, to=RefundStatus.SUCCEEDED, transitions=REFUND_TRANSITIONS, ended_at=at)
    money = Money(refund.amount_minor, refund.currency)
    where = LedgerAccount.CASH if refund.method == "bank" else LedgerAccount.IN_TRANSIT
    ledger.post(
        source_kind="refund",
        source_id=refund.id,
        purpose="paid",
        at=at,
        lines=[Line(LedgerAccount.RECEIVABLE, money, refund.account_id), Line(where, -money)],
    )
    _record(refund, verb="refund.paid", by=by, at=at, reason=reason)
    event = RefundPaid(account_id=refund.account_id, refund_id=refund.id, credit_note_id=refund.credit_note_id)
    outbox.publish(event, at)


def _record(refund: Refund, *, verb: str, by: Actor, at: datetime, reason: str = "") -> None:
    audit.record(
        by=by,
        verb=verb,
        subject_kind="credit_note",
        subject_id=refund.credit_note_id,
        account_id=refund.account_id,
        at=at,
        after={"method": refund.method, "amount_minor": refund.amount_minor, "currency": refund.currency},
        reason=reason,
    )
