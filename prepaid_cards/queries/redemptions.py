"""Reads of what was redeemed."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from prepaid_cards.models import Redemption


def redemptions_of(*, account_id: UUID) -> QuerySet[Redemption]:
    """The cards that an account redeemed, the newest first; also what was undone."""
    rows = Redemption.objects.filter(account_id=account_id).select_related("card__batch__product", "user")
    return rows.order_by("-at")
