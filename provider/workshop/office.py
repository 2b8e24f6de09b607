"""What the demo's back office does beside the daily trade: next year's prices, a promotion, online cards, a credit."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from invoices.models import ApprovalKind, InvoiceLine
from invoices.operations.approvals import NewRule, add_rule
from invoices.operations.credit_notes import issue_credit_note
from plans.operations.catalogue import change_draft, draft_version
from plans.rules.catalogue import Charge, Version
from prepaid_cards.models import Audience, BatchKind, BonusKind, Card, ReportKind
from prepaid_cards.operations.batches import approve_batch, order_batch
from prepaid_cards.operations.campaigns import CampaignWish, create_campaign, launch_campaign
from prepaid_cards.operations.electronic import issue_card
from prepaid_cards.operations.redemption import open_card
from prepaid_cards.operations.reports import ReportWish, file_report
from prepaid_cards.rules import codes
from provider.accounts.rules.demo import DOMAIN
from provider.kernel.actor import Actor
from provider.kernel.errors import Refusal

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


def look_before_first_invoices(trade: Trade, at: datetime) -> None:
    """Finance has each account's first invoice wait until somebody has looked at it."""
    add_rule(rule=NewRule(kind=ApprovalKind.FIRST), by=trade.actor("finance"), at=at)


def somebody_guesses(trade: Trade, at: datetime) -> None:
    """From one network, codes are made up that no card has, until it has to wait."""
    stranger = replace(trade.actor("mumian.owner"), address="203.0.113.24")
    for minute, code in enumerate(codes.draw(4)):
        _try(code, by=stranger, at=at + timedelta(minutes=minute))


def a_canary_is_typed(trade: Trade, at: datetime) -> None:
    """A code that was in the printer's file and in no carton: the file was copied, and the cards around it freeze."""
    rows = Card.objects.filter(batch=trade.batches["solo.HKD"], is_canary=True)
    canary = rows.order_by("-counter").values_list("serial", flat=True)[0]
    stranger = replace(trade.actor("yizhou"), address="198.51.100.7")
    _try(trade.secrets[canary], by=stranger, at=at)


def a_sale_was_forgotten(trade: Trade, at: datetime) -> None:
    """A customer has a card and a receipt, but the shop's till does not know the sale."""
    shop = trade.accounts["qinghe"]
    shelf = Card.objects.filter(batch=trade.batches["standard.CNY"], holder=shop, status="received", is_canary=False)
    serial = shelf.order_by("-counter").values_list("serial", flat=True)[0]
    holder = trade.accounts["mumian"]
    wish = ReportWish(kind=ReportKind.UNSOLD, serial=serial, receipt="QH1-2026-0417", bought_on=at.date())
    file_report(wish=wish, account_id=holder.id, by=trade.actor("mumian.owner"), at=at)


def _try(code: str, *, by: Actor, at: datetime) -> None:
    with suppress(Refusal):  # what the page would say
        open_card(code_typed=code, account_id=by.account_id, by=by, at=at)


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
