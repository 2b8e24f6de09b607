"""The chart of accounts: every place where the ledger may say that money is.

A debit is positive, a credit negative. What we own or have spent (assets, expenses) stands positive; what we owe or
have earned (liabilities, income) stands negative. A code is a word of this list for good: what was posted under it is
never renamed, so add, do not change.
"""

from __future__ import annotations

from enum import StrEnum


class LedgerAccount(StrEnum):
    # Owned
    CASH = "cash"  # money that has arrived, by whatever way
    IN_TRANSIT = "in_transit"  # taken by a gateway, not yet paid out to us
    RECEIVABLE = "receivable"  # billed and not yet paid; party: who owes
    # Owed
    CARD_LIABILITY = "card_liability"  # cards sold and not yet redeemed: service or balance that we owe
    DEFERRED_SERVICE = "deferred_service"  # billed service that is still to be rendered
    BALANCE_LIABILITY = "balance_liability"  # prepaid money of customers; party: whose
    COMMISSION_PAYABLE = "commission_payable"  # earned by resellers, not yet paid out; party: who earned
    TAX_PAYABLE = "tax_payable"  # collected for the state
    UNAPPLIED = "unapplied"  # money received that belongs to no document yet; party: who paid, if known
    # Earned
    REVENUE = "revenue"  # service rendered
    BREAKAGE = "breakage"  # cards and balances that will not be redeemed any more
    # Given up, spent
    DISCOUNT = "discount"  # what promotions and coupons took off
    COMMISSION = "commission"  # what resellers cost
    GATEWAY_FEES = "gateway_fees"  # what taking the money cost
    WRITTEN_OFF = "written_off"  # receivables given up
    # Neither
    ROUNDING = "rounding"  # what conversion and cash rounding leave over; stays near nothing
    EXCHANGE = "exchange"  # bridges two currencies of one act


OWNED = frozenset({LedgerAccount.CASH, LedgerAccount.IN_TRANSIT, LedgerAccount.RECEIVABLE})
