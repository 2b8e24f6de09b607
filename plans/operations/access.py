"""Access moves: an account's spells follow its main subscription, one after the other, each with its cause."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from plans.events import AccessChanged
from plans.models import AccessSpell, Subscription, SubscriptionStatus
from plans.models.subscriptions import TRANSITIONS
from plans.queries.facts import Known, known_subscriptions
from plans.rules.access import AccessNow, Standing, access_at
from provider.kernel import audit, outbox, together
from provider.kernel.actor import Actor
from provider.kernel.clock import local_day
from provider.kernel.state import move

from .stretches import close_stretch, part_stretch


def settle_access(*, account_id: UUID, by: Actor, at: datetime, known: Known | None = None) -> bool:
    """Have the account's access be what its main subscription says; whether its service became another by that.

    Going dormant for want of payment ends the running period on that local day, as a pause does; so does grace, of
    which nothing is billed. `known` is the main subscription, where the caller has just read it; what it says of
    access is kept right.
    """
    if known is None:
        main = main_of(account_id)
        if main is None:
            return False
        known = known_subscriptions([main])[0]
    subscription = known.row
    now = access_at(standing_of(known), at=at)
    is_changed = _settle_service(known, now=now, at=at)
    spell = _open_spell(subscription, known=known.spell, now=now, by=by, at=at)
    if spell is not None and spell.subscription_id == subscription.id:
        known.spell = spell
    return is_changed


def _settle_service(known: Known, *, now: AccessNow, at: datetime) -> bool:
    """Serve nothing to whom is dormant, and serve grace for free; whether that changed what is served."""
    subscription, day = known.row, local_day(at=at, zone=known.zone)
    if subscription.status != SubscriptionStatus.ACTIVE:
        return False
    if now.state == "dormant":
        close_stretch(subscription, day=day, at=at, cause="dormant")
        move(subscription, to=SubscriptionStatus.PAUSED, transitions=TRANSITIONS, next_due_at=at)
        return True
    is_free = now.state == "grace"
    if known.stretches[-1].is_free == is_free:
        return False
    part_stretch(
        subscription, terms=known.current, cause="grace" if is_free else "resume", day=day, at=at, is_free=is_free
    )
    return True


def standing_of(known: Known) -> Standing:
    """What the access of a subscription depends on."""
    row, terms = known.row, known.current.terms
    return Standing(
        status=row.status,
        is_prepaid=row.pays == "prepaid",
        zone=known.zone,
        first_on=row.first_on,
        trial_days=terms.trial_days,
        grace_days=terms.grace_days,
        paid=tuple((term.starts_at, term.ends_at) for term in known.terms),
        is_lapsed=row.status == SubscriptionStatus.PAUSED and known.stretches[-1].end_cause == "dormant",
        trial_ends=known.facts.service.trial_ends,
        graces=known.graces,
    )


def main_of(account_id: UUID) -> Subscription | None:
    """The main subscription that runs, else the one that ended last."""
    mine = Subscription.objects.filter(account_id=account_id, is_main=True)
    running = mine.exclude(status=SubscriptionStatus.ENDED).first()
    return running or mine.order_by("-ended_at").first()


def _open_spell(
    subscription: Subscription, *, known: AccessSpell | None, now: AccessNow, by: Actor, at: datetime
) -> AccessSpell | None:
    """The spell that is open then; `known` is the one that was, where it follows this subscription."""
    spells = AccessSpell.objects.filter(account_id=subscription.account_id, until_at=None)
    open_one = known or spells.select_for_update().first()
    before = open_one.state if open_one else ""
    if now.state == "" or (open_one is not None and before == now.state):
        if open_one is not None and open_one.ends_at != now.ends_at:
            open_one.ends_at = now.ends_at
            together.change(AccessSpell, where={"pk": open_one.pk}, ends_at=now.ends_at)
        return open_one
    if open_one is not None:
        of_account = {"account_id": subscription.account_id, "until_at": None}
        together.change(AccessSpell, where=of_account, until_at=max(at, open_one.from_at))
    spell = AccessSpell(
        account_id=subscription.account_id,
        subscription=subscription,
        state=now.state,
        cause=now.cause,
        from_at=at if open_one is None else max(at, open_one.from_at),
        ends_at=now.ends_at,
    )
    together.insert(spell)
    audit.record(
        by=by,
        verb="access.changed",
        subject_kind="subscription",
        subject_id=subscription.id,
        account_id=subscription.account_id,
        at=at,
        before={"access": before},
        after={"access": now.state, "cause": now.cause},
    )
    event = AccessChanged(account_id=subscription.account_id, before=before, after=now.state, cause=now.cause)
    outbox.publish(event, at=at)
    return spell
