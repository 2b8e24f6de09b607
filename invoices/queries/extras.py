"""Lines by hand that wait for an invoice, and the account that they are of."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from invoices.models import ExtraLine
from provider.accounts.models import Account
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound


def waiting_lines(account_id: UUID) -> QuerySet[ExtraLine]:
    """The lines that the account's next invoice will carry, the oldest first."""
    return ExtraLine.objects.filter(account_id=account_id, invoice=None, withdrawn_at=None).order_by("added_at", "id")


def access_billed_account(*, account_id: UUID, by: Actor) -> Account:
    """An account that the provider's people, or its key, bill; a test key those of test accounts only."""
    rows = Account.objects.all() if by.portal == "provider" else Account.objects.none()
    if by.kind == "api_key":
        rows = rows.filter(is_test=by.is_test)
    account = rows.filter(pk=account_id).first()
    if account is None:
        raise NotFound()
    return account


def accounts_called(text: str, *, limit: int = 20) -> list[Account]:
    """Accounts by name, company or e-mail address."""
    wanted = text.strip()
    if not wanted:
        return []
    is_meant = Q(name__icontains=wanted) | Q(company_name__icontains=wanted) | Q(email__icontains=wanted)
    return list(Account.objects.filter(is_meant).order_by("name", "id")[:limit])
