"""A card whose secret is damaged: its serial and what can still be read open it as the whole secret would.

Every refusal for a wrong secret is the same one, after the same work: each code that is meant is hashed under each live
key, whether the serial names a card or not. Each wrong try counts for the account, network, serial and everybody.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings

from prepaid_cards import errors
from prepaid_cards.models import AttemptOutcome, Card
from prepaid_cards.queries.redeeming import last_success, lock_of
from prepaid_cards.queries.reports import card_by_serial
from prepaid_cards.rules.codes import CodeMistyped
from prepaid_cards.rules.damaged import MOST_GAPS, TooManyGaps, codes_meant, read_damaged
from prepaid_cards.rules.keys import hashes_for_lookup
from provider.kernel.actor import Actor

from .redemption import network_of, note_try, refusal_of, refuse_while_locked, why_not
from .reports import serial_meant

_NO_HASH: Final = b"\0" * 32  # what a serial without a card is compared with


def open_damaged(*, serial_typed: str, code_typed: str, account_id: UUID | None, by: Actor, at: datetime) -> Card:
    """The card of this serial if what can be read of its secret is right, and it can be redeemed now."""
    serial = serial_meant(serial_typed)
    damaged = _read(code_typed)
    block = network_of(by)
    since = last_success(account_id)
    lock = lock_of(account_id=account_id, block=block, serial=serial, since=since, at=at)
    found = card_by_serial(serial)
    card = found if _is_meant(damaged, stored=bytes(found.secret_hmac) if found else _NO_HASH) else None
    refuse_while_locked(lock, at=at)
    outcome = AttemptOutcome.WRONG if card is None else why_not(card, at=at)
    if outcome is not None:
        note_try(card, outcome=outcome, account_id=account_id, block=block, serial=serial, at=at)
        raise refusal_of(card, outcome=outcome)
    assert card is not None
    return card


def _read(typed: str) -> str:
    try:
        damaged = read_damaged(typed)
    except TooManyGaps:
        raise errors.TooManyUnreadable(field="code", most=MOST_GAPS) from None
    except CodeMistyped as slip:
        refusal = errors.CodeIncomplete if slip.fault == "length" else errors.CodeMistyped
        raise refusal(field="code") from None
    if next(codes_meant(damaged), None) is None:
        raise errors.CodeMistyped(field="code")
    return damaged


def _is_meant(damaged: str, *, stored: bytes) -> bool:
    """Whether one of the codes that are meant has this hash; all are tried, so that no answer comes sooner."""
    is_one = False
    for code in codes_meant(damaged):
        for digest in hashes_for_lookup(settings.CARD_KEYS, code=code):
            is_one |= hmac.compare_digest(digest, stored)
    return is_one
