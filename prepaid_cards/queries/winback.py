"""Accounts that sleep: what they were worth, who sold to them, when they were written to; and who came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import BigIntegerField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from invoices.models import Payment
from plans.models import AccessSpell, Meter, UsageEvent
from prepaid_cards.models import (
    Campaign,
    CampaignStatus,
    OfferStatus,
    Redemption,
    RedemptionStatus,
    TaxClass,
    WinBackOffer,
    WinBackRound,
)
from provider.accounts.models import Account, Portal
from provider.kernel.errors import NotFound

LATELY: Final = timedelta(days=14)  # nobody is written to twice within


def sleeping_accounts() -> QuerySet[Account]:
    """Dormant accounts with `since`, `paid_minor` in their own currency, `records`, `last_seller`, `last_contact`."""
    asleep = AccessSpell.objects.filter(account=OuterRef("pk"), state="dormant", until_at=None)
    sold = Redemption.objects.filter(account=OuterRef("pk"), status=RedemptionStatus.DONE).order_by("-at")
    told = WinBackOffer.objects.filter(account=OuterRef("pk"), status=OfferStatus.SENT).order_by("-at")
    return (
        Account.objects.filter(Exists(asleep))
        .select_related("region", "parent")
        .annotate(
            since=Subquery(asleep.values("from_at")[:1]),
            paid_minor=_paid_by_invoice() + _paid_by_card(),
            records=_records(),
            last_seller=Coalesce(Subquery(sold.values("card__activation__seller__name")[:1]), F("parent__name")),
            last_contact=Subquery(told.values("at")[:1]),
        )
    )


def _sum(rows: QuerySet[Redemption] | QuerySet[Payment], *, of: str) -> Coalesce:
    mine = rows.filter(account=OuterRef("pk"), currency=OuterRef("currency")).order_by().values("account")
    return Coalesce(Subquery(mine.annotate(sum=Sum(of)).values("sum")[:1], output_field=BigIntegerField()), Value(0))


def _paid_by_invoice() -> Coalesce:
    return _sum(Payment.objects.all(), of="amount_minor")


def _paid_by_card() -> Coalesce:
    done = Redemption.objects.filter(status=RedemptionStatus.DONE).exclude(tax_class=TaxClass.PROMOTIONAL)
    return _sum(done, of="face_minor")


def _records() -> Coalesce:
    """How many customer records are kept for the account."""
    signed = Case(When(is_removal=True, then=-F("value")), default=F("value"))
    rows = UsageEvent.objects.filter(
        account_id=OuterRef("pk"), meter_id__in=Meter.objects.filter(code="records").values("id")
    )
    level = rows.order_by().values("account_id").annotate(level=Sum(signed)).values("level")[:1]
    return Coalesce(Subquery(level, output_field=BigIntegerField()), Value(0))


def named_sleepers(rows: QuerySet[Account], words: str) -> QuerySet[Account]:
    """Those whose name, company or e-mail contains the words."""
    return rows.filter(Q(name__icontains=words) | Q(company_name__icontains=words) | Q(email__icontains=words))


def sold_by(rows: QuerySet[Account], sellers: list[str]) -> QuerySet[Account]:
    """Those that the sellers sold to last."""
    names = Account.objects.filter(id__in=sellers).values_list("name", flat=True)
    return rows.filter(Q(last_seller__in=list(names)))


def sellers() -> list[tuple[str, str]]:
    """Who could have sold to them: resellers, by name."""
    rows = Account.objects.filter(profiles__portal=Portal.RESELLER).order_by("name")
    return [(str(one.id), one.name) for one in rows]


def contacted(rows: QuerySet[Account], wanted: list[str]) -> QuerySet[Account]:
    """Those never written to, or written to before."""
    never = Q(last_contact=None)
    asked = Q(pk__in=[])
    for value in wanted:
        asked |= never if value == "never" else ~never
    return rows.filter(asked)


def offers_for_sleepers(*, at: datetime) -> QuerySet[Campaign]:
    """The promotions that somebody who comes back would get now."""
    rows = Campaign.objects.filter(status=CampaignStatus.RUNNING, starts_at__lte=at, ends_at__gt=at)
    return rows.filter(audience__in=["win_back", "anybody", "again"]).order_by("ends_at", "name")


def rounds() -> QuerySet[WinBackRound]:
    """The rounds, the newest first."""
    return WinBackRound.objects.select_related("campaign", "sent_by").order_by("-chosen_at", "-id")


def access_round(round_id: UUID) -> WinBackRound:
    """One round."""
    found = rounds().filter(id=round_id).first()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of letters: how many were sent, how many of the accounts are awake again."""

    chosen: int
    sent: int
    returned: int

    @property
    def percent(self) -> int:
        return round(100 * self.returned / self.sent) if self.sent else 0


def offers_of(found: WinBackRound) -> QuerySet[WinBackOffer]:
    """The accounts of a round, each with `returned_at`: when it woke after the letter."""
    return (
        _with_return(WinBackOffer.objects.filter(round=found)).select_related("account").order_by("account__name", "id")
    )


def result_of(found: WinBackRound | None = None) -> Result:
    """What came of one round, or of all: an account that was written to twice counts once."""
    rows = WinBackOffer.objects.all() if found is None else WinBackOffer.objects.filter(round=found)
    sums = rows.annotate(is_back=Exists(_awake_since())).aggregate(**_SUMS)
    return Result(**sums)


def results_of(found: Sequence[WinBackRound]) -> dict[UUID, Result]:
    """What came of several rounds, in one question."""
    rows = WinBackOffer.objects.filter(round__in=found).annotate(is_back=Exists(_awake_since()))
    sums: Any = rows.order_by().values("round_id").annotate(**_SUMS)
    return {row["round_id"]: Result(**{name: row[name] for name in _SUMS}) for row in sums}


_SENT: Final = Q(status=OfferStatus.SENT)
_SUMS: Final = {
    "chosen": Count("account", distinct=True),
    "sent": Count("account", distinct=True, filter=_SENT),
    "returned": Count("account", distinct=True, filter=_SENT & Q(is_back=True)),
}


def _awake_since() -> QuerySet[AccessSpell]:
    return AccessSpell.objects.filter(account=OuterRef("account"), from_at__gt=OuterRef("at"), state="active")


def _with_return(rows: QuerySet[WinBackOffer]) -> QuerySet[WinBackOffer]:
    return rows.annotate(returned_at=Subquery(_awake_since().order_by("from_at").values("from_at")[:1]))


def is_asleep(account_id: UUID) -> bool:
    """Whether the account is dormant now."""
    return AccessSpell.objects.filter(account_id=account_id, state="dormant", until_at=None).exists()


def was_told_lately(account_id: UUID, *, at: datetime) -> bool:
    """Whether the account got an offer within the last days."""
    return WinBackOffer.objects.filter(account_id=account_id, status=OfferStatus.SENT, at__gt=at - LATELY).exists()
