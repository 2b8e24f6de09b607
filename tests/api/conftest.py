"""Keys, accounts and a caller for stories of the API."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.test import Client

from provider.accounts.models import Account, ApiKey, Profile
from provider.accounts.rules.api_keys import hash_of, secret_from
from provider.accounts.rules.scopes import SCOPES
from provider.kernel.ids import new_token

START = datetime(2026, 11, 1, tzinfo=UTC)


class Caller:
    """A program that holds a key."""

    def __init__(self, *, secret: str = "", language: str = "en") -> None:
        self.secret = secret
        self.language = language
        self.client = Client(raise_request_exception=False)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        headers = {"Accept-Language": self.language}
        if self.secret:
            headers["Authorization"] = f"Bearer {self.secret}"
        return headers | more

    def get(self, path: str, *, headers: dict[str, str] | None = None, **parameters: Any):
        return self.client.get(f"/api/v1{path}", parameters, headers=self._headers(headers or {}))

    def delete(self, path: str):
        return self.client.delete(f"/api/v1{path}", headers=self._headers({}))

    def post(self, path: str, body: Any = None, *, key: str | None = "", headers: dict[str, str] | None = None):
        """POST as JSON; `key=""` makes a fresh Idempotency-Key, `key=None` sends none."""
        more = dict(headers or {})
        if key is not None:
            more["Idempotency-Key"] = key or str(uuid4())
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = more.pop("Content-Type", "application/json")
        return self.client.post(f"/api/v1{path}", content, content_type=kind, headers=self._headers(more))


def make_account(name: str, *, portal: str = "subscriber", parent: Account | None = None, **facts: Any) -> Account:
    account = Account.objects.create(name=name, parent=parent, created_at=facts.pop("created_at", START), **facts)
    Profile.objects.create(account=account, portal=portal, created_at=START)
    return account


def make_key(account: Account, *, portal: str = "subscriber", scopes: list[str] | None = None, **facts: Any):
    """A key of the account, and its secret."""
    secret = secret_from(token=new_token(), is_test=facts.get("is_test", False))
    key = ApiKey.objects.create(
        account=account,
        portal=portal,
        name=facts.pop("name", "key"),
        prefix=secret[:16],
        secret_hash=hash_of(secret),
        scopes=list(SCOPES) if scopes is None else scopes,
        created_at=START,
        **facts,
    )
    return key, secret


def caller_for(account: Account, *, portal: str = "subscriber", language: str = "en", **facts: Any) -> Caller:
    return Caller(secret=make_key(account, portal=portal, **facts)[1], language=language)


@pytest.fixture(autouse=True)
def _fresh_limits():
    """Each story begins with nothing counted."""
    store = redis.Redis.from_url(settings.REDIS_URL)
    for name in store.scan_iter("test:limits:*"):
        store.delete(name)


@pytest.fixture
def provider_account(db):
    return make_account("Perennial", portal="provider")


@pytest.fixture
def subscriber(db):
    return make_account("Linden Trading")


@pytest.fixture
def operator(provider_account):
    """A program of the provider, with every scope."""
    return caller_for(provider_account, portal="provider")


@pytest.fixture
def customer(subscriber):
    """A program of a subscriber, with every scope."""
    return caller_for(subscriber)


@pytest.fixture
def stranger(db):
    return Caller()


def assert_problem(response: Any, *, status: int, code: str) -> dict[str, Any]:
    """The answer is a problem document of this status and code; returns it."""
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code), problem
    assert problem["status"] == status
    assert problem["type"] == f"/api/v1/problems/{code}"
    assert problem["title"]
    assert problem["detail"]
    assert "%(" not in problem["detail"]
    assert problem["request_id"] == response["X-Request-ID"]
    return problem
