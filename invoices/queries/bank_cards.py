"""Bank cards that are kept, and invoices that are taken from them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Coalesce

from invoices.models import AutomaticPayment, BankCard, PaymentAttempt
from invoices.models.bank_cards import ChargeStatus
from invoices.models.payments import AttemptStatus


def bank_card_of(account_id: UUID) -> BankCard | None:
    """The card from which the account's invoices are paid."""
    return BankCard.objects.filter(account_id=account_id, removed_at=None).first()


def automatic_payment_of(invoice_id: UUID) -> AutomaticPayment | None:
    """How an invoice stands that is taken from a bank card; none where nobody arranged that."""
    return AutomaticPayment.objects.filter(pk=invoice_id).first()


def due_charges(*, real_at: datetime, limit: int) -> list[UUID]:
    """Invoices that are to be tried now, each by its account's clock; the longest waiting first."""
    clock = Coalesce(F("account__test_clock_at"), Value(real_at, output_field=DateTimeField()))
    rows = AutomaticPayment.objects.filter(status=ChargeStatus.WAITING, next_try_at__lte=clock)
    return list(rows.order_by("next_try_at").values_list("pk", flat=True)[:limit])


def charge_under_way(*, invoice_id: UUID) -> PaymentAttempt | None:
    """The try to take an invoice from a bank card of which the end is not known."""
    rows = PaymentAttempt.objects.filter(
        invoice_id=invoice_id,
        bank_card__isnull=False,
        status__in=[AttemptStatus.CREATED, AttemptStatus.OPEN],
    )
    return rows.order_by("-created_at").first()


def page_open_until(*, invoice_id: UUID, at: datetime) -> datetime | None:
    """Until when a payer may be on the gateway's page for an invoice."""
    rows = PaymentAttempt.objects.filter(
        invoice_id=invoice_id, bank_card=None, status=AttemptStatus.OPEN, expires_at__gt=at
    )
    return rows.order_by("-expires_at").values_list("expires_at", flat=True).first()
