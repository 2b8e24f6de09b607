"""What the accounts of the books are called; translated where they are shown."""

from __future__ import annotations

from typing import Final

from provider.kernel.chart import LedgerAccount
from provider.kernel.errors import N_

LEDGER_ACCOUNTS: Final[dict[str, str]] = {
    LedgerAccount.CASH: N_("Cash and bank"),
    LedgerAccount.IN_TRANSIT: N_("Money on its way from a gateway"),
    LedgerAccount.RECEIVABLE: N_("Owed by customers and resellers"),
    LedgerAccount.CARD_LIABILITY: N_("Owed for cards sold"),
    LedgerAccount.DEFERRED_SERVICE: N_("Service still to be given"),
    LedgerAccount.BALANCE_LIABILITY: N_("Prepaid money of customers"),
    LedgerAccount.COMMISSION_PAYABLE: N_("Commission to be paid out"),
    LedgerAccount.TAX_PAYABLE: N_("Tax to be paid"),
    LedgerAccount.UNAPPLIED: N_("Money received for no document yet"),
    LedgerAccount.REVENUE: N_("Revenue"),
    LedgerAccount.BREAKAGE: N_("Cards and prepaid money that will not be used"),
    LedgerAccount.DISCOUNT: N_("Discounts given"),
    LedgerAccount.COMMISSION: N_("Commission of resellers"),
    LedgerAccount.GATEWAY_FEES: N_("Fees of gateways"),
    LedgerAccount.WRITTEN_OFF: N_("Given up"),
    LedgerAccount.ROUNDING: N_("Rounding"),
    LedgerAccount.EXCHANGE: N_("Exchange between currencies"),
}
