"""Bank cards that are kept, and invoices that are taken from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from invoices.models import AutomaticPayment, BankCard, PaymentAttempt
from invoices.models.bank_cards import ChargeStatus
from invoices.models.payments import AttemptStatus
from provider.accounts.queries import by_own_clock


def bank_card_of(account_id: UUID) -> BankCard | None:
    """The card from which the account's invoices are paid."""
    return BankCard.objects.filter(account_id=account_id, removed_at=None).first()


def refs_of_cards(account_id: UUID) -> list[str]:
    """What names the account's cards at the gateway, also those that others have taken the place of."""
    return list(BankCard.objects.filter(account_id=account_id).values_list("method_ref", flat=True))


def automatic_payment_of(invoice_id: UUID) -> AutomaticPayment | None:
    """How an invoice stands that is taken from a bank card; none where nobody arranged that."""
    return AutomaticPayment.objects.filter(pk=invoice_id).first()


def due_charges(*, real_at: datetime, limit: int) -> list[UUID]:
    """Invoices that are to be tried now, each by its account's clock; the longest waiting first."""
    rows = AutomaticPayment.objects.filter(status=ChargeStatus.WAITING, next_try_at__lte=by_own_clock(real_at))
    return list(rows.order_by("next_try_at").values_list("pk", flat=True)[:limit])


def charge_under_way(*, invoice_id: UUID) -> PaymentAttempt | None:
    """The try to take an invoice from a bank card of which the end is not known."""
    rows = PaymentAttempt.objects.filter(
        invoice_id=invoice_id,
        bank_card__isnull=False,
        status__in=[AttemptStatus.CREATED, AttemptStatus.OPEN],
    )
    return rows.order_by("-created_at").first()


def refused_payments_of(account_id: UUID, *, limit: int) -> list[AutomaticPayment]:
    """What the bank refused of an account's invoices and is not settled, the newest invoices first."""
    rows = AutomaticPayment.objects.filter(account_id=account_id, refused_count__gt=0, invoice__state__open_minor__gt=0)
    unsettled = rows.exclude(status=ChargeStatus.SETTLED).select_related("invoice__state")
    return list(unsettled.order_by("-invoice__made_at", "-pk")[:limit])


def newest_attempts_of(invoice_ids: Sequence[UUID]) -> dict[UUID, PaymentAttempt]:
    """The last try to pay each of these invoices online, where there was one."""
    rows = PaymentAttempt.objects.filter(invoice_id__in=invoice_ids).order_by("invoice_id", "-created_at")
    return {attempt.invoice_id: attempt for attempt in rows.distinct("invoice_id")}


def last_try_by_hand(*, invoice_id: UUID, since: datetime) -> PaymentAttempt | None:
    """The newest try that a person asked for, if it was begun after this moment of the real time."""
    rows = PaymentAttempt.objects.filter(invoice_id=invoice_id, is_by_hand=True, created_at__gt=since)
    return rows.order_by("-created_at").first()


def may_be_paid_on_page(*, invoice_id: UUID, at: datetime) -> bool:
    """Whether a payer may be on the gateway's page for an invoice, or just led there.

    A page is over when the gateway says so: money may be on its way from one whose time has passed.
    """
    rows = PaymentAttempt.objects.filter(invoice_id=invoice_id, bank_card=None)
    is_led = Q(status=AttemptStatus.CREATED, expires_at__gt=at)
    return rows.filter(Q(status=AttemptStatus.OPEN) | is_led).exists()
