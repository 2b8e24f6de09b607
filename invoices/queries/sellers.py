"""Sellers: in whose name documents are made."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from invoices.models import Seller


def zone_of_seller(seller_id: UUID) -> ZoneInfo:
    """The zone of whose days issue and receipt dates are."""
    return ZoneInfo(Seller.objects.values_list("time_zone", flat=True).get(pk=seller_id))
