"""Requests to have an account erased: checked by one of us, approved by another, done after the waiting time."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_POST, require_safe

from invoices.queries.accounts import to_settle
from prepaid_cards.operations.words import without_codes
from prepaid_cards.queries.cards import provider_account
from provider.accounts.models import Brand, ErasureStatus
from provider.accounts.operations.erasure import approve_erasure, decline_erasure, open_erasure
from provider.accounts.queries import access_erasure, brand_for, erasures
from provider.accounts.rules.erasure import PARTS
from provider.console.documents.certificate import print_certificate
from provider.console.forms import DeclineForm
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import Badge, Column, Table

_KINDS = {"asked": "warn", "opened": "warn", "waiting": "accent", "erasing": "accent", "erased": "ok"}

ERASURES = Table(
    key="erasures",
    columns=[
        Column(
            "account", gettext_lazy("Account"), value="account.name", is_fixed=True,
            href=lambda row: reverse("console:erasure", args=[row.id]),
        ),
        Column("asked_at", gettext_lazy("Asked for on"), kind="date", sort="asked_at"),
        Column(
            "status", gettext_lazy("State"), kind="badge",
            value=lambda row: Badge(row.get_status_display(), _KINDS.get(row.status, "")),
        ),
        Column("erase_at", gettext_lazy("Not before"), kind="date", sort="erase_at"),
    ],
    sort="-asked_at",
    counted=ngettext_lazy("%(count)s request", "%(count)s requests", "number"),
    empty_title=gettext_lazy("Nobody has asked to be erased"),
    empty_text=gettext_lazy("Owners ask for it in their settings. Nothing is ever erased in another way."),
)  # fmt: skip


@allow("accounts.view")
@require_safe
def erasure_list(request: HttpRequest) -> HttpResponseBase:
    """Who asked to be erased, and what waits for us?"""
    return ERASURES.answer(request, rows=erasures(), template="console/erasures.html", context={})


@allow("accounts.view")
@require_safe
def erasure_page(request: HttpRequest, erasure_id: UUID) -> HttpResponse:
    """How does this request stand, what must be settled first, and what is to be done?"""
    return _page(request, erasure_id=erasure_id, form=DeclineForm())


@allow("erasures.manage")
@require_POST
def erasure_decide(request: HttpRequest, erasure_id: UUID) -> HttpResponse:
    """Check it, approve it as the second person, or decline it with a reason."""
    found, by, at = access_erasure(erasure_id), actor_of(request), clock.now()
    act, form = request.POST.get("act", ""), DeclineForm(request.POST)
    is_blocked = to_settle(account_id=found.account_id).is_blocked
    try:
        if act == "open":
            open_erasure(erasure_id=found.id, is_blocked=is_blocked, by=by, at=at)
            toasts.done(request, _("Checked. A second person approves it now."))
        elif act == "approve":
            approve_erasure(erasure_id=found.id, is_blocked=is_blocked, by=by, at=at)
            toasts.done(request, _("Approved. The waiting time runs, and the owner is told."))
        elif act == "decline" and form.is_valid():
            reason = without_codes(form.cleaned_data["reason"])
            decline_erasure(erasure_id=found.id, reason=reason, by=by, at=at)
            toasts.done(request, _("Declined. The owner is told why."))
        else:
            return _page(request, erasure_id=erasure_id, form=form)
    except Refusal as refusal:
        toasts.warn(request, say(refusal))
    return redirect("console:erasure", erasure_id=found.id)


@allow("accounts.view")
@require_safe
def certificate(request: HttpRequest, erasure_id: UUID) -> HttpResponse:
    """The certificate on paper, in the language of whoever asked."""
    found = access_erasure(erasure_id)
    if found.status != ErasureStatus.ERASED or found.certificate is None:
        raise NotFound()
    us = provider_account()
    brand = brand_for(us)
    printed = print_certificate(
        found.certificate, digest=bytes(found.digest or b"").hex(), issuer=us.company_name or us.name,
        accent=brand.accent if brand else Brand().accent,
    )  # fmt: skip
    answer = HttpResponse(printed, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="erasure-{found.id}.pdf"'
    return answer


def _page(request: HttpRequest, *, erasure_id: UUID, form: DeclineForm) -> HttpResponse:
    found, by = access_erasure(erasure_id), actor_of(request)
    context = {
        "erasure": found,
        "kind": _KINDS.get(found.status, ""),
        "left": to_settle(account_id=found.account_id),
        "form": form,
        "counts": [(_(text), found.counts[part]) for part, text in PARTS.items() if part in found.counts],
        "digest": bytes(found.digest or b"").hex(),
        "may_decide": by.may("erasures.manage"),
        "is_first": found.opened_by_id == by.user_id,
    }
    return render(request, "console/erasure.html", context)
