"""What prepaid cards refuses, and what to do about it."""

from __future__ import annotations

from provider.kernel.errors import N_, Refusal

# --- Products ---


class ProductIncomplete(Refusal):
    code = "card_product_incomplete"
    text = N_("Say what a card grants: months or days on a plan, an amount, or points; exactly one of them.")


class BadFace(Refusal):
    code = "card_face_invalid"
    text = N_("Write the face value as an amount above nothing, with no more decimals than the currency has: 598.00.")


class BadTaxRate(Refusal):
    code = "card_tax_rate_invalid"
    text = N_("Write the tax as a percentage from 0 to below 100. A card that is given away has none.")


class TaxNotKnownYet(Refusal):
    code = "card_tax_not_known_at_sale"
    text = N_("What money or points will buy is not known at the sale, so such a card is not taxed when it is sold.")


class BadRedeemBy(Refusal):
    code = "card_redeem_by_invalid"
    text = N_("Say until when the card is taken: a last day that is still to come, or a number of years.")


class PlanNotPublished(Refusal):
    code = "card_plan_not_published"
    text = N_("This plan has no published version. Publish it, then come back to the card.")


class ProductNotOffered(Refusal):
    code = "card_product_not_offered"
    status = 409
    text = N_("“%(product)s” is not offered. Offer it first, then order cards of it.")


class ProductIsFixed(Refusal):
    code = "card_product_is_fixed"
    status = 409
    text = N_("What an offered card grants does not change any more. Make a new product and retire this one.")


# --- Batches ---


class BadBatchSize(Refusal):
    code = "card_batch_size_invalid"
    text = N_("A batch has from 1 to %(most)s cards. Order more in several batches.")


class RequestKeyReused(Refusal):
    code = "card_request_key_reused"
    status = 409
    text = N_("This request key was used for another order. Send a new key with a new order.")


class SecondPersonNeeded(Refusal):
    code = "second_person_needed"
    status = 409
    text = N_("Whoever asked for this cannot approve it too. Ask another operator.")


class BatchTooManyThisYear(Refusal):
    code = "card_batch_numbers_used_up"
    status = 409
    text = N_("All 9,999 batch numbers of this year are used. Order larger batches next year.")


class BatchStateForbids(Refusal):
    code = "card_batch_state_forbids"
    status = 409
    text = N_("Batch %(prefix)s is “%(state)s”, so this cannot be done with its cards now.")


# --- Export ---


class ExportExists(Refusal):
    code = "card_export_exists"
    status = 409
    text = N_("This batch has its export already. A batch is exported once.")


class ExportNotApproved(Refusal):
    code = "card_export_not_approved"
    status = 409
    text = N_("A second person has not approved this export yet.")


class BadRecipient(Refusal):
    code = "card_export_recipient_invalid"
    text = N_("This is not an age public key. It begins with age1; the printer makes it with age-keygen.")


class NotYourExport(Refusal):
    code = "card_export_of_another"
    status = 403
    text = N_("Only the person who asked for this export may fetch it.")


class SecretsDestroyed(Refusal):
    code = "card_secrets_destroyed"
    status = 410
    text = N_("The key of this batch was destroyed, so its secrets cannot be read any more. Void it and order anew.")


class HashDiffers(Refusal):
    code = "card_export_hash_differs"
    text = N_("This is not the SHA-256 of the file that was fetched last. Ask the printer to check the file it has.")


# --- Keys ---


class NothingToRekey(Refusal):
    code = "card_keys_nothing_to_wrap"
    status = 409
    text = N_("Every card has gone through the key “%(key)s” already. Name a newer key first, then begin again.")


# --- The printer's answer ---


class PrintReportHasNoColumns(Refusal):
    code = "card_print_report_without_columns"
    text = N_("The first line must name the columns “serial” and “result”. Save the table as CSV and send it again.")


class PrintReportReadBefore(Refusal):
    code = "card_print_report_read_before"
    status = 409
    text = N_("This very file was read for this batch before. Send the next one.")


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


class ReasonMissing(Refusal):
    code = "card_reason_missing"
    text = N_("Say why. The reason stands in the history of every card.")


class UnknownReseller(Refusal):
    code = "card_reseller_unknown"
    text = N_("There is no reseller of this name. Choose one from the list.")


# --- Selling ---


class SerialMistyped(Refusal):
    code = "card_serial_mistyped"
    members = ("serial",)
    text = N_("“%(serial)s” is not a serial. It has 14 digits; compare it with the card digit by digit.")


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


class NotSold(Refusal):
    code = "card_not_sold"
    status = 409
    members = ("serial",)
    text = N_("Card %(serial)s is not sold, so there is nothing to take back.")


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
    members = ("seconds",)
    text = N_("Too many codes were wrong. Wait %(minutes)s minutes, then try again. Your card is safe.")


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


# --- Promotions ---


class CampaignWindow(Refusal):
    code = "campaign_window_invalid"
    text = N_("A promotion ends after it begins. Choose a last day that is not before the first one.")


class CampaignOver(Refusal):
    code = "campaign_over"
    status = 409
    text = N_("This promotion's last day is over. Make a new one with days that are still to come.")


class CampaignBonus(Refusal):
    code = "campaign_bonus_invalid"
    text = N_("A bonus of this kind is from 1 to %(most)s. Write a whole number.")


class NobodyChosen(Refusal):
    code = "win_back_nobody_chosen"
    text = N_("Nobody was chosen. Tick accounts in the list, then make the offer.")


class TooManyChosen(Refusal):
    code = "win_back_too_many"
    text = N_("At most %(most)s accounts are written to at once. Narrow the list.")


class RoundSentAlready(Refusal):
    code = "win_back_sent_already"
    status = 409
    text = N_("These offers were sent before. Choose accounts again to write once more.")


class CampaignNotForThem(Refusal):
    code = "win_back_campaign_unfit"
    text = N_("This promotion does not run, or nobody who comes back would get it. Choose another one.")


class OfferWithoutWords(Refusal):
    code = "win_back_without_words"
    text = N_("Choose a promotion or write a few words: the letter has to offer something.")


class CampaignBudget(Refusal):
    code = "campaign_budget_invalid"
    text = N_("A budget is above nothing. Leave it out where there is no limit.")
