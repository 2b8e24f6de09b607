"""Prepaid money: topped up once per source, used by invoices in its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from invoices.errors import TopUpDiffers, TopUpNotPositive
from invoices.models import BalanceLot
from provider.kernel import audit, ledger
from provider.kernel.actor import Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.money import Money

from .desk import lock_account


def top_up(
    *,
    account_id: UUID,
    amount: Money,
    source_kind: str,
    source_id: str,
    by: Actor,
    at: datetime,
    name: str = "main",
    priority: int = 0,
    expires_at: datetime | None = None,
    only: Mapping[str, Sequence[str]] | None = None,
    paid_from: LedgerAccount = LedgerAccount.CASH,
) -> BalanceLot:
    """Add prepaid money; the same source a second time adds nothing and answers the first top-up.

    Raises `TopUpDiffers` where the same source comes with another amount, currency or account.

    `paid_from` is where the money was before: cash, what cards owe, or a discount that is given away.
    """
    if amount.minor <= 0:
        raise TopUpNotPositive(field="amount")
    with transaction.atomic():
        account = lock_account(account_id)
        known = BalanceLot.objects.filter(source_kind=source_kind, source_id=source_id).first()
        if known is not None:
            if (known.account_id, known.amount_minor, known.currency) != (account.id, amount.minor, amount.currency):
                raise TopUpDiffers(field="amount")
            return known
        lot = BalanceLot.objects.create(
            account=account,
            name=name,
            currency=amount.currency,
            amount_minor=amount.minor,
            priority=priority,
            only={kind: list(names) for kind, names in (only or {}).items()},
            source_kind=source_kind,
            source_id=source_id,
            topped_up_at=at,
            expires_at=expires_at,
        )
        ledger.post(
            source_kind="balance_lot",
            source_id=lot.id,
            purpose="top_up",
            at=at,
            lines=[
                ledger.Line(paid_from, amount),
                ledger.Line(LedgerAccount.BALANCE_LIABILITY, -amount, account.id),
            ],
        )
        audit.record(
            by=by,
            verb="balance.topped_up",
            subject_kind="balance_lot",
            subject_id=lot.id,
            account_id=account.id,
            at=at,
            after={"name": name, "amount_minor": amount.minor, "currency": amount.currency},
        )
    return lot
