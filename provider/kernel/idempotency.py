"""The same request twice has one effect and one answer.

For machines (`once`): a key per caller; the first answer is stored and replayed, another request under the same key is
refused (422), the same one while the first is still being worked on too (409). The claim is a lease: a request that
crashed frees its key after `LEASE`, and what it had begun was rolled back: the effect and the answer commit together.

For people (`once_form`): a hidden key in the form; a second submit waits for the first and gets its outcome.

`at` is the real time here, never an account's test clock: keys belong to requests, and requests are made in real time.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from .actor import Actor
from .errors import N_, Refusal
from .ids import new_id
from .models import IdempotencyKey, IdempotencyStatus
from .sealing import CannotUnseal, seal, unseal

KEEP: Final = timedelta(hours=24)
LEASE: Final = timedelta(seconds=60)
FORM_FIELD: Final = "form_key"
_LONGEST_KEY: Final = 255


class IdempotencyKeyReused(Refusal):
    code = "idempotency_key_reused"
    status = 422
    text = N_("This Idempotency-Key was used for another request. Send a new key with a new request.")


class IdempotencyKeyInvalid(Refusal):
    code = "idempotency_key_invalid"
    status = 422
    text = N_("The Idempotency-Key must have 1 to 255 printable characters. A UUID is a good one.")


class RequestInFlight(Refusal):
    code = "request_in_flight"
    status = 409
    text = N_("The same request is still being worked on. Ask again in a moment with the same key.")


class AnswerSealed(Refusal):
    code = "answer_sealed"
    status = 409
    text = N_("This was done, but its answer can be shown only to the key that asked first. Nothing was done again.")


class FormIncomplete(Refusal):
    code = "form_incomplete"
    status = 422
    text = N_("This form arrived incomplete. Reload the page and send it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered, as far as it is kept: no cookies, no dates."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An answer, and whether it is the stored one of an earlier request."""

    answer: Answer
    is_replay: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to do what was asked under a key, until the lease ends or the claim is settled."""

    key_id: UUID
    token: UUID
    context: str


def hash_request(*parts: str | bytes, secret: bytes) -> bytes:
    """The digest by which the same request is known again: method, path and body, each with its length.

    Keyed with the caller's own secret, which is not in the database: a body may hold what must not be found from it.
    """
    digest = hmac.new(secret, digestmod=hashlib.sha256)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.digest()


def once(
    *,
    scope: str,
    key: str,
    request_hash: bytes,
    at: datetime,
    act: Callable[[], Answer],
    seal_with: bytes | None = None,
    is_atomic: bool = True,
    keep: timedelta = KEEP,
) -> Outcome:
    """Do `act` if this is the first time, and store its answer; else return the stored one.

    `act` runs inside the transaction that stores the answer, so both happen or neither. With `is_atomic=False` it opens
    its own transactions (a flow with a network call); then it must itself bear being repeated after a crash.
    A refusal or an answer of 500 and above is not stored: nothing was done, and the key may be used again.
    `seal_with`, the caller's own secret, encrypts an answer that holds something shown only once.
    """
    found = claim(scope=scope, key=key, request_hash=request_hash, at=at, seal_with=seal_with, keep=keep)
    if isinstance(found, Answer):
        return Outcome(answer=found, is_replay=True)
    try:
        answer = _act_and_settle(found, act=act, seal_with=seal_with, is_atomic=is_atomic)
    except BaseException:
        release(found)
        raise
    if answer.status >= 500:
        release(found)
    return Outcome(answer=answer, is_replay=False)


def _act_and_settle(mine: Claim, *, act: Callable[[], Answer], seal_with: bytes | None, is_atomic: bool) -> Answer:
    if not is_atomic:
        answer = act()
        if answer.status < 500:
            settle(mine, answer=answer, seal_with=seal_with)
        return answer
    with transaction.atomic(durable=True):
        answer = act()
        if answer.status >= 500:
            transaction.set_rollback(True)
        else:
            settle(mine, answer=answer, seal_with=seal_with)
    return answer


def claim(
    *,
    scope: str,
    key: str,
    request_hash: bytes,
    at: datetime,
    seal_with: bytes | None = None,
    lease: timedelta = LEASE,
    keep: timedelta = KEEP,
) -> Claim | Answer:
    """Take the key for this request, or get the answer that is stored under it; commits, so that others see it."""
    if not 1 <= len(key) <= _LONGEST_KEY or not key.isprintable():
        raise IdempotencyKeyInvalid(field="Idempotency-Key")
    wish = IdempotencyKey(scope=scope, key=key, request_hash=request_hash, lease_until=at + lease, expires_at=at + keep)
    with transaction.atomic(durable=True):
        row = _insert_or_lock(wish)
        if row.pk != wish.pk and row.expires_at <= at and row.lease_until <= at:
            row.delete()
            row = _insert_or_lock(wish)
        if row.pk == wish.pk:
            return _claim_of(row)
        return _what_stands_there(row, wish=wish, at=at, seal_with=seal_with)


def _insert_or_lock(wish: IdempotencyKey) -> IdempotencyKey:
    """The row under the key, locked: ours if there was none."""
    while True:
        IdempotencyKey.objects.bulk_create([wish], ignore_conflicts=True)
        row = IdempotencyKey.objects.select_for_update().filter(scope=wish.scope, key=wish.key).first()
        if row is not None:  # else it was released between the two statements
            return row


def _what_stands_there(
    row: IdempotencyKey, *, wish: IdempotencyKey, at: datetime, seal_with: bytes | None
) -> Claim | Answer:
    if bytes(row.request_hash) != wish.request_hash:
        raise IdempotencyKeyReused(field="Idempotency-Key")
    if row.status == IdempotencyStatus.DONE:
        return _answer_of(row, seal_with=seal_with)
    if row.lease_until > at:
        raise RequestInFlight(field="Idempotency-Key")
    row.lease_token, row.lease_until = wish.lease_token, wish.lease_until
    row.save(update_fields=["lease_token", "lease_until"])
    return _claim_of(row)


def _claim_of(row: IdempotencyKey) -> Claim:
    return Claim(key_id=row.id, token=row.lease_token, context=_context(row))


def _context(row: IdempotencyKey) -> str:
    return f"{row.scope}|{row.key}"


def _answer_of(row: IdempotencyKey, *, seal_with: bytes | None) -> Answer:
    body = bytes(row.answer_body or b"")
    if row.is_sealed:
        try:
            body = unseal(body, secret=seal_with or b"", context=_context(row))
        except CannotUnseal as trouble:
            raise AnswerSealed() from trouble
    assert row.answer_status is not None
    return Answer(status=row.answer_status, body=body, content_type=row.answer_content_type, headers=row.answer_headers)


def settle(mine: Claim, *, answer: Answer, seal_with: bytes | None = None) -> None:
    """Store the answer under the key; raises `RequestInFlight` if the lease ran out and another took over."""
    body = answer.body if seal_with is None else seal(answer.body, secret=seal_with, context=mine.context)
    stored = _held(mine).update(
        status=IdempotencyStatus.DONE,
        answer_status=answer.status,
        answer_content_type=answer.content_type,
        answer_headers=dict(answer.headers),
        answer_body=body,
        is_sealed=seal_with is not None,
    )
    if stored != 1:
        raise RequestInFlight(field="Idempotency-Key")


def release(mine: Claim) -> None:
    """Give the key back: nothing was done under it."""
    _held(mine).delete()


def _held(mine: Claim) -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(pk=mine.key_id, lease_token=mine.token, status=IdempotencyStatus.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOutcome:
    """Where the submit leads, and whether an earlier one had done it already."""

    url: str
    is_repeat: bool


def new_form_key() -> str:
    """What a form carries in its hidden field `form_key`; one per rendering."""
    return str(new_id())


def once_form(*, form: str, form_key: str, by: Actor, at: datetime, act: Callable[[], str]) -> FormOutcome:
    """Do `act`, which returns the address to go to; a second submit of the same form waits and goes there too.

    The key is written in the transaction of the effect: a refusal takes it back, so that a mended form goes through.
    """
    if not form_key or len(form_key) > 64 or not form_key.isprintable():
        raise FormIncomplete()
    owner = by.user_id or "anonymous"
    wish = IdempotencyKey(
        scope=f"form:{owner}:{form}", key=form_key, request_hash=b"", lease_until=at, expires_at=at + KEEP
    )
    with transaction.atomic():
        row = _insert_or_lock(wish)
        if row.pk != wish.pk:
            return FormOutcome(url=bytes(row.answer_body or b"").decode(), is_repeat=True)
        url = act()
        answer = Answer(status=303, body=url.encode(), content_type="text/uri-list")
        settle(_claim_of(row), answer=answer)
    return FormOutcome(url=url, is_repeat=False)


def clean(*, before: datetime, limit: int = 10_000) -> int:
    """Remove up to `limit` keys that expired before this instant; how many went."""
    old = IdempotencyKey.objects.filter(expires_at__lt=before, lease_until__lt=before).order_by("expires_at")
    count, _ = IdempotencyKey.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:limit])).delete()
    return count
