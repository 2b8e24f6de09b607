"""What the rest of the house tells: letters of lower storeys."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from provider.accounts.models import Account, User

from .operations import messages


def carry(
    *,
    key: str,
    to_email: str | None,
    to_phone: str | None,
    user_id: UUID | None,
    account_id: UUID | None,
    language: str,
    params: dict[str, Any],
    secret_params: dict[str, Any],
    at: datetime,
) -> None:
    """Carry a letter of a lower storey; registered at `provider.kernel.post`."""
    messages.send(
        key=key,
        account=Account.objects.select_related("brand", "parent").get(id=account_id) if account_id else None,
        user=User.objects.get(id=user_id) if user_id else None,
        to_email=to_email,
        to_phone=to_phone,
        language=language,
        params=params,
        secret_params=secret_params,
        at=at,
    )
