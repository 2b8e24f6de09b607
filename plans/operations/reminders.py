"""Reminding whoever lives on paid terms that one ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from plans.models import SubscriptionStatus
from plans.queries.facts import Known
from plans.queries.terms import in_language
from plans.rules.reminders import next_reminder, reminder_due
from provider.accounts.models import Account
from provider.kernel.actor import Actor
from provider.kernel.clock import first_instant, local_day
from provider.look import formats
from provider.messages.operations import messages


def remind(known: Known, *, account: Account, by: Actor, at: datetime) -> None:
    """Send the reminder that is due, once for each end and number of days."""
    term = _term(known)
    if term is None or not account.email:
        return
    starts_at, ends_at = term
    if (days := reminder_due(starts_at=starts_at, ends_at=ends_at, at=at)) is None:
        return
    last_day = local_day(at=ends_at, zone=known.zone) - timedelta(days=1)
    messages.send(
        key="renewal_due",
        account=account,
        params={
            "account_name": account.name,
            "plan": in_language(known.current.names, account.language),
            "last_day": formats.day(last_day, language=account.language),
            "link": "/my/",
        },
        at=at,
        by=by,
        idempotency=f"{known.row.id} {ends_at.isoformat()} {days}",
    )


def next_reminder_of(known: Known, *, after: datetime) -> datetime | None:
    """When somebody is to be reminded next."""
    term = _term(known)
    return None if term is None else next_reminder(starts_at=term[0], ends_at=term[1], after=after)


def _term(known: Known) -> tuple[datetime, datetime] | None:
    """The instants of the last paid term of a prepaid subscription that runs."""
    paid = known.facts.service.paid
    if known.row.pays != "prepaid" or known.row.status != SubscriptionStatus.ACTIVE or not paid:
        return None
    start, end = paid[-1]
    return first_instant(day=start, zone=known.zone), first_instant(day=end, zone=known.zone)
