"""What is refused of bank cards and of what is taken from them."""

from __future__ import annotations

from typing import ClassVar

from provider.kernel.errors import N_, Refusal


class PaymentUnderWay(Refusal):
    """The invoice is just being taken from the account's bank card; paying it elsewhere would pay it twice."""

    code: ClassVar[str] = "payment_under_way"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_(
        "This invoice is just being taken from your bank card."
        " Look again in a few minutes before you pay it another way."
    )


class NoBankCard(Refusal):
    """The account has no bank card on file, or the page on which it was to be entered was not finished."""

    code: ClassVar[str] = "no_bank_card"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("No bank card was saved. Enter one on the page of the payment service.")
