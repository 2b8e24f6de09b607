"""How a subscription is paid: on terms, or automatically from a bank card that is kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from plans.models import Subscription
from provider.kernel.actor import Actor

from .subscriptions import Pays, record


def pay_another_way(*, account_id: UUID, was: Pays, becomes: Pays, by: Actor, at: datetime) -> int:
    """From now on the account's subscriptions that were paid one way are paid the other; how many these were.

    Those that have ended too: they may be taken up again. The account is locked by whoever calls.
    """
    rows = list(Subscription.objects.filter(account_id=account_id, pays=was))
    for row in rows:
        row.pays = becomes
        row.save(update_fields=["pays"])
        record(row, verb="pay", by=by, at=at, before={"pays": was}, after={"pays": becomes})
    return len(rows)
