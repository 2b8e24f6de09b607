"""Which addresses are left alone, and by which messages."""

from __future__ import annotations


def stops(*, reason: str, channel: str, is_transactional: bool) -> bool:
    """Whether a suppression stops a message.

    A dead address stops everything. Whoever opted out or complained still gets what protects them or belongs to their
    order, except by SMS: there the carrier itself has been told to stop, and every try costs.
    """
    if reason == "bounce" or channel == "sms":
        return True
    return not is_transactional
