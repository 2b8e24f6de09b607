"""What credits, coupons and balances refuse."""

from __future__ import annotations

from typing import ClassVar

from provider.kernel.errors import N_, Refusal


class CreditUnclear(Refusal):
    """An amount and lines at once, or a line twice: nothing is guessed where money is given back."""

    code: ClassVar[str] = "credit_unclear"
    text: ClassVar[str] = N_("Send either one amount or amounts by line, each line once.")


class CouponCodeTaken(Refusal):
    """A code names one coupon of its seller, closed ones too."""

    code: ClassVar[str] = "coupon_code_taken"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("There is a coupon with this code already, perhaps a closed one. Choose another code.")


class CouponWindowUnfit(Refusal):
    """It could be given to nobody."""

    code: ClassVar[str] = "coupon_window_unfit"
    text: ClassVar[str] = N_(
        "Nobody could get this coupon: its last day is over or comes before the first. Choose later."
    )


class CouponNotGiven(Refusal):
    """Its days to be given have not begun, or are over."""

    code: ClassVar[str] = "coupon_not_given"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("This coupon is not given today: its days have not begun or are over. Choose another one.")


class CouponEndPast(Refusal):
    """A coupon that has ended before it is given takes nothing off."""

    code: ClassVar[str] = "coupon_end_past"
    text: ClassVar[str] = N_("This would end before any invoice can use it. Choose a later day, or none.")


class CouponEnded(Refusal):
    """What has ended is not ended again."""

    code: ClassVar[str] = "coupon_ended"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("This account’s coupon has ended already. Nothing was changed.")


class CurrencyUnused(Refusal):
    """What is in another currency than the account's would take nothing off any invoice."""

    code: ClassVar[str] = "currency_unused"
    members: ClassVar[tuple[str, ...]] = ("currency",)
    text: ClassVar[str] = N_(
        "This account is billed in %(currency)s; what is in another currency would never be used. Choose that currency."
    )


class TopUpExpired(Refusal):
    """Money that expires before it is there helps nobody."""

    code: ClassVar[str] = "top_up_expired"
    text: ClassVar[str] = N_("This would expire before anything can use it. Choose a later time, or none.")


class BalanceEmpty(Refusal):
    """Nothing can be taken back of what is used up."""

    code: ClassVar[str] = "balance_empty"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("Nothing is left of this top-up, so nothing is taken back.")


class BalanceExpired(Refusal):
    """What has expired is in the books as earned."""

    code: ClassVar[str] = "balance_expired"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_(
        "What was left of this top-up has expired and is owed no more. To give it back all the same, top the account "
        "up anew as a gift."
    )


class TopUpOfAnother(Refusal):
    """What a card, an order or a campaign gave is taken back with it."""

    code: ClassVar[str] = "top_up_of_another"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_(
        "A card, an order or a campaign gave this, so it is not taken back by itself. Undo what gave it."
    )
