"""Who: accounts, the people in them, and what they have agreed to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Concat, Lower

from provider.kernel.ids import new_id
from provider.kernel.state import Transitions

from .rules.team import ROLES


class SearchBytes(models.Func):
    """A text as the hexadecimal digits of its bytes. Trigrams of these find what trigrams of letters cannot: Chinese,
    which pg_trgm drops in the C collation, and words of one or two letters."""

    function = "search_bytes"
    output_field = models.TextField()


def _search_text(*fields: str) -> models.GeneratedField:
    """What the one search box looks through: the fields in small letters, a line each."""
    lines = [part for field in fields for part in (Coalesce(F(field), Value("")), Value("\n"))][:-1]
    expression = Lower(Concat(*lines, output_field=models.TextField()))
    return models.GeneratedField(expression=expression, output_field=models.TextField(), db_persist=True)


def _search_indexes(table: str) -> list[models.Index]:
    """For the beginning of a name, for any part of the text, and for parts that have no trigrams of letters."""
    return [
        models.Index(OpClass(Lower("name"), name="text_pattern_ops"), name=f"{table}_name_begins"),
        GinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name=f"{table}_search"),
        GinIndex(OpClass(SearchBytes("search_text"), name="gin_trgm_ops"), name=f"{table}_search_bytes"),
    ]


class Portal(models.TextChoices):
    """In which capacity an account takes part; an account may hold several."""

    PROVIDER = "provider"
    RESELLER = "reseller"
    SUBSCRIBER = "subscriber"


class Role(models.TextChoices):
    OWNER = "owner"
    OPERATOR = "operator"
    SUPPORT = "support"
    FINANCE = "finance"
    CLERK = "clerk"
    MANAGER = "manager"
    MEMBER = "member"


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    SIMPLIFIED = "zh-hans", "简体中文"
    TRADITIONAL = "zh-hant", "繁體中文"


class Theme(models.TextChoices):
    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class Region(models.Model):
    """A cell that holds workspaces: where an account's CRM data lives. `cell` names a database of the settings."""

    code = models.CharField(primary_key=True, max_length=32)
    name = models.CharField(max_length=80)
    name_hans = models.CharField(max_length=80)
    name_hant = models.CharField(max_length=80)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    cell = models.CharField(max_length=32, default="default")
    is_open = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


LOGO = "brand_logo"  # the purpose under which logos are stored


class Brand(models.Model):
    """What a portal looks like and in whose name it writes; a reseller's replaces the accent and the logo only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=80)
    accent = models.CharField(max_length=7, default="#4350b5")
    accent_dark = models.CharField(max_length=7, default="#5f6cd6")
    logo_file_id = models.UUIDField(null=True, blank=True)
    support_email = models.EmailField(blank=True)
    support_phone = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def logo_url(self) -> str:
        """Where the logo is shown; empty without one. The address changes with the logo, so it may be kept for long."""
        return f"/brands/{self.id}/logo/{self.logo_file_id}/" if self.logo_file_id else ""


class Account(models.Model):
    """A party: the provider, a reseller, a company or a single person that subscribes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=200)
    company_name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    country = models.CharField(max_length=2, blank=True)
    address = models.TextField(blank=True)
    tax_id = models.CharField(max_length=32, blank=True)
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT)
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.PROTECT)
    time_zone = models.CharField(max_length=64, default="Asia/Shanghai")
    language = models.CharField(max_length=8, choices=Language.choices, default=Language.ENGLISH)
    currency = models.CharField(max_length=3, default="CNY")
    currency_fixed_at = models.DateTimeField(null=True, blank=True)  # set with the first bill; the currency stays
    test_clock_at = models.DateTimeField(null=True, blank=True)
    is_test = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    search_text = _search_text("name", "company_name", "email", "tax_id")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="account_language_known", condition=Q(language__in=[value for value, _ in Language.choices])
            ),
            models.CheckConstraint(name="account_not_own_parent", condition=~Q(parent=F("id")) | Q(parent=None)),
            models.CheckConstraint(
                name="account_test_clock_only_in_test", condition=Q(test_clock_at=None) | Q(is_test=True)
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="account_newest"),
            models.Index(fields=["parent", "-created_at", "-id"], name="account_of_parent"),
            models.Index(Lower("email"), name="account_email"),
            *_search_indexes("account"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_name(self) -> str:
        """The name that its customers know: its brand's, where it has one."""
        return self.brand.name if self.brand else self.name


class Profile(models.Model):
    """One capacity of an account. What a capacity needs beyond its name hangs on tables above."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="profiles")
    portal = models.CharField(max_length=12, choices=Portal.choices)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="profile_once", fields=["account", "portal"]),
            models.UniqueConstraint(name="profile_one_provider", fields=["portal"], condition=Q(portal="provider")),
        ]

    def __str__(self) -> str:
        return f"{self.portal} {self.account_id}"


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in, by e-mail address or mobile number; at least one of the two is there."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(null=True, blank=True)
    phone = models.CharField(max_length=16, null=True, blank=True)  # E.164
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=8, choices=Language.choices, default=Language.ENGLISH)
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    search_text = _search_text("name", "email", "phone")

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.UniqueConstraint(fields=["phone"], name="user_phone_once"),
            models.CheckConstraint(name="user_is_reachable", condition=~Q(email=None, phone=None)),
            models.CheckConstraint(
                name="user_phone_is_international", condition=Q(phone=None) | Q(phone__regex=r"^\+[1-9][0-9]{5,14}$")
            ),
            models.CheckConstraint(
                name="user_language_known", condition=Q(language__in=[value for value, _ in Language.choices])
            ),
        ]
        indexes = _search_indexes("user")

    def __str__(self) -> str:
        return self.name or self.email or self.phone or str(self.id)

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


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


class ConsentKind(models.TextChoices):
    TERMS = "terms"
    PRIVACY = "privacy"
    SUPPORT_ACCESS = "support_access"


class Consent(models.Model):
    """What somebody agreed to: which version of a text, or that staff may act in the account for a while."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=16, choices=ConsentKind.choices)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents")
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="consents")
    granted_to = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=8, blank=True)
    address = models.CharField(max_length=45, blank=True)
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="consent_support_access_ends",
                condition=~Q(kind="support_access")
                | Q(account__isnull=False, granted_to__isnull=False, expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="consent_to_a_text_has_version", condition=Q(kind="support_access") | ~Q(version="")
            ),
        ]
        indexes = [models.Index(fields=["account", "kind", "-given_at"], name="consent_of_account")]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class SupportRequestStatus(models.TextChoices):
    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"


SUPPORT_REQUEST_MOVES: Transitions = {
    SupportRequestStatus.OPEN: frozenset({SupportRequestStatus.GRANTED, SupportRequestStatus.DECLINED}),
}


class SupportRequest(models.Model):
    """Staff ask the owner for support access, saying why and for how long."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="support_requests")
    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    staff_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=400)
    hours = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=8, choices=SupportRequestStatus.choices, default=SupportRequestStatus.OPEN)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="support_request_one_open", fields=["account", "staff_account"], condition=Q(status="open")
            ),
            models.CheckConstraint(name="support_request_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="support_request_hours", condition=Q(hours__gte=1, hours__lte=168)),
            models.CheckConstraint(
                name="support_request_settled_has_time",
                condition=Q(status="open", settled_at=None) | (~Q(status="open") & Q(settled_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["account", "-created_at"], name="support_request_of_account")]

    def __str__(self) -> str:
        return f"{self.staff_id} asks {self.account_id}"


class Impersonation(models.Model):
    """Staff acting for a customer: with a reason, by consent, for a limited time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    staff_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="impersonations")
    portal = models.CharField(max_length=12, choices=Portal.choices)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="impersonations")
    reason = models.CharField(max_length=400)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="impersonation_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="impersonation_is_short",
                condition=Q(expires_at__gt=F("started_at"), expires_at__lte=F("started_at") + timedelta(minutes=60)),
            ),
            models.UniqueConstraint(
                name="impersonation_one_at_a_time", fields=["staff"], condition=Q(ended_at__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["account", "-started_at"], name="impersonation_of_account")]

    def __str__(self) -> str:
        return f"{self.staff_id} for {self.account_id}"


class ApiKey(models.Model):
    """A key for machines: shown once, kept as a hash, limited to scopes, revocable."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="api_keys")
    portal = models.CharField(max_length=12, choices=Portal.choices)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=20)
    secret_hash = models.BinaryField(max_length=32, unique=True)
    scopes = models.JSONField(default=list)
    is_test = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-created_at"], name="api_key_of_account")]

    def __str__(self) -> str:
        return self.name


def localised_region_name(region: Region, language: str) -> str:
    """The region's name in one of the three languages."""
    names: dict[str, Any] = {Language.SIMPLIFIED: region.name_hans, Language.TRADITIONAL: region.name_hant}
    return str(names.get(language, region.name))
