"""What the demo's customers have in hand beside their cards of time: coupons, prepaid money and points; and single
cards that came back to a shop.

Everything goes through the product's own operations, as in `trade`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from invoices.models import Coupon
from invoices.operations.balances import take_back_rest, top_up_by_hand
from invoices.operations.coupons import apply_coupon, close_coupon, create_coupon, end_coupon
from invoices.operations.points import exchange_points, set_rate
from invoices.queries.balances import BY_HAND, GIFT
from invoices.queries.points import rate_in_force
from prepaid_cards.models import BatchKind, Card, GrantKind, TaxClass
from prepaid_cards.operations.batches import approve_batch, order_batch
from prepaid_cards.operations.electronic import issue_card
from prepaid_cards.operations.products import ProductWish, create_product, offer_product
from provider.kernel.clock import first_instant, local_day
from provider.kernel.money import Money
from resellers.models import SaleLine
from resellers.operations.returns import return_cards

from .trade import Shop, Trade, redeem_card, sell_cards

_OF_VALUE: Final = (
    ProductWish(
        name="¥200 of credit", name_hans="200 元余额", name_hant="人民幣 200 元餘額", kind=GrantKind.TOP_UP,
        top_up_minor=20_000, face_minor=20_000, currency="CNY", tax_class=TaxClass.MULTI_PURPOSE,
    ),
    ProductWish(
        name="1,000 points", name_hans="1000 积分", name_hant="1000 點", kind=GrantKind.POINTS, points=1000,
        face_minor=4_500, currency="CNY", tax_class=TaxClass.MULTI_PURPOSE,
    ),
)  # fmt: skip


def offer_favours(trade: Trade, at: datetime) -> None:
    """Points get a rate in two currencies, cards of money and points are sold online, and coupons are made."""
    for currency, minor in (("CNY", 500), ("TWD", 2000)):
        set_rate(
            currency=currency, points=100, amount=Money(minor, currency), reason="会员日公布的比例",
            by=trade.actor("finance"), at=at,
        )  # fmt: skip
    for wish in _OF_VALUE:
        _offer_online(trade, wish, at=at)
    making: dict[str, Any] = {"seller_account_id": trade.accounts["provider"].id, "by": trade.actor("finance")}
    create_coupon(code="WELCOME10", percent=Decimal(10), times=3, at=at, **making)
    create_coupon(code="BACK50", amount=Money(5000, "CNY"), times=1, expires_at=_in_half_a_year(at), at=at, **making)
    old = create_coupon(code="SPRING", percent=Decimal(5), at=at, **making)
    close_coupon(coupon_id=old.id, reason="春季活动已结束", at=at + timedelta(hours=1), **making)


def give_to_the_group(trade: Trade, at: datetime) -> None:
    """The group has a coupon, cards of money and points, and a branch that pays ahead; one coupon was meant for
    somebody else."""
    finance = trade.actor("finance")
    for product in ("¥200 of credit", "1,000 points"):
        redeem_card(trade, "hengyue", card=_sold_online(trade, product=product, at=at), at=at + timedelta(hours=1))
    _give(trade, "hengyue", code="WELCOME10", at=at)
    _give(trade, "hengyue-south", code="BACK50", at=at)
    mistaken = _give(trade, "hengyue", code="BACK50", at=at)
    end_coupon(
        account_id=trade.accounts["hengyue"].id, applied_id=mistaken, reason="发错客户", by=finance,
        at=at + timedelta(hours=2),
    )  # fmt: skip
    top_up_by_hand(
        account_id=trade.accounts["hengyue-east"].id, amount=Money(500_000, "CNY"), kind=BY_HAND,
        reference="ICBC-20417", reason="预付明年的席位", by=finance, at=at,
    )  # fmt: skip


def exchange_some_points(trade: Trade, at: datetime) -> None:
    """The group turns part of its points into money."""
    rate = rate_in_force("CNY")
    assert rate is not None
    exchange_points(
        account_id=trade.accounts["hengyue"].id, points=600, rate_id=rate.id, by=trade.actor("hengyue.owner"), at=at
    )


def give_to_a_newcomer(trade: Trade, at: datetime) -> None:
    """A gift from a fair, written down twice by mistake, and a coupon for the first invoices."""
    _give(trade, "mumian", code="WELCOME10", at=at)
    gift: dict[str, Any] = {
        "account_id": trade.accounts["mumian"].id, "amount": Money(50_000, "TWD"), "kind": GIFT, "reason": "展會贈送",
        "expires_at": _in_half_a_year(at), "by": trade.actor("finance"),
    }  # fmt: skip
    top_up_by_hand(reference="FAIR-11", at=at, **gift)
    twice = top_up_by_hand(reference="FAIR-12", at=at, **gift)
    take_back_rest(
        account_id=twice.account_id, lot_id=twice.id, reason="重複贈送", by=trade.actor("finance"),
        at=at + timedelta(hours=1),
    )  # fmt: skip


def one_card_comes_back(trade: Trade, shop: Shop, *, at: datetime) -> None:
    """Three cards are sold together; an hour later the customer needs only two."""
    sold = sell_cards(trade, shop, kind="standard.CNY", count=3, at=at)
    line = SaleLine.objects.get(serial=sold[-1].serial, undone_at=None)
    return_cards(
        reseller_id=trade.accounts[shop.reseller].id, sale_id=line.sale_id, serials=[line.serial],
        reason="客户多买了一张", by=trade.actor(shop.seller), at=at + timedelta(hours=1),
    )  # fmt: skip


def _in_half_a_year(at: datetime) -> datetime:
    """When a last day in half a year is over."""
    zone = ZoneInfo("Asia/Shanghai")
    return first_instant(day=local_day(at=at, zone=zone) + timedelta(days=180), zone=zone)


def _offer_online(trade: Trade, wish: ProductWish, *, at: datetime) -> None:
    operator, owner = trade.actor("operator"), trade.actor("owner")
    product = create_product(wish=wish, by=operator, at=at)
    offer_product(product_id=product.id, by=operator, at=at)
    batch = order_batch(
        product_id=product.id, count=100, kind=BatchKind.ELECTRONIC, request_key=f"demo-{wish.name}", by=operator,
        at=at,
    )  # fmt: skip
    trade.batches[wish.name] = approve_batch(batch_id=batch.id, by=owner, at=at + timedelta(minutes=30))


def _sold_online(trade: Trade, *, product: str, at: datetime) -> Card:
    issued = issue_card(
        product_id=trade.batches[product].product_id, request_key=f"demo-{product}-1", by=trade.actor("operator"), at=at
    )
    return Card.objects.select_related("batch__product").get(id=issued.card.id)


def _give(trade: Trade, key: str, *, code: str, at: datetime) -> Any:
    """The account has the coupon; under which id it may be ended."""
    provider = trade.accounts["provider"]
    coupon = Coupon.objects.get(seller_account=provider, code=code)
    return apply_coupon(
        account_id=trade.accounts[key].id, seller_account_id=provider.id, coupon_id=coupon.id,
        by=trade.actor("finance"), at=at,
    ).id  # fmt: skip
