"""Erasure on the owner's request: asked for, checked by one, approved by another, waited for, then done for good.

These are the steps that belong to the account and its people; `provider.console.operations.erasure` does them in their
order with those of the packages above.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext, override

from provider.accounts.errors import (
    ErasureBlocked,
    ErasureNotConfirmed,
    ErasureOpen,
    ErasureReasonMissing,
    ErasureSamePerson,
    ErasureTooEarly,
)
from provider.accounts.models import (
    ERASURE_MOVES,
    Account,
    ApiKey,
    Consent,
    Erasure,
    ErasureStatus,
    Invitation,
    InvitationStatus,
    Membership,
    MembershipStatus,
    Portal,
    User,
)
from provider.accounts.rules.erasure import PARTS, digest_of, is_the_name
from provider.kernel import audit, post
from provider.kernel.actor import Actor
from provider.kernel.errors import NotAllowed, NotFound
from provider.kernel.site import link_to
from provider.kernel.state import move

from .locks import lock_account, person

NOBODY: Final = "erased.invalid"  # where nothing is ever delivered


def ask_erasure(
    *,
    account_id: UUID,
    name_typed: str,
    reason: str,
    language: str,
    gives_up: Sequence[str],
    is_confirmed: bool,
    is_blocked: bool,
    by: Actor,
    at: datetime,
) -> Erasure:
    """The owner asks to have the account erased. Nothing happens before two of the staff and the waiting time."""
    with transaction.atomic():
        account = lock_account(account_id)
        if by.portal != Portal.SUBSCRIBER or by.impersonation_id is not None:
            raise NotAllowed()
        if is_blocked:
            raise ErasureBlocked()
        if not is_confirmed or not is_the_name(name_typed, name=account.name):
            raise ErasureNotConfirmed(field="name")
        try:
            with transaction.atomic():
                asked = Erasure.objects.create(
                    account=account, reason=reason.strip(), language=language, gives_up=list(gives_up),
                    asked_by_id=person(by), asked_at=at,
                )  # fmt: skip
        except IntegrityError as trouble:
            raise ErasureOpen() from trouble

        _record(asked, verb="erasure.asked", by=by, at=at, reason=asked.reason)
        return asked


def withdraw_erasure(*, account_id: UUID, by: Actor, at: datetime) -> Erasure:
    """The owner changes their mind, as long as nothing was erased."""
    with transaction.atomic():
        account = lock_account(account_id)
        found = Erasure.objects.select_for_update().filter(account=account, settled_at=None).first()
        if found is None:
            raise NotFound()
        move(found, to=ErasureStatus.WITHDRAWN, transitions=ERASURE_MOVES, settled_at=at, settled_by_id=person(by))

        _record(found, verb="erasure.withdrawn", by=by, at=at)
        return found


def open_erasure(*, erasure_id: UUID, is_blocked: bool, by: Actor, at: datetime) -> Erasure:
    """One of the staff has checked that the owner asked, and that nothing is left to settle."""
    with transaction.atomic():
        found = _locked(erasure_id)
        if is_blocked:
            raise ErasureBlocked()
        move(found, to=ErasureStatus.OPENED, transitions=ERASURE_MOVES, opened_by_id=person(by), opened_at=at)

        _record(found, verb="erasure.opened", by=by, at=at)
        return found


def approve_erasure(*, erasure_id: UUID, is_blocked: bool, by: Actor, at: datetime) -> Erasure:
    """A second person approves; from now the waiting time runs, and the owner is told of it."""
    with transaction.atomic():
        found = _locked(erasure_id)
        if found.opened_by_id == by.user_id:
            raise ErasureSamePerson()
        if is_blocked:
            raise ErasureBlocked()
        erase_at = at + timedelta(days=settings.ERASURE_WAITS_DAYS)
        move(
            found, to=ErasureStatus.WAITING, transitions=ERASURE_MOVES, approved_by_id=person(by), approved_at=at,
            erase_at=erase_at,
        )  # fmt: skip

        _record(found, verb="erasure.approved", by=by, at=at, after={"erase_at": erase_at})
        _tell(found, key="erasure_approved", params={"erases_at": erase_at.isoformat()}, at=at)
        return found


def decline_erasure(*, erasure_id: UUID, reason: str, by: Actor, at: datetime) -> Erasure:
    """The staff say no, and why: somebody else asked in the owner's name, or a law says that all must stay."""
    with transaction.atomic():
        found = _locked(erasure_id)
        if not reason.strip():
            raise ErasureReasonMissing(field="reason")
        move(
            found, to=ErasureStatus.DECLINED, transitions=ERASURE_MOVES, settled_at=at, settled_by_id=person(by),
            note=reason.strip(),
        )  # fmt: skip

        _record(found, verb="erasure.declined", by=by, at=at, reason=found.note)
        _tell(found, key="erasure_declined", params={"reason": found.note}, at=at)
        return found


# --- The erasure itself ---


def begin_erasure(*, erasure_id: UUID, is_blocked: bool, by: Actor, at: datetime) -> Erasure:
    """The waiting time is over: from now on nobody comes in, and nothing can be withdrawn."""
    with transaction.atomic():
        found = _locked(erasure_id)
        if found.status == ErasureStatus.WAITING and found.erase_at is not None and at < found.erase_at:
            raise ErasureTooEarly()
        if is_blocked:
            raise ErasureBlocked()
        move(found, to=ErasureStatus.ERASING, transitions=ERASURE_MOVES)

        members = Membership.objects.filter(account_id=found.account_id, status=MembershipStatus.ACTIVE)
        members.update(status=MembershipStatus.REMOVED, removed_at=at)
        ApiKey.objects.filter(account_id=found.account_id, revoked_at=None).update(revoked_at=at)
        Invitation.objects.filter(account_id=found.account_id, status=InvitationStatus.OPEN).update(
            status=InvitationStatus.REVOKED, settled_at=at
        )

        _record(found, verb="erasure.begun", by=by, at=at)
        return found


def erase_keys(*, account_id: UUID, at: datetime) -> int:
    """What API keys, invitations and consents say of people; the rows stay, for the audit names them."""
    keys = ApiKey.objects.filter(account_id=account_id).exclude(name="").update(name="")
    invited = Invitation.objects.filter(account_id=account_id).exclude(email__endswith=f"@{NOBODY}")
    invitations = invited.update(email=_nowhere(), phone=None)
    consents = Consent.objects.filter(account_id=account_id).exclude(address="").update(address="")
    return keys + invitations + consents


def people_only_here(account_id: UUID) -> list[User]:
    """Who was a member of this account and has no place in any other."""
    elsewhere = Membership.objects.exclude(account_id=account_id).filter(status=MembershipStatus.ACTIVE)
    members = User.objects.filter(memberships__account_id=account_id).exclude(id__in=elsewhere.values("user_id"))
    return list(members.distinct().order_by("id"))


def seal_certificate(*, erasure_id: UUID, certificate: Mapping[str, Any], at: datetime) -> Erasure:
    """Keep what was erased, by its hash, and send it to the owner while there is an address to send it to."""
    found = _locked(erasure_id)
    found.certificate, found.digest = dict(certificate), digest_of(certificate)
    found.save(update_fields=["certificate", "digest"])
    with override(found.language):
        rows = "\n".join(f"{gettext(PARTS[part])}: {count}" for part, count in certificate["counts"].items())
    params = {
        "erased_at": at.isoformat(), "digest": found.digest.hex(), "rows": rows,
        "opened_by": certificate["opened_by"], "approved_by": certificate["approved_by"],
    }  # fmt: skip
    _tell(found, key="erasure_done", params=params, at=at, has_link=False)
    return found


def erase_people(*, account_id: UUID, at: datetime) -> int:
    """Names, addresses and ways to sign in of those who are members nowhere else. Their rows stay, as numbers."""
    ids = [user.id for user in people_only_here(account_id)]
    EmailAddress.objects.filter(user_id__in=ids).delete()
    Authenticator.objects.filter(user_id__in=ids).delete()
    UserSession.objects.filter(user_id__in=ids).delete()
    Consent.objects.filter(user_id__in=ids).exclude(address="").update(address="")
    return User.objects.filter(id__in=ids).update(
        name="", email=_nowhere(), phone=None, phone_verified_at=None, password="", is_active=False
    )


def finish_erasure(*, erasure_id: UUID, by: Actor, at: datetime) -> Erasure:
    """The account ends: its name and addresses go, and it never wakes again."""
    with transaction.atomic():
        found = _locked(erasure_id)
        if found.status != ErasureStatus.ERASING:
            return found
        Account.objects.filter(id=found.account_id).update(
            name=str(found.account_id), company_name="", email="", address="", tax_id="", erased_at=at
        )
        move(found, to=ErasureStatus.ERASED, transitions=ERASURE_MOVES, settled_at=at)
        Erasure.objects.filter(account_id=found.account_id).update(reason="")

        digest = bytes(found.digest or b"").hex()
        _record(found, verb="erasure.done", by=by, at=at, after={"counts": found.counts, "digest": digest})
        return found


def note_counts(*, erasure_id: UUID, part: str, count: int) -> None:
    """Add to what was erased of a part."""
    found = _locked(erasure_id)
    found.counts = found.counts | {part: found.counts.get(part, 0) + count}
    found.save(update_fields=["counts"])


def _nowhere() -> Concat:
    return Concat(Cast(F("id"), CharField()), Value(f"@{NOBODY}"))


def _locked(erasure_id: UUID) -> Erasure:
    found = Erasure.objects.select_for_update(of=("self",)).select_related("account").filter(id=erasure_id).first()
    if found is None:
        raise NotFound()
    return found


def _record(found: Erasure, *, verb: str, by: Actor, at: datetime, **facts: Any) -> None:
    audit.record(
        by=by, verb=verb, subject_kind="erasure", subject_id=found.id, account_id=found.account_id, at=at, **facts
    )


def _tell(found: Erasure, *, key: str, params: Mapping[str, Any], at: datetime, has_link: bool = True) -> None:
    """Tell whoever asked, in the language in which they did."""
    owner = found.asked_by
    said = {"account_name": found.account.name} | dict(params)
    said |= {"link": link_to("portal:erasure")} if has_link else {}
    post.send(
        key=key, to_email=owner.email, to_phone=None if owner.email else owner.phone, user_id=owner.id,
        account_id=found.account_id, language=found.language, params=said, at=at,
    )  # fmt: skip
