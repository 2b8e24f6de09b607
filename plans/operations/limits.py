"""Whoever comes near a limit of the plan is told: at 80 and at 100 %, each once in a period."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import translation

from plans.errors import LimitReached
from plans.models import UsageNotice
from plans.queries.limits import LimitUse, highest_limit, limits_of, stopping_meters
from plans.rules.catalogue.naming import in_language
from plans.rules.usage import NewEvent
from provider.accounts.models import Account, Membership
from provider.kernel.actor import Actor
from provider.look import formats
from provider.messages.operations import messages

LEVELS: Final = (100, 80)


def notice_limits(*, account_id: UUID, meters: Collection[str], by: Actor, at: datetime) -> list[UsageNotice]:
    """Write down what was reached on these meters, and tell the owners the highest of what is new.

    A limit of one is no news: whoever takes a plan for one person has reached it at once.
    """
    if (highest_limit(account_id=account_id, at=at, meters=meters) or 0) <= 1:
        return []
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
        made: list[UsageNotice] = []
        for use in limits_of(account=account, at=at, meters=meters):
            if use.limit <= 1:
                continue
            new = [notice for percent in LEVELS if (notice := _note(use, percent=percent, at=at))]
            if new and not _is_higher_known(use, percent=new[0].percent):
                _tell_owners(use, percent=new[0].percent, account=account, by=by, at=at)
            made += new
        return made


def check_limits(*, account_id: UUID, events: Sequence[NewEvent], at: datetime) -> None:
    """Refuse what was just recorded if it goes beyond a limit at which the plan stops; taking back is always taken.

    Where a plan stops, senders wait for each other here, so that two of them do not pass the limit together.
    """
    adding = {event.meter for event in events if not event.is_removal}
    if not adding or not stopping_meters(account_id=account_id, meters=adding):
        return
    account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
    for use in limits_of(account=account, at=at, meters=adding):
        if use.stops and use.used > use.limit:
            raise LimitReached(
                meter=use.meter.code, limit=use.limit, used=f"{use.used.normalize():f}", account_id=str(account.pk)
            )


def _note(use: LimitUse, *, percent: int, at: datetime) -> UsageNotice | None:
    if not use.has_reached(percent):
        return None
    notice, is_new = UsageNotice.objects.get_or_create(
        subscription=use.subscription,
        feature=use.meter.code,
        period_on=use.period_on,
        percent=percent,
        defaults={"used": use.used, "limit": use.limit, "at": at},
    )
    return notice if is_new else None


def _is_higher_known(use: LimitUse, *, percent: int) -> bool:
    same = UsageNotice.objects.filter(subscription=use.subscription, feature=use.meter.code, period_on=use.period_on)
    return same.filter(percent__gt=percent).exists()


def _tell_owners(use: LimitUse, *, percent: int, account: Account, by: Actor, at: datetime) -> None:
    places = Membership.objects.filter(account=account, portal="subscriber", role="owner", status="active")
    for place in places.select_related("user"):
        language = place.user.language or account.language
        names = (use.meter.name, use.meter.name_hans, use.meter.name_hant)
        with translation.override(language):
            figures = {"used": formats.number(use.used.normalize()), "limit": formats.number(use.limit)}
        messages.send(
            key="usage_limit_reached" if percent == LEVELS[0] else "usage_limit_near",
            account=account,
            user=place.user,
            params={
                "account_name": account.name, "meter": in_language(names, language), "stops": use.stops,
                "link": "/my/usage/", **figures,
            },
            at=at,
            by=by,
            idempotency=f"limit {use.subscription.pk} {use.meter.code} {use.period_on} {percent} {place.user_id}",
        )  # fmt: skip
