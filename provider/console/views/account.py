"""One account with everything that hangs on it, a tab at a time; each tab has its own address."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from invoices.queries.accounts import open_of
from plans.queries.standing import standing_of
from provider.accounts.models import Account, Portal
from provider.accounts.operations.accounts import AccountDetails, change_account_settings
from provider.accounts.operations.team import resend_invitation, revoke_invitation
from provider.accounts.operations.users import correct_email
from provider.accounts.queries import acts_in, consents_running, support_requests_open
from provider.accounts.rules.words import PORTAL_NAMES, ROLE_NAMES
from provider.console import queries
from provider.console.forms import CorrectAccountForm, CorrectEmailForm
from provider.console.rules.tabs import ACCOUNT_TABS
from provider.console.views.audit import HISTORY
from provider.console.views.lately import LOOKED_AT, lately
from provider.kernel import clock, jobs
from provider.kernel.actor import Actor
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from provider.look import formats, toasts
from provider.look.tables import Badge, Column, Table

_CORRECTED = ("name", "company_name", "email", "address", "tax_id", "language")
_KEPT = ("country", "time_zone", "currency")
_TIMELINE = 15


def frame(account: Account, *, by: Actor, tab: str) -> dict[str, Any]:
    """What the head of every tab shows."""
    tabs = [
        {
            "heading": _(entry.heading),
            "href": reverse(entry.url_name, args=[account.id]),
            "is_here": entry.url_name == tab,
        }
        for entry in ACCOUNT_TABS
        if by.may(entry.permission)
    ]
    portals = [_(PORTAL_NAMES[profile.portal]) for profile in account.profiles.all()]
    is_reseller = any(profile.portal == Portal.RESELLER for profile in account.profiles.all())
    may = {
        "may_act": by.may("accounts.act_for"), "may_manage": by.may("accounts.manage"),
        "is_reseller": is_reseller and by.may("resellers.view"),
    }  # fmt: skip
    return {"account": account, "tabs": tabs, "portals": portals} | may


@allow("accounts.view")
@require_safe
def overview(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Who is this, and what happened lately?"""
    account = queries.access_account(account_id)
    children = queries.first_children_of(account)
    owners = queries.first_owners_of(account)
    context = frame(account, by=actor_of(request), tab="console:account") | {
        "standing": standing_of(account_id=account.id, at=clock.now_for(test_clock_at=account.test_clock_at)),
        "open_sums": open_of(account_id=account.id),
        "children": children,
        "child_count": children[0].total if children else 0,
        "member_count": owners[0].total if owners else 0,
        "owners": [member for member in owners if member.role == "owner"],
        "timeline": lately(list(queries.audit(account_id=account.id)[:LOOKED_AT]), most=_TIMELINE),
    }
    return render(request, "console/account.html", context)


@allow("accounts.view")
@require_safe
def members(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Who works there, and who is invited?"""
    account = queries.access_account(account_id)
    places = list(queries.members_of(account))
    for place in places:
        place.role_name = _(ROLE_NAMES[place.role])  # type: ignore[attr-defined]
    invited = list(queries.invitations_to(account))
    for invitation in invited:
        invitation.role_name = _(ROLE_NAMES[invitation.role])  # type: ignore[attr-defined]
    context = frame(account, by=actor_of(request), tab="console:account_members")
    return render(
        request, "console/account_members.html", context | {"members": places, "invited": invited, "now": clock.now()}
    )


@allow("accounts.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def member_email(request: HttpRequest, account_id: UUID, membership_id: UUID) -> HttpResponse:
    """Put a mistyped address right, with a reason."""
    account = queries.access_account(account_id)
    member = queries.access_member_of(account, membership_id=membership_id)
    form = CorrectEmailForm(request.POST or None, initial={"email": member.user.email})
    if request.method == "POST" and form.is_valid():
        try:
            correct_email(user_id=member.user_id, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("The address is corrected. The old one has been told."))
            return redirect("console:account_members", account_id=account.id)
    context = frame(account, by=actor_of(request), tab="console:account_members")
    return render(request, "console/member_email.html", context | {"form": form, "member": member})


@allow("accounts.manage")
@require_POST
def invitation_resend(request: HttpRequest, account_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Write again, with a new link."""
    account = queries.access_account(account_id)
    resend_invitation(account_id=account.id, invitation_id=invitation_id, by=actor_of(request), at=clock.now())
    toasts.done(request, _("The invitation is on its way again. The old link no longer works."))
    return redirect("console:account_members", account_id=account.id)


@allow("accounts.manage")
@require_POST
def invitation_revoke(request: HttpRequest, account_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Withdraw an invitation."""
    account = queries.access_account(account_id)
    revoke_invitation(account_id=account.id, invitation_id=invitation_id, by=actor_of(request), at=clock.now())
    toasts.done(request, _("The invitation is withdrawn."))
    return redirect("console:account_members", account_id=account.id)


@allow("accounts.view")
@require_safe
def messages(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """What was said to this account, and how did it arrive?"""
    account = queries.access_account(account_id)
    context = frame(account, by=actor_of(request), tab="console:account_messages")
    return render(request, "console/account_messages.html", context)


@allow("audit.view")
@require_safe
def history(request: HttpRequest, account_id: UUID) -> HttpResponseBase:
    """Who did what in this account?"""
    account = queries.access_account(account_id)
    rows = queries.audit(account_id=account.id)
    context = frame(account, by=actor_of(request), tab="console:account_history")
    return HISTORY.answer(request, rows=rows, template="console/account_history.html", context=context)


@allow("accounts.view")
@require_safe
def work(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Which long work and which files belong to this account?"""
    account = queries.access_account(account_id)
    context = frame(account, by=actor_of(request), tab="console:account_work") | {
        "jobs": [(job, jobs.title_of(job), jobs.progress_of(job)) for job in queries.jobs_of(account)[:50]],
        "files": list(queries.files_of(account)[:50]),
    }
    return render(request, "console/account_work.html", context)


@allow("accounts.view")
@require_safe
def support(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Who may act for this customer, who asked, and who did?"""
    account, at = queries.access_account(account_id), clock.now()
    context = frame(account, by=actor_of(request), tab="console:account_support") | {
        "consents": list(consents_running(account_id=account.id, at=at)),
        "asked": list(support_requests_open(account_id=account.id)),
        "acts": list(acts_in(account_id=account.id)[:50]),
        "now": at,
    }
    return render(request, "console/account_support.html", context)


def key_state(key: Any) -> Badge:
    if key.revoked_at:
        return Badge(_("Revoked"), "bad")
    return Badge(_("Test"), "accent") if key.is_test else Badge(_("Live"), "ok")


KEYS = Table(
    key="account-keys",
    columns=[
        Column("name", gettext_lazy("Name")),
        Column("prefix", gettext_lazy("Begins with"), kind="mono"),
        Column("scopes", gettext_lazy("May"), value=lambda key: formats.listed(key.scopes)),
        Column("state", gettext_lazy("State"), kind="badge", value=key_state),
        Column("created_at", gettext_lazy("Created"), kind="date", sort="created_at"),
        Column("last_used_at", gettext_lazy("Last used"), kind="instant", sort="last_used_at"),
    ],
    sort="-created_at",
    counted=ngettext_lazy("%(count)s key", "%(count)s keys", "number"),
    empty_title=gettext_lazy("No keys"),
    empty_text=gettext_lazy("The account's owner makes keys in its settings; nobody else can."),
)


@allow("accounts.view")
@require_safe
def keys(request: HttpRequest, account_id: UUID) -> HttpResponseBase:
    """Which machines work with this account?"""
    account = queries.access_account(account_id)
    context = frame(account, by=actor_of(request), tab="console:account_keys")
    return KEYS.answer(request, rows=queries.keys_of(account), template="console/account_keys.html", context=context)


@allow("accounts.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Put right what the account says of itself, with a reason."""
    account = queries.access_account(account_id)
    form = CorrectAccountForm(request.POST or None, initial={name: getattr(account, name) for name in _CORRECTED})
    if request.method == "POST" and form.is_valid():
        typed = dict(form.cleaned_data)
        reason = typed.pop("reason")
        kept = {name: getattr(account, name) for name in _KEPT}
        details = AccountDetails(region_code=account.region_id or "", **kept, **typed)
        try:
            change_account_settings(
                account_id=account.id, details=details, reason=reason, by=actor_of(request), at=clock.now()
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("The account is corrected."))
            return redirect("console:account", account_id=account.id)
    context = frame(account, by=actor_of(request), tab="console:account_settings")
    return render(request, "console/account_settings.html", context | {"form": form})
