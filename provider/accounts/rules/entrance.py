"""Which of our forms stand in the place of django-allauth's own."""

from __future__ import annotations

from typing import Final

FORMS: Final = {
    "login": "provider.accounts.forms.entrance.SignInForm",
    "request_login_code": "provider.accounts.forms.entrance.RequestCodeForm",
    "confirm_login_code": "provider.accounts.forms.entrance.SignInCodeForm",
    "confirm_email_verification_code": "provider.accounts.forms.entrance.EmailCodeForm",
    "confirm_password_reset_code": "provider.accounts.forms.entrance.ResetCodeForm",
    "verify_phone": "provider.accounts.forms.entrance.PhoneCodeForm",
    "reset_password": "provider.accounts.forms.entrance.ForgottenPasswordForm",
    "reset_password_from_key": "provider.accounts.forms.entrance.NewPasswordForm",
    "change_password": "provider.accounts.forms.entrance.ChangePasswordForm",
    "set_password": "provider.accounts.forms.entrance.SetPasswordForm",
    "add_email": "provider.accounts.forms.entrance.ChangeEmailForm",
    "change_phone": "provider.accounts.forms.entrance.ChangePhoneForm",
    "reauthenticate": "provider.accounts.forms.entrance.ReauthenticateForm",
}
