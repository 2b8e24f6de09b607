"""The letters that accounts sends; `provider.messages` holds a text of each in three languages.

Besides its own parameters each text knows the reader's name and the brand. `minutes` and `hours` say how long a code
or an offer holds; `device` and `address` say where something was done; `link` is a complete URL.
"""

from __future__ import annotations

from typing import Final

from provider.kernel.post import Letter


def _letter(key: str, *params: str, secret: tuple[str, ...] = ()) -> Letter:
    return Letter(key=key, params=frozenset(params), secret_params=frozenset(secret))


LETTERS: Final = (
    # Codes: e-mail, or SMS where the key says phone.
    _letter("sign_up_code", "minutes", secret=("code",)),
    _letter("sign_in_code", "minutes", secret=("code",)),
    _letter("password_reset", "minutes", secret=("code",)),
    _letter("email_change_code", "minutes", secret=("code",)),
    _letter("phone_code", "minutes", secret=("code",)),
    # Somebody tried with an address that has, or has not, a user already; the page does not tell, the letter does.
    _letter("email_taken_notice", "sign_in_link", "reset_link"),
    _letter("phone_taken_notice", "sign_in_link"),
    _letter("unknown_address_notice", "sign_up_link"),
    # What was done in somebody's name.
    _letter("new_sign_in", "device", "address", "happened_at"),
    _letter("password_changed", "device", "address", "happened_at"),
    _letter("email_changed_notice", "new_email", "device", "address", "happened_at"),
    _letter("email_corrected_notice", "new_email", "reason"),
    _letter("phone_changed_notice", "new_phone", "device", "address", "happened_at"),
    _letter("second_factor_changed", "change", "device", "address", "happened_at"),
    _letter("api_key_created", "account_name", "key_name", "prefix", "made_by"),
    # People in an account.
    _letter("invitation", "account_name", "inviter_name", "role", "expires_at", secret=("link",)),
    _letter("member_joined", "account_name", "member_name", "role"),
    _letter("membership_removed", "account_name"),
    _letter("role_changed", "account_name", "role"),
    _letter("ownership_transfer_offer", "account_name", "owner_name", "link", "expires_at"),
    _letter("ownership_transferred", "account_name", "new_owner_name"),
    # An account is erased on its owner's request.
    _letter("erasure_approved", "account_name", "erases_at", "link"),
    _letter("erasure_declined", "account_name", "reason", "link"),
    _letter("erasure_done", "account_name", "erased_at", "rows", "opened_by", "approved_by", "digest"),
    # Staff acting for a customer.
    _letter("support_access_request", "account_name", "staff_name", "reason", "hours", "link"),
    _letter("support_access_started", "account_name", "staff_name", "reason", "minutes", "link"),
)
