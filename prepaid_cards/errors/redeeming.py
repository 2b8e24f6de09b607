"""What redeeming cards, undoing it and reporting them refuses."""

from __future__ import annotations

from typing import Final

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from provider.kernel.errors import N_, Refusal

# --- Goodwill ---


class GoodwillNotSold(Refusal):
    code = "card_goodwill_not_sold"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s is not sold and waiting for its holder, so there is nothing to extend.")


class GoodwillNotNeeded(Refusal):
    code = "card_goodwill_not_needed"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s can still be redeemed. Ask the holder to redeem it now.")


class GoodwillOnce(Refusal):
    code = "card_goodwill_once"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s was extended by goodwill before; that is done once.")


class GoodwillTooLate(Refusal):
    code = "card_goodwill_too_late"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s expired more than %(days)s days ago. Extend its range if it is to be taken after all.")


# --- Reports of holders ---


class ReportNeedsReceipt(Refusal):
    code = "card_report_receipt_missing"
    text = N_("Write the number of the receipt. Without a receipt write what is on the shop’s bill, or “none” and why.")


class BoughtInTheFuture(Refusal):
    code = "card_report_day_ahead"
    text = N_("This day is still to come. Choose the day on which the card was bought.")


class TooManyReports(Refusal):
    code = "card_reports_too_many"
    status = 409
    text = N_("%(most)s of your reports are being looked at. Wait for an answer before you report another card.")


class CardNotReleasable(Refusal):
    code = "card_not_releasable"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s cannot be redeemed as it stands now. Look at its page: it must be sold and not used.")


# --- Redeeming ---


class CodeMistyped(Refusal):
    """A typing error, found without looking into any table; it is not counted as a guess."""

    code = "card_code_mistyped"
    text = N_("One symbol is not right. Compare the code with the card, group by group.")


class CodeIncomplete(Refusal):
    code = "card_code_incomplete"
    text = N_("The code has 16 symbols in four groups. Type all of them.")


class CardNotTaken(Refusal):
    """The one answer to every secret that is not a card's."""

    code = "card_not_taken"
    text = N_("No card with this code can be redeemed here. Check the code; if it is right, ask where you bought it.")


class TriesLocked(Refusal):
    code = "card_tries_locked"
    status = 429
    members = ("seconds", "until")
    text = N_("%(cause)s Wait %(wait)s, then try again. Your card is safe.")


TOO_MANY: Final = {  # whose wrong tries made whoever tries wait
    "account": _("Too many wrong codes came from this account."),
    "visitors": _("Too many wrong codes came from your network, whoever typed them."),
    "network": _("Too many wrong codes came from your network, whoever typed them."),
    "serial": _("Too many wrong codes were tried for this card."),
    "everybody": _("Too many wrong codes were tried everywhere."),
}


def _wait_in_words(minutes: int) -> str:
    """So long to wait: in minutes up to two hours, then in hours that have begun."""
    if minutes < 120:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    hours = -(-minutes // 60)
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}


wait_in_words: Final = lazy(_wait_in_words, str)  # in the language of whoever reads it


class NobodyWaits(Refusal):
    code = "card_wait_over"
    status = 409
    text = N_("Nobody waits here any more: the wait is over or was ended. Look at the list again.")


class CardUnsold(Refusal):
    code = "card_unsold"
    status = 409
    members = ("serial",)
    text = N_(
        "The code is right, but the shop has not registered the sale of card %(serial)s. "
        "Show the shop your receipt and ask it to activate the card."
    )


class CardUsed(Refusal):
    code = "card_used"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s was redeemed before. If it was not you, ask us with this number and your receipt.")


class CardFrozen(Refusal):
    code = "card_frozen"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s is being checked. Your money is safe; ask us with this number.")


class CardVoid(Refusal):
    code = "card_void"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s was withdrawn. Take it back to where you bought it.")


class TooManyUnreadable(Refusal):
    code = "card_code_too_damaged"
    text = N_(
        "At most %(most)s symbols may be unreadable here. With more of them report the card; a person looks at it."
    )


class CardExpired(Refusal):
    code = "card_expired"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s could be redeemed until %(last_day)s, that day included. Ask us; we may still help.")


class CardNotForYou(Refusal):
    code = "card_not_for_this_account"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s is for another region or brand. Take it back to where you bought it.")


class CardNotConvertible(Refusal):
    code = "card_not_convertible"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s is of another plan or currency and cannot be turned into time on yours. Ask us.")


class CardOtherCurrency(Refusal):
    code = "card_other_currency"
    status = 409
    members = ("serial", "currency")
    text = N_("Card %(serial)s holds %(currency)s and this account pays in another currency. Take it back to the shop.")


class NoSubscription(Refusal):
    code = "card_needs_subscription"
    status = 409
    text = N_("This account has no plan yet. Choose one first, then redeem the card.")


class TicketExpired(Refusal):
    code = "card_ticket_expired"
    status = 410
    text = N_("This took longer than an hour. Type the code of your card again; nothing is lost.")


class CardIsTest(Refusal):
    code = "card_is_a_test_card"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s was sold with a test key, so it renews test accounts only. Take a card of a real sale.")


class AccountToNameMissing(Refusal):
    code = "card_account_missing"
    text = N_("Say for which account: send its account_id.")


# --- Undoing ---


class UndoTooLate(Refusal):
    code = "redemption_undo_too_late"
    status = 409
    text = N_("A redemption can be undone for 24 hours. These are over.")


class UndoOnceOnly(Refusal):
    code = "redemption_undo_once_only"
    status = 409
    text = N_("This card's redemption was undone once before. Now it stands.")


class UndoTwiceAYear(Refusal):
    code = "redemption_undo_twice_a_year"
    status = 409
    text = N_("Two redemptions were undone within a year. Ask us if this one was a mistake too.")


class UndoTermBegan(Refusal):
    code = "redemption_undo_term_began"
    status = 409
    text = N_("The time of this card has begun, so the redemption stands.")


class UndoSpent(Refusal):
    code = "redemption_undo_spent"
    status = 409
    text = N_("Some of what this card gave was used already, so the redemption stands.")


class UndoOutOfOrder(Refusal):
    code = "redemption_undo_out_of_order"
    status = 409
    text = N_("Something else was redeemed or changed after this card. Undo that first.")


# --- Reports ---


class BreakagePolicyInvalid(Refusal):
    code = "breakage_policy_invalid"
    text = N_("Give what the way needs: a share above 0 and below 100, or from 1 to 240 months, and not both.")


class BreakageMonthClosed(Refusal):
    code = "breakage_month_closed"
    status = 409
    text = N_("That month is closed, and what was booked stays. Let the policy begin in a month that is open.")
