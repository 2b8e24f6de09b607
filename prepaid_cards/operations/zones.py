"""The zone in which the days of redeem-by rules are told."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from prepaid_cards.queries.cards import provider_account


def provider_zone() -> ZoneInfo:
    """The provider's own zone."""
    return ZoneInfo(provider_account().time_zone)
