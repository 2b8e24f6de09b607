"""People: they sign up, change what is theirs, and their addresses are put right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from provider.accounts.errors import AddressTaken, MissingName, UnknownLanguage
from provider.accounts.events import (
    AccountSettingsChanged,
    ConsentGiven,
    EmailChanged,
    EmailCorrected,
    MemberJoined,
    PhoneChanged,
    UserCreated,
)
from provider.accounts.models import (
    Account,
    Consent,
    ConsentKind,
    Language,
    Membership,
    Portal,
    Role,
    Theme,
    User,
)
from provider.accounts.rules.phones import Contact, parse_email
from provider.accounts.rules.support import check_reason
from provider.accounts.rules.texts import PRIVACY_VERSION, TERMS_VERSION
from provider.kernel import audit, outbox, post, together
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound

from .accounts import AccountDetails, create_subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A person whose address is proved; the password is hashed already, so that it is never kept in clear."""

    contact: Contact
    name: str
    language: str
    password_hash: str
    theme: str = Theme.AUTO


class Welcome(Protocol):
    """What higher packages do for an account that has just signed up, such as beginning the trial of a plan."""

    def __call__(self, *, account: Account, user: User, plan: str, by: Actor, at: datetime) -> None: ...


_welcomes: list[Welcome] = []


def on_sign_up(welcome: Welcome) -> None:
    """Have `welcome` called in the transaction of each sign-up, with the code of the plan that was chosen, if any."""
    if welcome not in _welcomes:
        _welcomes.append(welcome)


def sign_up(
    *,
    person: NewUser,
    details: AccountDetails,
    parent: Account | None,
    address: str,
    at: datetime,
    plan: str = "",
) -> User:
    """Make a user, their account and their ownership of it, and keep what they agreed to."""
    with transaction.atomic():
        user = create_user(person=person, address=address, at=at)
        by = Actor(kind="person", user_id=user.id, portal=Portal.SUBSCRIBER, role=Role.OWNER, address=address)
        account = create_subscriber(
            parent=parent, details=details, by=by, at=at, is_test=parent.is_test if parent else False
        )
        add_member(account=account, user=user, portal=Portal.SUBSCRIBER, role=Role.OWNER, by=by, at=at)
        for welcome in _welcomes:
            welcome(account=account, user=user, plan=plan, by=replace(by, account_id=account.id), at=at)
        return user


def create_user(*, person: NewUser, address: str, at: datetime) -> User:
    """Make a user who has accepted the terms and the privacy notice in force. The address must be proved."""
    if not person.name.strip():
        raise MissingName(field="name")
    with transaction.atomic(), together.held():
        user = _insert_user(person, at=at)

        by = Actor(kind="person", user_id=user.id, address=address)
        audit.record(
            by=by, verb="user.created", subject_kind="user", subject_id=user.id, account_id=None, at=at,
            after={"name": user.name, "language": user.language},
        )  # fmt: skip
        outbox.publish(UserCreated(user_id=user.id), at=at)
        accept_texts(user=user, language=person.language, address=address, by=by, at=at)
        return user


def accept_texts(*, user: User, language: str, address: str, by: Actor, at: datetime) -> None:
    """Keep which versions of the terms and of the privacy notice were accepted, when, from where, in which language."""
    for kind, version in ((ConsentKind.TERMS, TERMS_VERSION), (ConsentKind.PRIVACY, PRIVACY_VERSION)):
        consent = Consent(kind=kind, user=user, version=version, language=language, address=address, given_at=at)
        together.insert(consent)
        audit.record(
            by=by, verb="consent.given", subject_kind="consent", subject_id=consent.id, account_id=None, at=at,
            after={"kind": kind, "version": version},
        )  # fmt: skip
        outbox.publish(ConsentGiven(consent_id=consent.id, kind=kind, user_id=user.id), at=at)


def add_member(*, account: Account, user: User, portal: str, role: str, by: Actor, at: datetime) -> Membership:
    """Put a user into an account. Called by sign-up, by an accepted invitation, and by the demo."""
    with transaction.atomic(), together.held():
        membership = Membership(account=account, user=user, portal=portal, role=role, joined_at=at)
        together.insert(membership)
        audit.record(
            by=by, verb="member.joined", subject_kind="membership", subject_id=membership.id, account_id=account.id,
            at=at, after={"user_id": str(user.id), "portal": portal, "role": role},
        )  # fmt: skip
        joined = MemberJoined(
            account_id=account.id, membership_id=membership.id, user_id=user.id, portal=portal, role=role
        )
        outbox.publish(joined, at=at)
        return membership


def change_own_settings(*, user_id: UUID, by: Actor, at: datetime, **values: str) -> User:
    """Change one's name, language or theme."""
    assert set(values) <= {"name", "language", "theme"}, values
    if "language" in values and values["language"] not in Language.values:
        raise UnknownLanguage(field="language", language=values["language"])
    if values.get("theme", Theme.AUTO) not in Theme.values:
        raise NotFound()
    if "name" in values and not values["name"].strip():
        raise MissingName(field="name")
    with transaction.atomic():
        user = _lock_user(user_id)
        before = {name: getattr(user, name) for name in values}
        changed = {name: value.strip() for name, value in values.items() if value.strip() != before[name]}
        if not changed:
            return user
        for name, value in changed.items():
            setattr(user, name, value)
        user.save(update_fields=list(changed))

        audit.record(
            by=by, verb="user.settings_changed", subject_kind="user", subject_id=user.id, account_id=None, at=at,
            before={name: before[name] for name in changed}, after=dict(changed),
        )  # fmt: skip
        return user


def change_phone(*, user_id: UUID, phone: str, by: Actor, at: datetime) -> User:
    """Store a mobile number that was proved by a code; the old one is forgotten."""
    with transaction.atomic():
        user = _lock_user(user_id)
        before = user.phone
        user.phone, user.phone_verified_at = phone, at
        _save_unique(user, fields=["phone", "phone_verified_at"])

        if before != phone:
            audit.record(
                by=by, verb="user.phone_changed", subject_kind="user", subject_id=user.id, account_id=None, at=at,
                before={"phone": before}, after={"phone": phone},
            )  # fmt: skip
            outbox.publish(PhoneChanged(user_id=user.id), at=at)
        return user


def note_email_changed(*, user_id: UUID, before: str, after: str, by: Actor, at: datetime) -> None:
    """Keep that a user moved to another, proved, address (allauth has stored it)."""
    with transaction.atomic():
        audit.record(
            by=by, verb="user.email_changed", subject_kind="user", subject_id=user_id, account_id=None, at=at,
            before={"email": before}, after={"email": after},
        )  # fmt: skip
        outbox.publish(EmailChanged(user_id=user_id), at=at)


def correct_email(*, user_id: UUID, email: str, reason: str, by: Actor, at: datetime) -> User:
    """Put a mistyped address right. It is unproved until the user confirms it by a code at the next sign-in."""
    email, reason = parse_email(email), check_reason(reason)
    with transaction.atomic():
        user = _lock_user(user_id)
        before = user.email
        if before == email:
            return user

        user.email = email
        _save_unique(user, fields=["email"])
        EmailAddress.objects.filter(user=user).delete()
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)

        audit.record(
            by=by, verb="user.email_corrected", subject_kind="user", subject_id=user.id, account_id=by.account_id,
            at=at, before={"email": before}, after={"email": email}, reason=reason,
        )  # fmt: skip
        if before:
            _correct_in_accounts(user, before=before, after=email, reason=reason, by=by, at=at)
        outbox.publish(EmailCorrected(user_id=user.id), at=at)
        if before:
            post.send(
                key="email_corrected_notice", to_email=before, user_id=user.id, language=user.language,
                params={"new_email": email, "reason": reason}, at=at,
            )  # fmt: skip
        return user


def _correct_in_accounts(user: User, *, before: str, after: str, reason: str, by: Actor, at: datetime) -> None:
    """Invoices go where the account says, and what was mistyped at sign-up stands there too."""
    ids = user.memberships.values_list("account_id", flat=True)
    for account in Account.objects.select_for_update(no_key=True).filter(id__in=ids, email=before):
        account.email = after
        account.save(update_fields=["email"])
        audit.record(
            by=by, verb="account.settings_changed", subject_kind="account", subject_id=account.id,
            account_id=account.id, at=at, before={"email": before}, after={"email": after}, reason=reason,
        )  # fmt: skip
        outbox.publish(AccountSettingsChanged(account_id=account.id, fields=["email"]), at=at)


def note_security_act(*, user_id: UUID, verb: str, by: Actor, at: datetime, **facts: Any) -> None:
    """Keep a sign-in, a sign-out or a change of password or second factor in the audit."""
    audit.record(
        by=by, verb=verb, subject_kind="user", subject_id=user_id, account_id=by.account_id, at=at, after=facts or None
    )


def _insert_user(person: NewUser, *, at: datetime) -> User:
    user = User(
        email=person.contact.email,
        phone=person.contact.phone,
        phone_verified_at=at if person.contact.phone else None,
        name=person.name.strip(),
        language=person.language,
        theme=person.theme,
        password=person.password_hash,
        created_at=at,
    )
    _save_unique(user, fields=None)
    if user.email:
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def _save_unique(user: User, *, fields: list[str] | None) -> None:
    try:
        with transaction.atomic():
            user.save(update_fields=fields, force_insert=fields is None)
    except IntegrityError as trouble:
        if "user_email_once" in str(trouble) or "user_phone_once" in str(trouble):
            raise AddressTaken() from None
        raise


def _lock_user(user_id: UUID) -> User:
    user = User.objects.select_for_update().filter(id=user_id).first()
    if user is None:
        raise NotFound()
    return user
