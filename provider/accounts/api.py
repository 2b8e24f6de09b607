"""Accounts, members and API keys, for machines."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import (
    Answer,
    Given,
    Instant,
    LanguageName,
    Page,
    PageAsked,
    PortalName,
    page_of,
    scope,
    shows_secret,
)

from . import queries
from .models import Account, ApiKey, Membership
from .operations.api_keys import create_api_key, revoke_api_key

router = Router()
NEWEST_FIRST = ("-created_at", "-id")

# --- Accounts ---


class AccountShown(Answer):
    """A party: the provider, a reseller, a company or a single person that subscribes."""

    id: UUID
    name: Annotated[str, Field(examples=["Linden Trading"])]
    company_name: Annotated[str, Field(description=N_("Empty for a single person."))]
    email: str
    country: Annotated[str, Field(description=N_("Two letters, ISO 3166-1."), examples=["CN"])]
    region: Annotated[str | None, Field(description=N_("Where its CRM data lives."), examples=["shanghai"])]
    time_zone: Annotated[str, Field(examples=["Asia/Shanghai"])]
    language: Annotated[LanguageName, Field(examples=["zh-hans"])]
    currency: Annotated[str, Field(description=N_("Three letters, ISO 4217."), examples=["CNY"])]
    parent_id: Annotated[UUID | None, Field(description=N_("The account above it, such as its reseller."))]
    is_test: bool
    created_at: datetime

    @classmethod
    def of(cls, account: Account) -> AccountShown:
        return cls(
            id=account.id,
            name=account.name,
            company_name=account.company_name,
            email=account.email,
            country=account.country,
            region=account.region_id,
            time_zone=account.time_zone,
            language=account.language,
            currency=account.currency,
            parent_id=account.parent_id,
            is_test=account.is_test,
            created_at=account.created_at,
        )


class AccountsAsked(PageAsked):
    """Which accounts."""

    email: Annotated[
        str,
        Field(
            max_length=254, description=N_("Only with this e-mail address, in any case."), examples=["li@example.com"]
        ),
    ] = ""
    name: Annotated[
        str, Field(max_length=200, description=N_("Only with this in their name."), examples=["linden"])
    ] = ""


@router.get(
    "/accounts",
    response=Page[AccountShown],
    tags=["Accounts"],
    operation_id="list_accounts",
    summary=N_("List accounts"),
    description=N_(
        "Newest first. The provider's key reads all accounts, a reseller's its own and those below it, "
        "a subscriber's its own."
    ),
)
@scope("accounts:read")
def list_accounts(request: HttpRequest, response: HttpResponse, asked: Query[AccountsAsked]) -> dict[str, Any]:
    rows = queries.find_accounts(queries.accounts_open_to_key(actor_of(request)), email=asked.email, name=asked.name)
    return page_of(
        rows,
        request=request,
        response=response,
        asked=asked,
        order=NEWEST_FIRST,
        shape=AccountShown.of,
        filters={"email": asked.email, "name": asked.name},
    )


@router.get(
    "/accounts/{account_id}",
    response=AccountShown,
    tags=["Accounts"],
    operation_id="read_account",
    summary=N_("Read an account"),
    description=N_("One account that your key may read. Any other answers like one that does not exist."),
)
@scope("accounts:read")
def read_account(request: HttpRequest, account_id: UUID) -> AccountShown:
    return AccountShown.of(queries.access_account_by_key(by=actor_of(request), account_id=account_id))


# --- Members ---


class MemberShown(Answer):
    """A user in the account, in one capacity."""

    id: UUID
    user_id: UUID
    name: Annotated[str, Field(examples=["李雷"])]
    email: str | None
    portal: Annotated[PortalName, Field(description=N_("In which capacity."))]
    role: Annotated[str, Field(examples=["owner"])]
    joined_at: datetime

    @classmethod
    def of(cls, place: Membership) -> MemberShown:
        return cls(
            id=place.id,
            user_id=place.user_id,
            name=place.user.name,
            email=place.user.email,
            portal=place.portal,
            role=place.role,
            joined_at=place.joined_at,
        )


@router.get(
    "/members",
    response=Page[MemberShown],
    tags=["Accounts"],
    operation_id="list_members",
    summary=N_("List members"),
    description=N_("Who works in your key's account now, who joined first at the top."),
)
@scope("members:read")
def list_members(request: HttpRequest, response: HttpResponse, asked: Query[PageAsked]) -> dict[str, Any]:
    by = actor_of(request)
    assert by.account_id is not None
    return page_of(
        queries.team_of(account_id=by.account_id, portal=by.portal),
        request=request,
        response=response,
        asked=asked,
        order=("joined_at", "id"),
        shape=MemberShown.of,
    )


# --- API keys ---


class ApiKeyShown(Answer):
    """A key, without its secret."""

    id: UUID
    name: Annotated[str, Field(examples=["Warehouse sync"])]
    prefix: Annotated[str, Field(description=N_("How its secret begins."), examples=["pk_live_4fQ9xYz1"])]
    portal: Annotated[PortalName, Field(description=N_("In which capacity the key acts."))]
    scopes: Annotated[list[str], Field(description=N_("What it may."), examples=[["accounts:read"]])]
    mode: Annotated[
        Literal["live", "test"], Field(description=N_("A test key sees test accounts only, a live key the others."))
    ]
    created_at: datetime
    last_used_at: Annotated[datetime | None, Field(description=N_("To the minute; null if it was never used."))]
    expires_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> ApiKeyShown:
        return cls(**cls._facts(key))

    @staticmethod
    def _facts(key: ApiKey) -> dict[str, Any]:
        names = ("id", "name", "prefix", "portal", "scopes", "created_at", "last_used_at", "expires_at", "revoked_at")
        return {name: getattr(key, name) for name in names} | {"mode": "test" if key.is_test else "live"}


class ApiKeyMade(ApiKeyShown):
    """A new key, with its secret: the only time that it is shown."""

    secret: Annotated[
        str,
        Field(
            description=N_("Send it as `Authorization: Bearer`. It is shown this once and cannot be read again."),
            examples=["pk_live_4fQ9xYz1nB7…"],
        ),
    ]

    @classmethod
    def with_secret(cls, key: ApiKey, *, secret: str) -> ApiKeyMade:
        return cls(**cls._facts(key), secret=secret)


class ApiKeyAsked(Given):
    """The key to make. It gets the mode and the portal of the key that makes it."""

    name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=80,
            description=N_("What it is for, so that people can tell keys apart."),
            examples=["Warehouse sync"],
        ),
    ]
    scopes: Annotated[
        list[str],
        Field(
            min_length=1,
            max_length=50,
            description=N_("What it may: no more than the key that makes it."),
            examples=[["accounts:read"]],
        ),
    ]
    expires_at: Annotated[
        Instant | None,
        Field(description=N_("When it stops working; null or left out for never."), examples=["2027-11-22T00:00:00Z"]),
    ] = None


@router.get(
    "/api-keys",
    response=Page[ApiKeyShown],
    tags=["API keys"],
    operation_id="list_api_keys",
    summary=N_("List API keys"),
    description=N_("The keys of your key's account and mode, newest first, revoked ones too; never their secrets."),
)
@scope("api_keys:read")
def list_api_keys(request: HttpRequest, response: HttpResponse, asked: Query[PageAsked]) -> dict[str, Any]:
    return page_of(
        queries.keys_open_to_key(actor_of(request)),
        request=request,
        response=response,
        asked=asked,
        order=NEWEST_FIRST,
        shape=ApiKeyShown.of,
    )


@router.post(
    "/api-keys",
    response={201: ApiKeyMade},
    tags=["API keys"],
    operation_id="create_api_key",
    summary=N_("Make an API key"),
    description=N_(
        "The secret is in this answer and nowhere else. The same request with the same Idempotency-Key gets it again, "
        "for 24 hours and only with the key that asked."
    ),
)
@scope("api_keys:write")
@shows_secret
def make_api_key(request: HttpRequest, wish: ApiKeyAsked) -> Status[ApiKeyMade]:
    by = actor_of(request)
    assert by.account_id is not None
    key, secret = create_api_key(
        account_id=by.account_id,
        portal=by.portal,
        name=wish.name,
        scopes=wish.scopes,
        is_test=by.is_test,
        expires_at=wish.expires_at,
        by=by,
        at=clock.now(),
    )
    return Status(201, ApiKeyMade.with_secret(key, secret=secret))


@router.delete(
    "/api-keys/{api_key_id}",
    response=ApiKeyShown,
    tags=["API keys"],
    operation_id="revoke_api_key",
    summary=N_("Revoke an API key"),
    description=N_("It stops working at once and stays in the list. Revoking it again changes nothing."),
)
@scope("api_keys:write")
def end_api_key(request: HttpRequest, api_key_id: UUID) -> ApiKeyShown:
    by = actor_of(request)
    key = queries.access_key_by_key(by=by, api_key_id=api_key_id)
    return ApiKeyShown.of(revoke_api_key(account_id=key.account_id, api_key_id=key.id, by=by, at=clock.now()))
