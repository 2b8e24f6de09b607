"""What moving and selling cards refuses."""

from __future__ import annotations

from provider.kernel.errors import N_, Refusal

# --- Ranges ---


class BadRange(Refusal):
    code = "card_range_invalid"
    text = N_("Name the first and the last card of one batch, from 1 to %(last)s.")


class RangeSpansBatches(Refusal):
    code = "card_range_spans_batches"
    text = N_("These two serials belong to different batches. Take one batch after the other.")


class NothingToDo(Refusal):
    code = "card_range_nothing_to_do"
    status = 409
    text = N_("None of these cards is in a state in which this can be done. Nothing was changed.")


class EndNotLater(Refusal):
    code = "card_range_end_not_later"
    text = N_("Cards are extended to a day that is later than today. Choose a later day.")


class ReasonMissing(Refusal):
    code = "card_reason_missing"
    text = N_("Say why. The reason stands in the history of every card.")


class UnknownReseller(Refusal):
    code = "card_reseller_unknown"
    text = N_("There is no reseller of this name. Choose one from the list.")


# --- Replacing ---


class CardNotReplaceable(Refusal):
    code = "card_not_replaceable"
    status = 409
    text = N_(
        "Card %(serial)s is “%(state)s” or cannot be redeemed now. Only a card that was sold and is taken is replaced."
    )


class CardReplacedBefore(Refusal):
    code = "card_replaced_before"
    status = 409
    text = N_("Card %(serial)s was replaced by card %(new)s before. Replace that one if its code is lost too.")


class CardBrokenOff(Refusal):
    code = "card_replacement_broken_off"
    status = 409
    text = N_(
        "Card %(serial)s counts as never to be redeemed. "
        "Release it to its holder from a report instead: redeeming it owes it again."
    )


class NoElectronicTwin(Refusal):
    code = "card_replacement_without_batch"
    status = 409
    text = N_(
        "No electronic batch of “%(product)s” with the same price, tax and term to redeem is open and has room. "
        "Order one, then replace the card."
    )


# --- Selling ---


class SerialMistyped(Refusal):
    code = "card_serial_mistyped"
    members = ("serial",)
    text = N_(
        "“%(serial)s” is not a serial: that has 14 digits, the last proving the others. Compare it with the card."
    )


class SerialUnknown(Refusal):
    code = "card_serial_unknown"
    status = 404
    members = ("serial",)
    text = N_("Card %(serial)s is not in your stock. Check the serial, or receive its shipment first.")


class CardNotForSale(Refusal):
    code = "card_not_for_sale"
    status = 409
    members = ("serial", "card_status")
    text = N_("Card %(serial)s cannot be sold: it is “%(state)s”. Take another card.")


class SerialTwice(Refusal):
    code = "card_serial_twice"
    members = ("serial",)
    text = N_("Card %(serial)s is in this sale twice. Take one of the two out.")


class CardsOfTwoCurrencies(Refusal):
    code = "cards_of_two_currencies"
    text = N_("These cards have prices in different currencies. Sell them one currency at a time.")


class ActivationKeyReused(Refusal):
    code = "activation_key_reused"
    status = 409
    text = N_("This request key was used for the sale of other cards. Send a new key with a new sale.")


class SaleTakenBack(Refusal):
    code = "activation_taken_back"
    status = 409
    text = N_("The sale of this request key was taken back, so its cards are not active. Sell them under a new key.")


class TooLateToReverse(Refusal):
    code = "activation_too_late_to_reverse"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s was sold more than 24 hours ago, so the sale stands. Ask the provider.")


class RedeemedAlready(Refusal):
    code = "card_redeemed_already"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s was redeemed, so its sale stands.")


class ReplacedSinceSold(Refusal):
    code = "card_replaced_since_sold"
    status = 409
    members = ("serial", "new")
    text = N_("Card %(serial)s was replaced by card %(new)s, which has its sale now. Take that one back instead.")


class ReplacementRedeemed(Refusal):
    code = "card_replacement_redeemed"
    status = 409
    members = ("serial", "new")
    text = N_("Card %(serial)s was replaced by card %(new)s, and that one was redeemed, so the sale stands.")


class NotSold(Refusal):
    code = "card_not_sold"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s is not sold, so there is nothing to take back.")


# --- Electronic cards ---


class NoElectronicCards(Refusal):
    code = "card_electronic_none_left"
    status = 409
    text = N_("There is no open batch of electronic cards of this kind with cards left. Order and approve one first.")


class CardIssuedBefore(Refusal):
    code = "card_issued_before"
    status = 409
    members = ("serial",)
    text = N_(
        "Card %(serial)s was issued under this request key, and its code was shown then. Send a new key for another."
    )
