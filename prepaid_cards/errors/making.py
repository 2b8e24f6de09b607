"""What making and printing cards refuses."""

from __future__ import annotations

from provider.kernel.errors import N_, Refusal

# --- Products ---


class ProductIncomplete(Refusal):
    code = "card_product_incomplete"
    text = N_("Say what a card grants: months or days on a plan, an amount, or points; exactly one of them.")


class SeatsOnlyWithTime(Refusal):
    code = "card_product_seats_without_time"
    text = N_(
        "Seats are paid for while a card's time runs, %(most)s at most. Choose time on a plan, or leave seats at 0."
    )


class SeatsNotCharged(Refusal):
    code = "card_product_seats_not_charged"
    text = N_(
        "This plan does not charge for seats, so a card has none to pay for. Choose another plan, or leave them at 0."
    )


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


class ProductNameMissing(Refusal):
    code = "card_product_name_missing"
    text = N_("A card needs a name in English: it stands wherever a reader's own language has none. Write one.")


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


class TooManyForSheets(Refusal):
    code = "card_export_too_many_for_sheets"
    text = N_(
        "Sheets are made of at most %(most)s cards; this batch has %(count)s. "
        "Send it as a table, or order smaller batches for sheets."
    )


class SheetsNotReady(Refusal):
    code = "card_export_sheets_not_ready"
    status = 409
    text = N_("The sheets are still being made: %(made)s of %(count)s files. Fetch them when all are there.")


class SheetsFailed(Refusal):
    code = "card_export_sheets_failed"
    status = 409
    text = N_(
        "The sheets could not be made: %(made)s of %(count)s files are there. %(reason)s "
        "When that is mended, have the job on the page of the batch go on from where it stopped."
    )


class SheetsNotPrintable(Refusal):
    """A worker cannot print: said of the job, which goes on when somebody asks it to."""

    code = "card_sheets_not_printable"
    status = 503
    text = N_("The worker cannot print: %(lacks)s.")


class NotYourExport(Refusal):
    code = "card_export_of_another"
    status = 403
    text = N_("Only the person who asked for this export may fetch it.")


class SecretsDestroyed(Refusal):
    code = "card_secrets_destroyed"
    status = 410
    text = N_("The key of this batch was destroyed, so its secrets cannot be read any more. Void it and order anew.")


class PasswordNotShown(Refusal):
    code = "card_export_password_not_shown"
    status = 409
    text = N_(
        "Nobody has seen the archive’s password yet, and it ends with the secrets. Whoever asked for the export shows "
        "it first and tells it to the printer."
    )


class HashDiffers(Refusal):
    code = "card_export_hash_differs"
    text = N_("This is not the SHA-256 of any file that was fetched. Ask the printer to check the file it has.")


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
