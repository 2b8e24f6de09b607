"""Who a key is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from provider.accounts.models import ApiKey
from provider.kernel.cursor import MOST_PER_PAGE
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, PortalName, any_key

router = Router(tags=["Start"])


class KeyShown(Answer):
    """The key that was sent."""

    id: UUID
    name: Annotated[str, Field(examples=["Warehouse sync"])]
    prefix: Annotated[str, Field(description=N_("How its secret begins."), examples=["pk_live_4fQ9"])]
    scopes: Annotated[list[str], Field(description=N_("What it may."), examples=[["accounts:read"]])]
    expires_at: datetime | None


class Holder(Answer):
    """The account that the key belongs to."""

    id: UUID
    name: Annotated[str, Field(examples=["Linden Trading"])]
    time_zone: Annotated[str, Field(examples=["Asia/Shanghai"])]
    language: Annotated[str, Field(examples=["zh-hans"])]
    currency: Annotated[str, Field(examples=["CNY"])]


class Limits(Answer):
    """How much is taken."""

    requests_per_minute: Annotated[int, Field(description=N_("Requests of this key in a minute."), examples=[600])]
    body_bytes: Annotated[int, Field(description=N_("Bytes of one body."), examples=[4194304])]
    rows_per_page: Annotated[int, Field(description=N_("Rows of one page."), examples=[200])]


class Me(Answer):
    """The key, whose it is, and what it may."""

    key: KeyShown
    account: Holder
    portal: Annotated[PortalName, Field(description=N_("In which capacity the key acts."))]
    mode: Annotated[
        Literal["live", "test"], Field(description=N_("A test key sees test accounts only, a live key the others."))
    ]
    limits: Limits


@router.get(
    "/me",
    response=Me,
    operation_id="read_me",
    summary=N_("Who am I"),
    description=N_("What your key is, which account it acts for, what it may, and how often. Any key may ask."),
)
@any_key
def read_me(request: HttpRequest) -> Me:
    key: ApiKey = request.api_key  # type: ignore[attr-defined]
    account = key.account
    scopes = [scope for scope in key.scopes if actor_of(request).may(scope)]
    return Me(
        key=KeyShown(id=key.id, name=key.name, prefix=key.prefix, scopes=scopes, expires_at=key.expires_at),
        account=Holder(
            id=account.id,
            name=account.name,
            time_zone=account.time_zone,
            language=account.language,
            currency=account.currency,
        ),
        portal=actor_of(request).portal,
        mode="test" if key.is_test else "live",
        limits=Limits(
            requests_per_minute=settings.API_REQUESTS_PER_MINUTE,
            body_bytes=settings.API_BODY_LIMIT_BYTES,
            rows_per_page=MOST_PER_PAGE,
        ),
    )
