"""Reads on messages; `access_*` answers "not found" alike for absent and not yours."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from provider.accounts.models import Account, Membership, MembershipStatus, Portal, Role, User
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.models import AuditRow
from provider.kernel.rows import ask_for_all

from .models import Delivery, Message, Preference, Suppression
from .rules.catalogue import TRANSACTIONAL, Category, Channel, kind_of
from .rules.sealing import unseal
from .rules.suppressions import stops

MASK = "••••••"
_BRAND_DEPTH_MAX: Final = 8
_NEAREST_BRAND: Final = """
  with recursive up as (
    select parent_id, brand_id, 1 as step from accounts_account where id = %(account)s::uuid
     union all
    select above.parent_id, above.brand_id, up.step + 1 from up join accounts_account above on above.id = up.parent_id
     where up.brand_id is null and up.step < %(depth)s)
  select name, accent, accent_dark, support_email, support_phone from accounts_brand
   where id = coalesce(
     (select brand_id from up where brand_id is not null),
     (select a.brand_id from accounts_account a join accounts_profile p on p.account_id = a.id
       where p.portal = 'provider' order by a.id limit 1))
"""


# --- Messages ---


def messages_visible_to(actor: Actor) -> QuerySet[Message]:
    """What this actor may see: the provider's staff everything, others what went to their account.

    Of the account's security messages everybody sees only their own: when a colleague changed a password is theirs.
    """
    rows = Message.objects.select_related("account", "user").prefetch_related(
        Prefetch("deliveries", queryset=Delivery.objects.order_by("created_at", "id"))
    )
    if actor.portal == Portal.PROVIDER:
        return rows
    own = Q(user_id=actor.user_id) if actor.user_id else Q(pk=None)
    return rows.filter(account=actor.account_id).exclude(Q(category=Category.SECURITY) & ~own)


def messages_of_account(*, account_id: UUID, by: Actor) -> QuerySet[Message]:
    """The account's history, newest first, as far as the actor may see it."""
    return messages_visible_to(by).filter(account_id=account_id).order_by("-created_at", "-id")


def with_delivery(rows: QuerySet[Message], **facts: Any) -> QuerySet[Message]:
    """The messages that have a delivery of this kind."""
    return rows.filter(Exists(Delivery.objects.filter(message_id=OuterRef("id"), **facts)))


def access_message(*, message_id: UUID, by: Actor) -> Message:
    """A message that the actor may see."""
    message = messages_visible_to(by).filter(id=message_id).first()
    if message is None:
        raise NotFound()
    return message


def access_delivery(*, delivery_id: UUID, by: Actor) -> Delivery:
    """A delivery of a message that the actor may see."""
    delivery = Delivery.objects.select_related("message__user", "message__account").filter(id=delivery_id).first()
    if delivery is None or not messages_visible_to(by).filter(id=delivery.message_id).exists():
        raise NotFound()
    return delivery


_MOVED: Final = {
    Channel.EMAIL: ("email", ("user.email_corrected", "user.email_changed", "account.settings_changed")),
    Channel.SMS: ("phone", ("user.phone_changed",)),
}


def present_address(delivery: Delivery) -> str:
    """Where its reader is reached now: an address that was corrected or changed since gives way to the present one.

    What was written to an old address on purpose, to say that it was left, stays there.
    """
    message, channel = delivery.message, Channel(delivery.channel)
    reader: User | Account | None = message.user or message.account
    if channel not in _MOVED or reader is None or kind_of(message.key).tells_the_old_address:
        return delivery.address
    member, verbs = _MOVED[channel]
    was_theirs = {"verb__in": verbs, "subject_id": str(reader.id), f"before__{member}__iexact": delivery.address}
    if not AuditRow.objects.filter(subject_kind="user" if message.user else "account", **was_theirs).exists():
        return delivery.address
    return str(getattr(reader, member, "")).lower() or delivery.address


def contents_of(message: Message) -> dict[str, object]:
    """The message's parameters with the secret ones, as long as they are there; afterwards a mask in their place."""
    masked = dict.fromkeys(kind_of(message.key).secret_params, MASK)
    secret = unseal(bytes(message.secret), site_keys=site_keys()) if message.secret is not None else masked
    return {**message.params, **secret}


def masked_contents_of(message: Message) -> dict[str, object]:
    """The message's parameters with a mask for what is secret, for everybody's eyes."""
    return {**message.params, **dict.fromkeys(kind_of(message.key).secret_params, MASK)}


def site_keys() -> list[str]:
    """The present site key first, then those that were replaced."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


# --- Readers ---


def brand_of(account: Account | None) -> dict[str, str]:
    """In whose name to write: the nearest brand up the tree, else the provider's, as a snapshot."""
    asked = {"account": account.pk if account else None, "depth": _BRAND_DEPTH_MAX}
    for name, accent, accent_dark, email, phone in ask_for_all(_NEAREST_BRAND, asked):
        return {"name": name, "accent": accent, "accent_dark": accent_dark, "email": email, "phone": phone}
    return {"name": "Perennial", "accent": "#4350b5", "accent_dark": "#5f6cd6", "email": "", "phone": ""}


def suppression_on(*, channel: str, address: str, is_transactional: bool) -> Suppression | None:
    """The suppression that stops such a message to this address, if one does."""
    rows = Suppression.objects.filter(channel=channel, address=address, lifted_at=None).order_by("since")
    stopping = (row for row in rows if stops(reason=row.reason, channel=channel, is_transactional=is_transactional))
    return next(stopping, None)


def is_wanted(*, user_id: UUID | None, category: str, channel: str) -> bool:
    """Whether the reader left this category on for this channel."""
    if user_id is None or category in TRANSACTIONAL:
        return True
    return not Preference.objects.filter(user_id=user_id, category=category, channel=channel, is_on=False).exists()


def preferences_of(user_id: UUID) -> dict[tuple[str, str], bool]:
    """The reader's choice for every category and channel."""
    chosen = {(row.category, row.channel): row.is_on for row in Preference.objects.filter(user_id=user_id)}
    return {
        (category.value, channel.value): chosen.get((category.value, channel.value), True)
        for category in Category
        for channel in Channel
    }


def operators() -> QuerySet[User]:
    """Who at the provider is told when something needs a hand."""
    places = Membership.objects.filter(
        portal=Portal.PROVIDER, role__in=(Role.OWNER, Role.OPERATOR), status=MembershipStatus.ACTIVE
    )
    return User.objects.filter(id__in=places.values("user_id"), is_active=True).order_by("id")


def owners_of(account_id: UUID) -> QuerySet[User]:
    """The people who answer for an account."""
    places = Membership.objects.filter(account_id=account_id, role=Role.OWNER, status=MembershipStatus.ACTIVE)
    return User.objects.filter(id__in=places.values("user_id"), is_active=True).order_by("id")


# --- Notices ---


def notices_of(user_id: UUID) -> QuerySet[Delivery]:
    """The reader's notices, newest first."""
    rows = Delivery.objects.filter(channel=Channel.NOTICE, reader_id=user_id, status="delivered")
    return rows.select_related("message").order_by("-created_at", "-id")


def unread_count(user_id: UUID) -> int:
    """How many notices the reader has not read, counted up to 100."""
    unread = Delivery.objects.filter(channel=Channel.NOTICE, reader_id=user_id, status="delivered", read_at=None)
    return unread.values("id")[:100].count()


# --- Work ---


def delivery_with_message(delivery_id: UUID) -> Delivery | None:
    """A delivery with all that rendering needs."""
    return Delivery.objects.select_related("message", "message__account").filter(id=delivery_id).first()


def due_delivery_ids(*, at: datetime, limit: int) -> list[UUID]:
    """Deliveries that should have been tried by `at`, oldest first."""
    due = Delivery.objects.filter(status="queued", next_attempt_at__lte=at).order_by("next_attempt_at", "id")
    return list(due.values_list("id", flat=True)[:limit])


def expired_secret_ids(*, at: datetime, limit: int) -> list[UUID]:
    """Messages whose secret has outlived its time."""
    expired = Message.objects.filter(secret__isnull=False, expires_at__lte=at).order_by("expires_at")
    return list(expired.values_list("id", flat=True)[:limit])
