"""Promotions: described, launched, stopped; each bonus taken from the budget once, and given back with an undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from invoices.operations.balances import grant_points, take_back_lot, top_up
from invoices.operations.terms import Term, extend_term, take_back_term
from invoices.queries.accounts import is_lot_used
from prepaid_cards import errors
from prepaid_cards.models import (
    CAMPAIGN_MOVES,
    BonusKind,
    Campaign,
    CampaignStatus,
    CampaignUse,
    CardBatch,
    CardProduct,
    Redemption,
    SellingPlace,
)
from prepaid_cards.rules.campaigns import Bonus
from provider.accounts.models import Account, Region
from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.errors import FactsChanged, NotFound
from provider.kernel.money import Money
from provider.kernel.state import move

MONTHS_SOURCE, DAYS_SOURCE, POINTS_SOURCE, MONEY_SOURCE = (
    "card_bonus_months", "card_bonus_days", "card_bonus_points", "card_bonus_money",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignWish:
    """What a promotion should give, to whom, when, and how much of it."""

    name: str
    starts_at: datetime
    ends_at: datetime
    bonus_kind: str
    bonus_amount: int
    audience: str
    currency: str
    point_cost_minor: int = 1
    budget_count: int | None = None
    budget_minor: int | None = None
    priority: int = 100
    is_combinable: bool = False
    product_ids: Sequence[UUID] = field(default_factory=tuple)
    batch_ids: Sequence[UUID] = field(default_factory=tuple)
    seller_ids: Sequence[UUID] = field(default_factory=tuple)
    store_ids: Sequence[UUID] = field(default_factory=tuple)
    region_codes: Sequence[str] = field(default_factory=tuple)


_LISTS = ("product_ids", "batch_ids", "seller_ids", "store_ids", "region_codes")


def create_campaign(*, wish: CampaignWish, by: Actor, at: datetime) -> Campaign:
    """Describe a promotion; nobody gets anything before it is launched."""
    _check(wish, at=at)
    with transaction.atomic():
        stores = list(SellingPlace.objects.filter(id__in=wish.store_ids))
        _check_stores(stores, wish=wish)

        facts = {name: value for name, value in asdict(wish).items() if name not in _LISTS}
        campaign = Campaign.objects.create(**facts, created_at=at, created_by_id=by.user_id)
        campaign.products.set(CardProduct.objects.filter(id__in=wish.product_ids))
        campaign.batches.set(CardBatch.objects.filter(id__in=wish.batch_ids))
        campaign.sellers.set(Account.objects.filter(id__in=wish.seller_ids))
        campaign.stores.set(stores)
        campaign.regions.set(Region.objects.filter(code__in=wish.region_codes))

        _record(campaign, verb="campaign.created", by=by, at=at, after=facts)
        return campaign


def launch_campaign(*, campaign_id: UUID, by: Actor, at: datetime) -> Campaign:
    """Give its bonus from its beginning on."""
    with transaction.atomic():
        campaign = _lock(campaign_id)
        if campaign.ends_at <= at:
            raise errors.CampaignOver()
        move(campaign, to=CampaignStatus.RUNNING, transitions=CAMPAIGN_MOVES, launched_at=at)

        _record(campaign, verb="campaign.launched", by=by, at=at)
        return campaign


def stop_campaign(*, campaign_id: UUID, reason: str, by: Actor, at: datetime) -> Campaign:
    """Give no more; what was given stays."""
    if not reason.strip():
        raise errors.ReasonMissing(field="reason")
    with transaction.atomic():
        campaign = _lock(campaign_id)
        move(campaign, to=CampaignStatus.STOPPED, transitions=CAMPAIGN_MOVES, stopped_at=at)

        _record(campaign, verb="campaign.stopped", by=by, at=at, reason=reason.strip())
        return campaign


def give_bonuses(
    bonuses: Sequence[Bonus],
    *,
    redemption: Redemption,
    version_id: UUID | None,
    seats: int,
    by: Actor,
    at: datetime,
) -> datetime | None:
    """Take each bonus from its budget and have it served after the card's own; the new end, where time was given.

    Time that is added has the seats of the card's own time.

    Joins the transaction of the redemption. A budget that has no room any more makes the quote outdated.
    """
    for bonus in sorted(bonuses, key=lambda one: one.campaign_id):
        _take(bonus, redemption=redemption, at=at)
    end = None
    for source, months, days in (
        (MONTHS_SOURCE, sum(one.months for one in bonuses), 0),
        (DAYS_SOURCE, 0, sum(one.days for one in bonuses)),
    ):
        if months or days:
            assert version_id is not None
            term = Term(
                version_id=version_id, face_minor=0, source_kind=source, source_id=str(redemption.id), months=months,
                days=days, seats=seats,
            )  # fmt: skip
            end = extend_term(
                account_id=redemption.account_id, term=term, subscription_id=redemption.subscription_id, by=by, at=at
            ).ends_at
    _give_lots(bonuses, redemption=redemption, by=by, at=at)
    return end


def take_back_bonuses(redemption: Redemption, *, by: Actor, at: datetime) -> None:
    """Before a redemption is undone: the last given first, and the budgets have room again."""
    uses = list(redemption.bonuses.filter(given_back_at=None).order_by("campaign_id"))
    known = {"source_id": str(redemption.id), "by": by, "at": at}
    for source, is_given in (
        (DAYS_SOURCE, any(use.days for use in uses)), (MONTHS_SOURCE, any(use.months for use in uses)),
    ):  # fmt: skip
        if is_given:
            take_back_term(account_id=redemption.account_id, source_kind=source, **known)  # type: ignore[arg-type]
    is_points = redemption.kind == "points"
    if any(use.points or (is_points and use.amount) for use in uses):
        take_back_lot(source_kind=POINTS_SOURCE, **known)  # type: ignore[arg-type]
    if not is_points and any(use.amount for use in uses):
        take_back_lot(source_kind=MONEY_SOURCE, paid_from=LedgerAccount.DISCOUNT, **known)  # type: ignore[arg-type]
    for use in uses:
        Campaign.objects.filter(id=use.campaign_id).update(
            used_count=F("used_count") - 1, used_minor=F("used_minor") - use.cost_minor
        )
        use.given_back_at = at
        use.save(update_fields=["given_back_at"])


def is_bonus_used(redemption: Redemption) -> bool:
    """Whether points or money of a bonus were used."""
    return any(
        is_lot_used(source_kind=source, source_id=str(redemption.id)) for source in (POINTS_SOURCE, MONEY_SOURCE)
    )


def _take(bonus: Bonus, *, redemption: Redemption, at: datetime) -> None:
    """One statement asks for room and takes it, so that of many at once the last bonus goes to exactly one."""
    room = Q(budget_count=None) | Q(used_count__lt=F("budget_count"))
    room &= Q(budget_minor=None) | Q(used_minor__lte=F("budget_minor") - bonus.cost_minor)
    rows = Campaign.objects.filter(room, id=bonus.campaign_id, status=CampaignStatus.RUNNING)
    if not rows.update(used_count=F("used_count") + 1, used_minor=F("used_minor") + bonus.cost_minor):
        raise FactsChanged()
    CampaignUse.objects.create(
        campaign_id=bonus.campaign_id, redemption=redemption, months=bonus.months, days=bonus.days,
        points=bonus.points, amount=bonus.amount, currency=redemption.currency, cost_minor=bonus.cost_minor, at=at,
    )  # fmt: skip


def _give_lots(bonuses: Sequence[Bonus], *, redemption: Redemption, by: Actor, at: datetime) -> None:
    account_id, source_id, currency = redemption.account_id, str(redemption.id), redemption.currency
    points, amount = sum(one.points for one in bonuses), sum(one.amount for one in bonuses)
    if redemption.kind == "points":
        points, amount = points + amount, 0
    if points:
        grant_points(
            account_id=account_id, points=points, currency=currency, source_kind=POINTS_SOURCE, source_id=source_id,
            by=by, at=at,
        )  # fmt: skip
    if amount:
        top_up(
            account_id=account_id, amount=Money(amount, currency), source_kind=MONEY_SOURCE, source_id=source_id,
            by=by, at=at, paid_from=LedgerAccount.DISCOUNT,
        )  # fmt: skip


def _check(wish: CampaignWish, *, at: datetime) -> None:
    if wish.ends_at <= wish.starts_at:
        raise errors.CampaignWindow(field="last_day")
    if wish.ends_at <= at:
        raise errors.CampaignOver(field="last_day")
    most = {BonusKind.MONTHS: 60, BonusKind.DAYS: 1_830, BonusKind.PERCENT: 100, BonusKind.POINTS: 1_000_000}
    if not 1 <= wish.bonus_amount <= most[BonusKind(wish.bonus_kind)]:
        raise errors.CampaignBonus(field="bonus_amount", most=most[BonusKind(wish.bonus_kind)])
    if (wish.budget_count is not None and wish.budget_count < 1) or (
        wish.budget_minor is not None and wish.budget_minor < 1
    ):
        raise errors.CampaignBudget(field="budget_count")


def _check_stores(stores: Sequence[SellingPlace], *, wish: CampaignWish) -> None:
    """A store of a reseller that is left out would never give the bonus."""
    if wish.seller_ids:
        for store in stores:
            if store.seller_id not in wish.seller_ids:
                raise errors.CampaignStoreOfAnother(field="stores", store=store.name)


def _lock(campaign_id: UUID) -> Campaign:
    campaign = Campaign.objects.select_for_update().filter(id=campaign_id).first()
    if campaign is None:
        raise NotFound()
    return campaign


def _record(campaign: Campaign, *, verb: str, by: Actor, at: datetime, **facts: object) -> None:
    audit.record(
        by=by, verb=verb, subject_kind="campaign", subject_id=campaign.id, account_id=by.account_id, at=at,
        **facts,  # type: ignore[arg-type]
    )  # fmt: skip
