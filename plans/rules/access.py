"""Whether an account may work: what its main subscription says at an instant, and when that will change by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from provider.kernel.clock import first_instant, local_day

from .service import trial_edges

State = Literal["", "trial", "active", "grace", "dormant"]
MOST_DAYS_EXTENDED: Final = 90  # from today, however often it is extended


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What access depends on. `paid` are the terms that were paid ahead, as instants [from, until)."""

    status: str
    is_prepaid: bool
    zone: ZoneInfo
    first_on: date
    trial_days: int
    grace_days: int
    paid: tuple[tuple[datetime, datetime], ...] = ()
    is_lapsed: bool = False  # its service was ended because nothing was paid
    trial_ends: tuple[date, ...] = ()  # to which the trial was extended
    graces: tuple[tuple[datetime, date], ...] = ()  # given at, to which the grace of that instant was extended


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessNow:
    """The state, why, and when it ends if nothing happens (None: not by itself)."""

    state: State
    cause: str
    ends_at: datetime | None = None


def trial_end(standing: Standing) -> datetime:
    """The first instant after the trial; without a trial the first one of the subscription's first day."""
    edges = trial_edges(first_day=standing.first_on, trial_days=standing.trial_days, extended=standing.trial_ends)
    return first_instant(day=edges[-1], zone=standing.zone)


def access_at(standing: Standing, *, at: datetime) -> AccessNow:
    """The access at an instant."""
    if standing.status == "scheduled":
        return AccessNow(state="", cause="not_begun")
    if standing.status == "ended":
        return AccessNow(state="dormant", cause="cancelled")
    if standing.status == "paused" and not standing.is_lapsed:
        return AccessNow(state="dormant", cause="paused")
    in_trial = standing.trial_days > 0 and at < trial_end(standing)
    if in_trial and not _paid_until(standing, at=at):
        return AccessNow(state="trial", cause="trial", ends_at=trial_end(standing))
    if not standing.is_prepaid:
        return AccessNow(state="active", cause="subscribed")
    return _prepaid(standing, at=at)


def _prepaid(standing: Standing, *, at: datetime) -> AccessNow:
    if (until := _paid_until(standing, at=at)) is not None:
        return AccessNow(state="active", cause="paid", ends_at=until)
    last_paid = max((until for _, until in standing.paid if until <= at), default=None)
    since = max(trial_end(standing), last_paid) if last_paid else trial_end(standing)
    over = _grace_over(standing, since=since)
    if at < over and not standing.is_lapsed:
        cause = "paid_end" if last_paid else "trial_ended" if standing.trial_days else "not_paid"
        return AccessNow(state="grace", cause=cause, ends_at=over)
    return AccessNow(state="dormant", cause="not_renewed")


def _paid_until(standing: Standing, *, at: datetime) -> datetime | None:
    """The end of the paid time that covers the instant, through terms that follow one another."""
    until = None
    for start, end in sorted(standing.paid):
        if start <= (until or at) < end:
            until = end
    return until


def _grace_over(standing: Standing, *, since: datetime) -> datetime:
    """The end of the grace that began at `since`: after the plan's days, or as far as this grace was extended."""
    given = [first_instant(day=day, zone=standing.zone) for given_at, day in standing.graces if given_at >= since]
    return max([grace_end(since=since, days=standing.grace_days, zone=standing.zone), *given])


def grace_end(*, since: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The first instant after the days of grace, local days of the account."""
    return first_instant(day=local_day(at=since, zone=zone) + timedelta(days=days), zone=zone)
