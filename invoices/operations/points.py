"""Points become prepaid money, at a rate that the provider sets: once each, whoever asks at the same time.

What was paid for points (by a card) is owed as service until they are used. When they become money it pays for that
money; what the money is beyond it is a discount, what is left of it is earned. Points that were given away are a
discount now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from invoices.errors.points import PointsNotExchanged, RateIncomplete
from invoices.models import BalanceUse, PointExchange, PointRate
from invoices.queries.points import check_points, point_lots, rate_in_force, told
from invoices.rules.points import Part, money_of, parts_of
from provider.accounts.errors import UnknownCurrency
from provider.accounts.operations.locks import lock_account as lock_customer
from provider.accounts.rules.defaults import CURRENCIES
from provider.kernel import audit, ledger
from provider.kernel.actor import Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.errors import FactsChanged
from provider.kernel.exclusive import one_at_a_time
from provider.kernel.ids import new_id
from provider.kernel.ledger import Line
from provider.kernel.money import Money

from .balances import top_up

SOURCE: Final = "point_exchange"


def set_rate(*, currency: str, points: int, amount: Money, reason: str, by: Actor, at: datetime) -> PointRate:
    """From now on so many points become this much money; an amount of nothing ends the offer. Past ones stay."""
    if points < 1 or amount.minor < 0 or amount.currency != currency:
        raise RateIncomplete(field="points")
    if currency not in CURRENCIES:
        raise UnknownCurrency(field="currency", currency=currency)
    if not reason.strip():
        raise RateIncomplete(field="reason")
    with transaction.atomic():
        one_at_a_time(f"point rate|{currency}")
        before = rate_in_force(currency)

        made = PointRate.objects.create(
            currency=currency, points=points, amount_minor=amount.minor, at=at, user_id=by.user_id,
            reason=reason.strip()[:400],
        )  # fmt: skip

        audit.record(
            by=by, verb="points.rate_set", subject_kind="point_rate", subject_id=made.id, account_id=by.account_id,
            at=at, before=_facts(before) if before else None, after=_facts(made), reason=made.reason,
        )  # fmt: skip
        return made


def exchange_points(*, account_id: UUID, points: int, rate_id: UUID, by: Actor, at: datetime) -> PointExchange:
    """Turn points into prepaid money at the rate that was shown; refused where it is not the rate any more."""
    with transaction.atomic():
        account = lock_customer(account_id)
        rate = rate_in_force(account.currency)
        if rate is None:
            raise PointsNotExchanged()
        if rate.id != rate_id:
            raise FactsChanged()
        lots = point_lots(account_id=account.id, at=at)
        check_points(points, step=rate.points, left=sum(lot.left for lot in lots))

        exchange_id, parts = new_id(), parts_of(lots, points=points)
        amount = Money(money_of(points, rate=told(rate)), account.currency)
        lot = top_up(
            account_id=account.id, amount=amount, source_kind=SOURCE, source_id=str(exchange_id), by=by, at=at,
            paid_from=LedgerAccount.DISCOUNT,
        )  # fmt: skip
        made = PointExchange.objects.create(
            id=exchange_id, account=account, rate=rate, points=points, currency=amount.currency,
            amount_minor=amount.minor, lot=lot, at=at, user_id=by.user_id, api_key_id=by.api_key_id,
        )  # fmt: skip
        BalanceUse.objects.bulk_create(
            BalanceUse(
                lot_id=part.lot_id, purpose="exchanged", currency=part.currency, amount_minor=part.points, at=at
            )
            for part in parts
        )  # fmt: skip
        _post_worth(made, parts=parts, amount=amount, at=at)

        audit.record(
            by=by, verb="points.exchanged", subject_kind="balance_lot", subject_id=lot.id, account_id=account.id, at=at,
            after={"points": points, "amount_minor": amount.minor, "currency": amount.currency},
        )  # fmt: skip
        return made


def _post_worth(made: PointExchange, *, parts: Sequence[Part], amount: Money, at: datetime) -> None:
    """What was paid for the points pays for the money, as far as it goes; the rest of it is earned."""
    lines = []
    for currency in sorted({part.currency for part in parts}):
        worth = sum(part.worth_minor for part in parts if part.currency == currency)
        if worth:
            pays = min(worth, amount.minor) if currency == amount.currency else 0
            lines += [
                Line(LedgerAccount.DEFERRED_SERVICE, Money(worth, currency)),
                Line(LedgerAccount.DISCOUNT, Money(-pays, currency)),
                Line(LedgerAccount.REVENUE, Money(pays - worth, currency)),
            ]
    if lines:
        ledger.post(source_kind=SOURCE, source_id=made.id, purpose="worth", at=at, lines=lines)


def _facts(rate: PointRate) -> dict[str, object]:
    return {"points": rate.points, "amount_minor": rate.amount_minor, "currency": rate.currency}
