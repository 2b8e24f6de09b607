"""Agreements, stores, and what is shipped to and sold in them."""

from .agreements import AGREEMENT_MOVES, Agreement, AgreementStatus
from .sales import Paid, ReceiptSeries, Sale, SaleLine, SaleReturn
from .stores import Store, StoreMember
from .transfers import MissingCard, StockTransfer

__all__ = [
    "AGREEMENT_MOVES",
    "Agreement",
    "AgreementStatus",
    "MissingCard",
    "Paid",
    "ReceiptSeries",
    "Sale",
    "SaleLine",
    "SaleReturn",
    "StockTransfer",
    "Store",
    "StoreMember",
]
