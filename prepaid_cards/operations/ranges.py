"""Acts on ranges inside a batch: freeze, release, void, extend, re-assign. What an act cannot touch stays as it is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from prepaid_cards.errors import EndNotLater, NothingToDo, ReasonMissing, UnknownReseller
from prepaid_cards.events import CardRangeChanged
from prepaid_cards.models import CardBatch, CardStatus, CardVerb
from prepaid_cards.rules.ranges import ACTS
from prepaid_cards.rules.terms import end_of_day
from provider.kernel import audit, outbox
from provider.kernel.actor import Actor
from provider.kernel.clock import local_day
from provider.kernel.ids import new_id

from .locks import lock_batch
from .runs import END, Told, move_range
from .shipments import check_range, is_reseller
from .zones import provider_zone


def freeze_range(*, batch_id: UUID, first: int, last: int, reason: str, by: Actor, at: datetime) -> int:
    """Have cards refuse while something is checked; each remembers where it was."""
    return _act(
        "freeze", batch_id=batch_id, first=first, last=last, reason=reason, to=CardStatus.FROZEN,
        verb=CardVerb.FROZEN, changes={"frozen_from": "card.status", "frozen_at": "%(at)s"}, values={}, by=by, at=at,
    )  # fmt: skip


def release_range(*, batch_id: UUID, first: int, last: int, reason: str, by: Actor, at: datetime) -> int:
    """Put frozen cards back to where they were."""
    return _act(
        "release", batch_id=batch_id, first=first, last=last, reason=reason, to=None, verb=CardVerb.RELEASED,
        changes={"status": "card.frozen_from", "frozen_from": "''", "frozen_at": "null"}, values={}, by=by, at=at,
    )  # fmt: skip


def void_range(*, batch_id: UUID, first: int, last: int, reason: str, by: Actor, at: datetime) -> int:
    """Withdraw cards that were never sold, for good. Sold ones are owed to their holders: take the sale back first."""
    return _act(
        "void", batch_id=batch_id, first=first, last=last, reason=reason, to=CardStatus.VOID, verb=CardVerb.VOIDED,
        changes={"voided_at": "%(at)s"}, values={}, by=by, at=at,
    )  # fmt: skip


def extend_range(
    *, batch_id: UUID, first: int, last: int, redeem_before: datetime, reason: str, by: Actor, at: datetime
) -> int:
    """Take these cards longer, to a day later than today. Cards without an end or with a later one stay as they are."""
    check_end(redeem_before, at=at)
    return _act(
        "extend", batch_id=batch_id, first=first, last=last, reason=reason, to=None, verb=CardVerb.EXTENDED,
        changes={"redeem_before": "%(redeem_before)s"}, values={"redeem_before": redeem_before},
        only=f"{END} < %(redeem_before)s", end_is=redeem_before, by=by, at=at,
    )  # fmt: skip


def check_end(redeem_before: datetime, *, at: datetime) -> None:
    """Refuse an end that is not after the end of today."""
    zone = provider_zone()
    if redeem_before <= end_of_day(last_day=local_day(at=at, zone=zone), zone=zone):
        raise EndNotLater(field="last_day")


def reassign_range(
    *, batch_id: UUID, first: int, last: int, to_account_id: UUID | None, reason: str, by: Actor, at: datetime
) -> int:
    """Give cards that stand on a shelf to another reseller's shelf, or take them back into the own store.

    Nothing is owed for a card on a shelf, so the books do not change.
    """
    if to_account_id is not None and not is_reseller(to_account_id):
        raise UnknownReseller(field="to_account")
    to = CardStatus.RECEIVED if to_account_id else CardStatus.GENERATED
    return _act(
        "reassign", batch_id=batch_id, first=first, last=last, reason=reason, to=None, verb=CardVerb.REASSIGNED,
        changes={"holder_id": "%(holder)s", "status": "%(status)s"},
        values={"holder": to_account_id, "status": str(to)}, told_of=to_account_id, by=by, at=at,
    )  # fmt: skip


def _act(
    name: str,
    *,
    batch_id: UUID,
    first: int,
    last: int,
    reason: str,
    to: str | None,
    verb: str,
    changes: dict[str, str],
    values: dict[str, object],
    told_of: UUID | None = None,
    only: str = "",
    end_is: datetime | None = None,
    by: Actor,
    at: datetime,
) -> int:
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        batch = lock_batch(batch_id)
        check_range(batch, first=first, last=last)

        act_id = new_id()
        count = move_range(
            batch=batch, first=first, last=last, froms=ACTS[name], to=to, changes=changes, values=values,
            told=Told(verb=verb, account_id=told_of, act_id=act_id, reason=reason.strip(), end_is=end_is), only=only,
            by=by, at=at,
        )  # fmt: skip
        if not count:
            raise NothingToDo()

        _tell(batch, verb=f"cards.{verb}", first=first, last=last, count=count, reason=reason.strip(), by=by, at=at)
        return count


def _tell(
    batch: CardBatch, *, verb: str, first: int, last: int, count: int, reason: str, by: Actor, at: datetime
) -> None:
    audit.record(
        by=by, verb=verb, subject_kind="card_batch", subject_id=batch.id, account_id=by.account_id, at=at,
        after={"batch": batch.prefix, "first": first, "last": last, "count": count}, reason=reason,
    )  # fmt: skip
    outbox.publish(CardRangeChanged(batch_id=batch.id, verb=verb, first=first, last=last, count=count), at=at)
