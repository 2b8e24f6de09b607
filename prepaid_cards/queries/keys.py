"""Through which keys the stored hashes have gone."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from prepaid_cards.models import Card


def cards_behind(newest: str) -> QuerySet[Card]:
    """The cards whose hash has not gone through the newest key."""
    return Card.objects.exclude(Q(key_path=newest) | Q(key_path__endswith=f"+{newest}"))


def cards_by_path() -> dict[str, int]:
    """How many cards have gone through which keys, such as "1+2"."""
    rows = Card.objects.values("key_path").annotate(n=Count("id")).order_by("key_path")
    return {row["key_path"]: row["n"] for row in rows}
