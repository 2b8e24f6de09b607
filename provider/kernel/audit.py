"""The audit: who did what, on whose behalf, from what to what, and why; written in the transaction of the act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from .actor import Actor
from .encoding import to_plain
from .models import AuditRow
from .together import insert

_SECRET_WORDS: Final = frozenset({"password", "passwd", "passphrase", "secret", "token", "otp", "pin", "cvc"})
_SECRET_NAMES: Final = frozenset({"code", "codes", "recovery_codes", "sms_code", "card_code", "login_code", "api_key"})


class SecretInAudit(AssertionError):
    """A caller tried to write a secret into the audit: a mistake in the code, found by its tests."""


def record(
    *,
    by: Actor,
    verb: str,
    subject_kind: str,
    subject_id: object,
    account_id: UUID | None,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    request_id: str = "",
) -> AuditRow:
    """Write one act into the history of `account_id` and of its subject.

    `before` and `after` are facts by field name; where both are given only what differs is kept. Secrets are never
    written: a key that names one raises `SecretInAudit`.
    """
    old, new = _changed(before=before, after=after)
    row = AuditRow(
        at=at,
        actor_kind=by.kind,
        user_id=by.user_id,
        api_key_id=by.api_key_id,
        portal=by.portal,
        role=by.role,
        impersonation_id=by.impersonation_id,
        home_account_id=by.home_account_id,
        account_id=account_id,
        verb=verb,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        before=old,
        after=new,
        reason=reason,
        address=by.address,
        request_id=request_id or by.request_id,
    )
    insert(row)
    return row


def _changed(
    *, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    old = None if before is None else to_plain(before)
    new = None if after is None else to_plain(after)
    for facts in (old, new):
        _refuse_secrets(facts)
    if old is None or new is None:
        return old, new
    same = {name for name in old.keys() & new.keys() if old[name] == new[name]}
    return _without(old, same), _without(new, same)


def _without(facts: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if name not in names}


def _refuse_secrets(facts: Any) -> None:
    if isinstance(facts, dict):
        for name, fact in facts.items():
            if _names_a_secret(name):
                raise SecretInAudit(f"“{name}” names a secret; the audit never holds one.")
            _refuse_secrets(fact)
    elif isinstance(facts, list):
        for fact in facts:
            _refuse_secrets(fact)


def _names_a_secret(name: str) -> bool:
    lowered = name.lower()
    if lowered in _SECRET_NAMES:
        return True
    words = lowered.replace("-", "_").split("_")
    return words[-1] not in {"id", "at", "count", "version"} and not _SECRET_WORDS.isdisjoint(words)
