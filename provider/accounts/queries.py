"""Reads on accounts; `access_*` answers "not found" alike for absent and not yours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.models import StoredFile

from .models import (
    LOGO,
    Account,
    ApiKey,
    Brand,
    Consent,
    ConsentKind,
    Erasure,
    Impersonation,
    Invitation,
    InvitationStatus,
    Membership,
    MembershipStatus,
    OfferStatus,
    OwnershipOffer,
    Portal,
    Profile,
    Region,
    Role,
    SupportRequest,
    SupportRequestStatus,
    User,
)
from .rules.api_keys import hash_of, is_same, mode_fits
from .rules.defaults import CURRENCIES, RegionFacts, fitting_currency, guess_region
from .rules.demo import DOMAIN
from .rules.permissions import permissions_of
from .rules.phones import Contact, parse_phone
from .rules.scopes import granted_by
from .rules.support import is_over

_STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

# --- Who asks ---


def memberships_of(user: User) -> QuerySet[Membership]:
    """The places that the user may act in, the provider's first, then by age."""
    places = Membership.objects.filter(user=user, status=MembershipStatus.ACTIVE)
    return places.select_related("account__brand", "account__parent__brand").order_by("portal", "joined_at", "id")


def actor_in(*, membership: Membership | None, user: User, address: str = "", request_id: str = "") -> Actor:
    """The actor for a signed-in user in one of their places, or in none."""
    if membership is None:
        return Actor(kind="person", user_id=user.id, address=address, request_id=request_id)
    return Actor(
        kind="person",
        user_id=user.id,
        account_id=membership.account_id,
        portal=membership.portal,
        role=membership.role,
        permissions=permissions_of(portal=membership.portal, role=membership.role, is_acting_for=False),
        address=address,
        request_id=request_id,
    )


def actor_acting(act: Impersonation, *, address: str = "", request_id: str = "") -> Actor:
    """The actor while staff act for a customer: the owner's permissions without what is withheld, both identities."""
    return Actor(
        kind="person",
        user_id=act.staff_id,
        account_id=act.account_id,
        portal=act.portal,
        role=Role.OWNER,
        permissions=permissions_of(portal=act.portal, role=Role.OWNER, is_acting_for=True),
        impersonation_id=act.id,
        home_account_id=act.staff_account_id,
        address=address,
        request_id=request_id,
    )


def account_of(request: object) -> Account:
    """The account in which somebody asks, as the middleware settled it; for doors that let nobody in without one."""
    account = getattr(request, "account", None)
    if not isinstance(account, Account):
        raise TypeError("No account at this request: its door lets people in who act in none.")
    return account


def chosen_membership(*, user: User, membership_id: str | None) -> Membership | None:
    """The membership the session names if it is still the user's, else the first one."""
    places = list(memberships_of(user))
    chosen = [place for place in places if str(place.id) == membership_id]
    return next(iter(chosen or places), None)


def running_act(*, impersonation_id: str, staff: User, at: datetime) -> Impersonation | None:
    """The act that the session names, while its time runs, its consent stands and its staff member still works here."""
    still_works_here = Membership.objects.filter(
        user_id=OuterRef("staff_id"), account_id=OuterRef("staff_account_id"), status=MembershipStatus.ACTIVE
    )
    rows = Impersonation.objects.filter(Exists(still_works_here), id=impersonation_id, staff=staff)
    act = rows.select_related("consent", "account__brand", "account__parent__brand").first()
    if act is None or is_over(
        at=at, expires_at=act.expires_at, ended_at=act.ended_at, withdrawn_at=act.consent.withdrawn_at
    ):
        return None
    return act


def has_second_factor(user: User) -> bool:
    """Whether a passkey or an authenticator app is set up; recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=_STRONG).exists())


def user_by_phone(phone: str, *, country: str) -> User | None:
    """The user with this mobile number, however it is written."""
    return User.objects.filter(phone=parse_phone(phone, country=country)).first()


def user_by_email(email: str) -> User | None:
    """The user with this e-mail address, in any case."""
    return User.objects.filter(email__iexact=email).first()


def user_at(contact: Contact) -> User | None:
    """The user with this address of either kind."""
    return user_by_email(contact.email) if contact.email else User.objects.filter(phone=contact.phone).first()


def must_have_second_factor(user: User) -> bool:
    """Whoever works for the provider signs in with a second factor."""
    return memberships_of(user).filter(portal=Portal.PROVIDER).exists()


# --- Accounts ---


def the_provider() -> Account | None:
    """The account that runs this installation."""
    profile = Profile.objects.select_related("account", "account__brand").filter(portal=Portal.PROVIDER).first()
    return profile.account if profile else None


def open_regions() -> list[Region]:
    """The regions that a new account may choose."""
    return list(Region.objects.filter(is_open=True))


def brand_for(account: Account | None) -> Brand | None:
    """In whose name an account is served: its own brand, else that of the nearest account above it."""
    while account is not None and account.brand is None:
        parents = Account.objects.select_related("brand")
        account = parents.filter(id=account.parent_id).first() if account.parent_id else None
    return account.brand if account else None


def access_logo(*, brand_id: UUID, file_id: UUID) -> StoredFile:
    """The file that is the brand's logo now."""
    is_its_logo = Brand.objects.filter(id=brand_id, logo_file_id=file_id).exists()
    logo = StoredFile.objects.filter(id=file_id, purpose=LOGO).first() if is_its_logo else None
    if logo is None:
        raise NotFound()
    return logo


def access_customer(*, account_id: UUID, by: Actor) -> Account:
    """An account that the actor serves: any for the provider's staff, a reseller's own customers for its clerks."""
    accounts = Account.objects.select_related("region", "brand", "parent")
    if by.portal == Portal.RESELLER:
        accounts = accounts.filter(parent_id=by.account_id)
    elif by.portal != Portal.PROVIDER:
        accounts = accounts.none()
    account = accounts.filter(id=account_id).first()
    if account is None:
        raise NotFound()
    return account


# --- Team ---


def team_of(*, account_id: UUID, portal: str) -> QuerySet[Membership]:
    """The members of an account in one capacity, owners first, with whether they have a second factor."""
    strong = Authenticator.objects.filter(user_id=OuterRef("user_id"), type__in=_STRONG)
    members = Membership.objects.filter(account_id=account_id, portal=portal, status=MembershipStatus.ACTIVE)
    is_owner = Q(role=Role.OWNER)
    return (
        members.select_related("user")
        .annotate(has_second_factor=Exists(strong))
        .alias(is_owner=is_owner)
        .order_by("-is_owner", "joined_at", "id")
    )


def access_member(*, account_id: UUID, portal: str, membership_id: UUID) -> Membership:
    """One member of the team."""
    member = team_of(account_id=account_id, portal=portal).filter(id=membership_id).first()
    if member is None:
        raise NotFound()
    return member


def open_invitations(*, account_id: UUID, portal: str) -> QuerySet[Invitation]:
    """Invitations that nobody has answered yet, those that have run out included: they can be sent again."""
    rows = Invitation.objects.filter(account_id=account_id, portal=portal, status=InvitationStatus.OPEN)
    return rows.select_related("invited_by").order_by("-created_at")


def access_invitation(token: str) -> Invitation:
    """The invitation behind a link, whatever has become of it."""
    rows = Invitation.objects.select_related("account", "account__brand", "invited_by")
    invitation = rows.filter(token_hash=hash_of(token)).first()
    if invitation is None:
        raise NotFound()
    return invitation


def user_invited(invitation: Invitation) -> User | None:
    """The user whose address was invited, if there is one."""
    return user_at(Contact(email=invitation.email, phone=invitation.phone))


def open_offers(*, account_id: UUID, portal: str, user_id: UUID | None, at: datetime) -> QuerySet[OwnershipOffer]:
    """Offers of the account that the user has made or received and that still stand."""
    mine = Q(from_membership__user_id=user_id) | Q(to_membership__user_id=user_id)
    rows = OwnershipOffer.objects.filter(
        mine, account_id=account_id, from_membership__portal=portal, status=OfferStatus.OPEN, expires_at__gt=at
    )
    return rows.select_related("from_membership__user", "to_membership__user")


def access_offer(*, offer_id: UUID, user_id: UUID) -> OwnershipOffer:
    """An offer that was made to the user, whatever has become of it."""
    rows = OwnershipOffer.objects.select_related("account", "from_membership__user", "to_membership__user")
    offer = rows.filter(id=offer_id, to_membership__user_id=user_id).first()
    if offer is None:
        raise NotFound()
    return offer


# --- Support access ---


def consents_running(*, account_id: UUID, at: datetime) -> QuerySet[Consent]:
    """Who may act in the account at this moment."""
    rows = Consent.objects.filter(
        account_id=account_id, kind=ConsentKind.SUPPORT_ACCESS, withdrawn_at=None, expires_at__gt=at
    )
    return rows.select_related("granted_to__brand", "user").order_by("-given_at")


def consent_running(*, account_id: UUID, granted_to_id: UUID | None, at: datetime) -> Consent | None:
    """The consent under which one party may act in the account at this moment."""
    return consents_running(account_id=account_id, at=at).filter(granted_to_id=granted_to_id).first()


def support_requests_open(*, account_id: UUID) -> QuerySet[SupportRequest]:
    """Who waits for the owner's answer."""
    rows = SupportRequest.objects.filter(account_id=account_id, status=SupportRequestStatus.OPEN)
    return rows.select_related("staff", "staff_account__brand").order_by("created_at")


def acts_in(*, account_id: UUID) -> QuerySet[Impersonation]:
    """Who acted in the account, when and why, newest first."""
    rows = Impersonation.objects.filter(account_id=account_id).select_related(
        "staff", "staff_account__brand", "consent"
    )
    return rows.order_by("-started_at")


def servants(ids: Iterable[UUID]) -> list[Account]:
    """The parties that may be allowed to act, the provider first."""
    is_provider = Exists(Profile.objects.filter(account_id=OuterRef("id"), portal=Portal.PROVIDER))
    parties = Account.objects.select_related("brand").filter(id__in=list(ids))
    return list(parties.annotate(is_provider=is_provider).order_by("-is_provider"))


# --- API keys ---


def api_keys_of(*, account_id: UUID, portal: str) -> QuerySet[ApiKey]:
    """The account's keys, those in use first, then the revoked ones."""
    rows = ApiKey.objects.filter(account_id=account_id, portal=portal).select_related("created_by")
    return rows.order_by("-revoked_at", "-created_at")


def key_of_secret(*, secret: str, at: datetime) -> ApiKey | None:
    """The key with this secret, with its account, if it may be used at `at`; None for any other text.

    Found by the hash of what came, so the index tells nothing about a secret to whoever measures its time; the hash
    is then compared in constant time.
    """
    given = hash_of(secret)
    key = ApiKey.objects.select_related("account").filter(secret_hash=given).first()
    if key is None or not is_same(bytes(key.secret_hash), given):
        return None
    if not mode_fits(portal=key.portal, is_test=key.is_test, account_is_test=key.account.is_test):
        return None
    is_spent = key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= at)
    return None if is_spent else key


def actor_of_key(key: ApiKey, *, address: str = "", request_id: str = "") -> Actor:
    """The actor that acts with `key`, in its account, in its portal."""
    return Actor(
        kind="api_key",
        account_id=key.account_id,
        portal=key.portal,
        permissions=granted_by(portal=key.portal, scopes=key.scopes),
        api_key_id=key.id,
        is_test=key.is_test,
        address=address,
        request_id=request_id,
    )


def actor_of_api_key(*, secret: str, at: datetime, address: str = "") -> Actor | None:
    """The actor that acts with the key of this secret, or None."""
    key = key_of_secret(secret=secret, at=at)
    return actor_of_key(key, address=address) if key else None


def accounts_open_to_key(by: Actor) -> QuerySet[Account]:
    """The accounts that an API key may read: a test key test accounts only, a live key the others only.

    The provider's key reads all of them, a reseller's its own and those below it, a subscriber's its own.
    """
    accounts = Account.objects.filter(Q(is_test=by.is_test) | Q(id=by.account_id))
    if by.portal == Portal.PROVIDER:
        return accounts
    if by.portal == Portal.RESELLER:
        return accounts.filter(id__in=RawSQL(_TREE, [by.account_id]))  # noqa: S611 - its one value is a parameter
    return accounts.filter(id=_home_of(by))


def _home_of(by: Actor) -> UUID:
    assert by.account_id is not None, "a key always acts in its account"
    return by.account_id


def access_account_by_key(*, by: Actor, account_id: UUID | None) -> Account:
    """One account that the key may read."""
    account = accounts_open_to_key(by).filter(id=account_id).first() if account_id else None
    if account is None:
        raise NotFound()
    return account


_TREE = """
with recursive tree(id) as (
    select id from accounts_account where id = %s
    union
    select child.id from accounts_account child join tree on child.parent_id = tree.id
)
select id from tree
"""


def find_accounts(accounts: QuerySet[Account], *, email: str, name: str) -> QuerySet[Account]:
    """Those of `accounts` with this e-mail address (whole, in any case) and this part in their name."""
    if email:
        accounts = accounts.filter(email__iexact=email)
    if name:
        accounts = accounts.filter(Q(name__icontains=name) | Q(company_name__icontains=name))
    return accounts


def keys_open_to_key(by: Actor) -> QuerySet[ApiKey]:
    """The keys that a key may see: of its own account, portal and mode, revoked ones too."""
    return ApiKey.objects.filter(account_id=_home_of(by), portal=by.portal, is_test=by.is_test)


def access_key_by_key(*, by: Actor, api_key_id: UUID) -> ApiKey:
    """One key that the key may see."""
    key = keys_open_to_key(by).filter(id=api_key_id).first()
    if key is None:
        raise NotFound()
    return key


# --- Clocks ---


def by_own_clock(at: datetime) -> Coalesce:
    """For rows of accounts: the instant that it is for the account of each, by its test clock where it has one."""
    return Coalesce(F("account__test_clock_at"), at)


# --- Demo ---


def demo_parts() -> QuerySet[Membership]:
    """The people of the demo: members of test accounts at demo addresses."""
    rows = Membership.objects.filter(
        account__is_test=True,
        user__email__iendswith=f"@{DOMAIN}",
        user__is_active=True,
        status=MembershipStatus.ACTIVE,
    )
    return rows.select_related("account", "user").order_by("portal", "account__created_at", "joined_at", "id")


# --- Currencies ---

_sold: list[Callable[[], Collection[str]]] = []


def sold_in(currencies: Callable[[], Collection[str]]) -> None:
    """Have higher packages say in which currencies something can be bought."""
    if currencies not in _sold:
        _sold.append(currencies)


def likely_place(*, zone: str, language: str) -> tuple[Region | None, str]:
    """The region and currency in which an unknown reader most likely opens an account.

    Prices are shown in the same currency that signing up then begins with.
    """
    regions = open_regions()
    facts = [RegionFacts(region.code, region.country, region.time_zone) for region in regions]
    code = guess_region(regions=facts, time_zone=zone, language=language)
    region = next((region for region in regions if region.code == code), None)
    return region, fitting_currency(region.currency if region else "CNY", sold=currencies_offered())


def currencies_offered() -> tuple[str, ...]:
    """The currencies that an account may be kept in: those in which a plan is sold; all, where none is sold yet."""
    sold = {code for currencies in _sold for code in currencies()}
    return tuple(code for code in CURRENCIES if code in sold) or CURRENCIES


# --- Ways to sign in ---


def second_factors_of(user: User) -> QuerySet[Authenticator]:
    """The user's passkeys, authenticator app and recovery codes."""
    rows: QuerySet[Authenticator] = Authenticator.objects.filter(user=user)
    return rows


def access_passkey(*, user: User, pk: int) -> Authenticator:
    """One of the user's own passkeys."""
    passkey = second_factors_of(user).filter(pk=pk, type=Authenticator.Type.WEBAUTHN).first()
    if passkey is None:
        raise NotFound()
    return passkey


def sessions_of(user: User) -> QuerySet[UserSession]:
    """Where the user is signed in."""
    rows: QuerySet[UserSession] = UserSession.objects.filter(user=user)
    return rows


def access_session(*, user: User, pk: int) -> UserSession:
    """One of the user's own sessions."""
    session = sessions_of(user).filter(pk=pk).first()
    if session is None:
        raise NotFound()
    return session


def erasure_open_of(account_id: UUID) -> Erasure | None:
    """The request for erasure of an account that is not settled yet."""
    return Erasure.objects.filter(account_id=account_id, settled_at=None).select_related("asked_by").first()


def erasures() -> QuerySet[Erasure]:
    """Every request for erasure, with its account."""
    return Erasure.objects.select_related("account", "asked_by", "opened_by", "approved_by", "settled_by")


def access_erasure(erasure_id: UUID) -> Erasure:
    """One request, for operators."""
    found = erasures().filter(id=erasure_id).first()
    if found is None:
        raise NotFound()
    return found
