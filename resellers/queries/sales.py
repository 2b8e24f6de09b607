"""What was sold, by whom, how it was paid, and what was taken on a day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import BigIntegerField, Count, F, Q, QuerySet, Sum
from django.db.models.functions import Cast
from django.utils.translation import get_language

from plans.rules.catalogue.naming import in_language
from prepaid_cards.rules.serials import normalise
from provider.accounts.models import Role
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.money import Money
from resellers.models import Sale, SaleLine
from resellers.rules.counter import UNDO_WITHIN

from .returns import is_whole, receipt_lines

_RECEIPTS_OF_A_YEAR: Final = 10**9  # more than there can be
_RECEIPT: Final = re.compile(r"(?:(?P<code>[A-Z0-9]{1,8})-(?P<year>[0-9]{4})-)?(?P<number>[0-9]{1,9})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A line of the day's takings: what it is of, how many cards or receipts, and how much."""

    name: str
    count: int
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Takings:
    """What customers paid on one day, at face value; what was undone or came back is not in it."""

    day: date
    cards: int
    receipts: int
    undone: int
    returned: int  # cards of receipts that stand
    totals: list[Money]
    by_product: list[Taken]
    by_clerk: list[Taken]
    by_way: list[Taken]


def sales_of(reseller_id: UUID) -> QuerySet[Sale]:
    """All sales of a reseller."""
    return Sale.objects.filter(reseller_id=reseller_id).select_related("store", "user")


def sales_for(*, by: Actor, reseller_id: UUID) -> QuerySet[Sale]:
    """The sales that somebody may list: all for owners, their own for clerks.

    `in_order` is a receipt's place through the years: numbers begin anew with each.
    """
    in_order = Cast("year", BigIntegerField()) * _RECEIPTS_OF_A_YEAR + F("number")
    rows = sales_of(reseller_id).annotate(in_order=in_order)
    return rows if by.kind == "api_key" or by.role == Role.OWNER else rows.filter(user=by.user_id)


def access_sale(*, sale_id: UUID, reseller_id: UUID) -> Sale:
    """A receipt of this reseller; every clerk may look at it, since customers come back to whoever is there."""
    sale = sales_of(reseller_id).select_related("activation", "undone_by").filter(id=sale_id).first()
    if sale is None:
        raise NotFound()
    return sale


def access_sale_by_key(*, request_key: str, reseller_id: UUID) -> Sale:
    """The sale that was made under a request key."""
    sale = sales_of(reseller_id).filter(activation__request_key=request_key).first()
    if sale is None:
        raise NotFound(field="request_key")
    return sale


def lines_of(sale: Sale) -> list[SaleLine]:
    """The cards of a receipt."""
    return list(SaleLine.objects.filter(sale=sale).select_related("card").order_by("position"))


def last_sale(*, by: Actor, store_id: UUID, at: datetime) -> Sale | None:
    """The clerk's last sale in this store, as long as the whole of it can be undone."""
    rows = Sale.objects.filter(store_id=store_id, user=by.user_id, undone_at=None, at__gt=at - UNDO_WITHIN)
    found = rows.select_related("store").order_by("-at", "-id").first()
    return found if found is not None and is_whole(receipt_lines(found)) else None


def with_words(rows: QuerySet[Sale], words: str) -> QuerySet[Sale]:
    """Those of a receipt number, a reference of the shop, or a card's serial."""
    found = Q(reference__icontains=words) | Q(lines__serial=normalise(words))
    if receipt := _RECEIPT.fullmatch(words.upper()):
        named = Q(number=int(receipt["number"]))
        found |= named & Q(store__code=receipt["code"], year=int(receipt["year"])) if receipt["code"] else named
    return rows.filter(found).distinct()


def takings(*, reseller_id: UUID, day: date, store_id: UUID | None = None, user_id: UUID | None = None) -> Takings:
    """What was taken on a day: in all stores or one, by all clerks or one."""
    rows = Sale.objects.filter(reseller_id=reseller_id, sold_on=day)
    rows = rows.filter(store_id=store_id) if store_id else rows
    rows = rows.filter(user_id=user_id) if user_id else rows
    kept = rows.filter(undone_at=None)
    sold = SaleLine.objects.filter(sale__in=kept, undone_at=None)
    sums = sold.values("currency").annotate(cards=Count("id"), n=Count("sale", distinct=True), total=Sum("face_minor"))
    totals = list(sums.order_by("currency"))
    return Takings(
        day=day,
        cards=sum(row["cards"] for row in totals),
        receipts=sum(row["n"] for row in totals),
        undone=rows.exclude(undone_at=None).count(),
        returned=SaleLine.objects.filter(sale__in=kept).exclude(undone_at=None).count(),
        totals=[Money(row["total"], row["currency"]) for row in totals],
        by_product=_by_product(sold),
        by_clerk=_by(sold, "sale__user__name", count=Count("id")),
        by_way=_by(sold, "sale__paid_by", count=Count("sale", distinct=True)),
    )


def _by_product(rows: QuerySet[SaleLine]) -> list[Taken]:
    """By what its reader calls the product, the dearest first."""
    names = ("product_name", "product_name_hans", "product_name_hant")
    groups = rows.values_list(*names, "currency").annotate(n=Count("id"), total=Sum("face_minor"))
    language = get_language() or "en"
    return [
        Taken(name=in_language((name, hans, hant), language), count=n, amount=Money(total, currency))
        for name, hans, hant, currency, n, total in groups.order_by("-total", "product_name")
    ]


def _by(rows: QuerySet[SaleLine], name: str, *, count: Count) -> list[Taken]:
    groups = rows.values(name, "currency").annotate(n=count, total=Sum("face_minor")).order_by("-total", name)
    return [Taken(name=row[name] or "", count=row["n"], amount=Money(row["total"], row["currency"])) for row in groups]
