"""What a reseller owes, read from the ledger."""

from __future__ import annotations

from uuid import UUID

from provider.kernel import ledger
from provider.kernel.chart import LedgerAccount
from provider.kernel.money import Money


def owed_by(reseller_id: UUID) -> list[Money]:
    """What the reseller owes, by currency; credit is negative."""
    found = ledger.balances(account_id=reseller_id)
    return [amount for (account, _currency), amount in found.items() if account == LedgerAccount.RECEIVABLE]


def owed_in(*, reseller_id: UUID, currency: str) -> Money:
    """What the reseller owes in one currency."""
    return ledger.balance(of=LedgerAccount.RECEIVABLE, currency=currency, account_id=reseller_id)
