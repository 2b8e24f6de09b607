"""Who may give whom which role, and which roles a portal has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from provider.accounts.errors import LastOwner, NotYourself, OnlyOwners, RoleUnknown

OWNER: Final = "owner"
ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "provider": ("owner", "operator", "support", "finance"),
    "reseller": ("owner", "clerk"),
    "subscriber": ("owner", "manager", "member"),
}
INVITATION_LASTS: Final = timedelta(days=7)
OFFER_LASTS: Final = timedelta(days=7)


def check_role_exists(*, portal: str, role: str) -> None:
    """Refuse a role that the portal does not have."""
    if role not in ROLES.get(portal, ()):
        raise RoleUnknown(field="role")


def check_may_give(*, giver: str, role: str, was: str = "") -> None:
    """Only an owner makes or unmakes an owner."""
    if OWNER in (role, was) and giver != OWNER:
        raise OnlyOwners(field="role")


def check_not_oneself(*, is_self: bool) -> None:
    """Nobody raises themselves, and an owner does not lower themselves by a slip."""
    if is_self:
        raise NotYourself(field="role")


def check_owner_remains(*, was: str, becomes: str, owners: int) -> None:
    """An account never loses its last owner; `owners` counts them before the change."""
    if was == OWNER and becomes != OWNER and owners <= 1:
        raise LastOwner()
