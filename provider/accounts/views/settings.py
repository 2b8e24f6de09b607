"""What people and accounts say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from provider.accounts.forms.settings import AccountSettingsForm, BrandForm, OwnSettingsForm
from provider.accounts.models import Account, Portal, User
from provider.accounts.operations.accounts import AccountDetails, change_account_settings, change_brand
from provider.accounts.operations.users import change_own_settings
from provider.accounts.queries import account_of, currencies_offered, open_regions, second_factors_of, sessions_of
from provider.accounts.rules.defaults import CURRENCIES
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow, signed_in
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.wording import say
from provider.look import preferences

_DETAILS = ("name", "company_name", "email", "country", "address", "tax_id", "time_zone", "language", "currency")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def own_settings(request: HttpRequest) -> HttpResponse:
    """My name, language and theme, and how I sign in."""
    user, by = request.user, actor_of(request)
    assert isinstance(user, User)
    if by.impersonation_id is not None:  # one's own settings are not the customer's
        return redirect("account_settings")
    form = OwnSettingsForm(
        request.POST or None, initial={"name": user.name, "language": user.language, "theme": user.theme}
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_own_settings(user_id=user.id, by=by, at=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field or None, say(refusal))
        else:
            return _saved_own(request, values=form.cleaned_data)
    factors = list(second_factors_of(user))
    context = {
        "form": form,
        "passkeys": sum(factor.type == Authenticator.Type.WEBAUTHN for factor in factors),
        "has_app": any(factor.type == Authenticator.Type.TOTP for factor in factors),
        "has_recovery_codes": any(factor.type == Authenticator.Type.RECOVERY_CODES for factor in factors),
        "session_count": sessions_of(user).count(),
    }
    return render(request, "accounts/settings.html", context)


@allow("account_settings.change")
@require_http_methods(["GET", "HEAD", "POST"])
def account_settings(request: HttpRequest) -> HttpResponse:
    """What the account is called, where it is, in which zone and currency it counts."""
    account = account_of(request)
    initial = {name: getattr(account, name) for name in _DETAILS} | {"region": account.region_id or ""}
    form = AccountSettingsForm(
        request.POST or None, account=account, regions=open_regions(), initial=initial,
        currencies=_currencies_for(account, portal=actor_of(request).portal),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        typed: dict[str, Any] = dict(form.cleaned_data)
        details = AccountDetails(region_code=typed.pop("region"), **typed)
        try:
            change_account_settings(account_id=account.id, details=details, by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field or None, say(refusal))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("account_settings")
    return render(request, "accounts/account_settings.html", {"form": form})


def _currencies_for(account: Account, *, portal: str) -> Sequence[str]:
    """Those in which something is sold, and the account's own; the provider decides what is sold, so it has all."""
    if portal == Portal.PROVIDER:
        return CURRENCIES
    offered = {*currencies_offered(), account.currency}
    return [code for code in CURRENCIES if code in offered]


@allow("brand.change")
@require_http_methods(["GET", "HEAD", "POST"])
def brand_settings(request: HttpRequest) -> HttpResponse:
    """In whose name and colours customers see us."""
    account = account_of(request)
    if actor_of(request).portal == Portal.SUBSCRIBER:
        raise NotFound()
    brand = account.brand
    initial = {
        "name": brand.name if brand else account.name,
        "accent": brand.accent if brand else "#4350b5",
        "support_email": brand.support_email if brand else "",
        "support_phone": brand.support_phone if brand else "",
    }
    form = BrandForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            _change_brand(request, account=account, typed=form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            messages.success(request, gettext("Saved. Pages and letters use it from now on."))
            return redirect("brand_settings")
    return render(request, "accounts/brand_settings.html", {"form": form, "brand_now": brand})


def _change_brand(request: HttpRequest, *, account: Account, typed: dict[str, Any]) -> None:
    logo = typed.get("logo")
    change_brand(
        account_id=account.id,
        name=typed["name"],
        accent=typed["accent"],
        support_email=typed["support_email"],
        support_phone=typed["support_phone"],
        logo=(logo.name, logo) if logo else None,
        by=actor_of(request),
        at=clock.now(),
    )


def _saved_own(request: HttpRequest, *, values: dict[str, str]) -> HttpResponse:
    answer = redirect("settings")
    for name in ("language", "theme"):
        preferences.choose(request=request, answer=answer, name=name, value=values[name])
    messages.success(request, gettext("Saved."))
    return answer
