"""Which terms are in force, and which were or will be."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import BigIntegerField, Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from provider.accounts.models import Account, Portal
from provider.kernel.chart import LedgerAccount
from provider.kernel.errors import NotFound
from provider.kernel.models import LedgerPosting
from resellers.models import Agreement, AgreementStatus


def agreements_of(reseller_id: UUID) -> QuerySet[Agreement]:
    """All versions, the newest first."""
    return Agreement.objects.filter(reseller_id=reseller_id).select_related("created_by").order_by("-version")


def in_force(*, at: datetime) -> QuerySet[Agreement]:
    """The versions whose time it is, of all resellers."""
    rows = Agreement.objects.filter(status=AgreementStatus.AGREED, valid_from__lte=at)
    return rows.filter(Q(valid_until=None) | Q(valid_until__gt=at))


def agreement_in_force(*, reseller_id: UUID, currency: str, at: datetime) -> Agreement | None:
    """The terms under which the reseller sells in this currency now."""
    return in_force(at=at).filter(reseller_id=reseller_id, currency=currency).first()


def state_of(agreement: Agreement, *, at: datetime) -> str:
    """withdrawn, upcoming, in_force or over."""
    if agreement.status == AgreementStatus.WITHDRAWN:
        return "withdrawn"
    if agreement.valid_from > at:
        return "upcoming"
    return "over" if agreement.valid_until is not None and agreement.valid_until <= at else "in_force"


def resellers(*, at: datetime) -> QuerySet[Account]:
    """Every reseller, with its terms in force as `terms_now`, what it owes in its currency, and its open stores."""
    now = Prefetch("agreements", queryset=in_force(at=at).order_by("currency"), to_attr="terms_now")
    rows = Account.objects.filter(profiles__portal=Portal.RESELLER).prefetch_related(now)
    return rows.annotate(owed_minor=_owed(), store_count=Count("stores", filter=Q(stores__closed_at=None)))


def _owed() -> Coalesce:
    postings = LedgerPosting.objects.filter(
        ledger_account=LedgerAccount.RECEIVABLE, account_id=OuterRef("id"), currency=OuterRef("currency")
    )
    total = postings.order_by().values("account_id").annotate(total=Sum("amount_minor")).values("total")
    return Coalesce(Subquery(total), 0, output_field=BigIntegerField())


def access_reseller(account_id: UUID) -> Account:
    """A reseller, for the provider's people."""
    reseller = Account.objects.filter(id=account_id, profiles__portal=Portal.RESELLER).first()
    if reseller is None:
        raise NotFound()
    return reseller


def named(rows: QuerySet[Account], words: str) -> QuerySet[Account]:
    """Those whose name, company, e-mail or tax number contains the words."""
    return rows.filter(
        Q(name__icontains=words) | Q(company_name__icontains=words) | Q(email__icontains=words) | Q(tax_id=words)
    )
