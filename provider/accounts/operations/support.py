"""Staff act for a customer: asked for, allowed for a while, done with a reason, seen by the owner."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from provider.accounts.errors import AlreadyActing, NoConsent, RequestOpen, WithheldWhileActing
from provider.accounts.events import ActingEnded, ActingStarted, ConsentGiven, ConsentWithdrawn, SupportAccessRequested
from provider.accounts.models import (
    SUPPORT_REQUEST_MOVES,
    Account,
    Consent,
    ConsentKind,
    Impersonation,
    Membership,
    MembershipStatus,
    Portal,
    Profile,
    Role,
    SupportRequest,
    SupportRequestStatus,
    User,
)
from provider.accounts.rules.support import act_ends_at, check_hours, check_reason
from provider.kernel import audit, outbox, post
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.site import link_to
from provider.kernel.state import move

from .locks import home, lock_account, person


def request_support_access(*, account_id: UUID, reason: str, hours: int, by: Actor, at: datetime) -> SupportRequest:
    """Ask the owners of an account to let us act in it; they read who asks, why and for how long."""
    reason = check_reason(reason)
    check_hours(hours)
    with transaction.atomic():
        account = lock_account(account_id)
        check_may_serve(account, by=by)

        request = _insert_request(account, reason=reason, hours=hours, by=by, at=at)

        audit.record(
            by=by, verb="support_access.requested", subject_kind="support_request", subject_id=request.id,
            account_id=account.id, at=at, after={"hours": hours}, reason=reason,
        )  # fmt: skip
        outbox.publish(SupportAccessRequested(account_id=account.id, request_id=request.id), at=at)
        params = {"staff_name": str(request.staff), "reason": reason, "hours": hours}
        _tell_owners(account, key="support_access_request", params=params, at=at)
        return request


def grant_support_access(
    *, account_id: UUID, granted_to_id: UUID, hours: int, language: str, by: Actor, at: datetime
) -> Consent:
    """The owner lets the provider, or the reseller who serves the account, act in it for a while; a new grant
    replaces one that is still running."""
    check_hours(hours)
    with transaction.atomic():
        account = lock_account(account_id)
        if by.impersonation_id is not None:
            raise WithheldWhileActing()
        if granted_to_id not in servants_of(account):
            raise NotFound()

        for running in _running_consents(account, granted_to_id=granted_to_id, at=at):
            _withdraw(running, by=by, at=at)
        consent = Consent.objects.create(
            kind=ConsentKind.SUPPORT_ACCESS, user_id=person(by), account=account, granted_to_id=granted_to_id,
            language=language, address=by.address, given_at=at, expires_at=at + timedelta(hours=hours),
        )  # fmt: skip
        _settle_requests(account, granted_to_id=granted_to_id, to=SupportRequestStatus.GRANTED, at=at)

        audit.record(
            by=by, verb="support_access.granted", subject_kind="consent", subject_id=consent.id,
            account_id=account.id, at=at, after={"hours": hours, "granted_to": str(granted_to_id)},
        )  # fmt: skip
        given = ConsentGiven(account_id=account.id, consent_id=consent.id, kind=consent.kind, user_id=person(by))
        outbox.publish(given, at=at)
        return consent


def decline_support_access(*, account_id: UUID, request_id: UUID, by: Actor, at: datetime) -> SupportRequest:
    """The owner says no to a request."""
    with transaction.atomic():
        account = lock_account(account_id)
        request = SupportRequest.objects.select_for_update().filter(id=request_id, account=account).first()
        if request is None:
            raise NotFound()

        move(request, to=SupportRequestStatus.DECLINED, transitions=SUPPORT_REQUEST_MOVES, settled_at=at)

        audit.record(
            by=by, verb="support_access.declined", subject_kind="support_request", subject_id=request.id,
            account_id=account.id, at=at,
        )  # fmt: skip
        return request


def withdraw_support_access(*, account_id: UUID, consent_id: UUID, by: Actor, at: datetime) -> Consent:
    """The owner takes the consent back; whoever acts in the account is out with their next request."""
    with transaction.atomic():
        account = lock_account(account_id)
        consent = Consent.objects.select_for_update().filter(
            id=consent_id, account=account, kind=ConsentKind.SUPPORT_ACCESS
        ).first()  # fmt: skip
        if consent is None:
            raise NotFound()

        if consent.withdrawn_at is None:
            _withdraw(consent, by=by, at=at)
        return consent


def start_acting(*, account_id: UUID, reason: str, by: Actor, at: datetime) -> Impersonation:
    """Begin to act in a customer's account: by consent, with a reason, for an hour at most, one at a time."""
    reason = check_reason(reason)
    if by.impersonation_id is not None:
        raise AlreadyActing()
    with transaction.atomic():
        account = lock_account(account_id)

        check_may_serve(account, by=by)
        consent = _running_consents(account, granted_to_id=home(by), at=at).first()
        if consent is None or consent.expires_at is None:
            raise NoConsent()

        _close_expired_acts(by=by, at=at)
        act = _insert_act(consent, account=account, reason=reason, by=by, at=at)

        audit.record(
            by=_as(act, by), verb="acting.started", subject_kind="impersonation", subject_id=act.id,
            account_id=account.id, at=at, after={"until": act.expires_at.isoformat()}, reason=reason,
        )  # fmt: skip
        outbox.publish(ActingStarted(account_id=account.id, impersonation_id=act.id, staff_id=act.staff_id), at=at)
        minutes = int((act.expires_at - at).total_seconds() // 60)
        params = {"staff_name": str(act.staff), "reason": reason, "minutes": minutes}
        _tell_owners(account, key="support_access_started", params=params, at=at)
        return act


def end_acting(*, impersonation_id: UUID, by: Actor, at: datetime) -> Impersonation:
    """Stop acting, by hand or because time or consent has ended. Harmless when repeated."""
    with transaction.atomic():
        rows = Impersonation.objects.select_for_update().filter(id=impersonation_id, staff_id=by.user_id)
        act = rows.first()
        if act is None:
            raise NotFound()
        if act.ended_at is None:
            _end(act, by=by, at=at)
        return act


def check_may_serve(account: Account, *, by: Actor) -> None:
    """The provider serves every customer, a reseller its own; all other accounts are not there for them."""
    if by.account_id is None or by.account_id not in servants_of(account):
        raise NotFound()


def servants_of(account: Account) -> frozenset[UUID]:
    """Whose staff may ask to act in this account: the provider, and the reseller right above it."""
    is_provider = Profile.objects.filter(account=account, portal=Portal.PROVIDER).exists()
    if is_provider:
        return frozenset()
    providers = Profile.objects.filter(portal=Portal.PROVIDER).values_list("account_id", flat=True)
    above = [account.parent_id] if account.parent_id else []
    return frozenset([*providers, *above])


def _insert_request(account: Account, *, reason: str, hours: int, by: Actor, at: datetime) -> SupportRequest:
    try:
        with transaction.atomic():
            return SupportRequest.objects.create(
                account=account, staff=User.objects.get(id=person(by)), staff_account_id=home(by),
                reason=reason, hours=hours, created_at=at,
            )  # fmt: skip
    except IntegrityError as trouble:
        if "support_request_one_open" in str(trouble):
            raise RequestOpen() from None
        raise


def _running_consents(account: Account, *, granted_to_id: UUID, at: datetime) -> QuerySet[Consent]:
    return Consent.objects.select_for_update().filter(
        account=account, granted_to_id=granted_to_id, kind=ConsentKind.SUPPORT_ACCESS,
        withdrawn_at=None, expires_at__gt=at,
    )  # fmt: skip


def _withdraw(consent: Consent, *, by: Actor, at: datetime) -> None:
    consent.withdrawn_at = at
    consent.save(update_fields=["withdrawn_at"])
    for act in Impersonation.objects.select_for_update().filter(consent=consent, ended_at=None):
        _end(act, by=by, at=at)
    audit.record(
        by=by, verb="support_access.withdrawn", subject_kind="consent", subject_id=consent.id,
        account_id=consent.account_id, at=at,
    )  # fmt: skip
    outbox.publish(ConsentWithdrawn(account_id=consent.account_id, consent_id=consent.id, kind=consent.kind), at=at)


def _settle_requests(account: Account, *, granted_to_id: UUID, to: str, at: datetime) -> None:
    for request in SupportRequest.objects.select_for_update().filter(
        account=account, staff_account_id=granted_to_id, status=SupportRequestStatus.OPEN
    ):
        move(request, to=to, transitions=SUPPORT_REQUEST_MOVES, settled_at=at)


def _close_expired_acts(*, by: Actor, at: datetime) -> None:
    for act in Impersonation.objects.select_for_update().filter(staff_id=by.user_id, ended_at=None, expires_at__lte=at):
        _end(act, by=by, at=at)


def _insert_act(consent: Consent, *, account: Account, reason: str, by: Actor, at: datetime) -> Impersonation:
    assert consent.expires_at is not None
    try:
        with transaction.atomic():
            return Impersonation.objects.create(
                staff=User.objects.get(id=person(by)), staff_account_id=home(by), account=account,
                portal=_portal_to_act_in(account), consent=consent, reason=reason, started_at=at,
                expires_at=act_ends_at(started_at=at, consent_ends_at=consent.expires_at),
            )  # fmt: skip
    except IntegrityError as trouble:
        if "impersonation_one_at_a_time" in str(trouble):
            raise AlreadyActing() from None
        raise


def _portal_to_act_in(account: Account) -> str:
    portals = set(Profile.objects.filter(account=account).values_list("portal", flat=True))
    return Portal.SUBSCRIBER if Portal.SUBSCRIBER in portals else Portal.RESELLER


def _end(act: Impersonation, *, by: Actor, at: datetime) -> None:
    act.ended_at = min(at, act.expires_at)
    act.save(update_fields=["ended_at"])
    audit.record(
        by=by, verb="acting.ended", subject_kind="impersonation", subject_id=act.id, account_id=act.account_id, at=at
    )
    outbox.publish(ActingEnded(account_id=act.account_id, impersonation_id=act.id), at=at)


def _as(act: Impersonation, by: Actor) -> Actor:
    """The actor as it is while acting: both identities on the row."""
    return Actor(
        kind=by.kind, user_id=by.user_id, account_id=act.account_id, portal=act.portal, role=Role.OWNER,
        impersonation_id=act.id, home_account_id=by.account_id, address=by.address,
    )  # fmt: skip


def _tell_owners(account: Account, *, key: str, params: dict[str, object], at: datetime) -> None:
    owners = Membership.objects.select_related("user").filter(
        account=account, role=Role.OWNER, status=MembershipStatus.ACTIVE
    )
    for owner in owners:
        post.send(
            key=key, to_email=owner.user.email, to_phone=None if owner.user.email else owner.user.phone,
            user_id=owner.user_id, account_id=account.id, language=owner.user.language,
            params={"account_name": account.name, "link": link_to("support_access")} | params, at=at,
        )  # fmt: skip
