"""Untrusted text to typed values: what readers choose, what machines report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from .errors import BadReceipt
from .rules.catalogue import TRANSACTIONAL, Category, Channel

_EVENTS_MAX: Final = 1000


class ResendForm(forms.Form):
    """Why a message is sent once more, and whether the address works again."""

    reason = forms.CharField(
        label=_("Reason"), max_length=400, help_text=_("Kept with the message, for whoever looks next.")
    )
    works_again = forms.BooleanField(label=_("The address works again: lift its suppression"), required=False)


def choices_of(post: Mapping[str, str]) -> dict[tuple[str, str], bool]:
    """The matrix of preferences as it was sent: a box that is not ticked is not in the form."""
    return {
        (category.value, channel.value): f"{category}.{channel}" in post
        for category in Category
        for channel in Channel
        if category not in TRANSACTIONAL and channel is not Channel.SMS
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class AliyunReport:
    """One of Aliyun's reports: `out_id` is our delivery."""

    delivery_id: UUID
    is_success: bool
    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailEvent:
    """One event of a mail server about one of our deliveries."""

    delivery_id: UUID
    kind: str
    reason: str


def aliyun_reports(body: Any) -> list[AliyunReport]:
    """The reports of a batch; those without our reference are of other senders and left out."""
    return [
        AliyunReport(
            delivery_id=delivery_id,
            is_success=row.get("success") is True,
            code=str(row.get("err_code") or ""),
            words=str(row.get("err_msg") or ""),
        )
        for row in _rows(body)
        if (delivery_id := _id(row.get("out_id"))) is not None
    ]


def email_events(body: Any) -> list[EmailEvent]:
    """The events of `{"events": [{"delivery": ..., "kind": ..., "reason": ...}]}`."""
    rows = _rows(body.get("events") if isinstance(body, dict) else None)
    events = []
    for row in rows:
        delivery_id = _id(row.get("delivery"))
        if delivery_id is None:
            raise BadReceipt(field="delivery")
        events.append(
            EmailEvent(delivery_id=delivery_id, kind=str(row.get("kind") or ""), reason=str(row.get("reason") or ""))
        )
    return events


def _rows(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > _EVENTS_MAX or not all(isinstance(row, dict) for row in value):
        raise BadReceipt()
    return value


def _id(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
