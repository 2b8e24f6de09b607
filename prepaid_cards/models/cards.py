"""Cards, and what happened to them: a serial in public, a secret of which only a keyed hash is here."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from provider.accounts.models import Account, User
from provider.kernel.ids import new_id
from provider.kernel.state import Transitions

from .batches import CardBatch


class CardStatus(models.TextChoices):
    GENERATED = "generated", _("In store")  # in the own store
    SHIPPED = "shipped", _("On its way")  # on its way to a reseller
    RECEIVED = "received", _("On the shelf")  # on a reseller's shelf
    ACTIVE = "active", _("Sold")  # sold
    REDEEMED = "redeemed", _("Redeemed")
    FROZEN = "frozen", _("Frozen")  # being checked; goes back to where it was
    VOID = "void", _("Void")
    EXPIRED = "expired", _("Expired")


CARD_MOVES: Transitions = {
    CardStatus.GENERATED: frozenset({CardStatus.SHIPPED, CardStatus.ACTIVE, CardStatus.FROZEN, CardStatus.VOID}),
    CardStatus.SHIPPED: frozenset({CardStatus.RECEIVED, CardStatus.GENERATED, CardStatus.FROZEN, CardStatus.VOID}),
    CardStatus.RECEIVED: frozenset(
        {CardStatus.ACTIVE, CardStatus.SHIPPED, CardStatus.GENERATED, CardStatus.FROZEN, CardStatus.VOID}
    ),
    CardStatus.ACTIVE: frozenset(
        {
            CardStatus.REDEEMED, CardStatus.RECEIVED, CardStatus.GENERATED, CardStatus.FROZEN, CardStatus.VOID,
            CardStatus.EXPIRED,
        }
    ),
    CardStatus.REDEEMED: frozenset({CardStatus.ACTIVE}),  # undone
    CardStatus.FROZEN: frozenset(
        {CardStatus.GENERATED, CardStatus.SHIPPED, CardStatus.RECEIVED, CardStatus.ACTIVE, CardStatus.VOID}
    ),
    CardStatus.VOID: frozenset(),
    CardStatus.EXPIRED: frozenset({CardStatus.ACTIVE}),  # goodwill
}  # fmt: skip


class Activation(models.Model):
    """One sale at a till or a door: the cards that went over the counter together."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seller = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    request_key = models.CharField(max_length=80)
    request_hash = models.BinaryField(max_length=32)  # of the serials, so that a key is not used for others
    receipt = models.CharField(max_length=60, blank=True)
    count = models.PositiveIntegerField()
    face_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    api_key_id = models.UUIDField(null=True)
    store_id = models.UUIDField(null=True)  # where it went over the counter: a selling place

    class Meta:
        constraints = [models.UniqueConstraint(name="activation_once", fields=["seller", "request_key"])]
        indexes = [models.Index(fields=["seller", "-at"], name="activation_of_seller")]

    def __str__(self) -> str:
        return f"{self.count} cards {self.at:%Y-%m-%d}"


class Card(models.Model):
    """One card. It redeems only if its own state and its batch's allow it."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(CardBatch, on_delete=models.PROTECT, related_name="cards")
    counter = models.PositiveIntegerField()
    serial = models.CharField(max_length=14, unique=True)
    secret_hmac = models.BinaryField(max_length=32, unique=True)
    key_path = models.CharField(max_length=16)  # the keys that the hash has gone through, oldest first
    status = models.CharField(max_length=9, choices=CardStatus.choices, default=CardStatus.GENERATED)
    holder = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    activation = models.ForeignKey(Activation, null=True, on_delete=models.PROTECT, related_name="cards")
    activated_at = models.DateTimeField(null=True)
    redeem_before = models.DateTimeField(null=True)  # where it differs from the batch's
    redeemed_at = models.DateTimeField(null=True)
    frozen_from = models.CharField(max_length=9, blank=True)
    frozen_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    is_canary = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="card_counter_once", fields=["batch", "counter"]),
            models.CheckConstraint(
                name="card_secret_is_a_whole_hash",
                condition=Exact(Func("secret_hmac", function="octet_length", output_field=models.IntegerField()), 32),
            ),
            models.CheckConstraint(
                name="card_status_has_its_facts",
                condition=Q(status="generated", holder=None, activated_at=None, redeemed_at=None)
                | Q(status__in=["shipped", "received"], holder__isnull=False, activated_at=None, redeemed_at=None)
                | Q(status="active", activated_at__isnull=False, redeemed_at=None)
                | Q(status="redeemed", activated_at__isnull=False, redeemed_at__isnull=False)
                | Q(status="frozen", frozen_at__isnull=False, redeemed_at=None) & ~Q(frozen_from="")
                | Q(status="void", voided_at__isnull=False)
                | Q(status="expired", expired_at__isnull=False, redeemed_at=None),
            ),
            models.CheckConstraint(
                name="card_frozen_remembers_from_where",
                condition=Q(frozen_from="") | Q(frozen_from__in=["generated", "shipped", "received", "active"]),
            ),
            models.CheckConstraint(
                name="card_sold_has_its_sale",
                condition=~Q(status__in=["active", "redeemed"]) | Q(activation__isnull=False),
            ),
            models.CheckConstraint(
                name="card_canary_stays_in_the_store",
                condition=Q(is_canary=False) | Q(status__in=["generated", "void"]),
            ),
        ]
        indexes = [
            models.Index(fields=["holder", "batch", "status"], name="card_stock", condition=Q(holder__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.serial


class ShipmentStatus(models.TextChoices):
    SENT = "sent", _("On its way")
    RECEIVED = "received", pgettext_lazy("cards", "Received")
    CALLED_BACK = "called_back", _("Called back")


SHIPMENT_MOVES: Transitions = {
    ShipmentStatus.SENT: frozenset({ShipmentStatus.RECEIVED, ShipmentStatus.CALLED_BACK}),
    ShipmentStatus.RECEIVED: frozenset(),
    ShipmentStatus.CALLED_BACK: frozenset(),
}


class CardShipment(models.Model):
    """A range of cards on its way to a reseller: sent by one side, received by the other."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    batch = models.ForeignKey(CardBatch, on_delete=models.PROTECT, related_name="shipments")
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    count = models.PositiveIntegerField()  # of the cards that were there to be sent
    to_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=11, choices=ShipmentStatus.choices, default=ShipmentStatus.SENT)
    note = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="card_shipment_is_a_range", condition=Q(first__gte=1, last__gte=F("first"))),
            models.CheckConstraint(
                name="card_shipment_ends_with_its_status",
                condition=Q(status="sent", ended_at=None) | ~Q(status="sent") & Q(ended_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["to_account", "status", "-sent_at"], name="card_shipment_to"),
            models.Index(fields=["batch", "first"], name="card_shipment_range"),
        ]

    def __str__(self) -> str:
        return f"{self.first}-{self.last} {self.status}"


class CardVerb(models.TextChoices):
    GENERATED = "generated", pgettext_lazy("card", "Made")
    EXPORTED = "exported", _("Sent to the printer")
    PRINTED = "printed", _("Printed, and found good")
    SHIPPED = "shipped", _("Shipped")
    RECEIVED = "received", pgettext_lazy("cards", "Received")
    CALLED_BACK = "called_back", _("Called back")
    ACTIVATED = "activated", _("Sold")
    REVERSED = "reversed", _("Sale taken back")
    FROZEN = "frozen", _("Frozen")
    RELEASED = "released", _("Released")
    VOIDED = "voided", _("Withdrawn")
    EXTENDED = "extended", _("Extended")
    REASSIGNED = "reassigned", _("Given to another shelf")
    EXPIRED = "expired", _("Expired")
    REVIVED = "revived", _("Revived")


class CardEvent(models.Model):
    """What happened to the cards `first` to `last` of a batch: one row for a run of cards, however long.

    Only added to (trigger `card_events_are_kept`). A run holds exactly the cards that changed, so the history of one
    serial is every run that it lies in. Redemptions have a table of their own.
    """

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(CardBatch, on_delete=models.PROTECT, related_name="events")
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    verb = models.CharField(max_length=11, choices=CardVerb.choices)
    at = models.DateTimeField()
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    act_id = models.UUIDField(null=True)  # the activation, shipment or range act that it belongs to
    reason = models.CharField(max_length=400, blank=True)
    end_was = models.DateTimeField(null=True)  # of an extension: the first instant at which they were not taken
    end_is = models.DateTimeField(null=True)  # and the one that came in its place

    class Meta:
        constraints = [
            models.CheckConstraint(name="card_event_is_a_run", condition=Q(first__gte=1, last__gte=F("first"))),
        ]
        indexes = [
            models.Index(fields=["batch", "first"], name="card_event_of_one", condition=Q(last=F("first"))),
            models.Index(
                fields=["batch", "first", "last"], name="card_event_of_many", condition=Q(last__gt=F("first"))
            ),
            models.Index(fields=["act_id"], name="card_event_of_act", condition=Q(act_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.first}-{self.last}"
