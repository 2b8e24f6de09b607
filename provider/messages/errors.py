"""Refusals of messages."""

from __future__ import annotations

from provider.kernel.errors import N_, Refusal


class BadAddress(Refusal):
    code = "bad_address"
    text = N_("“%(address)s” is not an address that a message can be sent to. Check it and try again.")


class NobodyToTell(Refusal):
    code = "nobody_to_tell"
    text = N_("There is no e-mail address, mobile number or user to send this to. Add one first.")


class CannotResend(Refusal):
    code = "cannot_resend"
    status = 409
    text = N_("This message carried a code or a link that worked once. Ask for a new one instead of sending it again.")


class StillOnItsWay(Refusal):
    code = "still_on_its_way"
    status = 409
    text = N_("This message is still being sent. Wait until it has arrived or failed.")


class ResentTooOften(Refusal):
    code = "resent_too_often"
    status = 409
    text = N_("This message was already sent %(count)s times. Check the address instead of sending it once more.")


class AddressSuppressed(Refusal):
    code = "address_suppressed"
    status = 409
    text = N_("This address is suppressed, so nothing is sent to it. Confirm that it works again, then send.")


class ReasonMissing(Refusal):
    code = "reason_missing"
    text = N_("Say why in a few words; it is kept with the message.")


class CannotSwitchOff(Refusal):
    code = "cannot_switch_off"
    text = N_("Messages about security, the account and billing cannot be switched off.")


class BadSignature(Refusal):
    code = "bad_signature"
    status = 403
    text = N_("The signature does not fit what was sent. Check the shared secret on both sides.")


class BadReceipt(Refusal):
    code = "bad_receipt"
    status = 422
    text = N_("This is not a receipt that we understand. docs/messages.md shows the form.")
