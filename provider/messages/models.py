"""What was said to whom, how it travelled, and what each reader wants to get."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from provider.accounts.models import Account, Language
from provider.kernel.ids import new_id
from provider.kernel.state import Transitions

from .rules.catalogue import TRANSACTIONAL, Category, Channel

_CATEGORIES = [(category.value, category.value) for category in Category]
_CHANNELS = [(channel.value, channel.value) for channel in Channel]


class Message(models.Model):
    """One thing said to one reader, in one language and brand; it travels by one delivery per channel.

    The text is not stored: it is made from the key's template and `params`. What is secret is sealed, expires, and is
    wiped as soon as every delivery is settled.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=64)
    category = models.CharField(max_length=12, choices=_CATEGORIES)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=8, choices=Language.choices)
    time_zone = models.CharField(max_length=64)
    brand = models.JSONField(default=dict)
    params = models.JSONField(default=dict)
    secret = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    by_kind = models.CharField(max_length=12)
    by_user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    idempotency = models.CharField(max_length=200, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="message_once", fields=["key", "idempotency"]),
            models.CheckConstraint(
                name="message_secret_wiped_when_settled", condition=Q(secret=None) | Q(settled_at=None)
            ),
            models.CheckConstraint(
                name="message_secret_expires", condition=Q(secret=None) | Q(expires_at__isnull=False)
            ),
            models.CheckConstraint(
                name="message_category_known", condition=Q(category__in=[category.value for category in Category])
            ),
            models.CheckConstraint(
                name="message_language_known", condition=Q(language__in=[value for value, _name in Language.choices])
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="message_of_account"),
            models.Index(fields=["user", "-created_at", "-id"], name="message_of_user"),
            models.Index(fields=["-created_at", "-id"], name="message_newest"),
            models.Index(fields=["expires_at"], name="message_unsettled_secret", condition=Q(secret__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.id}"


class DeliveryStatus(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    BOUNCED = "bounced", _("Bounced")
    FAILED = "failed", _("Failed")
    SUPPRESSED = "suppressed", _("Suppressed")
    CAPPED = "capped", _("Held back")


# A receipt is a stronger fact than our own giving up, so a failed one may still turn out delivered.
DELIVERY_TRANSITIONS: Final[Transitions] = {
    "queued": frozenset({"sent", "delivered", "bounced", "failed", "suppressed", "capped"}),
    "sent": frozenset({"delivered", "bounced", "failed"}),
    "failed": frozenset({"delivered", "bounced"}),
    "delivered": frozenset({"bounced"}),
}


class Delivery(models.Model):
    """One message on one channel to one address. Its id is the reference under which gateways know it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries")
    resend_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="resends")
    channel = models.CharField(max_length=6, choices=_CHANNELS)
    address = models.CharField(max_length=254, blank=True)
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.QUEUED)
    gateway = models.CharField(max_length=16, blank=True)
    gateway_index = models.PositiveSmallIntegerField(default=0)
    reference = models.CharField(max_length=200, blank=True)
    attempts_count = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=64, blank=True)
    error_detail = models.CharField(max_length=400, blank=True)
    part_count = models.PositiveSmallIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=Decimal(0))
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                name="delivery_once", fields=["message", "channel", "address"], condition=Q(resend_of=None)
            ),
            models.CheckConstraint(
                name="delivery_status_known", condition=Q(status__in=[value for value, _name in DeliveryStatus.choices])
            ),
            models.CheckConstraint(
                name="delivery_queued_has_next_attempt",
                condition=Q(status="queued", next_attempt_at__isnull=False)
                | (~Q(status="queued") & Q(next_attempt_at=None)),
            ),
            models.CheckConstraint(
                name="delivery_settled_has_time",
                condition=Q(status__in=["queued", "sent"], settled_at=None)
                | (~Q(status__in=["queued", "sent"]) & Q(settled_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="delivery_sent_has_time", condition=~Q(status="sent") | Q(sent_at__isnull=False)
            ),
            models.CheckConstraint(
                name="delivery_notice_has_reader",
                condition=Q(channel="notice", address="", reader__isnull=False)
                | (Q(channel__in=["email", "sms"]) & ~Q(address="") & Q(read_at=None)),
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at", "id"], name="delivery_due", condition=Q(status="queued")),
            models.Index(fields=["message"], name="delivery_of_message"),
            models.Index(fields=["address", "-created_at"], name="delivery_to_address", condition=~Q(address="")),
            models.Index(
                fields=["reader", "-created_at", "-id"], name="notice_of_reader", condition=Q(channel="notice")
            ),
            models.Index(fields=["reader"], name="notice_unread", condition=Q(channel="notice", read_at=None)),
            models.Index(fields=["gateway", "reference"], name="delivery_reference", condition=~Q(reference="")),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.status}"


class Preference(models.Model):
    """A reader's choice for one category on one channel; without a row it is on."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    category = models.CharField(max_length=12, choices=_CATEGORIES)
    channel = models.CharField(max_length=6, choices=_CHANNELS)
    is_on = models.BooleanField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="preference_once", fields=["user", "category", "channel"]),
            models.CheckConstraint(
                name="preference_transactional_stays_on",
                condition=Q(is_on=True) | ~Q(category__in=sorted(category.value for category in TRANSACTIONAL)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.channel} {self.is_on}"


class SuppressionReason(models.TextChoices):
    BOUNCE = "bounce", _("the address does not accept messages")
    COMPLAINT = "complaint", _("the reader marked a message as spam")
    OPT_OUT = "opt_out", _("the reader opted out")


class Suppression(models.Model):
    """An address that is left alone since some day; lifted, it stays as a row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    channel = models.CharField(max_length=6, choices=_CHANNELS)
    address = models.CharField(max_length=254)
    reason = models.CharField(max_length=10, choices=SuppressionReason.choices)
    since = models.DateTimeField()
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="suppression_once", fields=["channel", "address", "reason"], condition=Q(lifted_at=None)
            ),
            models.CheckConstraint(name="suppression_has_address", condition=~Q(address="")),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.reason}"


class Spending(models.Model):
    """What was sent by SMS within one window of one cap; the row is the lock under which a cap holds exactly."""

    cap = models.CharField(max_length=16)
    subject = models.CharField(max_length=64)
    window_at = models.DateTimeField()
    sms_count = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=Decimal(0))

    class Meta:
        constraints = [
            models.UniqueConstraint(name="spending_once", fields=["cap", "subject", "window_at"]),
            models.CheckConstraint(name="spending_not_negative", condition=Q(cost__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.cap} {self.subject} {self.window_at}"
