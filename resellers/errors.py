"""What resellers and their stores refuse, and what to do about it."""

from __future__ import annotations

from provider.kernel.errors import N_, Refusal

# --- Agreements ---


class AgreementBeginsTooEarly(Refusal):
    code = "agreement_begins_too_early"
    text = N_("An agreement begins today or later; what was sold keeps the terms of its day. Choose another day.")


class AgreementUpcoming(Refusal):
    code = "agreement_upcoming"
    status = 409
    text = N_("Version %(version)s is agreed and has not begun. Withdraw it first, then agree on other terms.")


class AgreementBegan(Refusal):
    code = "agreement_began"
    status = 409
    text = N_("This version has begun, so it cannot be withdrawn. Agree on a new version, or end the agreement.")


class AgreementOver(Refusal):
    code = "agreement_over"
    status = 409
    text = N_("This version is not in force, so there is nothing to end.")


class BadDiscount(Refusal):
    code = "agreement_discount_invalid"
    text = N_("Write the discount as a percentage from 0 to 99.99, with at most two decimals.")


class BadCreditLimit(Refusal):
    code = "agreement_credit_limit_invalid"
    text = N_("Write the credit limit as an amount of nothing or more, with no more decimals than the currency has.")


class BadPaymentDays(Refusal):
    code = "agreement_payment_days_invalid"
    text = N_("Write how many days there are to pay, from 0 to 180.")


class NoAgreement(Refusal):
    code = "agreement_missing"
    status = 409
    text = N_("There is no agreement in force for %(currency)s with this reseller. Agree on terms first.")


# --- Stores ---


class StoreCodeTaken(Refusal):
    code = "store_code_taken"
    status = 409
    text = N_("Another store has the code %(code)s. Receipts carry it, so choose one that was never used.")


class StoreNameTaken(Refusal):
    code = "store_name_taken"
    status = 409
    text = N_("Another open store is called “%(name)s”. Give this one a name of its own.")


class BadStoreCode(Refusal):
    code = "store_code_invalid"
    text = N_("A store's code has one to eight capitals and digits, such as SH1.")


class StoreClosed(Refusal):
    code = "store_closed"
    status = 409
    text = N_("“%(name)s” is closed. Choose a store that is open.")


class NotAMember(Refusal):
    code = "store_member_unknown"
    text = N_("Only people of your team can work in a store. Invite them first.")


# --- At the till ---


class CardElsewhere(Refusal):
    """Absent and another shop's are the same answer."""

    code = "card_elsewhere"
    status = 404
    members = ("serial",)
    text = N_("Card %(serial)s is not of your stock. Set it aside and ask the provider where it belongs.")


class CardNotReceived(Refusal):
    code = "card_not_received"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s is in a shipment that nobody has received yet. Receive the shipment, then sell it.")


class CardSoldBefore(Refusal):
    code = "card_sold_before"
    status = 409
    members = ("serial", "receipt")
    text = N_("Card %(serial)s was sold before, on receipt %(receipt)s. If it was returned, undo that sale first.")


class CardRedeemedBefore(Refusal):
    code = "card_redeemed_before"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s was sold and redeemed. Take another card.")


class CardBeingChecked(Refusal):
    code = "card_being_checked"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s is being checked and must not be sold. Set it aside and ask the provider.")


class CardWithdrawn(Refusal):
    code = "card_withdrawn"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s was withdrawn or has expired. Set it aside and send it back.")


class BatchNotOpen(Refusal):
    code = "card_batch_not_open"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s is of a batch that the provider has not opened for sale. Set it aside for now.")


class ModeDiffers(Refusal):
    code = "mode_differs"
    status = 403
    text = N_("A test key sells for test resellers only, a live key for the others. Use a key of the right mode.")


class BasketEmpty(Refusal):
    code = "basket_empty"
    text = N_("There is no card on this receipt yet. Scan one first.")


class BasketTooLarge(Refusal):
    code = "basket_too_large"
    text = N_("A receipt has at most %(most)s cards. Take the money for these, then go on.")


class NotYourStore(Refusal):
    code = "store_not_yours"
    status = 403
    text = N_("You do not sell in this store. Ask an owner to put you on its list.")


class SellingStopped(Refusal):
    code = "selling_stopped"
    status = 409
    text = N_("Your shop has no agreement in force for %(currency)s, so nothing can be sold. Ask the provider.")


class CreditLimitReached(Refusal):
    code = "credit_limit_reached"
    status = 409
    text = N_("This sale would go beyond your shop's credit limit. Ask an owner to pay the open statement first.")


class BadWayOfPaying(Refusal):
    code = "way_of_paying_unknown"
    text = N_("Say how the customer pays: choose one of the ways that are shown.")


class NotEnoughCash(Refusal):
    code = "cash_not_enough"
    text = N_("The customer gave less than the total. Count again, or leave the field empty.")


class NothingToReturn(Refusal):
    code = "sale_return_empty"
    text = N_("No card was chosen. Choose the cards that come back.")


class NotOnThisReceipt(Refusal):
    code = "sale_return_not_on_receipt"
    members = ("serial", "receipt")
    text = N_("Card %(serial)s is not on receipt %(receipt)s. Look the card up to find its receipt.")


class ReturnedBefore(Refusal):
    code = "sale_return_done_before"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s came back before. Leave it out, then confirm again.")


class NotYourSale(Refusal):
    code = "sale_not_yours"
    status = 403
    text = N_("A colleague sold this. They or an owner can undo it.")


class MissingNotInShipment(Refusal):
    code = "missing_card_not_in_shipment"
    members = ("serial",)
    text = N_("Card %(serial)s is not on its way in this shipment. Compare the serial with the delivery note.")


class ShipmentOver(Refusal):
    code = "shipment_over"
    status = 409
    text = N_("This shipment was received or called back before. Reload the page.")
