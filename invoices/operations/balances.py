"""Prepaid money: topped up once per source, used by invoices in its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from invoices.errors import BalanceSpent, TopUpDiffers, TopUpNotPositive
from invoices.models import BalanceLot, BalanceUse
from provider.kernel import audit, ledger
from provider.kernel.actor import Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.errors import NotFound
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


def grant_points(
    *, account_id: UUID, points: int, currency: str, source_kind: str, source_id: str, by: Actor, at: datetime
) -> BalanceLot:
    """Add points, once per source. They are no money: whoever grants them says in the books what they are worth."""
    if points <= 0:
        raise TopUpNotPositive(field="points")
    with transaction.atomic():
        account = lock_account(account_id)
        known = BalanceLot.objects.filter(source_kind=source_kind, source_id=source_id).first()
        if known is not None:
            return known
        lot = BalanceLot.objects.create(
            account=account, name="points", unit="points", currency=currency, amount_minor=points,
            source_kind=source_kind, source_id=source_id, topped_up_at=at,
        )  # fmt: skip
        _record(lot, verb="balance.points_granted", by=by, at=at)
    return lot


def take_back_lot(
    *,
    source_kind: str,
    source_id: str,
    by: Actor,
    at: datetime,
    paid_from: LedgerAccount = LedgerAccount.CASH,
) -> BalanceLot:
    """Undo a top-up or points of which nothing was used; the money is again where it was before."""
    with transaction.atomic():
        found = BalanceLot.objects.filter(source_kind=source_kind, source_id=source_id).first()
        if found is None:
            raise NotFound()
        account = lock_account(found.account_id)
        lot = BalanceLot.objects.select_for_update().get(id=found.id)
        if lot.uses.exists():
            raise BalanceSpent()
        BalanceUse.objects.create(
            lot=lot, purpose="taken_back", currency=lot.currency, amount_minor=lot.amount_minor, at=at
        )
        if lot.unit == "money":
            amount = Money(lot.amount_minor, lot.currency)
            ledger.post(
                source_kind="balance_lot", source_id=lot.id, purpose="taken_back", at=at,
                lines=[
                    ledger.Line(LedgerAccount.BALANCE_LIABILITY, amount, account.id),
                    ledger.Line(paid_from, -amount),
                ],
            )  # fmt: skip
        _record(lot, verb="balance.taken_back", by=by, at=at)
    return lot


def _record(lot: BalanceLot, *, verb: str, by: Actor, at: datetime) -> None:
    audit.record(
        by=by, verb=verb, subject_kind="balance_lot", subject_id=lot.id, account_id=lot.account_id, at=at,
        after={"name": lot.name, "amount_minor": lot.amount_minor, "currency": lot.currency},
    )  # fmt: skip
