"""Money that arrives: recorded once, however often it is told, and put against the invoice that it is for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from invoices.errors import NothingUnapplied, PaymentDiffers, PaymentInFuture, PaymentNotPositive, ReferenceMissing
from invoices.events import InvoicePaid, PaymentReceived
from invoices.models import Invoice, InvoiceState, Payment, PaymentAttempt, PaymentShare
from invoices.queries.payments import unapplied_minor
from invoices.queries.sellers import zone_of_seller
from provider.accounts.models import Account
from provider.accounts.operations.locks import lock_account
from provider.kernel import audit, ledger, outbox, together
from provider.kernel.actor import Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.clock import local_day
from provider.kernel.ledger import Line
from provider.kernel.money import Money
from provider.look import formats
from provider.messages.operations import messages

from .locks import lock_payment, lock_state

GATEWAY_METHODS = frozenset({"stripe"})  # their money lies at the gateway until it is paid out


@dataclass(frozen=True, slots=True)
class Recorded:
    """The payment, whether it is new, and how much of it settled the invoice."""

    payment: Payment
    is_new: bool
    settled_minor: int


def record_payment(
    *,
    account_id: UUID,
    method: str,
    reference: str,
    amount: Money,
    received_on: date,
    by: Actor,
    at: datetime,
    invoice_id: UUID | None = None,
    attempt: PaymentAttempt | None = None,
    note: str = "",
) -> Recorded:
    """Record money that arrived, and settle the invoice with it as far as it goes; what is left over is unapplied.

    A payment is known by its method and reference: told again, it answers what was recorded and posts nothing. Raises
    `PaymentDiffers` where the same reference comes with other facts.
    """
    if amount.minor <= 0:
        raise PaymentNotPositive(field="amount")
    with transaction.atomic(), together.held():
        account = lock_account(account_id)
        state = lock_state(invoice_id) if invoice_id else None
        known = Payment.objects.filter(method=method, reference=reference).first()
        if known is not None:
            return _same(known, account_id=account_id, amount=amount)
        payment = Payment(
            account=account,
            attempt=attempt,
            method=method,
            reference=reference,
            currency=amount.currency,
            amount_minor=amount.minor,
            received_on=received_on,
            received_at=at,
            note=note,
        )
        together.insert(payment)
        settled = _settle(payment, state=state, left_minor=amount.minor, at=at) if state else 0
        _post(payment, settled_minor=settled, at=at)
        _record(payment, settled_minor=settled, by=by, at=at, reason=note)
        if account.email:
            _thank(account, payment, settles=state.invoice.number_text if state and settled else "", at=at, by=by)
    return Recorded(payment=payment, is_new=True, settled_minor=settled)


def record_by_hand(
    *,
    invoice_id: UUID,
    method: str,
    reference: str,
    amount: Money,
    received_on: date,
    reason: str,
    by: Actor,
    at: datetime,
) -> Recorded:
    """What finance saw on a statement or took in cash, for an invoice; the reason stands in the history.

    Raises `PaymentInFuture` for a day that has not come in the seller's zone.
    """
    if not reference.strip():
        raise ReferenceMissing(field="reference")
    invoice = Invoice.objects.get(pk=invoice_id)
    if received_on > local_day(at=at, zone=zone_of_seller(invoice.seller_id)):
        raise PaymentInFuture(field="received_on")
    return record_payment(
        account_id=invoice.account_id,
        method=method,
        reference=reference.strip(),
        amount=amount,
        received_on=received_on,
        by=by,
        at=at,
        invoice_id=invoice_id,
        note=reason,
    )


def apply_payment(*, payment_id: UUID, invoice_id: UUID, by: Actor, at: datetime, reason: str) -> int:
    """Put what is unapplied of a payment against an invoice of the same account and currency; how much it settled."""
    with transaction.atomic():
        payment = lock_payment(payment_id)
        state = lock_state(invoice_id)
        left = unapplied_minor(payment)
        if state.account_id != payment.account_id or min(left, state.open_minor) <= 0:
            raise NothingUnapplied()
        if PaymentShare.objects.filter(payment=payment, invoice_id=invoice_id).exists():
            raise NothingUnapplied()
        settled = _settle(payment, state=state, left_minor=left, at=at)
        if not settled:
            raise NothingUnapplied()
        money = Money(settled, payment.currency)
        ledger.post(
            source_kind="payment_share",
            source_id=PaymentShare.objects.get(payment=payment, invoice_id=invoice_id).pk,
            purpose="applied",
            at=at,
            lines=[
                Line(LedgerAccount.UNAPPLIED, money, payment.account_id),
                Line(LedgerAccount.RECEIVABLE, -money, payment.account_id),
            ],
        )
        audit.record(
            by=by,
            verb="payment.applied",
            subject_kind="invoice",
            subject_id=invoice_id,
            account_id=payment.account_id,
            at=at,
            after={"reference": payment.reference, "amount_minor": settled, "currency": payment.currency},
            reason=reason,
        )
    return settled


def _same(known: Payment, *, account_id: UUID, amount: Money) -> Recorded:
    if (known.account_id, known.amount_minor, known.currency) != (account_id, amount.minor, amount.currency):
        raise PaymentDiffers(field="reference", reference=known.reference)
    settled = known.amount_minor - unapplied_minor(known)
    return Recorded(payment=known, is_new=False, settled_minor=settled)


def _settle(payment: Payment, *, state: InvoiceState, left_minor: int, at: datetime) -> int:
    """Put up to `left_minor` of a payment against an invoice; another currency settles nothing."""
    share = min(left_minor, state.open_minor) if state.currency == payment.currency else 0
    if share == 0 or state.account_id != payment.account_id:
        return 0
    part = PaymentShare(payment=payment, invoice_id=state.pk, currency=payment.currency, amount_minor=share, at=at)
    together.insert(part)
    state.paid_minor += share
    state.open_minor -= share
    state.settled_at = at if state.open_minor == 0 else None
    together.change(
        InvoiceState,
        where={"pk": state.pk},
        paid_minor=state.paid_minor,
        open_minor=state.open_minor,
        settled_at=state.settled_at,
    )
    if state.open_minor == 0:
        outbox.publish(InvoicePaid(account_id=state.account_id, invoice_id=state.pk, payment_id=payment.id), at)
    return share


def _post(payment: Payment, *, settled_minor: int, at: datetime) -> None:
    where = LedgerAccount.IN_TRANSIT if payment.method in GATEWAY_METHODS else LedgerAccount.CASH
    whole, settled = Money(payment.amount_minor, payment.currency), Money(settled_minor, payment.currency)
    ledger.post(
        source_kind="payment",
        source_id=payment.id,
        purpose="received",
        at=at,
        lines=[
            Line(where, whole),
            Line(LedgerAccount.RECEIVABLE, -settled, payment.account_id),
            Line(LedgerAccount.UNAPPLIED, settled - whole, payment.account_id),
        ],
    )


def _record(payment: Payment, *, settled_minor: int, by: Actor, at: datetime, reason: str) -> None:
    audit.record(
        by=by,
        verb="payment.recorded",
        subject_kind="payment",
        subject_id=payment.id,
        account_id=payment.account_id,
        at=at,
        after={
            "method": payment.method,
            "reference": payment.reference,
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            "settled_minor": settled_minor,
        },
        reason=reason,
    )
    outbox.publish(
        PaymentReceived(
            account_id=payment.account_id,
            payment_id=payment.id,
            method=payment.method,
            currency=payment.currency,
            amount_minor=payment.amount_minor,
            unapplied_minor=payment.amount_minor - settled_minor,
        ),
        at,
    )


def _thank(account: Account, payment: Payment, *, settles: str, at: datetime, by: Actor) -> None:
    messages.send(
        key="payment_received",
        account=account,
        params={
            "amount": formats.money(Money(payment.amount_minor, payment.currency), language=account.language),
            "invoice_numbers": settles,
            "link": f"/invoices/receipts/{payment.id}.pdf" if settles else "/my/invoices/",
        },
        at=at,
        by=by,
        idempotency=str(payment.id),
    )
