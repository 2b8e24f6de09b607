"""Promotions as they stand, and the redemptions of the past as they would have seen them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from prepaid_cards.models import (
    Campaign,
    CampaignStatus,
    CampaignUse,
    Card,
    GrantKind,
    Redemption,
    RedemptionStatus,
    SellingPlace,
)
from prepaid_cards.rules.campaigns import Case, Offer
from provider.accounts.models import Account
from provider.kernel.errors import NotFound

TIME_KINDS: Final = (GrantKind.TERM, GrantKind.BUNDLE)  # what renews


def campaigns() -> QuerySet[Campaign]:
    """All promotions."""
    return Campaign.objects.all()


def access_campaign(campaign_id: UUID) -> Campaign:
    """One promotion."""
    found = Campaign.objects.filter(id=campaign_id).first()
    if found is None:
        raise NotFound()
    return found


def uses_of(campaign: Campaign) -> QuerySet[CampaignUse]:
    """To whom it was given, the newest first."""
    rows = CampaignUse.objects.filter(campaign=campaign).select_related("redemption__account", "redemption__card")
    return rows.order_by("-id")


def open_stores() -> QuerySet[SellingPlace]:
    """The stores that sell, by their resellers."""
    return SellingPlace.objects.filter(is_open=True).select_related("seller").order_by("seller__name", "name", "id")


def stores_of(campaign: Campaign) -> QuerySet[SellingPlace]:
    """The stores that a promotion is for; none are all."""
    return campaign.stores.select_related("seller").order_by("seller__name", "name", "id")


def running_offers(*, at: datetime) -> list[Offer]:
    """The promotions of the instant, with what their budgets have left."""
    rows = Campaign.objects.filter(status=CampaignStatus.RUNNING, starts_at__lte=at, ends_at__gt=at)
    return [offer_of(row) for row in rows.prefetch_related("products", "batches", "sellers", "stores", "regions")]


def offer_of(row: Campaign) -> Offer:
    """A promotion in the rules' terms."""
    return Offer(
        id=row.id, name=row.name, kind=row.bonus_kind, amount=row.bonus_amount, audience=row.audience,
        starts_at=row.starts_at, ends_at=row.ends_at, currency=row.currency, point_cost_minor=row.point_cost_minor,
        priority=row.priority, is_combinable=row.is_combinable,
        left_count=None if row.budget_count is None else row.budget_count - row.used_count,
        left_minor=None if row.budget_minor is None else row.budget_minor - row.used_minor,
        products=frozenset(one.id for one in row.products.all()),
        batches=frozenset(one.id for one in row.batches.all()),
        sellers=frozenset(one.id for one in row.sellers.all()),
        stores=frozenset(one.id for one in row.stores.all()),
        regions=frozenset(one.code for one in row.regions.all()),
    )  # fmt: skip


def case_of(*, card: Card, account: Account, access: str, at: datetime, term_days: int = 0, amount: int = 0) -> Case:
    """A redemption that is about to happen."""
    product, batch, sale = card.batch.product, card.batch, card.activation
    redeemed = Redemption.objects.filter(account=account, status=RedemptionStatus.DONE)
    return Case(
        at=at, product_id=product.id, batch_id=batch.id,
        seller_id=sale.seller_id if sale else None, store_id=sale.store_id if sale else None,
        region=account.region_id or "",
        is_first=not redeemed.exists(), has_renewed=redeemed.filter(kind__in=TIME_KINDS).exists(),
        is_dormant=access == "dormant", currency=batch.currency,
        face_minor=batch.face_minor, months=product.months, days=product.days, term_days=term_days, amount=amount,
    )  # fmt: skip


def past_cases(*, since: datetime, until: datetime, currency: str, limit: int = 50_000) -> list[Case]:
    """The redemptions of a time that stand, the oldest first, without the bonus that they had."""
    earlier = Redemption.objects.filter(
        account_id=OuterRef("account_id"), status=RedemptionStatus.DONE, at__lt=OuterRef("at")
    )
    rows = (
        Redemption.objects.filter(status=RedemptionStatus.DONE, at__gte=since, at__lt=until, currency=currency)
        .annotate(is_again=Exists(earlier), has_renewed=Exists(earlier.filter(kind__in=TIME_KINDS)))
        .select_related("card__batch__product", "card__activation", "account")
        .order_by("at", "id")
    )
    return [_past(row, is_again=row.is_again, has_renewed=row.has_renewed) for row in rows[:limit]]


def _past(row: Redemption, *, is_again: bool, has_renewed: bool) -> Case:
    batch, sale, told, value = (
        row.card.batch,
        row.card.activation,
        row.facts.get("quote", {}),
        row.facts.get("value", {}),
    )
    term_days = 0
    if "ends_on" in told:
        term_days = (date.fromisoformat(told["ends_on"]) - date.fromisoformat(told["begins_on"])).days
    return Case(
        at=row.at, product_id=batch.product_id, batch_id=batch.id,
        seller_id=sale.seller_id if sale else None, store_id=sale.store_id if sale else None,
        region=row.account.region_id or "", is_first=not is_again, has_renewed=has_renewed,
        is_dormant=row.facts.get("access") == "dormant",
        currency=row.currency, face_minor=row.face_minor, months=batch.product.months, days=batch.product.days,
        term_days=term_days, amount=int(value.get("amount", 0)),
    )  # fmt: skip
