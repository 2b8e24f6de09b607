"""What people type about invoices, payments and subscriptions."""

from .approvals import ApprovalRuleForm, SetAsideForm
from .charges import ChargeForm
from .credits import CreditForm, RefundForm
from .payments import RecordPaymentForm
from .sellers import SellerForm

__all__ = [
    "ApprovalRuleForm",
    "ChargeForm",
    "CreditForm",
    "RecordPaymentForm",
    "RefundForm",
    "SellerForm",
    "SetAsideForm",
]
