"""Prepaid money: topped up once per source, used by invoices in its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from invoices.errors import (
    BalanceEmpty,
    BalanceExpired,
    BalanceSpent,
    PreviewOutdated,
    ReferenceMissing,
    TopUpDiffers,
    TopUpExpired,
    TopUpNotPositive,
    TopUpOfAnother,
)
from invoices.models import BalanceLot, BalanceUse
from invoices.queries.balances import BY_HAND, GIFT, left_of
from provider.accounts.operations.locks import lock_account as lock_customer
from provider.kernel import audit, ledger
from provider.kernel.actor import Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.errors import NotFound
from provider.kernel.money import Money

from .billing import bill_account
from .desk import lock_account

# Where the money of a top-up by hand was before, and is again when it is taken back.
_PAID_FROM: Final = {BY_HAND: LedgerAccount.CASH, GIFT: LedgerAccount.DISCOUNT}


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
    reason: str = "",
) -> BalanceLot:
    """Add prepaid money; the same source a second time adds nothing and answers the first top-up.

    Raises `TopUpDiffers` where the same source comes with another amount, currency or account.

    `paid_from` is where the money was before: cash, what cards owe, or a discount that is given away.
    """
    if amount.minor <= 0:
        raise TopUpNotPositive(field="amount")
    with transaction.atomic():
        account = lock_customer(account_id)
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
            reason=reason,
        )
    return lot


def top_up_by_hand(
    *,
    account_id: UUID,
    amount: Money,
    kind: str,
    reference: str,
    by: Actor,
    at: datetime,
    reason: str,
    name: str = "main",
    priority: int = 0,
    expires_at: datetime | None = None,
    only: Mapping[str, Sequence[str]] | None = None,
) -> BalanceLot:
    """Add money that arrived (`transfer`) or is given away (`gift`); the same reference again adds nothing."""
    if not reference.strip():
        raise ReferenceMissing(field="reference")
    if expires_at is not None and expires_at <= at:
        raise TopUpExpired(field="expires_at")
    return top_up(
        account_id=account_id, amount=amount, source_kind=kind, source_id=reference.strip(), by=by, at=at, name=name,
        priority=priority, expires_at=expires_at, only=only, paid_from=_PAID_FROM[kind], reason=reason,
    )  # fmt: skip


def take_back_rest(
    *, account_id: UUID, lot_id: UUID, by: Actor, at: datetime, reason: str, expected_minor: int | None = None
) -> BalanceLot:
    """Take back what is left of a top-up by hand: a transfer is to be paid back, a gift is given no more.

    Invoices that are due by now are made before, for they may still use it. `expected_minor` is what was seen.
    """
    with transaction.atomic():
        lock_account(account_id)
        lot = BalanceLot.objects.select_for_update().filter(id=lot_id, account_id=account_id).first()
        if lot is None:
            raise NotFound()
        if lot.source_kind not in _PAID_FROM:
            raise TopUpOfAnother()
        bill_account(account_id=account_id, at=at, by=by)
        left = left_of(lot)
        if not left.minor:
            raise BalanceExpired() if lot.uses.filter(purpose="expired").exists() else BalanceEmpty()
        if expected_minor not in (None, left.minor):
            raise PreviewOutdated(preview=left)
        _take_back(lot, amount=left, paid_from=_PAID_FROM[lot.source_kind], by=by, at=at, reason=reason)
    return lot


def grant_points(
    *,
    account_id: UUID,
    points: int,
    currency: str,
    source_kind: str,
    source_id: str,
    worth_minor: int = 0,
    by: Actor,
    at: datetime,
) -> BalanceLot:
    """Add points, once per source. They are no money: whoever grants them says in the books what they are worth,
    and here what was paid for them, which is owed until they are used."""
    if points <= 0:
        raise TopUpNotPositive(field="points")
    with transaction.atomic():
        account = lock_customer(account_id)
        known = BalanceLot.objects.filter(source_kind=source_kind, source_id=source_id).first()
        if known is not None:
            return known
        lot = BalanceLot.objects.create(
            account=account, name="points", unit="points", currency=currency, amount_minor=points,
            worth_minor=worth_minor, source_kind=source_kind, source_id=source_id, topped_up_at=at,
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
        lock_account(found.account_id)
        lot = BalanceLot.objects.select_for_update().get(id=found.id)
        if lot.uses.exists():
            raise BalanceExpired() if lot.uses.filter(purpose="expired").exists() else BalanceSpent()
        _take_back(lot, amount=Money(lot.amount_minor, lot.currency), paid_from=paid_from, by=by, at=at)
    return lot


def _take_back(
    lot: BalanceLot, *, amount: Money, paid_from: LedgerAccount, by: Actor, at: datetime, reason: str = ""
) -> None:
    BalanceUse.objects.create(
        lot=lot, purpose="taken_back", currency=amount.currency, amount_minor=amount.minor, at=at
    )  # fmt: skip
    if lot.unit == "money":
        ledger.post(
            source_kind="balance_lot", source_id=lot.id, purpose="taken_back", at=at,
            lines=[
                ledger.Line(LedgerAccount.BALANCE_LIABILITY, amount, lot.account_id),
                ledger.Line(paid_from, -amount),
            ],
        )  # fmt: skip
    _record(lot, verb="balance.taken_back", by=by, at=at, amount=amount, reason=reason)


def _record(
    lot: BalanceLot, *, verb: str, by: Actor, at: datetime, amount: Money | None = None, reason: str = ""
) -> None:
    minor = lot.amount_minor if amount is None else amount.minor
    audit.record(
        by=by, verb=verb, subject_kind="balance_lot", subject_id=lot.id, account_id=lot.account_id, at=at,
        after={"name": lot.name, "amount_minor": minor, "currency": lot.currency}, reason=reason,
    )  # fmt: skip
