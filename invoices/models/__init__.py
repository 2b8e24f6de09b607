"""Invoices' tables, by noun."""

from .approvals import ApprovalKind, ApprovalRule, WaitingInvoice, WaitingState
from .balances import BalanceLot, BalanceUse
from .bank_cards import AutomaticPayment, BankCard
from .coupons import AppliedCoupon, Coupon, CouponUse
from .documents import CreditNote, CreditNoteLine, CreditUse, Invoice, InvoiceLine, InvoiceState
from .extras import ExtraLine
from .moves import MoveLine, MoveOutcome, MoveWhen, VersionMove
from .payments import GatewayEvent, Payment, PaymentAttempt, PaymentShare, Refund
from .points import PointExchange, PointRate
from .runs import BillingRun, ParkedAccount
from .sellers import BillingProfile, InvoiceSeries, Seller
from .terms import TermOrder

__all__ = [
    "AppliedCoupon",
    "ApprovalKind",
    "ApprovalRule",
    "AutomaticPayment",
    "BalanceLot",
    "BalanceUse",
    "BankCard",
    "BillingProfile",
    "BillingRun",
    "Coupon",
    "CouponUse",
    "CreditNote",
    "CreditNoteLine",
    "CreditUse",
    "ExtraLine",
    "GatewayEvent",
    "Invoice",
    "InvoiceLine",
    "InvoiceSeries",
    "InvoiceState",
    "MoveLine",
    "MoveOutcome",
    "MoveWhen",
    "ParkedAccount",
    "Payment",
    "PaymentAttempt",
    "PaymentShare",
    "PointExchange",
    "PointRate",
    "Refund",
    "Seller",
    "TermOrder",
    "VersionMove",
    "WaitingInvoice",
    "WaitingState",
]
