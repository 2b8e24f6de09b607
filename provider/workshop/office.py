"""What the demo's back office does beside the daily trade: next year's prices, a promotion, online cards, a credit."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from invoices.models import InvoiceLine
from invoices.operations.credit_notes import issue_credit_note
from plans.operations.catalogue import change_draft, draft_version
from plans.rules.catalogue import Charge, Version
from prepaid_cards.models import Audience, BatchKind, BonusKind
from prepaid_cards.operations.batches import approve_batch, order_batch
from prepaid_cards.operations.campaigns import CampaignWish, create_campaign, launch_campaign
from prepaid_cards.operations.electronic import issue_card
from provider.accounts.rules.demo import DOMAIN

from .trade import Trade


def sell_online(trade: Trade, at: datetime) -> None:
    """Electronic cards of the smallest product; the first goes out by e-mail."""
    printed = trade.batches["solo.CNY"]
    batch = order_batch(
        product_id=printed.product_id, count=500, kind=BatchKind.ELECTRONIC, request_key="demo-online",
        by=trade.actor("operator"), at=at,
    )  # fmt: skip
    approve_batch(batch_id=batch.id, by=trade.actor("owner"), at=at + timedelta(minutes=30))
    issue_card(
        product_id=printed.product_id, request_key="demo-online-1", reference="A-1001",
        to_email=f"reader@{DOMAIN}", language="zh-hans", by=trade.actor("operator"),
        at=at + timedelta(hours=1),
    )  # fmt: skip


def launch_promotion(trade: Trade, at: datetime) -> None:
    """A month more for whoever renews again this season, for the first hundred."""
    wish = CampaignWish(
        name="双十一续费送一个月", starts_at=at, ends_at=at + timedelta(days=75), bonus_kind=BonusKind.MONTHS,
        bonus_amount=1, audience=Audience.AGAIN, currency="CNY", budget_count=100,
    )  # fmt: skip
    campaign = create_campaign(wish=wish, by=trade.actor("operator"), at=at)
    launch_campaign(campaign_id=campaign.id, by=trade.actor("owner"), at=at)


def plan_next_year(trade: Trade, at: datetime) -> None:
    """Next year's Standard is being written: seats a tenth dearer, a longer trial."""
    draft = draft_version(plan_id=trade.versions["standard"].plan_id, by=trade.actor("operator"), at=at)
    change_draft(
        version_id=draft.id, change=_dearer_seats, note="2027", by=trade.actor("operator"), at=at + timedelta(minutes=9)
    )


def _dearer_seats(content: Version) -> Version:
    seat = content.charge("seat")
    assert seat is not None, "the plan has seats"
    return replace(content.with_charge(_dearer(seat), instead_of="seat"), trial_days=30)


def _dearer(charge: Charge) -> Charge:
    prices = {code: replace(price, price=price.price * 11 / 10) for code, price in charge.prices.items()}
    return replace(charge, prices=prices)


def credit_the_group(trade: Trade, at: datetime) -> None:
    """Finance makes good for an evening on which the CRM was slow."""
    group = trade.accounts["hengyue"]
    line = InvoiceLine.objects.filter(invoice__account=group, amount_minor__gt=0).order_by("-id").first()
    if line is None:
        return
    issue_credit_note(
        account_id=group.id, invoice_id=line.invoice_id, amounts={line.id: min(5000, line.amount_minor)},
        reason="11 月 18 日晚系统响应缓慢", by=trade.actor("finance"), at=at,
    )  # fmt: skip
