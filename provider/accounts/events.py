"""What happened in accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from provider.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCreated(Event):
    name: ClassVar[str] = "accounts.account_created"
    portal: str
    parent_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettingsChanged(Event):
    name: ClassVar[str] = "accounts.account_settings_changed"
    fields: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandChanged(Event):
    name: ClassVar[str] = "accounts.brand_changed"
    brand_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated(Event):
    name: ClassVar[str] = "accounts.user_created"
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChanged(Event):
    name: ClassVar[str] = "accounts.email_changed"
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailCorrected(Event):
    """An operator put a mistyped address right; the user confirms it at the next sign-in."""

    name: ClassVar[str] = "accounts.email_corrected"
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneChanged(Event):
    name: ClassVar[str] = "accounts.phone_changed"
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberInvited(Event):
    name: ClassVar[str] = "accounts.member_invited"
    invitation_id: UUID
    portal: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRevoked(Event):
    name: ClassVar[str] = "accounts.invitation_revoked"
    invitation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined(Event):
    name: ClassVar[str] = "accounts.member_joined"
    membership_id: UUID
    user_id: UUID
    portal: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(Event):
    name: ClassVar[str] = "accounts.member_removed"
    membership_id: UUID
    user_id: UUID
    portal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged(Event):
    name: ClassVar[str] = "accounts.role_changed"
    membership_id: UUID
    user_id: UUID
    was: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipOffered(Event):
    name: ClassVar[str] = "accounts.ownership_offered"
    offer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipTransferred(Event):
    name: ClassVar[str] = "accounts.ownership_transferred"
    from_user_id: UUID
    to_user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Event):
    name: ClassVar[str] = "accounts.consent_given"
    consent_id: UUID
    kind: str
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Event):
    name: ClassVar[str] = "accounts.consent_withdrawn"
    consent_id: UUID
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportAccessRequested(Event):
    name: ClassVar[str] = "accounts.support_access_requested"
    request_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingStarted(Event):
    name: ClassVar[str] = "accounts.acting_started"
    impersonation_id: UUID
    staff_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingEnded(Event):
    name: ClassVar[str] = "accounts.acting_ended"
    impersonation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyCreated(Event):
    name: ClassVar[str] = "accounts.api_key_created"
    api_key_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked(Event):
    name: ClassVar[str] = "accounts.api_key_revoked"
    api_key_id: UUID
