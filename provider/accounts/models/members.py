"""People in accounts: members, invitations, the hand-over of ownership."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from provider.accounts.rules.team import ROLES
from provider.kernel.ids import new_id
from provider.kernel.state import Transitions

from .parties import Account
from .people import User
from .words import Language, Portal, Role


class MembershipStatus(models.TextChoices):
    ACTIVE = "active"
    REMOVED = "removed"


MEMBERSHIP_MOVES: Transitions = {MembershipStatus.ACTIVE: frozenset({MembershipStatus.REMOVED})}


class Membership(models.Model):
    """A user in an account, in one capacity, with a role; taken away it stays as a row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    portal = models.CharField(max_length=12, choices=Portal.choices)
    role = models.CharField(max_length=12, choices=Role.choices)
    status = models.CharField(max_length=8, choices=MembershipStatus.choices, default=MembershipStatus.ACTIVE)
    joined_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="membership_once", fields=["account", "user", "portal"], condition=Q(status="active")
            ),
            models.CheckConstraint(
                name="membership_role_fits_portal",
                condition=Q(portal="provider", role__in=ROLES["provider"])
                | Q(portal="reseller", role__in=ROLES["reseller"])
                | Q(portal="subscriber", role__in=ROLES["subscriber"]),
            ),
            models.CheckConstraint(
                name="membership_removed_has_time",
                condition=Q(status="active", removed_at=None) | Q(status="removed", removed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["user", "status"], name="membership_of_user"),
            models.Index(fields=["account", "status"], name="membership_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id}"


class InvitationStatus(models.TextChoices):
    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"


INVITATION_MOVES: Transitions = {
    InvitationStatus.OPEN: frozenset({InvitationStatus.ACCEPTED, InvitationStatus.REVOKED}),
}


class Invitation(models.Model):
    """A place in an account, offered to one address; only that address may take it, once, in time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="invitations")
    portal = models.CharField(max_length=12, choices=Portal.choices)
    role = models.CharField(max_length=12, choices=Role.choices)
    email = models.EmailField(null=True, blank=True)
    phone = models.CharField(max_length=16, null=True, blank=True)
    language = models.CharField(max_length=8, choices=Language.choices, default=Language.ENGLISH)
    token_hash = models.BinaryField(max_length=32, unique=True)
    status = models.CharField(max_length=8, choices=InvitationStatus.choices, default=InvitationStatus.OPEN)
    invited_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invitation_one_address",
                condition=Q(email=None, phone__isnull=False) | Q(email__isnull=False, phone=None),
            ),
            models.CheckConstraint(
                name="invitation_settled_has_time",
                condition=Q(status="open", settled_at=None) | (~Q(status="open") & Q(settled_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="invitation_accepted_has_user",
                condition=Q(status="accepted", accepted_by__isnull=False)
                | (~Q(status="accepted") & Q(accepted_by=None)),
            ),
            models.UniqueConstraint(
                name="invitation_open_once_by_email",
                fields=["account", "portal", "email"],
                condition=Q(status="open", email__isnull=False),
            ),
            models.UniqueConstraint(
                name="invitation_open_once_by_phone",
                fields=["account", "portal", "phone"],
                condition=Q(status="open", phone__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["account", "-created_at"], name="invitation_of_account")]

    def __str__(self) -> str:
        return f"{self.role} {self.status}"


class OfferStatus(models.TextChoices):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


OFFER_MOVES: Transitions = {
    OfferStatus.OPEN: frozenset({OfferStatus.ACCEPTED, OfferStatus.DECLINED, OfferStatus.WITHDRAWN}),
}


class OwnershipOffer(models.Model):
    """An owner hands the account to another member, who takes it or leaves it; the owner then becomes `next_role`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="ownership_offers")
    from_membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    to_membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    next_role = models.CharField(max_length=12, choices=Role.choices)
    status = models.CharField(max_length=9, choices=OfferStatus.choices, default=OfferStatus.OPEN)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="ownership_offer_one_open", fields=["from_membership"], condition=Q(status="open")
            ),
            models.CheckConstraint(name="ownership_offer_to_another", condition=~Q(from_membership=F("to_membership"))),
            models.CheckConstraint(
                name="ownership_offer_settled_has_time",
                condition=Q(status="open", settled_at=None) | (~Q(status="open") & Q(settled_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.status}"
