"""Stores as cards know them; whoever keeps stores says what they are called and whether they sell."""

from __future__ import annotations

from uuid import UUID

from prepaid_cards.models import SellingPlace


def note_place(*, place_id: UUID, seller_id: UUID, code: str, name: str, is_open: bool) -> SellingPlace:
    """Keep a store as it is now. Joins the transaction of the store's own change."""
    facts = {"seller_id": seller_id, "code": code, "name": name, "is_open": is_open}
    place, _made = SellingPlace.objects.update_or_create(id=place_id, defaults=facts)
    return place
