"""A world that has traded: cards sold, taken back, redeemed, undone, over months, by two sellers and of two kinds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.conf import settings

from invoices.operations.subscriptions import NewSubscription, start_subscription
from plans.rules.story import read_story
from prepaid_cards.models import Card, CardProduct, Redemption
from prepaid_cards.operations.cards import activate, reverse_activation
from prepaid_cards.operations.redemption import undo_redemption
from prepaid_cards.rules.codes import draw
from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM
from provider.workshop.stories.stage import Stage, set_stage
from tests.factories import make_account

from .factories import make_batch
from .redeeming import term_product, use

STORY = """\
story: The stage of a trade
timezone: Asia/Shanghai
currency: CNY
plans:
  standard: {interval: month, anchor: anniversary, bill: in_advance, price: "98.00"}
steps: [{at: 2026-01-01, do: bill}]
expect: [{at: 2026-01-01, nothing: true}]
"""
DAY = timedelta(days=1)
START = datetime(2026, 1, 5, 4, tzinfo=UTC)


def day(number: int) -> datetime:
    """Noon in Shanghai, so many days after the beginning."""
    return START + number * DAY


@dataclass(slots=True, kw_only=True)
class Trade:
    """Who trades, and the cards by number with their secrets."""

    stage: Stage
    provider: Account
    sellers: list[Account]
    products: list[CardProduct]
    cards: list[tuple[Card, str]] = field(default_factory=list)
    numbers: Any = field(default_factory=count)

    def sell(self, number: int, *, at: datetime, seller: int = 0) -> None:
        """Over the counter."""
        card = self.cards[number][0]
        Card.objects.filter(id=card.id).update(holder=self.sellers[seller], status="received")
        activate(
            seller_id=self.sellers[seller].id, serials=[card.serial], receipt=f"R{next(self.numbers)}",
            request_key=f"key {next(self.numbers)}", by=SYSTEM, at=at,
        )  # fmt: skip

    def take_back(self, number: int, *, at: datetime) -> None:
        """Within a day of the sale."""
        card = Card.objects.select_related("activation").get(id=self.cards[number][0].id)
        assert card.activation is not None
        reverse_activation(seller_id=card.activation.seller_id, serials=[card.serial], by=SYSTEM, at=at)

    def redeem(self, number: int, *, at: datetime) -> Redemption:
        """By the one subscriber."""
        made: Redemption = use(self.cards[number][1], account_id=self.stage.account.id, at=at)
        return made

    def undo(self, made: Redemption, *, at: datetime) -> None:
        undo_redemption(redemption_id=made.id, account_id=self.stage.account.id, by=SYSTEM, at=at)


def open_trade(*, cards: int = 8) -> Trade:
    """Nothing is sold yet: half of the cards are taxed at the sale, the others at redemption."""
    provider = make_account(name="Perennial", portal="provider", time_zone="Asia/Shanghai")
    stage = set_stage(read_story(STORY))
    wish = NewSubscription(version_id=stage.versions["standard"].id, pays="prepaid")
    start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=START)
    plan = stage.versions["standard"].plan
    products = [
        term_product(plan, months=2, face=19600, tax_class="multi_purpose", tax_rate=6),
        term_product(plan, months=1, face=9800, tax_class="single_purpose", tax_rate=6),
    ]
    trade = Trade(
        stage=stage, provider=provider, products=products,
        sellers=[make_account(name=f"Shop {name}", portal="reseller") for name in "AB"],
    )  # fmt: skip
    for index, product in enumerate(products):
        _print(trade, product, prefix=f"22000{index}", number=cards // 2)
    return trade


def _print(trade: Trade, product: CardProduct, *, prefix: str, number: int) -> None:
    batch = make_batch(product=product, count=number, prefix=prefix, tax_rate=product.tax_rate)
    for card, code in zip(Card.objects.filter(batch=batch).order_by("counter"), draw(number), strict=True):
        Card.objects.filter(id=card.id).update(
            secret_hmac=settings.CARD_KEYS.newest.digest(code.encode()), key_path=settings.CARD_KEYS.newest.name
        )
        trade.cards.append((card, code))


def trade_for_months() -> Trade:
    """Sold in January to March; one sale taken back, one redemption undone, two redeemed, one owed for long."""
    trade = open_trade()
    trade.sell(0, at=day(0))
    trade.sell(4, at=day(1), seller=1)
    trade.sell(1, at=day(2))
    trade.take_back(1, at=day(2) + timedelta(hours=3))
    trade.redeem(4, at=day(10))
    made = trade.redeem(0, at=day(12))
    trade.undo(made, at=day(12) + timedelta(hours=5))
    trade.sell(5, at=day(40), seller=1)
    trade.sell(2, at=day(45))
    trade.redeem(0, at=day(50))
    return trade
