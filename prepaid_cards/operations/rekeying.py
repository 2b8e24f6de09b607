"""Re-keying: every stored hash that has not gone through the newest key is wrapped under it, a thousand at a time.

No secret is needed for it, and a card can be redeemed at any moment of it: a lookup tries the hash before and after.
When the last one is done, the keys that only wrapped hashes have gone through must still be named: they are part of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from prepaid_cards.errors import NothingToRekey
from prepaid_cards.queries.keys import cards_behind
from prepaid_cards.rules.keys import wrapped
from provider.kernel import audit, jobs
from provider.kernel.actor import Actor
from provider.kernel.exclusive import one_at_a_time
from provider.kernel.jobs import Chunk, Outcome
from provider.kernel.models import Job

REKEY: Final = "prepaid_cards.rekey"
_CARDS: Final = 1_000
_WRAP: Final = """
update prepaid_cards_card card set secret_hmac = n.hash, key_path = n.path
  from unnest(%s::bigint[], %s::bytea[], %s::text[]) n(id, hash, path) where card.id = n.id
"""


def begin_rekeying(*, by: Actor, at: datetime) -> Job:
    """Wrap every hash under the newest key, as a job. Refused where all of them are."""
    newest = settings.CARD_KEYS.newest.name
    with transaction.atomic():
        one_at_a_time("rekeying of cards")
        count = cards_behind(newest).count()
        if not count:
            raise NothingToRekey(key=newest)
        job = jobs.start(kind=REKEY, params={"key": newest}, by=by, at=at, account_id=by.account_id, total=count)

        audit.record(
            by=by, verb="cards.rekeying_begun", subject_kind="job", subject_id=job.id, account_id=by.account_id, at=at,
            after={"key": newest, "count": count},
        )  # fmt: skip
        return job


def rekey_chunk(chunk: Chunk) -> Outcome:
    """The job's step: the next thousand cards by their ids; those that are locked by a redemption are waited for."""
    key = settings.CARD_KEYS.newest
    rows = list(
        cards_behind(key.name)
        .filter(id__gt=chunk.cursor or 0)
        .select_for_update()
        .order_by("id")
        .values_list("id", "secret_hmac", "key_path")[:_CARDS]
    )
    if not rows:
        return Outcome(cursor=None)
    made = [wrapped(key, stored=bytes(stored), path=path) for _, stored, path in rows]
    with connection.cursor() as cursor:
        cursor.execute(_WRAP, [[row[0] for row in rows], [one for one, _ in made], [path for _, path in made]])
    return Outcome(cursor=rows[-1][0], handled=len(rows), counts={"wrapped": len(rows)})
