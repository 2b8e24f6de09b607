"""Reminding whoever holds an account that something ends: paid time, a trial, grace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from plans.models import SubscriptionStatus
from plans.queries.facts import Known
from plans.rules.access import grace_end
from plans.rules.catalogue.naming import in_language
from plans.rules.reminders import Ending, Kind, next_reminder, reminder_due
from provider.accounts.models import Account
from provider.kernel.actor import Actor
from provider.kernel.clock import first_instant, local_day
from provider.look import formats
from provider.messages.operations import messages

_MESSAGES: Final[Mapping[Kind, str]] = {"paid": "renewal_due", "trial": "trial_ending", "grace": "grace_running"}


def remind(known: Known, *, account: Account, by: Actor, at: datetime) -> None:
    """Send the reminder that is due, each once; of those that were passed over only the last that is still true."""
    ending = _ending(known)
    if ending is None or not account.email:
        return
    if (due := reminder_due(ending, at=at)) is None:
        return
    said = _said(known, ending=ending, language=account.language, at=at)
    messages.send(
        key=_MESSAGES[ending.kind],
        account=account,
        params={"account_name": account.name, "link": "/my/", **said},
        at=at,
        by=by,
        idempotency=f"{known.row.id} {due.mark}",
    )


def next_reminder_of(known: Known, *, after: datetime) -> datetime | None:
    """When somebody is to be reminded next."""
    ending = _ending(known)
    return None if ending is None else next_reminder(ending, after=after)


def _ending(known: Known) -> Ending | None:
    """What of a subscription that runs ends next, if nobody does anything; nothing where its end was chosen."""
    if known.row.status != SubscriptionStatus.ACTIVE:
        return None
    ending = _of_access(known) or _of_paid_time(known)
    if ending is None or any(one.verb == "cancel" and one.due_at <= ending.ends_at for one in known.pending):
        return None
    return ending


def _of_access(known: Known) -> Ending | None:
    """Grace, or a trial after which nothing is paid yet."""
    since, until = known.access_since, known.access_ends_at
    if since is None or until is None:
        return None
    if known.access == "grace":
        return Ending(kind="grace", starts_at=since, ends_at=until)
    if known.access == "trial" and not _is_paid_at(known, at=until):
        return Ending(kind="trial", starts_at=since, ends_at=until)
    return None


def _of_paid_time(known: Known) -> Ending | None:
    """The last term of a prepaid subscription."""
    if known.row.pays != "prepaid" or not known.facts.service.paid:
        return None
    start, end = known.facts.service.paid[-1]
    starts_at, ends_at = (first_instant(day=day, zone=known.zone) for day in (start, end))
    return Ending(kind="paid", starts_at=starts_at, ends_at=ends_at)


def _is_paid_at(known: Known, *, at: datetime) -> bool:
    day = local_day(at=at, zone=known.zone)
    return any(start <= day < end for start, end in known.facts.service.paid)


def _said(known: Known, *, ending: Ending, language: str, at: datetime) -> dict[str, str | int]:
    """What the message names: days are the holder's own, the last one included."""
    end = local_day(at=ending.ends_at, zone=known.zone)
    said: dict[str, str | int] = {
        "plan": in_language(known.current.names, language),
        "last_day": formats.day(end - timedelta(days=1), language=language),
        "days_left": (end - local_day(at=at, zone=known.zone)).days,
    }
    if ending.kind == "trial":
        said |= _after_trial(known, ends_at=ending.ends_at, language=language)
    return said


def _after_trial(known: Known, *, ends_at: datetime, language: str) -> dict[str, str]:
    """What comes after a trial: bills, or grace and then sleep."""
    if known.row.pays != "prepaid":
        return {"becomes": "billed", "grace_last_day": ""}
    days = known.current.terms.grace_days
    if not days:
        return {"becomes": "dormant", "grace_last_day": ""}
    over = local_day(at=grace_end(since=ends_at, days=days, zone=known.zone), zone=known.zone)
    return {"becomes": "grace", "grace_last_day": formats.day(over - timedelta(days=1), language=language)}
