"""What people type about invoices, payments and subscriptions."""

from .charges import ChargeForm
from .payments import RecordPaymentForm

__all__ = ["ChargeForm", "RecordPaymentForm"]
