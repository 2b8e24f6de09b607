"""Payments: whose, for which invoice, and what of them is not assigned yet."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypedDict
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from invoices.models import CreditNote, Invoice, Payment, PaymentAttempt, PaymentShare, Refund
from invoices.models.payments import AttemptStatus, RefundStatus
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound


class Left(TypedDict):
    """What the queries count of a payment."""

    left_minor: int


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    PaymentRow = WithAnnotations[Payment, Left]


def payments_open_to(by: Actor) -> QuerySet[Payment]:
    """The payments that the actor may read: all for the provider's people, else those of their account.

    A test key reads those of test accounts, any other key those of the others.
    """
    rows = Payment.objects.select_related("account")
    if by.kind == "api_key":
        rows = rows.filter(account__is_test=by.is_test)
    if by.portal == "provider":
        return rows
    return rows.filter(account_id=by.account_id) if by.account_id else rows.none()


def access_payment(*, payment_id: UUID, by: Actor) -> Payment:
    """One payment that the actor may read."""
    payment = payments_open_to(by).filter(pk=payment_id).first()
    if payment is None:
        raise NotFound()
    return payment


def unapplied_minor(payment: Payment) -> int:
    """What of a payment no invoice has taken."""
    taken = payment.shares.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return payment.amount_minor - int(taken)


def with_left(rows: QuerySet[Payment]) -> QuerySet[PaymentRow]:
    """Payments with `left_minor`: what no invoice has taken of them."""
    taken = PaymentShare.objects.filter(payment=OuterRef("pk")).order_by().values("payment")
    sums = Subquery(taken.annotate(sum=Sum("amount_minor")).values("sum"))
    return rows.annotate(left_minor=F("amount_minor") - Coalesce(sums, 0))


def unapplied_payments(rows: QuerySet[Payment]) -> QuerySet[PaymentRow]:
    """Those of which something is left over, with `left_minor`."""
    return with_left(rows).filter(left_minor__gt=0)


def waiting_refunds(*, since: datetime, before: datetime, limit: int) -> list[Refund]:
    """Refunds to cards whose end is not known: those that the gateway has named, and younger ones it has not."""
    rows = Refund.objects.filter(status=RefundStatus.CREATED, method="stripe", created_at__lte=before)
    asked = rows.filter(~Q(reference="") | Q(created_at__gte=since)).select_related("account", "payment")
    return list(asked.order_by("created_at", "id")[:limit])


def open_attempt(*, invoice_id: UUID, gateway: str, amount_minor: int, at: datetime) -> PaymentAttempt | None:
    """A try of the same amount that the payer may still go on with."""
    rows = PaymentAttempt.objects.filter(
        invoice_id=invoice_id,
        gateway=gateway,
        amount_minor=amount_minor,
        status__in=[AttemptStatus.CREATED, AttemptStatus.OPEN],
        expires_at__gt=at,
        bank_card=None,
    )
    return rows.order_by("-created_at").first()


def attempt_of(*, attempt_id: UUID | None, gateway: str, session_id: str) -> PaymentAttempt | None:
    """The attempt that a gateway speaks of: by the id that we gave it, else by its session."""
    rows = PaymentAttempt.objects.filter(gateway=gateway)
    if attempt_id is not None:
        return rows.filter(pk=attempt_id).first()
    return rows.filter(session_id=session_id).first() if session_id else None


def access_attempt(*, attempt_id: UUID, by: Actor) -> PaymentAttempt:
    """One attempt of the actor's account."""
    rows = PaymentAttempt.objects.select_related("invoice")
    if by.portal != "provider":
        rows = rows.filter(account_id=by.account_id) if by.account_id else rows.none()
    attempt = rows.filter(pk=attempt_id).first()
    if attempt is None:
        raise NotFound()
    return attempt


def newest_attempt(*, invoice_id: UUID) -> PaymentAttempt | None:
    """The last try to pay an invoice online."""
    return PaymentAttempt.objects.filter(invoice_id=invoice_id).order_by("-created_at").first()


def shares_of(invoice: Invoice) -> QuerySet[PaymentShare]:
    """The payments of an invoice, with what each settled of it."""
    return invoice.payment_shares.select_related("payment").order_by("id")


def unapplied_of_account(account_id: UUID, *, currency: str) -> list[PaymentRow]:
    """The account's payments of which something could still be put against an invoice, the oldest first."""
    rows = Payment.objects.filter(account_id=account_id, currency=currency)
    return list(unapplied_payments(rows).order_by("received_at"))


def waiting_attempts(*, before: datetime, limit: int) -> list[PaymentAttempt]:
    """Attempts that may have ended without our being told: the oldest first."""
    is_taken_from_card = Q(status=AttemptStatus.CREATED, bank_card__isnull=False)
    rows = PaymentAttempt.objects.filter(Q(status=AttemptStatus.OPEN) | is_taken_from_card, created_at__lte=before)
    return list(rows.order_by("created_at")[:limit])


def refundable_minor(payment: Payment) -> int:
    """What of a payment may still be given back."""
    given = Refund.objects.filter(payment=payment).exclude(status=RefundStatus.FAILED)
    return payment.amount_minor - int(given.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def refund_left_minor(note: CreditNote) -> int:
    """What of a credit note is still to be paid back."""
    given = Refund.objects.filter(credit_note=note).exclude(status=RefundStatus.FAILED)
    return note.refund_minor - int(given.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def payment_to_refund(note: CreditNote) -> tuple[Payment | None, int]:
    """The payment by card of the note's invoice from which most can be given back, and how much of it."""
    shares = PaymentShare.objects.filter(invoice_id=note.invoice_id, payment__method="stripe")
    found = [
        (share.payment, min(share.amount_minor, refundable_minor(share.payment)))
        for share in shares.select_related("payment").order_by("id")
    ]
    payment, minor = max(found, key=lambda one: one[1], default=(None, 0))
    return (payment, minor) if minor > 0 else (None, 0)


def waiting_refund_by_card(note: CreditNote) -> Refund | None:
    """The one of a credit note that was asked of the gateway and has no answer yet."""
    rows = note.refunds.select_related("payment").filter(status="created", method="stripe")
    return rows.order_by("created_at", "id").first()


def refunds_of(note: CreditNote) -> QuerySet[Refund]:
    """What was paid back, or tried to be."""
    return note.refunds.order_by("created_at", "id")
