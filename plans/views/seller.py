"""Whose catalogue an operator works in."""

from __future__ import annotations

from django.http import HttpRequest

from provider.accounts.models import Account
from provider.kernel.errors import NotFound


def seller_of(request: HttpRequest) -> Account:
    """The account that the operator works for: it sells."""
    account: Account | None = getattr(request, "account", None)
    if account is None:
        raise NotFound()
    return account
