"""What is typed on the way in: django-allauth's forms in our words."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as theirs
from allauth.core import context
from django import forms
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from provider.accounts.models import User
from provider.accounts.rules.phones import Contact

from .fields import ContactField
from .visitor import country_of

PASSWORD_HELP = _("At least 10 characters. A short sentence is easy to remember and hard to guess.")
_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "16", "autofocus": True}


def _words(field: forms.Field, *, label: Any, help_text: Any = "", **attrs: Any) -> None:
    field.label, field.help_text = label, help_text
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attrs)


class SignInForm(theirs.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _words(
            self.fields["login"], label=_("E-mail address or mobile number"),
            autocomplete="username webauthn", autocapitalize="none", autofocus=True,
        )  # fmt: skip
        _words(self.fields["password"], label=_("Password"))
        _words(self.fields["remember"], label=_("Keep me signed in for two weeks"))


class RequestCodeForm(theirs.RequestLoginCodeForm):
    """One field for both kinds of address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {"contact": ContactField(country=country_of(context.request))}
        self.fields["contact"].widget.attrs["autofocus"] = True

    def clean_contact(self) -> Contact | None:
        """Let allauth look up and count the address as if it had been typed into its own field."""
        contact: Contact | None = self.cleaned_data["contact"]
        self._user = None
        if contact is None:
            return None
        self.cleaned_data |= {"email": contact.email or "", "phone": contact.phone or ""}
        if contact.email:
            self.clean_email()
        else:
            self.clean_phone()
        return contact

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = self.cleaned_data
        return typed


class _CodeForm(theirs.BaseConfirmCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _words(self.fields["code"], label=_("One-time code"), **_CODE)


class SignInCodeForm(_CodeForm, theirs.ConfirmLoginCodeForm):
    pass


class ResetCodeForm(_CodeForm, theirs.ConfirmPasswordResetCodeForm):
    pass


class EmailCodeForm(theirs.ConfirmEmailVerificationCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _words(self.fields["code"], label=_("One-time code"), **_CODE)


class PhoneCodeForm(theirs.VerifyPhoneForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _words(self.fields["code"], label=_("One-time code"), **_CODE)


class ForgottenPasswordForm(theirs.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _words(self.fields["email"], label=_("E-mail address"), autofocus=True)


class NewPasswordForm(theirs.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _one_new_password(self)

    def clean(self) -> dict[str, Any]:
        return _repeat_password(self)


class ChangePasswordForm(theirs.ChangePasswordForm):
    """Without the old password: whoever comes here has just proved who they are, by password, code or passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["oldpassword"]
        _one_new_password(self)

    def clean(self) -> dict[str, Any]:
        return _repeat_password(self)


class SetPasswordForm(theirs.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _one_new_password(self)

    def clean(self) -> dict[str, Any]:
        return _repeat_password(self)


class ChangeEmailForm(theirs.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _words(self.fields["email"], label=_("New e-mail address"))


class ChangePhoneForm(theirs.ChangePhoneForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _words(self.fields["phone"], label=_("New mobile number"))


class ReauthenticateForm(theirs.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _words(self.fields["password"], label=_("Password"), autofocus=True)


class PasswordMixin(forms.Form):
    """A password for a user who does not exist yet; it leaves the form as a hash and in no other way."""

    password = forms.CharField(
        label=_("Password"),
        help_text=PASSWORD_HELP,
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def check_password(self, *, email: str | None, phone: str | None, name: str) -> None:
        """Put what is wrong with the password at its field."""
        password = self.cleaned_data.get("password")
        if not password:
            return
        try:
            validate_password(password, User(email=email, phone=phone, name=name))
        except forms.ValidationError as trouble:
            self.add_error("password", trouble)

    def password_hash(self) -> str:
        """Hashed here, at the door: it is kept while the address is proved, and nothing deeper needs the password."""
        return make_password(self.cleaned_data["password"])


def _one_new_password(form: forms.Form) -> None:
    """One field that can be shown instead of two that hide the same slip twice."""
    del form.fields["password2"]
    _words(form.fields["password1"], label=_("New password"), help_text=PASSWORD_HELP, autofocus=True)


def _repeat_password(form: forms.Form) -> dict[str, Any]:
    cleaned = forms.Form.clean(form) or form.cleaned_data
    cleaned["password2"] = cleaned.get("password1")
    return cleaned
