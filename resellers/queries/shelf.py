"""What stands on the reseller's shelf, and for how many days it will do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count
from django.utils.translation import get_language

from plans.rules.catalogue.naming import Names, in_language
from prepaid_cards.queries.cards import Stock, stock_of
from provider.kernel.money import Money
from resellers.models import SaleLine
from resellers.rules.cover import days_of_cover, is_low

SOLD_WITHIN: Final = timedelta(days=30)


@dataclass(slots=True, kw_only=True)
class ShelfLine:
    """One product, over all its batches."""

    product_id: UUID
    names: Names
    face: Money
    on_shelf: int = 0
    on_the_way: int = 0
    checked: int = 0
    sold: int = 0
    sold_lately: int = 0
    batches: list[Stock] = field(default_factory=list)

    @property
    def product(self) -> str:
        """What its reader calls it."""
        return in_language(self.names, get_language() or "en")

    @property
    def days_left(self) -> int | None:
        """For how many days the shelf will do at the pace of the last 30; None where nothing sells."""
        return days_of_cover(on_shelf=self.on_shelf, sold=self.sold_lately, days=SOLD_WITHIN.days)

    @property
    def is_low(self) -> bool:
        return is_low(on_shelf=self.on_shelf, sold=self.sold_lately, days=SOLD_WITHIN.days)


def shelf_of(*, reseller_id: UUID, at: datetime) -> list[ShelfLine]:
    """The shelf by product, what runs out first on top."""
    lines: dict[UUID, ShelfLine] = {}
    for stock in stock_of(reseller_id):
        face = Money(stock.face_minor, stock.currency)
        line = lines.setdefault(
            stock.product_id, ShelfLine(product_id=stock.product_id, names=stock.names, face=face)
        )  # fmt: skip
        line.on_shelf += stock.received
        line.on_the_way += stock.shipped
        line.checked += stock.frozen
        line.sold += stock.sold + stock.redeemed
        line.batches.append(stock)
    for product_id, count in _sold_lately(reseller_id, at=at).items():
        if product_id in lines:
            lines[product_id].sold_lately = count
    far = 10**9
    return sorted(lines.values(), key=lambda line: (far if line.days_left is None else line.days_left, line.product))


def _sold_lately(reseller_id: UUID, *, at: datetime) -> dict[UUID, int]:
    rows = SaleLine.objects.filter(sale__reseller_id=reseller_id, sale__at__gt=at - SOLD_WITHIN, undone_at=None)
    counts = rows.values("product_id").annotate(n=Count("id")).order_by()
    return {row["product_id"]: row["n"] for row in counts}
