"""Keys for machines: made, used, revoked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from provider.accounts.errors import BadExpiry, KeyModeUnfit, MissingName, NoScopes, UnknownScope, WithheldWhileActing
from provider.accounts.events import ApiKeyCreated, ApiKeyRevoked
from provider.accounts.models import ApiKey, Membership, MembershipStatus, Role
from provider.accounts.rules.api_keys import SHOWN_PREFIX_LENGTH, hash_of, mode_fits, secret_from
from provider.accounts.rules.scopes import Scope, scopes_for, scopes_within
from provider.kernel import audit, outbox, post
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.ids import new_token

from .locks import lock_account

USED_EVERY: Final = timedelta(minutes=1)


def create_api_key(
    *,
    account_id: UUID,
    portal: str,
    name: str,
    scopes: Sequence[str],
    is_test: bool,
    expires_at: datetime | None,
    by: Actor,
    at: datetime,
) -> tuple[ApiKey, str]:
    """Make a key that can do no more than its maker. Its secret is returned this once; only a hash of it is kept."""
    _check_wishes(portal=portal, name=name, scopes=scopes, expires_at=expires_at, by=by, at=at)
    if by.impersonation_id is not None:
        raise WithheldWhileActing()
    secret = secret_from(token=new_token(), is_test=is_test)
    with transaction.atomic():
        account = lock_account(account_id)
        if not mode_fits(portal=portal, is_test=is_test, account_is_test=account.is_test):
            raise KeyModeUnfit(field="is_test")

        key = ApiKey.objects.create(
            account=account, portal=portal, name=name.strip(), prefix=secret[:SHOWN_PREFIX_LENGTH],
            secret_hash=hash_of(secret), scopes=sorted(set(scopes)), is_test=is_test, created_by_id=by.user_id,
            created_at=at, expires_at=expires_at,
        )  # fmt: skip

        audit.record(
            by=by, verb="api_key.created", subject_kind="api_key", subject_id=key.id, account_id=account.id, at=at,
            after={"name": key.name, "prefix": key.prefix, "scopes": key.scopes, "is_test": is_test},
        )  # fmt: skip
        outbox.publish(ApiKeyCreated(account_id=account.id, api_key_id=key.id), at=at)
        _tell_owners(key, at=at)
        return key, secret


def revoke_api_key(*, account_id: UUID, api_key_id: UUID, by: Actor, at: datetime) -> ApiKey:
    """End a key at once. Harmless when repeated."""
    with transaction.atomic():
        account = lock_account(account_id)
        key = ApiKey.objects.select_for_update().filter(id=api_key_id, account=account).first()
        if key is None:
            raise NotFound()
        if key.revoked_at is not None:
            return key

        key.revoked_at = at
        key.save(update_fields=["revoked_at"])

        audit.record(
            by=by, verb="api_key.revoked", subject_kind="api_key", subject_id=key.id, account_id=account.id, at=at
        )
        outbox.publish(ApiKeyRevoked(account_id=account.id, api_key_id=key.id), at=at)
        return key


def note_key_used(*, api_key_id: UUID, at: datetime) -> None:
    """Keep when a key was last used, to the minute; one statement, no lock held."""
    stale = Q(last_used_at=None) | Q(last_used_at__lte=at - USED_EVERY)
    ApiKey.objects.filter(stale, id=api_key_id).update(last_used_at=at)


def _check_wishes(
    *, portal: str, name: str, scopes: Sequence[str], expires_at: datetime | None, by: Actor, at: datetime
) -> None:
    if not name.strip():
        raise MissingName(field="name")
    if not scopes:
        raise NoScopes(field="scopes")
    offered = {scope.name for scope in _scopes_offered(portal=portal, by=by)}
    for scope in scopes:
        if scope not in offered:
            raise UnknownScope(field="scopes", scope=scope)
    if expires_at is not None and expires_at <= at:
        raise BadExpiry(field="expires_on")


def _scopes_offered(*, portal: str, by: Actor) -> list[Scope]:
    """A person hands out what their role may; a key only what it has itself, by name."""
    if by.kind == "api_key":
        return scopes_within(portal=portal, granted=by.permissions)
    return scopes_for(portal=portal, permissions=by.permissions)


def _tell_owners(key: ApiKey, *, at: datetime) -> None:
    """A key that somebody else makes is told to every owner, so that none appears unseen."""
    owners = Membership.objects.select_related("user").filter(
        account_id=key.account_id, role=Role.OWNER, portal=key.portal, status=MembershipStatus.ACTIVE
    )
    for owner in owners:
        post.send(
            key="api_key_created", to_email=owner.user.email, to_phone=None if owner.user.email else owner.user.phone,
            user_id=owner.user_id, account_id=key.account_id, language=owner.user.language,
            params={
                "account_name": key.account.name, "key_name": key.name, "prefix": key.prefix,
                "made_by": str(key.created_by or ""),
            },
            at=at,
        )  # fmt: skip
