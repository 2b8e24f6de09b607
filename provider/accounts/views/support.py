"""Support access: the owner's page, and the staff's way in and out."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from provider.accounts.forms.support import ActForm, AskForm, GrantForm
from provider.accounts.operations.locks import home
from provider.accounts.operations.support import (
    decline_support_access,
    end_acting,
    grant_support_access,
    request_support_access,
    servants_of,
    start_acting,
    withdraw_support_access,
)
from provider.accounts.queries import (
    access_customer,
    account_of,
    acts_in,
    consent_running,
    consents_running,
    servants,
    support_requests_open,
)
from provider.accounts.rules import session
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.doors import actor_of, allow, signed_in
from provider.kernel.errors import NotAllowed, Refusal
from provider.kernel.wording import say

_SHOWN_ACTS = 50


@allow("support_access.grant")
@require_http_methods(["GET", "HEAD", "POST"])
def support_access(request: HttpRequest) -> HttpResponse:
    """Who may act for you, and who did?"""
    by, at = actor_of(request), clock.now()
    account = account_of(request)
    parties = servants(servants_of(account))
    form = GrantForm(request.POST or None, parties=parties)
    if request.method == "POST" and form.is_valid():
        grant_support_access(
            account_id=account.id,
            granted_to_id=UUID(form.cleaned_data["granted_to"]),
            hours=form.cleaned_data["hours"],
            language=translation.get_language() or "en",
            by=by,
            at=at,
        )
        messages.success(request, gettext("Support access is open. You can withdraw it at any time."))
        return redirect("support_access")
    context = {
        "form": form,
        "parties": parties,
        "consents": list(consents_running(account_id=account.id, at=at)),
        "asked": list(support_requests_open(account_id=account.id)),
        "acts": list(acts_in(account_id=account.id)[:_SHOWN_ACTS]),
        "now": at,
    }
    return render(request, "accounts/support_access.html", context)


@allow("support_access.grant")
@require_POST
def support_access_withdraw(request: HttpRequest, consent_id: UUID) -> HttpResponse:
    """Close the door again, at once."""
    by = actor_of(request)
    withdraw_support_access(account_id=home(by), consent_id=consent_id, by=by, at=clock.now())
    messages.success(request, gettext("Support access is closed."))
    return redirect("support_access")


@allow("support_access.grant")
@require_POST
def support_access_decline(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Say no to a request."""
    by = actor_of(request)
    decline_support_access(account_id=home(by), request_id=request_id, by=by, at=clock.now())
    messages.success(request, gettext("The request is declined."))
    return redirect("support_access")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def act_for(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Act for this customer, or ask them whether you may."""
    by, at = actor_of(request), clock.now()
    _check_may_act(by)
    account = access_customer(account_id=account_id, by=by)
    consent = consent_running(account_id=account.id, granted_to_id=by.account_id, at=at)
    form = ActForm(request.POST or None) if consent else AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if consent is None:
                request_support_access(account_id=account.id, by=by, at=at, **form.cleaned_data)
                messages.success(request, gettext("The customer has been asked. You are told when they allow it."))
                return redirect("act_for", account_id=account.id)
            act = start_acting(account_id=account.id, reason=form.cleaned_data["reason"], by=by, at=at)
            request.session[session.ACTING] = str(act.id)
            return redirect("front_door")
        except Refusal as refusal:
            form.add_error(refusal.field or None, say(refusal))
    return render(request, "accounts/act_for.html", {"account": account, "consent": consent, "form": form})


@signed_in
@require_POST
def act_end(request: HttpRequest) -> HttpResponse:
    """Stop acting for the customer."""
    act_id = request.session.pop(session.ACTING, None)
    if act_id is not None:
        end_acting(impersonation_id=UUID(act_id), by=actor_of(request), at=clock.now())
        messages.success(request, gettext("You are yourself again."))
    return redirect("front_door")


def _check_may_act(by: Actor) -> None:
    if not (by.may("accounts.act_for") or by.may("customers.act_for")):
        raise NotAllowed()
