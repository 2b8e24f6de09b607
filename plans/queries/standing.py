"""How an account stands with what it subscribed: its access, its plan, and what happens if nobody does anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Max, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import JSONObject

from plans.models import (
    AccessSpell,
    PaidTerm,
    PendingChange,
    Period,
    Plan,
    PlanCharge,
    PlanVersion,
    Stretch,
    Subscription,
    SubscriptionStatus,
)
from plans.rules.outlook import Situation, Turn, turns_of
from provider.accounts.queries import accounts_open_to_key
from provider.kernel.actor import Actor
from provider.kernel.clock import local_day
from provider.kernel.errors import NotFound

from .access import NO_ACCESS, Access
from .facts import known_subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One subscription with what it is served now, or was served last, and what was chosen for later."""

    row: Subscription
    stretch: Stretch | None
    pending: Sequence[PendingChange]
    access_state: str = ""  # of the account, where its access follows this subscription
    access_ends_at: datetime | None = None

    @property
    def version(self) -> PlanVersion | None:
        """What it is served by."""
        return self.stretch.version if self.stretch else None

    @property
    def plan(self) -> Plan | None:
        """What it is called."""
        return self.version.plan if self.version else None

    @property
    def ends_at(self) -> datetime | None:
        """When an end that was chosen or agreed on comes; None: open, or over."""
        if self.row.status in (SubscriptionStatus.ENDED, SubscriptionStatus.PAUSED):
            return None
        chosen = [change.due_at for change in self.pending if change.verb == "cancel"]
        agreed = [self.stretch.until_at] if self.stretch and self.stretch.until_at else []
        return min([*chosen, *agreed], default=None)

    @property
    def is_dormant(self) -> bool:
        """Whether its service was ended because nothing was paid."""
        return self.row.status == SubscriptionStatus.PAUSED and bool(
            self.stretch and self.stretch.end_cause == "dormant"
        )

    @property
    def rests_with_main(self) -> bool:
        """Whether it is an add-on that goes on by itself when the main subscription does."""
        return self.row.status == SubscriptionStatus.PAUSED and bool(self.stretch and self.stretch.end_cause == "main")

    @property
    def is_planned(self) -> bool:
        """Whether a change or an end was chosen for later that can be taken back."""
        is_agreed = self.stretch is not None and self.stretch.end_cause == "end"
        return any(one.verb == "change_plan" or (one.verb == "cancel" and not is_agreed) for one in self.pending)

    @property
    def next_change(self) -> PendingChange | None:
        """The plan that was chosen for later."""
        return next((change for change in self.pending if change.verb == "change_plan"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The account's access now, its main subscription, and the turns that come by themselves."""

    access: Access = NO_ACCESS
    reason: str = ""
    main: Served | None = None
    others: Sequence[Served] = ()
    turns: Sequence[Turn] = field(default=())

    @property
    def dormant_at(self) -> datetime | None:
        """When the account goes to sleep if nobody does anything."""
        return next((turn.at for turn in self.turns if turn.becomes == "dormant"), None)


def standing_of(*, account_id: UUID, at: datetime | None = None) -> Standing:
    """How the account stands, in five reads; with `at` one more tells when no card pays for seats any longer."""
    spell = AccessSpell.objects.filter(account_id=account_id, until_at=None).first()
    found = [served(row) for row in subscriptions_of(account_id=account_id)]
    main = next((one for one in found if one.row.is_main), None)
    access = _access(spell, main=main)
    return Standing(
        access=access,
        reason=spell.reason if spell else "",
        main=main,
        others=[one for one in found if one is not main],
        turns=_turns(access, main=main, seats_until=_seats_until(main, at=at)),
    )


def subscriptions_of(*, account_id: UUID) -> QuerySet[Subscription]:
    """The account's subscriptions: the main one that runs first, then the others, the newest first."""
    rows = _with_facts(Subscription.objects.filter(account_id=account_id))
    return rows.order_by("-is_main", F("ended_at").desc(nulls_first=True), "-created_at", "-id")


def subscriptions_open_to_key(by: Actor) -> QuerySet[Subscription]:
    """The subscriptions of all accounts that the key may read; see `served`."""
    return _with_facts(Subscription.objects.filter(account__in=accounts_open_to_key(by)))


def _with_facts(rows: QuerySet[Subscription]) -> QuerySet[Subscription]:
    """With what `served` reads of each, in two reads for all of them."""
    last = Stretch.objects.select_related("version__plan").order_by("subscription_id", "-position")
    waiting = PendingChange.objects.filter(settled_at=None).select_related("version__plan").order_by("due_at", "id")
    spell = AccessSpell.objects.filter(subscription=OuterRef("pk"), until_at=None)
    rows = rows.annotate(
        access_state=Subquery(spell.values("state")[:1]), access_ends_at=Subquery(spell.values("ends_at")[:1])
    )
    return rows.prefetch_related(
        Prefetch("stretches", queryset=last, to_attr="stretches_newest_first"),
        Prefetch("pending_changes", queryset=waiting, to_attr="pending"),
    )


def access_subscription(*, account_id: UUID, subscription_id: UUID) -> Served:
    """One subscription of the account; absent and another's are the same answer."""
    row = subscriptions_of(account_id=account_id).filter(pk=subscription_id).first()
    if row is None:
        raise NotFound()
    return served(row)


def access_subscription_by_key(*, by: Actor, subscription_id: UUID) -> Served:
    """One subscription that the key may read."""
    row = subscriptions_open_to_key(by).select_related("account").filter(pk=subscription_id).first()
    if row is None:
        raise NotFound()
    return served(row)


def period_end_of(row: Subscription, *, at: datetime) -> date:
    """The first day after the period that runs, on the subscription's own days."""
    known = known_subscriptions([row])[0]
    today = local_day(at=at, zone=known.zone)
    return known.facts.service.schedule_on(today).whole_period(today)[1]


def served(row: Any) -> Served:
    """A row of `subscriptions_of` or `subscriptions_open_to_key` with its facts."""
    stretches: list[Stretch] = row.stretches_newest_first
    return Served(
        row=row,
        stretch=stretches[0] if stretches else None,
        pending=row.pending,
        access_state=row.access_state or "",
        access_ends_at=row.access_ends_at,
    )


def _access(spell: AccessSpell | None, *, main: Served | None) -> Access:
    if spell is None:
        return NO_ACCESS
    return Access(
        state=spell.state,
        cause=spell.cause,
        since=spell.from_at,
        until=spell.ends_at,
        paid_until=main.row.paid_until if main else None,
        pays=main.row.pays if main else "",
    )


def _seats_until(main: Served | None, *, at: datetime | None) -> datetime | None:
    """When the last card that pays for seats does no longer."""
    if main is None or at is None or main.row.paid_until is None or main.row.paid_until <= at:
        return None
    rows = PaidTerm.objects.filter(subscription_id=main.row.pk, taken_back_at=None, seats__gt=0, ends_at__gt=at)
    last: datetime | None = rows.aggregate(last=Max("ends_at"))["last"]
    return last


def _turns(access: Access, *, main: Served | None, seats_until: datetime | None) -> Sequence[Turn]:
    if main is None:
        return ()
    change = main.next_change
    return turns_of(
        Situation(
            state=access.state,
            pays=main.row.pays,
            grace_days=main.version.grace_days if main.version else 0,
            is_paused=main.row.status == SubscriptionStatus.PAUSED,
            spell_ends_at=access.until,
            paid_until=access.paid_until,
            cancel_at=main.ends_at,
            change_at=change.due_at if change else None,
            next_due_at=main.row.next_due_at,
            seats_until=seats_until,
        )
    )


# --- History ---


def spells_of(*, account_id: UUID) -> QuerySet[AccessSpell]:
    """The account's access from its beginning, the newest first."""
    return AccessSpell.objects.filter(account_id=account_id).order_by("-from_at")


def stretches_of(*, subscription_ids: Sequence[UUID]) -> QuerySet[Stretch]:
    """What was served from when until when, the newest first."""
    rows = Stretch.objects.filter(subscription_id__in=subscription_ids).select_related("version__plan", "subscription")
    return rows.order_by("-from_at", "-position")


def paid_terms_of(*, subscription_ids: Sequence[UUID]) -> QuerySet[PaidTerm]:
    """What was paid before it began, the newest first; also what was taken back."""
    return PaidTerm.objects.filter(subscription_id__in=subscription_ids).order_by("-start_on", "-created_at")


def periods_of(*, subscription_ids: Sequence[UUID]) -> QuerySet[Period]:
    """The periods that were opened, the newest first; each with the names of its charge in `charge_names`."""
    served = Stretch.objects.filter(subscription_id=OuterRef("subscription_id"), position=OuterRef("stretch"))
    charges = PlanCharge.objects.filter(version_id=OuterRef("served_version"), code=OuterRef("charge_code")).values(
        names=JSONObject(name="name", name_hans="name_hans", name_hant="name_hant")
    )
    rows = (
        Period.objects.filter(subscription_id__in=subscription_ids)
        .select_related("subscription")
        .annotate(served_version=Subquery(served.values("version_id")[:1]))
        .annotate(charge_names=Subquery(charges[:1]))
    )
    return rows.order_by("-start_on", "charge_code", "-id")
