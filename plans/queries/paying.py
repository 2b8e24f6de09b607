"""How the subscriptions of an account are paid."""

from __future__ import annotations

from uuid import UUID

from plans.models import Subscription, SubscriptionStatus


def has_paid_on_request(*, account_id: UUID) -> bool:
    """Whether anything of the account is paid by invoice, on terms or automatically, rather than ahead."""
    rows = Subscription.objects.filter(account_id=account_id, pays__in=["on_terms", "automatic"])
    return rows.exclude(status=SubscriptionStatus.ENDED).exists()
