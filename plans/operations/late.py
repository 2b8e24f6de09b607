"""Usage that came after its period was billed: marked, so that the next invoice looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from plans.models import Subscription
from provider.accounts.models import Account

# What is not served any more has no next invoice: it is due at once.
_MARK: Final = """
update plans_subscription s
   set late_from_at = least(s.late_from_at, %(since)s), next_due_at = coalesce(s.next_due_at, %(at)s)
 where s.id = any(%(ids)s) and exists (
       select from plans_period p
         join plans_stretch t on t.subscription_id = p.subscription_id and t.position = p.stretch
         join plans_plancharge c on c.version_id = t.version_id and c.code = p.charge_code
         join plans_meter m on m.id = c.meter_id
        where p.subscription_id = s.id and p.ends_at > %(since)s and p.ends_at <= %(at)s and m.code = any(%(meters)s))
"""


def mark_late(
    *, account_id: UUID, subscription_ids: Sequence[UUID], meters: Sequence[str], from_at: datetime, at: datetime
) -> bool:
    """Have the next invoice look at the periods that these events may have changed; whether any was billed already.

    The account is locked as whoever bills it does: an event is either seen by the invoice of that moment or marked.
    """
    with transaction.atomic():
        list(Account.objects.select_for_update(no_key=True).filter(id=account_id).values_list("id"))
        with connection.cursor() as cursor:
            given: dict[str, Any] = {
                "ids": sorted(subscription_ids),
                "meters": list(meters),
                "since": from_at,
                "at": at,
            }
            cursor.execute(_MARK, given)
            return bool(cursor.rowcount)


def forget_late(*, subscription_ids: Sequence[UUID]) -> None:
    """What was marked has been billed, in the caller's transaction."""
    Subscription.objects.filter(id__in=subscription_ids).update(late_from_at=None)
