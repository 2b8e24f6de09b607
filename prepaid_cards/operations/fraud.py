"""The fraud desk: tries are weighed as they come, cards around a suspect one frozen at once, released by one click."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from prepaid_cards.errors import NobodyWaits, ReasonMissing
from prepaid_cards.events import CardAlertRaised
from prepaid_cards.models import (
    ALERT_MOVES,
    AlertKind,
    AlertStatus,
    Card,
    CardAlert,
    CardStatus,
    CardVerb,
    WaitEnded,
    WaitKind,
)
from prepaid_cards.queries.fraud import is_watched, tries_near, waits
from prepaid_cards.rules import fraud
from prepaid_cards.rules.ranges import ACTS
from prepaid_cards.rules.serials import shown
from provider.kernel import audit, outbox
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.exclusive import one_at_a_time
from provider.kernel.state import move

from .locks import lock_alert, lock_batch
from .runs import Told, move_range
from .words import without_codes


def weigh_try(
    *, card_id: int | None, outcome: str, block: str, account_id: UUID | None, at: datetime
) -> CardAlert | None:
    """Judge a refused try by those before it; an alarm freezes the cards around. None where there is none."""
    card = Card.objects.filter(id=card_id).first() if card_id is not None else None
    if card is None:
        return None
    unsold, scanned = tries_near(card, block=block, at=at)
    kind = fraud.alarm_of(outcome=outcome, unsold_cards=unsold, scanned_cards=scanned)
    if not kind:
        return None
    return _raise(card, kind=AlertKind(kind), block=block, account_id=account_id, at=at)


def release_alert(*, alert_id: int, by: Actor, at: datetime) -> CardAlert:
    """A false alarm: exactly the cards that it froze go back to where they were."""
    with transaction.atomic():
        alert = lock_alert(alert_id)

        move(alert, to=AlertStatus.RELEASED, transitions=ALERT_MOVES, ended_at=at, ended_by_id=by.user_id)
        count = move_range(
            batch=alert.batch, first=alert.first, last=alert.last, froms=ACTS["release"], to=None,
            changes={"status": "card.frozen_from", "frozen_from": "''", "frozen_at": "null"}, values={},
            told=Told(verb=CardVerb.RELEASED), frozen_at=alert.at, by=by, at=at,
        )  # fmt: skip

        _record(alert, verb="card_alert.released", count=count, by=by, at=at)
        return alert


def keep_alert(*, alert_id: int, reason: str, by: Actor, at: datetime) -> CardAlert:
    """It was fraud: the cards stay frozen, and whoever looks at them reads why."""
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        alert = lock_alert(alert_id)

        move(
            alert, to=AlertStatus.KEPT, transitions=ALERT_MOVES, ended_at=at, ended_by_id=by.user_id,
            reason=reason.strip(),
        )  # fmt: skip

        _record(alert, verb="card_alert.kept", count=alert.frozen_count, reason=reason.strip(), by=by, at=at)
        return alert


def end_wait(*, whose: str, key: str, reason: str, by: Actor, at: datetime) -> WaitEnded:
    """Let somebody try again at once: what was typed wrongly until now counts no more for this wait."""
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        one_at_a_time(f"wait|{whose}|{key}")
        waiting = next((one for one in waits(at=at) if (one.whose, one.key) == (whose, key)), None)
        if waiting is None:
            raise NobodyWaits()

        ended = WaitEnded.objects.create(
            whose=waiting.whose, key=key, at=at, user_id=by.user_id, reason=without_codes(reason.strip())[:400]
        )  # fmt: skip

        is_account = waiting.whose == WaitKind.ACCOUNT
        audit.record(
            by=by, verb="card_wait.ended", subject_kind="card_wait", subject_id=key or str(waiting.whose),
            account_id=UUID(key) if is_account else by.account_id, at=at,
            after={"whose": str(waiting.whose), "count": waiting.count, "until": waiting.until}, reason=ended.reason,
        )  # fmt: skip
        return ended


def _raise(card: Card, *, kind: AlertKind, block: str, account_id: UUID | None, at: datetime) -> CardAlert | None:
    with transaction.atomic():
        batch = lock_batch(card.batch_id)
        if is_watched(card, kind=kind):
            return None
        first, last = fraud.around(counter=card.counter, total=batch.total_count)

        count = move_range(
            batch=batch, first=first, last=last, froms=ACTS["freeze"], to=CardStatus.FROZEN,
            changes={"frozen_from": "card.status", "frozen_at": "%(at)s"}, values={},
            told=Told(verb=CardVerb.FROZEN), by=SYSTEM, at=at,
        )  # fmt: skip
        alert = CardAlert.objects.create(
            batch=batch, kind=kind, counter=card.counter, serial=card.serial, first=first, last=last,
            frozen_count=count, block=block, account_id=account_id, at=at,
        )  # fmt: skip

        _record(alert, verb="card_alert.raised", count=count, by=SYSTEM, at=at)
        outbox.publish(
            CardAlertRaised(alert_id=alert.id, batch_id=batch.id, kind=str(kind), serial=card.serial, count=count),
            at=at,
        )  # fmt: skip
        return alert


def _record(alert: CardAlert, *, verb: str, count: int, reason: str = "", by: Actor, at: datetime) -> None:
    audit.record(
        by=by, verb=verb, subject_kind="card_batch", subject_id=alert.batch_id, account_id=by.account_id, at=at,
        after={
            "kind": str(alert.kind), "serial": shown(alert.serial), "first": alert.first, "last": alert.last,
            "count": count,
        },
        reason=reason,
    )  # fmt: skip
