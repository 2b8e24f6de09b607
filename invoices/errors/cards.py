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


class PaymentPageOpen(Refusal):
    """A payer may be on the gateway's page for the invoice; taking it from the card beside that would pay it twice."""

    code: ClassVar[str] = "payment_page_open"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_(
        "Somebody is paying this invoice on the page of the payment service."
        " Finish there, or try the card when that page is over, an hour after it was opened."
    )


class NothingRefused(Refusal):
    """No automatic payment of the invoice was refused, so there is none to try again."""

    code: ClassVar[str] = "nothing_refused"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_(
        "The bank has refused nothing of this invoice since the bank card was saved. Pay it on its page."
    )


class TriedLately(Refusal):
    """A person had the card tried for this invoice within the last hour; a bank that is asked too often blocks it."""

    code: ClassVar[str] = "tried_lately"
    status: ClassVar[int] = 409
    members: ClassVar[tuple[str, ...]] = ("minutes",)
    text: ClassVar[str] = N_(
        "The bank card was tried for this invoice within the last hour."
        " Try again in %(minutes)s minutes, or pay another way."
    )


class NoBankCard(Refusal):
    """The account has no bank card on file, or the page on which it was to be entered was not finished."""

    code: ClassVar[str] = "no_bank_card"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("No bank card was saved. Enter one on the page of the payment service.")
