"""What the bank refused to give from a card on file, in words, and whether it may be tried again now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoices.models import AutomaticPayment, Invoice, PaymentAttempt
from invoices.models.payments import AttemptStatus
from invoices.queries.bank_cards import newest_attempts_of, refused_payments_of
from invoices.rules.dunning import BY_HAND_APART, is_final
from provider.kernel import clock
from provider.kernel.money import Money
from provider.look import toasts

SHOWN: Final = 20
_BLOCKED: Final = gettext_lazy("the bank takes nothing from this card")
_NOT_FOR_THIS: Final = gettext_lazy("the card cannot be used for this")
_AT_ITS_LIMIT: Final = gettext_lazy("the card has reached its limit")
_NO_BANK: Final = gettext_lazy("the bank could not be reached")
# A stolen card is called by no other name than a lost one: whoever reads it may not be its owner.
_REASONS: Final[dict[str, Promise]] = {
    "insufficient_funds": gettext_lazy("there was not enough money"),
    "expired_card": gettext_lazy("the card has expired"),
    "authentication_required": gettext_lazy("the bank wants its owner to confirm it, which is done by paying online"),
    "payment_method_unavailable": gettext_lazy("the payment service no longer keeps this card"),
    **dict.fromkeys(("lost_card", "stolen_card", "pickup_card", "restricted_card"), _BLOCKED),
    **dict.fromkeys(("stop_payment_order", "revocation_of_authorization"), _BLOCKED),
    "revocation_of_all_authorizations": _BLOCKED,
    **dict.fromkeys(("card_not_supported", "currency_not_supported", "transaction_not_allowed"), _NOT_FOR_THIS),
    **dict.fromkeys(("card_velocity_exceeded", "withdrawal_count_limit_exceeded"), _AT_ITS_LIMIT),
    **dict.fromkeys(("issuer_not_available", "processing_error", "try_again_later"), _NO_BANK),
}


def reason_of(failure_code: str) -> str:
    """Why the bank refused, as part of a sentence."""
    known = _REASONS.get(failure_code)
    return str(known) if known is not None else _("the bank gives no reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTry:
    """How the payment of an invoice from the card on file stands, for its page."""

    payment: AutomaticPayment
    open: Money
    reason: str  # why the bank refused, if it did
    is_final: bool  # the card cannot help before its owner has done something
    is_under_way: bool
    again_from: datetime | None  # a person tried it within the hour; from then on it may be tried again

    @property
    def may_try(self) -> bool:
        """Whether a button is of use."""
        return bool(self.payment.refused_count) and not self.is_under_way and self.again_from is None


def shown_try(payment: AutomaticPayment, *, invoice: Invoice, attempt: PaymentAttempt | None) -> ShownTry:
    """What to show of a payment whose newest try this is."""
    is_under_way = attempt is not None and attempt.bank_card_id is not None and attempt.ended_at is None
    again_from = attempt.created_at + BY_HAND_APART if attempt is not None and attempt.is_by_hand else None
    return ShownTry(
        payment=payment,
        open=Money(invoice.state.open_minor, invoice.currency),
        reason=reason_of(payment.failure_code) if payment.failure_code else "",
        is_final=is_final(payment.failure_code),
        is_under_way=is_under_way,
        again_from=again_from if again_from is not None and again_from > clock.now() else None,
    )


def refused_of(account_id: UUID) -> list[ShownTry]:
    """What the bank refused of an account's invoices and is still open, the newest first."""
    payments = refused_payments_of(account_id, limit=SHOWN)
    attempts = newest_attempts_of([payment.pk for payment in payments])
    return [shown_try(one, invoice=one.invoice, attempt=attempts.get(one.pk)) for one in payments]


def tell(request: HttpRequest, attempt: PaymentAttempt) -> None:
    """Say how a try by hand went."""
    if attempt.status == AttemptStatus.SUCCEEDED:
        toasts.done(request, _("Paid from the bank card on file."))
    elif attempt.status == AttemptStatus.FAILED:
        reason = {"reason": reason_of(attempt.failure_code)}
        toasts.refuse(request, _("The bank refused again: %(reason)s. Nothing was charged.") % reason)
    else:
        toasts.warn(request, _("The payment is on its way. This page shows it as soon as the gateway confirms it."))
