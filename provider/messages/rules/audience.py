"""On which channels a message goes to whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .catalogue import Channel


def choose_channels(
    *,
    allowed: Sequence[Channel],
    requested: Collection[str] | None,
    email: str,
    phone: str,
    is_phone_named: bool,
    has_reader: bool,
) -> list[Channel]:
    """The channels to use, of those the kind allows and the caller asks for.

    SMS costs money, so without being asked for it stands in only where there is no e-mail address.
    """
    wanted = [channel for channel in allowed if requested is None or channel in requested]
    is_sms_asked_for = is_phone_named or requested is not None
    possible = {
        Channel.EMAIL: bool(email),
        Channel.SMS: bool(phone) and (is_sms_asked_for or not email),
        Channel.NOTICE: has_reader,
    }
    return [channel for channel in wanted if possible[channel]]
