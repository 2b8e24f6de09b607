"""Signing up: a page, a code, and everything is made at once. A taken address sees exactly the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from provider.accounts.errors import CodeUsedUp, WrongCode
from provider.accounts.forms.sign_up import SignUpCodeForm, SignUpForm
from provider.accounts.models import User
from provider.accounts.operations.accounts import AccountDetails
from provider.accounts.operations.codes import send_sign_up_code
from provider.accounts.operations.users import NewUser, sign_up
from provider.accounts.queries import currencies_offered, open_regions, the_provider
from provider.accounts.rules import session
from provider.accounts.rules.codes import LASTS, MOST_TRIES, fits
from provider.accounts.rules.phones import Contact, shown_phone
from provider.kernel import clock, limits
from provider.kernel.caller import address_of
from provider.kernel.doors import public
from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from provider.look import preferences

# The first that exists is shown: the portal says with which plan the account begins, and what it costs.
WANTED_PLAN: Final = ("portal/parts/plan_at_sign_up.html", "look/parts/nothing.html")


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_page(request: HttpRequest) -> HttpResponse:
    """Who are you, how do we reach you, a password."""
    if isinstance(request.user, User):
        return redirect("front_door")
    chosen = {"plan": request.GET.get("plan", "")[:64], "next": request.GET.get("next", "")[:500]}
    if (currency := request.GET.get("currency", "")) in currencies_offered():
        chosen["currency"] = currency
    form = SignUpForm(request.POST or None, request=request, regions=open_regions(), initial=chosen)
    if request.method == "POST" and form.is_valid():
        try:
            return _begin(request, form=form, at=clock.now())
        except Refusal as refusal:
            form.add_error(None, say(refusal))
    return render(request, "account/signup.html", {"form": form, "wanted_plan": WANTED_PLAN})


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_code_page(request: HttpRequest) -> HttpResponse:
    """The code that was sent; the third wrong one, or a quarter of an hour, and one starts again."""
    pending = request.session.get(session.SIGN_UP)
    if pending is None or isinstance(request.user, User):
        return redirect("account_signup")
    at = clock.now()
    if request.POST.get("action") == "resend":
        return _resend(request, pending=pending, at=at)
    form = SignUpCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _check_code(request, pending=pending, code=form.cleaned_data["code"], at=at)
            return _finish(request, pending=pending, at=at)
        except CodeUsedUp as refusal:
            messages.error(request, say(refusal))
            return redirect("account_signup")
        except Refusal as refusal:
            form.add_error("code", say(refusal))
    context = {"form": form, "contact": _shown(_contact(pending)), "minutes": int(LASTS.total_seconds() // 60)}
    return render(request, "account/signup_code.html", context)


def _begin(request: HttpRequest, *, form: SignUpForm, at: datetime) -> HttpResponse:
    limits.hit(name="sign_up", key=address_of(request), allowed=20, per_seconds=60, when_down="refuse")
    typed: dict[str, Any] = form.cleaned_data
    contact: Contact = typed["contact"]
    pending = {
        "email": contact.email,
        "phone": contact.phone,
        "password_hash": form.password_hash(),
        **{
            name: typed.get(name, "")
            for name in ("name", "company_name", "region", "language", "time_zone", "currency", "plan", "next")
        },
    }
    if not form.is_filled_by_a_program():  # a program sees the same pages and is written to by nobody
        pending["mark"] = send_sign_up_code(contact=contact, language=translation.get_language() or "en", at=at)
    request.session[session.SIGN_UP] = pending | {"tries": MOST_TRIES, "until": (at + LASTS).timestamp()}
    return redirect("sign_up_code")


def _resend(request: HttpRequest, *, pending: dict[str, Any], at: datetime) -> HttpResponse:
    try:
        mark = send_sign_up_code(contact=_contact(pending), language=translation.get_language() or "en", at=at)
    except Refusal as refusal:
        messages.error(request, say(refusal))
        return redirect("sign_up_code")
    request.session[session.SIGN_UP] = pending | {"mark": mark, "until": (at + LASTS).timestamp()}
    messages.success(request, translation.gettext("A new code is on its way. Older ones no longer work."))
    return redirect("sign_up_code")


def _check_code(request: HttpRequest, *, pending: dict[str, Any], code: str, at: datetime) -> None:
    if at.timestamp() >= pending["until"]:
        del request.session[session.SIGN_UP]
        raise CodeUsedUp()
    if fits(code, mark=pending.get("mark", ""), key=settings.SECRET_KEY, address=str(_contact(pending))):
        return
    left = pending["tries"] - 1
    if left <= 0:
        del request.session[session.SIGN_UP]
        raise CodeUsedUp()
    request.session[session.SIGN_UP] = pending | {"tries": left}
    raise WrongCode(field="code", left=left)


def _finish(request: HttpRequest, *, pending: dict[str, Any], at: datetime) -> HttpResponse:
    contact = _contact(pending)
    person = NewUser(
        contact=contact,
        name=pending["name"],
        language=pending["language"],
        password_hash=pending["password_hash"],
        theme=preferences.theme_of(request),
    )
    regions = {region.code: region for region in open_regions()}
    region = regions.get(pending["region"])
    details = AccountDetails(
        name=pending["company_name"] or pending["name"],
        company_name=pending["company_name"],
        email=contact.email or "",
        country=region.country if region else "",
        region_code=region.code if region else "",
        time_zone=pending["time_zone"],
        language=pending["language"],
        currency=pending["currency"],
    )
    user = sign_up(
        person=person,
        details=details,
        parent=the_provider(),
        address=address_of(request),
        at=at,
        plan=pending.get("plan", ""),
    )
    del request.session[session.SIGN_UP]
    return enter(request, user=user, next_url=own_page(request, pending.get("next", "")))


def own_page(request: HttpRequest, address: str) -> str:
    """Where somebody wanted to go before they signed up, if that is a page of ours: a card to redeem, say."""
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if address.startswith("/") and is_ours else "/"


def enter(request: HttpRequest, *, user: User, next_url: str = "/") -> HttpResponse:
    """Sign in somebody who has just proved their address and set a password."""
    record_authentication(request, user, method="password", email=user.email, phone=user.phone)
    answer: HttpResponse = perform_login(
        request, user, email_verification="none", signup=True, redirect_url=next_url, email=user.email
    )
    return answer


def _contact(pending: dict[str, Any]) -> Contact:
    return Contact(email=pending["email"], phone=pending["phone"])


def _shown(contact: Contact) -> str:
    return contact.email or shown_phone(contact.phone or "")
