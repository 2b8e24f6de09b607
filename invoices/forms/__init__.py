"""What people type about invoices, payments and subscriptions."""

from .payments import RecordPaymentForm

__all__ = ["RecordPaymentForm"]
