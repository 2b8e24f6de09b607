"""Goodwill: a sold card whose last day has just passed is taken for a little longer, once, for a reason."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from prepaid_cards.errors import GoodwillNotNeeded, GoodwillNotSold, GoodwillOnce, GoodwillTooLate, ReasonMissing
from prepaid_cards.models import BatchStatus, Card, CardEvent, CardStatus, CardVerb
from prepaid_cards.queries.cards import access_card_by_serial, was_revived
from prepaid_cards.rules.goodwill import OVERDUE_AT_MOST, taken_until
from prepaid_cards.rules.serials import shown
from provider.kernel import audit
from provider.kernel.actor import Actor

from .locks import lock_card
from .zones import provider_zone


def extend_by_goodwill(*, serial: str, reason: str, by: Actor, at: datetime) -> Card:
    """Take an expired card for some days more. What was earned for it meanwhile is owed again when it is redeemed."""
    if not reason.strip():
        raise ReasonMissing(field="reason")
    found = access_card_by_serial(serial=serial)
    with transaction.atomic():
        card = lock_card(found.id)
        before = _check(card, at=at)

        card.redeem_before = taken_until(at=at, zone=provider_zone())
        card.save(update_fields=["redeem_before"])

        CardEvent.objects.create(
            batch_id=card.batch_id, first=card.counter, last=card.counter, verb=CardVerb.REVIVED, at=at,
            user_id=by.user_id, reason=reason.strip(), end_was=before, end_is=card.redeem_before,
        )  # fmt: skip
        audit.record(
            by=by, verb="card.revived", subject_kind="card_batch", subject_id=card.batch_id, account_id=by.account_id,
            at=at, before={"serial": shown(card.serial), "redeem_before": before},
            after={"serial": shown(card.serial), "redeem_before": card.redeem_before}, reason=reason.strip(),
        )  # fmt: skip
        return card


def may_extend_by_goodwill(card: Card, *, at: datetime) -> bool:
    """Whether it could be taken for longer now."""
    try:
        _check(card, at=at)
    except (GoodwillNotNeeded, GoodwillOnce, GoodwillTooLate, GoodwillNotSold):
        return False
    return True


def _check(card: Card, *, at: datetime) -> datetime:
    """The instant from which it was not taken any more."""
    told = shown(card.serial)
    if card.status != CardStatus.ACTIVE or card.batch.status == BatchStatus.VOID:
        raise GoodwillNotSold(serial=told)
    until = card.redeem_before or card.batch.redeem_before
    if until is None or at < until:
        raise GoodwillNotNeeded(serial=told)
    if was_revived(card):
        raise GoodwillOnce(serial=told)
    if at >= until + OVERDUE_AT_MOST:
        raise GoodwillTooLate(serial=told, days=OVERDUE_AT_MOST.days)
    return until
