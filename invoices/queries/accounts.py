"""Money of one account: what is open, what it has to its credit, what it paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Min, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from invoices.models import BalanceLot, CreditNote, Invoice, InvoiceLine, InvoiceState, Payment, PaymentShare
from plans.models import Subscription, SubscriptionStatus
from provider.kernel.money import Money

from .approvals import waiting_now
from .documents import refund_owed, refund_waiting
from .extras import waiting_lines
from .payments import unapplied_payments

FINALIZED = "finalized"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSum:
    """What is open in one currency: on how many invoices, and by when the first of them is to be paid."""

    money: Money
    count: int
    pay_by_on: date | None


def open_of(*, account_id: UUID) -> list[OpenSum]:
    """What the account still has to pay, by currency."""
    rows = InvoiceState.objects.filter(account_id=account_id, open_minor__gt=0).values("currency").order_by("currency")
    summed = rows.annotate(minor=Sum("open_minor"), count=Count("pk"), first=Min("pay_by_on"))
    return [
        OpenSum(money=Money(row["minor"], row["currency"]), count=row["count"], pay_by_on=row["first"])
        for row in summed
    ]


def credit_of(*, account_id: UUID) -> list[Money]:
    """What we owe the account by the books: credit of credit notes, and prepaid money, also what expired just now."""
    return _credit(account_id=account_id, lots=BalanceLot.objects.all())


def credit_to_use(*, account_id: UUID, at: datetime) -> list[Money]:
    """What later invoices will use before anything is to be paid: the same without prepaid money that has expired."""
    lasting = Q(expires_at=None) | Q(expires_at__gt=at)
    return _credit(account_id=account_id, lots=BalanceLot.objects.filter(lasting))


def _credit(*, account_id: UUID, lots: QuerySet[BalanceLot]) -> list[Money]:
    left: Counter[str] = Counter()
    notes = CreditNote.objects.filter(account_id=account_id).annotate(used=Coalesce(Sum("uses__amount_minor"), 0))
    for note in notes.values("currency", "credit_minor", "used"):
        left[note["currency"]] += note["credit_minor"] - note["used"]
    prepaid = lots.filter(account_id=account_id, unit="money")
    for lot in prepaid.annotate(used=Coalesce(Sum("uses__amount_minor"), 0)).values("currency", "amount_minor", "used"):
        left[lot["currency"]] += lot["amount_minor"] - lot["used"]
    return [Money(minor, currency) for currency, minor in sorted(left.items()) if minor]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSettle:
    """What stands between an account and its erasure, and what would be given up by it."""

    open_sums: Sequence[OpenSum]
    is_served: bool
    is_unbilled: bool  # a charge by hand, or an invoice that nobody has approved yet
    is_owed: bool  # a refund that is not paid back yet
    credit: Sequence[Money]
    points: int

    @property
    def is_blocked(self) -> bool:
        """Whether something must be billed, paid, paid back or ended first."""
        return bool(self.open_sums) or self.is_served or self.is_unbilled or self.is_owed

    @property
    def gives_up(self) -> bool:
        """Whether something is lost that the owner must let go."""
        return bool(self.credit) or self.points > 0


def to_settle(*, account_id: UUID) -> ToSettle:
    """What is to be billed, paid, ended or given up before everything of an account can be erased."""
    served = Subscription.objects.filter(account_id=account_id).exclude(status=SubscriptionStatus.ENDED)
    unbilled = Subscription.objects.filter(account_id=account_id, next_due_at__isnull=False)
    notes = CreditNote.objects.filter(account_id=account_id)
    return ToSettle(
        open_sums=open_of(account_id=account_id),
        is_served=served.exists() or unbilled.exists(),
        is_unbilled=waiting_lines(account_id).exists() or waiting_now().filter(account_id=account_id).exists(),
        is_owed=refund_owed(notes).exists() or refund_waiting(notes).exists(),
        credit=_to_give_up(account_id=account_id),
        points=points_of(account_id=account_id),
    )


def _to_give_up(*, account_id: UUID) -> list[Money]:
    """Credit, prepaid money, and what was paid and no invoice has taken."""
    left = Counter({money.currency: money.minor for money in credit_of(account_id=account_id)})
    for payment in unapplied_payments(Payment.objects.filter(account_id=account_id)):
        left[payment.currency] += payment.left_minor
    return [Money(minor, currency) for currency, minor in sorted(left.items())]


def points_of(*, account_id: UUID) -> int:
    """The points that the account has left."""
    lots = BalanceLot.objects.filter(account_id=account_id, unit="points")
    used = Coalesce(Sum("uses__amount_minor"), 0)
    return sum(lot["amount_minor"] - lot["used"] for lot in lots.annotate(used=used).values("amount_minor", "used"))


def is_lot_used(*, source_kind: str, source_id: str) -> bool:
    """Whether something of a top-up, named by what paid for it, was used."""
    return BalanceLot.objects.filter(source_kind=source_kind, source_id=source_id, uses__isnull=False).exists()


def invoices_of(*, account_id: UUID) -> QuerySet[Invoice]:
    """The finalized invoices of the account, the newest first."""
    rows = Invoice.objects.filter(account_id=account_id, status=FINALIZED).select_related("account", "state")
    return rows.order_by("-due_at", "-id")


def open_invoices_of(*, account_id: UUID) -> QuerySet[Invoice]:
    """Those of which something is still to be paid, what is due first before the others."""
    rows = Invoice.objects.filter(state__account_id=account_id, state__open_minor__gt=0).select_related("state")
    return rows.order_by("state__pay_by_on", "due_at", "id")


def payments_of(*, account_id: UUID) -> QuerySet[Payment]:
    """What the account paid, the newest first, with what each payment settled and what of it is left."""
    shares = PaymentShare.objects.select_related("invoice").order_by("id")
    rows = Payment.objects.filter(account_id=account_id).prefetch_related(Prefetch("shares", queryset=shares))
    taken = Coalesce(Sum("shares__amount_minor"), 0)
    return rows.annotate(left_minor=F("amount_minor") - taken).order_by("-received_at", "-id")


def credit_notes_of(*, account_id: UUID) -> QuerySet[CreditNote]:
    """What was taken back, the newest first, with what is left of its credit."""
    used = Coalesce(Sum("uses__amount_minor"), 0)
    rows = CreditNote.objects.filter(account_id=account_id).select_related("invoice")
    return rows.annotate(left_minor=F("credit_minor") - used).order_by("-due_at", "-id")


def billed_of_periods(*, period_ids: Sequence[int]) -> Mapping[int, list[Any]]:
    """The lines that bill each period, with their invoices; what waits for approval has billed nothing yet."""
    found: dict[int, list[Any]] = {}
    rows = InvoiceLine.objects.filter(period_id__in=period_ids, invoice__status=FINALIZED)
    for line in rows.select_related("invoice").order_by("id"):
        found.setdefault(line.period_id or 0, []).append(line)
    return found
