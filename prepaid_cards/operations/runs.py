"""Many cards moved at once: one statement moves them and writes one event for each run of neighbours that moved."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from prepaid_cards.models import CARD_MOVES, CardBatch, CardStatus
from provider.kernel.actor import Actor

END: Final = (  # until when a card is taken, in SQL
    "coalesce(redeem_before, (select b.redeem_before from prepaid_cards_cardbatch b where b.id = batch_id))"
)
_MOVE = """
with chosen as (
  select id, {end_was} as end_was from prepaid_cards_card
   where batch_id = %(batch)s and counter between %(first)s and %(last)s and status = any(%(froms)s)
     and not is_canary {holder} {frozen} {only}
   order by id for update
), moved as (
  update prepaid_cards_card card set {changes} from chosen where card.id = chosen.id
    returning card.counter, chosen.end_was
), islands as (
  select counter, end_was, counter - row_number() over (partition by end_was order by counter) as island from moved
), told as (
  insert into prepaid_cards_cardevent (
    batch_id, first, last, verb, at, account_id, user_id, act_id, reason, end_was, end_is)
  select %(batch)s, min(counter), max(counter), %(verb)s, %(at)s, %(account)s, %(user)s, %(act)s, %(reason)s, end_was,
         %(end_is)s::timestamptz
    from islands group by end_was, island order by min(counter)
)
select count(*) from moved
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a move stands in the history of its cards."""

    verb: str
    account_id: UUID | None = None
    act_id: UUID | None = None
    reason: str = ""
    end_is: datetime | None = None  # until when they are taken from now on; each run keeps until when it was


def move_range(
    *,
    batch: CardBatch,
    first: int,
    last: int,
    froms: Collection[str],
    to: str | None,
    changes: Mapping[str, str],
    values: Mapping[str, Any],
    told: Told,
    held_by: UUID | None = None,
    frozen_at: datetime | None = None,
    only: str = "",
    by: Actor,
    at: datetime,
) -> int:
    """Move the cards of a range that are in one of `froms`; how many moved. Canaries never move.

    `changes` are SQL expressions by column, written in this package, over `values`; `to` None keeps their state.
    `held_by` leaves out what somebody else holds, `frozen_at` what was not frozen at that very instant;
    `only` is a condition in SQL, as `changes` are.
    """
    if to is not None:
        assert all(to in CARD_MOVES[status] for status in froms), f"The table has no such move to {to}."
    columns = dict(changes) | ({"status": "%(to)s"} if to is not None and "status" not in changes else {})
    statement = _MOVE.format(
        changes=", ".join(f"{column} = {expression}" for column, expression in columns.items()),
        holder="and holder_id = %(held_by)s" if held_by is not None else "",
        end_was=END if told.end_is is not None else "null::timestamptz",
        frozen="and frozen_at = %(frozen_at)s" if frozen_at is not None else "",
        only=f"and {only}" if only else "",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "batch": batch.id, "first": first, "last": last, "froms": [str(status) for status in froms], "to": to,
                "verb": told.verb, "account": told.account_id, "act": told.act_id, "reason": told.reason,
                "end_is": told.end_is,
                "user": by.user_id, "at": at, "held_by": held_by, "frozen_at": frozen_at, **values,
            },
        )  # fmt: skip
        return int(cursor.fetchone()[0])


UNSOLD = (CardStatus.GENERATED, CardStatus.SHIPPED, CardStatus.RECEIVED)
