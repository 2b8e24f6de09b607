"""Sellers: in whose name documents are made."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from invoices.models import InvoiceSeries, Seller


def zone_of_seller(seller_id: UUID) -> ZoneInfo:
    """The zone of whose days issue and receipt dates are."""
    return ZoneInfo(Seller.objects.values_list("time_zone", flat=True).get(pk=seller_id))


def seller_of(account_id: UUID) -> Seller | None:
    """The seller that an account is, if it is one."""
    return Seller.objects.filter(account_id=account_id).first()


def series_of(seller: Seller) -> list[tuple[InvoiceSeries, str]]:
    """Its series of numbers, the newest first, each with the number that comes next."""
    rows = InvoiceSeries.objects.filter(seller=seller).order_by("-year", "kind")
    return [(row, number_text(seller, kind=row.kind, year=row.year, number=row.next_number)) for row in rows]


def number_text(seller: Seller, *, kind: str, year: int, number: int) -> str:
    """A number as it is printed."""
    return f"{seller.number_prefix}-{'CN-' if kind == 'credit_note' else ''}{year}-{number:06d}"
