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
