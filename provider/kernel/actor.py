"""Who acts: passed as `by=` to every operation and written on every audit row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, an API key or the product itself, acting within one account.

    `account_id` is the account that is acted in. While staff act for a customer, `user_id` stays the staff member and
    `impersonation_id` and `home_account_id` say on whose authority; audit keeps both.
    """

    kind: Literal["person", "api_key", "system", "anonymous"]
    user_id: UUID | None = None
    account_id: UUID | None = None
    portal: str = ""  # provider, reseller or subscriber: in which capacity
    role: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)
    api_key_id: UUID | None = None
    is_test: bool = False  # a test key: sees test accounts and no others
    impersonation_id: UUID | None = None
    home_account_id: UUID | None = None
    address: str = ""  # the network address, for the audit
    request_id: str = ""  # of the request that this is part of, for the audit and the log

    def may(self, permission: str) -> bool:
        """Whether the role or the key grants `permission`, such as "team.manage"."""
        return permission in self.permissions


SYSTEM = Actor(kind="system")
ANONYMOUS = Actor(kind="anonymous")
