"""Saying something to somebody, and saying it again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Least, Now

from provider.accounts.models import Account, User
from provider.kernel import audit, together
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.encoding import to_plain
from provider.messages.errors import (
    AddressSuppressed,
    BadAddress,
    CannotResend,
    NobodyToTell,
    ReasonMissing,
    ResentTooOften,
    StillOnItsWay,
)
from provider.messages.models import Delivery, Message
from provider.messages.queries import brand_of, is_wanted, present_address, suppression_on
from provider.messages.rules.audience import choose_channels
from provider.messages.rules.catalogue import Channel, Kind, check_params, expiry, kind_of
from provider.messages.rules.sealing import seal
from provider.messages.rules.sms_routes import is_number

from . import queue

RESENDS_MAX: Final = 5


def send(
    *,
    key: str,
    account: Account | None = None,
    user: User | None = None,
    to_email: str | None = None,
    to_phone: str | None = None,
    channels: Collection[str] | None = None,
    params: Mapping[str, Any] | None = None,
    secret_params: Mapping[str, Any] | None = None,
    language: str | None = None,
    at: datetime,
    by: Actor = SYSTEM,
    idempotency: str | None = None,
) -> Message:
    """Write a message and its deliveries in the caller's transaction; they leave after commit, once.

    A named address wins over the user's own, and the user's over the account's. What the reader switched off and what
    is suppressed is written too, in that state, so that the history shows it. The same `idempotency` for a key returns
    the message that is already there. Raises `BadAddress`, and `NobodyToTell` where nothing could reach anybody.
    """
    kind = kind_of(key)
    plain = to_plain(params or {})
    check_params(kind=kind, params=plain, secret_params=secret_params or {})
    addresses = _addresses(account=account, user=user, to_email=to_email, to_phone=to_phone)
    chosen = choose_channels(
        allowed=kind.channels,
        requested=channels,
        email=addresses[Channel.EMAIL],
        phone=addresses[Channel.SMS],
        is_phone_named=bool(to_phone),
        has_reader=user is not None,
    )
    if not chosen:
        raise NobodyToTell()

    with transaction.atomic():
        message = _message(kind=kind, account=account, user=user, language=language, at=at, by=by)
        message.params, message.idempotency = plain, idempotency
        message.expires_at = expiry(kind=kind, params=plain, at=at)
        message.secret = seal(secret_params, site_key=settings.SECRET_KEY, at=at) if secret_params else None
        if not _insert(message):
            return Message.objects.get(key=key, idempotency=idempotency)
        deliveries = [
            _delivery(message=message, channel=channel, address=addresses[channel], at=at) for channel in chosen
        ]
        Delivery.objects.bulk_create(deliveries)
        _settle_if_nothing_leaves(message, deliveries=deliveries, at=at)
        queue.wake(delivery.id for delivery in deliveries if delivery.status == "queued")

    return message


def _insert(message: Message) -> bool:
    """Whether the row is new; a second one with the same idempotency waits for the first and yields to it."""
    if message.idempotency is None:
        together.insert(message)
        return True
    return together.insert_if_new(message)


def _addresses(
    *, account: Account | None, user: User | None, to_email: str | None, to_phone: str | None
) -> dict[Channel, str]:
    is_named = bool(to_email or to_phone)
    email = to_email or ("" if is_named else (user.email if user else account.email if account else "")) or ""
    phone = to_phone or ("" if is_named or user is None else user.phone) or ""
    return {Channel.EMAIL: _email(email), Channel.SMS: _phone(phone), Channel.NOTICE: ""}


def _email(address: str) -> str:
    """The address as it is compared; one that could not stand in a header is refused."""
    if not address:
        return ""
    try:
        validate_email(address)
    except ValidationError:
        raise BadAddress(field="email", address=address) from None
    return address.lower()


def _phone(number: str) -> str:
    if number and not is_number(number):
        raise BadAddress(field="phone", address=number)
    return number


def _message(
    *, kind: Kind, account: Account | None, user: User | None, language: str | None, at: datetime, by: Actor
) -> Message:
    fallback = user.language if user else account.language if account else "en"
    return Message(
        key=kind.key,
        category=kind.category,
        account=account,
        user=user,
        language=language or fallback,
        time_zone=account.time_zone if account else "UTC",
        brand=brand_of(account),
        created_at=at,
        by_kind=by.kind,
        by_user_id=by.user_id,
    )


def _delivery(
    *, message: Message, channel: Channel, address: str, at: datetime, resend_of: Delivery | None = None
) -> Delivery:
    """A delivery in its first state: waiting, suppressed, or for a notice delivered at once."""
    delivery = Delivery(message=message, channel=channel, address=address, created_at=at, resend_of=resend_of)
    if channel == Channel.NOTICE:
        delivery.reader_id = message.user_id
    stopped = _why_not(message=message, channel=channel, address=address)
    if stopped:
        delivery.status, delivery.error, delivery.settled_at = "suppressed", stopped, at
    elif channel == Channel.NOTICE:
        delivery.status, delivery.sent_at, delivery.settled_at = "delivered", at, at
    else:
        # An account with a test clock writes from a time that is still to come; its letters leave now all the same.
        delivery.status, delivery.next_attempt_at = "queued", Least(Value(at), Now())
    return delivery


def _why_not(*, message: Message, channel: Channel, address: str) -> str:
    """The code of what stops this delivery, or an empty text."""
    if not is_wanted(user_id=message.user_id, category=message.category, channel=channel):
        return "switched_off"
    if channel == Channel.NOTICE:
        return ""
    is_transactional = kind_of(message.key).is_transactional
    suppression = suppression_on(channel=channel, address=address, is_transactional=is_transactional)
    return suppression.reason if suppression else ""


def _settle_if_nothing_leaves(message: Message, *, deliveries: list[Delivery], at: datetime) -> None:
    if all(delivery.status != "queued" for delivery in deliveries):
        Message.objects.filter(id=message.id).update(settled_at=at, secret=None)
        message.settled_at, message.secret = at, None


def resend(*, delivery: Delivery, reason: str, by: Actor, at: datetime) -> Delivery:
    """Send a settled message once more, as a new delivery to where its reader is reached now.

    Raises `CannotResend` for what carried a secret, `StillOnItsWay`, `ResentTooOften`, `AddressSuppressed`.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")

    with transaction.atomic():
        message = Message.objects.select_for_update().get(id=delivery.message_id)
        delivery.message = message  # with its reader as known now
        address = present_address(delivery)
        _check_resendable(message=message, delivery=delivery, address=address)
        copy = _delivery(message=message, channel=Channel(delivery.channel), address=address, at=at, resend_of=delivery)
        if copy.status == "suppressed":
            raise AddressSuppressed()

        copy.save(force_insert=True)
        queue.wake([copy.id])
        audit.record(
            by=by,
            verb="messages.resent",
            subject_kind="message",
            subject_id=message.id,
            account_id=message.account_id,
            at=at,
            after={"delivery": str(copy.id), "key": message.key},
            reason=reason,
        )

    return copy


def _check_resendable(*, message: Message, delivery: Delivery, address: str) -> None:
    if kind_of(message.key).secret_params or delivery.channel == Channel.NOTICE:
        raise CannotResend()
    same_way = Delivery.objects.filter(message=message, channel=delivery.channel, address=address)
    if same_way.filter(status="queued").exists():
        raise StillOnItsWay()
    count = same_way.count()
    if count > RESENDS_MAX:
        raise ResentTooOften(count=count)
