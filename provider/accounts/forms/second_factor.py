"""Codes of authenticator apps."""

from __future__ import annotations

from typing import Any, Final

from allauth.mfa.base import forms as theirs
from allauth.mfa.totp import forms as totp
from django.utils.translation import gettext_lazy as _

_CODE: Final = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "16"}


def _code(form: Any, *, label: Any, help_text: Any) -> None:
    field = form.fields["code"]
    field.label, field.help_text = label, help_text
    field.widget.attrs = _CODE | {"autofocus": True}


class AuthenticateForm(theirs.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(
            self, label=_("One-time code"), help_text=_("From your authenticator app, or one of your recovery codes.")
        )


class ReauthenticateForm(theirs.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(
            self, label=_("One-time code"), help_text=_("From your authenticator app, or one of your recovery codes.")
        )


class ActivateTOTPForm(totp.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self, label=_("One-time code"), help_text=_("The six digits that your app shows now."))
