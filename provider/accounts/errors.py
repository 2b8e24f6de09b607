"""What accounts refuses, and what to do about it."""

from __future__ import annotations

from provider.kernel.errors import N_, NotAllowed, Refusal

# --- Addresses and settings ---


class BadEmail(Refusal):
    code = "bad_email"
    text = N_("This is not an e-mail address. Write it like name@example.com.")


class BadPhone(Refusal):
    code = "bad_phone"
    text = N_("This is not a mobile number. Write it with its country code, such as +86 138 0013 8000.")


class BadContact(Refusal):
    code = "bad_contact"
    text = N_("Write an e-mail address, or a mobile number with its country code, such as +86 138 0013 8000.")


class AddressTaken(Refusal):
    """Told only to whoever has proved that the address is theirs."""

    code = "address_taken"
    status = 409
    text = N_("This address already belongs to a user. Sign in with it instead.")


class UnknownTimeZone(Refusal):
    code = "unknown_time_zone"
    text = N_("“%(zone)s” is not a time zone. Choose one from the list, such as Asia/Shanghai.")


class UnknownRegion(Refusal):
    code = "unknown_region"
    text = N_("This region is not open. Choose another one from the list.")


class UnknownCurrency(Refusal):
    code = "unknown_currency"
    text = N_("“%(currency)s” is not a currency offered here. Choose one from the list.")


class UnknownCountry(Refusal):
    code = "unknown_country"
    text = N_("“%(country)s” is not a country code. Choose a country from the list.")


class UnknownLanguage(Refusal):
    code = "unknown_language"
    text = N_("“%(language)s” is not a language offered here. Choose one from the list.")


class CurrencyFixed(Refusal):
    code = "currency_fixed"
    status = 409
    text = N_(
        "The currency stays %(currency)s, because the account has been billed in it. Ask support about a new account."
    )


class BadTaxId(Refusal):
    code = "bad_tax_id"
    text = N_("This tax number has a mistake in it. Check each character against your certificate.")


class MissingName(Refusal):
    code = "missing_name"
    text = N_("A name is needed. Write one.")


class PoorContrast(Refusal):
    code = "poor_contrast"
    text = N_("White text on %(accent)s has a contrast of %(ratio)s; it needs 4.5. Choose a darker colour.")


class BadColour(Refusal):
    code = "bad_colour"
    text = N_("This is not a colour. Write it like #4350b5.")


class TermsNotAccepted(Refusal):
    code = "terms_not_accepted"
    text = N_("Read and accept the terms and the privacy notice to go on.")


# --- Codes ---


class WrongCode(Refusal):
    code = "wrong_code"
    text = N_("This code is not right. Check the newest message; you have %(left)s tries left.")


class CodeUsedUp(Refusal):
    code = "code_used_up"
    text = N_("The code was wrong too often or is too old. Start again to get a new one.")


# --- Team ---


class RoleUnknown(Refusal):
    code = "role_unknown"
    text = N_("There is no such role here. Choose one from the list.")


class OnlyOwners(NotAllowed):
    code = "only_owners"
    text = N_("Only an owner can do this. Ask an owner of the account.")


class AlreadyMember(Refusal):
    code = "already_member"
    status = 409
    text = N_("This person is a member already. Change their role in the list instead.")


class AlreadyInvited(Refusal):
    code = "already_invited"
    status = 409
    text = N_("This address has an open invitation. Send it again or revoke it in the list.")


class LastOwner(Refusal):
    code = "last_owner"
    status = 409
    text = N_("An account needs an owner. Make somebody else an owner first.")


class NotYourself(Refusal):
    code = "not_yourself"
    text = N_("You cannot change your own role. Ask another owner, or hand over the account.")


class InvitationUsed(Refusal):
    code = "invitation_used"
    status = 410
    text = N_("This invitation has been used. Sign in, or ask for a new one.")


class InvitationRevoked(Refusal):
    code = "invitation_revoked"
    status = 410
    text = N_("This invitation is no longer valid. Ask for a new one.")


class InvitationExpired(Refusal):
    code = "invitation_expired"
    status = 410
    text = N_("This invitation has expired. Ask for a new one.")


class InvitationForAnother(Refusal):
    code = "invitation_for_another"
    status = 403
    text = N_("This invitation was sent to another address. Sign out, then open the link again.")


class OfferGone(Refusal):
    code = "offer_gone"
    status = 410
    text = N_("This offer is no longer open. Ask the owner for a new one.")


class OfferOpen(Refusal):
    code = "offer_open"
    status = 409
    text = N_("You have offered the account to somebody already. Withdraw that offer first.")


# --- Acting for a customer ---


class BadHours(Refusal):
    code = "bad_hours"
    text = N_("Support access lasts from 1 to 168 hours. Choose a number between them.")


class MissingReason(Refusal):
    code = "missing_reason"
    text = N_("A reason is needed; the customer will read it. Write one sentence.")


class NoConsent(NotAllowed):
    code = "no_consent"
    text = N_("The customer has not allowed support access, or it has ended. Ask them for it first.")


class AlreadyActing(Refusal):
    code = "already_acting"
    status = 409
    text = N_("You are acting for a customer already. End that first.")


class RequestOpen(Refusal):
    code = "support_request_open"
    status = 409
    text = N_("You have asked for support access already. Wait for the customer to answer.")


class WithheldWhileActing(NotAllowed):
    code = "withheld_while_acting"
    text = N_("This cannot be done while acting for a customer. Ask the customer to do it.")


# --- API keys ---


class UnknownScope(Refusal):
    code = "unknown_scope"
    text = N_("A key cannot have the scope “%(scope)s”. Choose from the list.")


class NoScopes(Refusal):
    code = "no_scopes"
    text = N_("A key without a scope could do nothing. Choose at least one.")


class KeyModeUnfit(Refusal):
    code = "key_mode_unfit"
    text = N_("A test account has test keys, any other account live keys. Choose the other kind.")


class BadExpiry(Refusal):
    code = "bad_expiry"
    text = N_("This day is past. Choose a later one, or leave it empty for a key that does not expire.")


# --- Regions ---


class RegionTaken(Refusal):
    code = "region_taken"
    status = 409
    text = N_("There is a region “%(code)s” already. Choose another code.")


class UnknownCell(Refusal):
    code = "unknown_cell"
    text = N_("No database is called “%(cell)s”. Add it to the settings first.")


# --- Test clocks ---


class ClockOnlyInTest(Refusal):
    code = "clock_only_in_test"
    status = 409
    text = N_("Only test accounts have a clock of their own. Time passes by itself for all others.")


class ClockGoesForward(Refusal):
    code = "clock_goes_forward"
    status = 409
    text = N_("A test clock only goes forward. Choose a later time.")


class ClockTooFar(Refusal):
    code = "clock_too_far"
    status = 422
    text = N_("A test clock goes at most %(days)s days at once. Choose a smaller step.")


# --- Erasure ---


class AccountErased(Refusal):
    code = "account_erased"
    status = 409
    text = N_("This account was erased at its owner’s request. It cannot be used or woken again; open a new one.")


class ErasureOpen(Refusal):
    code = "erasure_open"
    status = 409
    text = N_("An erasure of this account was asked for already. Look at how it stands, or withdraw it first.")


class ErasureBlocked(Refusal):
    code = "erasure_blocked"
    status = 409
    text = N_("The account still has something to settle. Settle what the page lists, then go on.")


class ErasureNotConfirmed(Refusal):
    code = "erasure_not_confirmed"
    text = N_("Write the name of the account exactly as it is shown, and confirm what is given up.")


class ErasureSamePerson(Refusal):
    code = "erasure_same_person"
    status = 403
    text = N_("Whoever checked the request cannot approve it. Ask a second person to look at it.")


class ErasureTooEarly(Refusal):
    code = "erasure_too_early"
    status = 409
    text = N_("The waiting time still runs; until then the owner may withdraw. Nothing was erased.")


class ErasureReasonMissing(Refusal):
    code = "erasure_reason_missing"
    text = N_("Say why the request is declined: the owner reads it.")
