"""What a reader wants to get."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from provider.messages.errors import CannotSwitchOff
from provider.messages.models import Preference, Suppression
from provider.messages.rules.catalogue import TRANSACTIONAL, Channel

from .suppressions import suppress


def choose(*, user_id: UUID, choices: Mapping[tuple[str, str], bool], at: datetime) -> None:
    """Set the reader's choice for categories and channels; raises `CannotSwitchOff` and then changes nothing."""
    if any(not is_on and category in TRANSACTIONAL for (category, _channel), is_on in choices.items()):
        raise CannotSwitchOff()

    with transaction.atomic():
        Preference.objects.bulk_create(
            [
                Preference(user_id=user_id, category=category, channel=channel, is_on=is_on, changed_at=at)
                for (category, channel), is_on in choices.items()
            ],
            update_conflicts=True,
            unique_fields=["user", "category", "channel"],
            update_fields=["is_on", "changed_at"],
        )


def opt_out(*, user_id: UUID | None, address: str, category: str, at: datetime) -> None:
    """End the mails of one category for the reader of an unsubscribe link, or for an address without a user."""
    if category in TRANSACTIONAL:
        raise CannotSwitchOff()
    if user_id is not None:
        choose(user_id=user_id, choices={(category, Channel.EMAIL.value): False}, at=at)
    else:
        suppress(channel=Channel.EMAIL, address=address, reason="opt_out", at=at)


def opt_in(*, user_id: UUID | None, address: str, category: str, at: datetime) -> None:
    """Take back an opt-out, by the same link."""
    if user_id is not None:
        choose(user_id=user_id, choices={(category, Channel.EMAIL.value): True}, at=at)
    else:
        rows = Suppression.objects.filter(channel=Channel.EMAIL, address=address, reason="opt_out", lifted_at=None)
        rows.update(lifted_at=at)
