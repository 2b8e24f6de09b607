"""What the root of the API refuses before an endpoint is reached."""

from __future__ import annotations

from collections.abc import Sequence

from provider.kernel.errors import N_, NotAllowed, NotFound, Refusal, TooMany
from provider.kernel.problem import Fault

# --- Who asks ---


class KeyMissing(Refusal):
    code = "key_missing"
    status = 401
    text = N_("Send an API key in the header “Authorization: Bearer pk_…”. Keys are made on the page “API keys”.")


class KeyNotValid(Refusal):
    """Absent, wrong, expired and revoked are one answer."""

    code = "key_not_valid"
    status = 401
    text = N_("This API key is not valid: it is mistyped, expired or revoked. Make a new one on the page “API keys”.")


class ScopeMissing(NotAllowed):
    code = "scope_missing"
    members = ("scope",)
    text = N_("This key does not have the scope “%(scope)s”. Make a key that has it.")


class RateExceeded(TooMany):
    code = "rate_exceeded"
    text = N_("Too many requests for now. Wait %(seconds)s seconds; the header RateLimit says how many are left.")


# --- What was asked for ---


class UnknownAddress(NotFound):
    code = "unknown_address"
    text = N_("The API has no such address. The list of addresses is at /api/v1/docs.")


class MethodNotOffered(Refusal):
    code = "method_not_offered"
    status = 405
    members = ("allowed",)
    text = N_("This address does not take this method. It takes %(methods)s.")


class InvalidRequest(Refusal):
    """What came does not have the shape that the endpoint documents; each fault is listed."""

    code = "invalid_request"
    text = N_("Something in the request is missing or wrong. Each fault is listed under “errors”.")

    def __init__(self, *, faults: Sequence[Fault] = ()) -> None:
        super().__init__()
        self.faults = faults


# --- The body ---


class BadRequest(Refusal):
    code = "bad_request"
    status = 400
    text = N_("The request could not be read. Compare it with the example at /api/v1/docs.")


class NotJson(BadRequest):
    code = "not_json"
    text = N_("The body is not JSON: line %(line)s, column %(column)s. Check it with a JSON tool.")


class NotUtf8(BadRequest):
    code = "not_utf8"
    text = N_("The body is not UTF-8. Encode it as UTF-8 and send it again.")


class NotJsonNumber(BadRequest):
    code = "not_json_number"
    text = N_("“%(number)s” is not a number of JSON, or too large to be meant. Send an ordinary number or text.")


class RepeatedMember(BadRequest):
    code = "repeated_member"
    text = N_("The member “%(member)s” stands twice in one object. Send it once.")


class TooDeep(BadRequest):
    code = "too_deep"
    text = N_("The body is nested deeper than %(most)s levels. Flatten it.")


class ForbiddenCharacter(BadRequest):
    code = "forbidden_character"
    text = N_("The request holds a character that text cannot have, such as NUL. Remove it.")


class BodyCutOff(BadRequest):
    code = "body_cut_off"
    text = N_("The body ended before the length that was announced. Send the whole of it again.")


class LengthMissing(Refusal):
    code = "length_missing"
    status = 411
    text = N_("Send the header Content-Length; bodies in chunks are not taken.")


class BodyTooLarge(Refusal):
    code = "body_too_large"
    status = 413
    members = ("most_bytes",)
    text = N_("The body is larger than %(most_bytes)s bytes. Send it in several requests.")


class UnsupportedFormat(Refusal):
    code = "unsupported_format"
    status = 415
    text = N_("Send the body as JSON in UTF-8, with the header “Content-Type: application/json”.")


# --- Once only ---


class IdempotencyKeyMissing(BadRequest):
    code = "idempotency_key_missing"
    text = N_(
        "Send a header Idempotency-Key of your own, such as a UUID, with each POST. "
        "With the same key it is done only once."
    )


# --- Our side ---


class InternalFault(Refusal):
    code = "internal_fault"
    status = 500
    text = N_(
        "Something went wrong on our side; nothing half done remains. Try again, or tell support the “request_id”."
    )
