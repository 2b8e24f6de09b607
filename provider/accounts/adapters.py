"""Where django-allauth meets us: addresses, letters, second factors. allauth decides when, we say how."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import EmailVerificationStage
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.forms import Field
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from provider.kernel import clock, post
from provider.kernel.caller import address_of
from provider.kernel.doors import actor_of
from provider.kernel.site import link_to

from .errors import BadPhone
from .forms.fields import PhoneField
from .forms.visitor import country_of, device_of
from .models import User
from .operations.users import change_phone, note_security_act
from .queries import must_have_second_factor, user_by_email, user_by_phone

_PROVIDER_SESSION_SECONDS: Final = 12 * 3600
_KNOWN_DEVICE: Final = "known_device"
_YEAR_SECONDS: Final = 365 * 24 * 3600
_MINUTES: Final = 15  # how long every code holds, as the settings say
_RECORDS: Final = "account_authentication_methods"

# allauth's name of a letter, ours, and whether it carries a code.
_CODES: Final = {
    "account/email/email_confirmation_signup": "sign_up_code",
    "account/email/email_confirmation": "email_change_code",
    "account/email/login_code": "sign_in_code",
    "account/email/password_reset_code": "password_reset",
}
_SECOND_FACTOR_CHANGES: Final = {
    "mfa/email/totp_activated": "totp_added",
    "mfa/email/totp_deactivated": "totp_removed",
    "mfa/email/webauthn_added": "passkey_added",
    "mfa/email/webauthn_removed": "passkey_removed",
    "mfa/email/recovery_codes_generated": "recovery_codes_renewed",
}
_PASSWORD_CHANGES: Final = frozenset(
    {"account/email/password_changed", "account/email/password_set", "account/email/password_reset"}
)


class EmailProvedStage(EmailVerificationStage):
    """As allauth's, but somebody who signed up with a mobile number has no e-mail address to prove."""

    def handle(self) -> Any:
        user = self.login.user
        if user is not None and not user.email:
            return None, True
        return super().handle()


class AccountAdapter(DefaultAccountAdapter):
    """Users, their addresses and what is written to them."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This sign-in was closed. Write to support to open it again."),
        "duplicate_email": _("This is your address already."),
        "email_password_mismatch": _("Address and password do not match. Check both, or sign in with a code."),
        "phone_password_mismatch": _("Number and password do not match. Check both, or sign in with a code."),
        "username_password_mismatch": _("Address and password do not match. Check both, or sign in with a code."),
        "email_taken": _("This address already belongs to a user. Sign in with it instead."),
        "phone_taken": _("This number already belongs to a user. Sign in with it instead."),
        "incorrect_code": _("This code is not right. Check the newest message and type it again."),
        "incorrect_password": _("This password is not right. Type it again."),
        "invalid_login": _("Write an e-mail address, or a mobile number with its country code."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, or sign in with a code."),
        "rate_limited": _("A message has just been sent. Wait half a minute before asking for another one."),
        "same_as_current": _("This is what you have already. Write another one."),
        "select_only_one": _("Fill in one of the two, not both."),
    }

    # --- Addresses ---

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """allauth's own sign-up is closed: ours makes no user before the address is proved."""
        return False

    def clean_email(self, email: str) -> str:
        return email.strip().lower()

    def can_delete_email(self, email_address: Any) -> bool:
        """An address is replaced by another, never just dropped."""
        return not email_address.primary

    def phone_form_field(self, **kwargs: Any) -> Field:
        return PhoneField(country=country_of(self.request), **kwargs)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified_at is not None) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Only proved numbers are kept, so an unproved one changes nothing."""
        if verified:
            self.set_phone_verified(user, phone)

    def set_phone_verified(self, user: User, phone: str) -> None:
        before = user.phone
        changed = change_phone(user_id=user.id, phone=phone, by=actor_of(self.request), at=clock.now())
        if before and before != phone:
            params = {"new_phone": phone} | self._where()
            self._send(key="phone_changed_notice", user=changed, email=changed.email, phone=before, params=params)

    def get_user_by_phone(self, phone: str) -> User | None:
        try:
            return user_by_phone(phone, country=country_of(self.request))
        except BadPhone:
            return None

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request) or str(super().get_client_ip(request))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Tries are counted by address; allauth itself would count all mobile numbers as one."""
        login = str(credentials.get("email") or credentials.get("phone") or "").strip().lower()
        return f"sign-in:{login}"

    # --- Letters ---

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        user = user_by_email(email)
        if template_prefix in _CODES:
            self._send_code(key=_CODES[template_prefix], user=user, email=email, code=context["code"])
        elif template_prefix == "account/email/account_already_exists":
            self.send_account_already_exists_mail(email)
        elif template_prefix == "account/email/unknown_account":
            params = {"sign_up_link": link_to("account_signup")}
            self._send(key="unknown_address_notice", user=None, email=email, params=params)
        elif template_prefix == "account/email/email_changed":
            params = {"new_email": context["to_email"]} | self._where()
            self._send(key="email_changed_notice", user=context.get("user"), email=email, params=params)
        else:
            raise ValueError(f"There is no letter for “{template_prefix}”.")

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell somebody what was done in their name, by e-mail, else by SMS."""
        if template_prefix == "account/email/email_changed":
            assert email is not None
            self.send_mail(template_prefix, email, {"user": user} | (context or {}))
        elif template_prefix in _PASSWORD_CHANGES:
            self._note("user.password_changed", user=user)
            self._send(key="password_changed", user=user, params=self._where())
        elif template_prefix in _SECOND_FACTOR_CHANGES:
            change = _SECOND_FACTOR_CHANGES[template_prefix]
            self._note("user.second_factor_changed", user=user, change=change)
            self._send(key="second_factor_changed", user=user, params={"change": change} | self._where())
        elif template_prefix != "account/email/email_deleted":  # part of a change of address, told already
            raise ValueError(f"There is no letter for “{template_prefix}”.")

    def send_account_already_exists_mail(self, email: str) -> None:
        params = {"sign_in_link": link_to("account_login"), "reset_link": link_to("account_reset_password")}
        self._send(key="email_taken_notice", user=user_by_email(email), email=email, params=params)

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        self._send(
            key="phone_code", user=user, email=None, phone=phone,
            params={"minutes": _MINUTES}, secret={"code": code},
        )  # fmt: skip

    def send_account_already_exists_sms(self, phone: str) -> None:
        params = {"sign_in_link": link_to("account_login")}
        self._send(key="phone_taken_notice", user=self.get_user_by_phone(phone), phone=phone, params=params)

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        """Nothing: each SMS costs, and strangers' numbers are how that is abused. The page does not tell."""

    def _send_code(self, *, key: str, user: User | None, email: str, code: str) -> None:
        self._send(key=key, user=user, email=email, params={"minutes": _MINUTES}, secret={"code": code})

    def _send(
        self,
        *,
        key: str,
        user: User | None,
        params: Mapping[str, Any],
        email: str | None = None,
        phone: str | None = None,
        secret: Mapping[str, Any] | None = None,
    ) -> None:
        if user is not None and not (email or phone):
            email, phone = user.email, None if user.email else user.phone
        post.send(
            key=key,
            to_email=email,
            to_phone=phone,
            user_id=user.id if user else None,
            language=user.language if user else translation.get_language() or settings.LANGUAGE_CODE,
            params=params,
            secret_params=secret,
            at=clock.now(),
        )

    def _where(self) -> dict[str, Any]:
        return {
            "device": device_of(self.request),
            "address": self.get_client_ip(self.request),
            "happened_at": clock.now(),
        }

    def _note(self, verb: str, *, user: User, **facts: Any) -> None:
        note_security_act(user_id=user.id, verb=verb, by=actor_of(self.request), at=clock.now(), **facts)

    # --- Signing in ---

    def get_login_stages(self) -> list[str]:
        ours = f"{__name__}.{EmailProvedStage.__name__}"
        theirs = f"{EmailVerificationStage.__module__}.{EmailVerificationStage.__name__}"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Note the sign-in, warn about a device not seen before, and keep the provider's sessions short."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        self._count_as_recent(request)
        self._note("user.signed_in", user=user, device=device_of(request))
        if not kwargs.get("signup"):
            self._warn_about_new_device(request, user=user)
        _remember_device(request, response, user=user)
        if must_have_second_factor(user):
            request.session.set_expiry(_PROVIDER_SESSION_SECONDS)
        return response

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            self._note("user.signed_out", user=request.user)
        super().logout(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("settings")

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return reverse("settings") if self.request.user.is_authenticated else reverse("account_login")

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any) -> None:  # fmt: skip  # noqa: E501
        if message_template != "account/messages/logged_in.txt":  # the page itself says that one is in
            super().add_message(request, level, message_template, *args, **kwargs)

    def _count_as_recent(self, request: HttpRequest) -> None:
        """Whoever has just signed in need not prove it again for the next ten minutes."""
        records = request.session.get(_RECORDS) or []
        if records:
            records[-1]["reauthenticated"] = True
            request.session[_RECORDS] = records

    def _warn_about_new_device(self, request: HttpRequest, *, user: User) -> None:
        if _device_mark(user) not in _device_marks(request):
            self._send(key="new_sign_in", user=user, params=self._where())


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors: their secrets are sealed in the database, and staff cannot take off the last one."""

    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _("Your role needs a second factor. Set up another one before removing this."),
        "cannot_generate_recovery_codes": _("Set up an authenticator app or a passkey first."),
        "incorrect_code": _("This code is not right. Wait for the next one in your app and type that."),
        "unverified_email": _("Prove your e-mail address first: sign out and in again, and type the code we send."),
    }

    def encrypt(self, text: str) -> str:
        return _sealer().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _sealer().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether something else remains, or nothing needs to."""
        user = authenticator.user
        others = Authenticator.objects.filter(user=user).exclude(pk=authenticator.pk)
        strong = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
        return not must_have_second_factor(user) or bool(others.filter(type__in=strong).exists())

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002
        from allauth.core import context

        return device_of(context.request)


def _sealer() -> MultiFernet:
    """Seals with the present secret key, opens with former ones too."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.blake2b(key.encode(), digest_size=32, person=b"second factor").digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def _device_mark(user: User) -> str:
    digest = hashlib.blake2b(str(user.id).encode(), digest_size=9, key=settings.SECRET_KEY.encode()[:64]).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _device_marks(request: HttpRequest) -> list[str]:
    return request.COOKIES.get(_KNOWN_DEVICE, "").split(".")[:20]


def _remember_device(request: HttpRequest, response: HttpResponse, *, user: User) -> None:
    """A mark in this browser, one per user who signed in here; it says nothing about who they are."""
    marks = dict.fromkeys([_device_mark(user), *_device_marks(request)])
    response.set_cookie(
        _KNOWN_DEVICE,
        ".".join(mark for mark in marks if mark),
        max_age=_YEAR_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


assert account_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT == _MINUTES * 60
