"""The provider's side: which resellers there are, on which terms, and what they owe."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from provider.accounts.models import Account
from provider.accounts.queries import open_regions
from provider.kernel import clock
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.look import formats, toasts
from provider.look.tables import Badge, Column, Dates, Table
from resellers.forms import AgreementForm, EndForm, put
from resellers.models import Agreement
from resellers.operations.agreements import agree, end_agreement, withdraw_agreement
from resellers.queries.agreements import (
    access_reseller,
    agreement_in_force,
    agreements_of,
    named,
    resellers,
    state_of,
)
from resellers.queries.books import owed_by
from resellers.queries.stores import stores_of

STATES: Final = {
    "in_force": Badge(gettext_lazy("In force"), "ok"),
    "upcoming": Badge(gettext_lazy("Upcoming"), "accent"),
    "over": Badge(gettext_lazy("Over")),
    "withdrawn": Badge(gettext_lazy("Taken back")),
}


def _discount(reseller: Account) -> str:
    return formats.listed(formats.percents(terms.discount_percent.normalize()) for terms in _terms(reseller))


def _limit(reseller: Account) -> Money | None:
    terms = _terms(reseller)
    return Money(terms[0].credit_limit_minor, terms[0].currency) if terms else None


def _terms(reseller: Account) -> list[Agreement]:
    return reseller.terms_now  # type: ignore[attr-defined,no-any-return]


def _has_terms(reseller: Account) -> Badge:
    return STATES["in_force"] if _terms(reseller) else Badge(gettext_lazy("No agreement"), "warn")


RESELLERS = Table(
    key="resellers",
    columns=[
        Column(
            "name", gettext_lazy("Name"), sort="name", is_fixed=True,
            href=lambda reseller: reverse("resellers:reseller", args=[reseller.id]),
            sub=lambda reseller: reseller.company_name if reseller.company_name != reseller.name else "",
        ),
        Column("agreement", gettext_lazy("Agreement"), kind="badge", value=_has_terms),
        Column("discount", gettext_lazy("Discount"), value=_discount),
        Column("owed", gettext_lazy("Owes"), kind="money", value=lambda row: Money(row.owed_minor, row.currency),
               sort="owed_minor"),
        Column("limit", gettext_lazy("Credit limit"), kind="money", value=_limit),
        Column("stores", gettext_lazy("Stores"), kind="number", value="store_count", sort="store_count"),
        Column("created_at", gettext_lazy("Since"), kind="date", sort="created_at"),
    ],
    filters=[Dates("created_at", gettext_lazy("Since"))],
    search=named,
    search_label=gettext_lazy("Name, company, e-mail"),
    sort="name",
    counted=ngettext_lazy("%(count)s reseller", "%(count)s resellers", "number"),
    empty_title=gettext_lazy("No resellers yet"),
    empty_text=gettext_lazy("Open an account for one; then agree on terms."),
)  # fmt: skip


@allow("resellers.view")
@require_safe
def reseller_list(request: HttpRequest) -> HttpResponseBase:
    """Who sells our cards, on which terms, and what do they owe?"""
    return RESELLERS.answer(request, rows=resellers(at=clock.now()), template="resellers/operator/list.html")


@allow("resellers.view")
@require_safe
def reseller_page(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """How do we stand with this reseller?"""
    reseller = access_reseller(account_id)
    at = clock.now_for(test_clock_at=reseller.test_clock_at)
    versions = list(agreements_of(reseller.id))
    context = {
        "reseller": reseller,
        "versions": [(version, STATES[state_of(version, at=at)], _act_on(version, at=at)) for version in versions],
        "terms": next((version for version in versions if state_of(version, at=at) == "in_force"), None),
        "owed": owed_by(reseller.id),
        "stores": list(stores_of(reseller.id)),
    }
    return render(request, "resellers/operator/reseller.html", context)


def _act_on(version: Agreement, *, at: Any) -> str:
    return {"upcoming": "withdraw", "in_force": "end"}.get(state_of(version, at=at), "")


@allow("resellers.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def agreement_new(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """On which terms does this reseller sell from now on?"""
    reseller = access_reseller(account_id)
    at = clock.now_for(test_clock_at=reseller.test_clock_at)
    now = agreement_in_force(reseller_id=reseller.id, currency=reseller.currency, at=at)
    initial = AgreementForm.initial_from(now, currency=reseller.currency)
    initial["from_day"] = local_day(at=at, zone=ZoneInfo(reseller.time_zone))
    form = AgreementForm(request.POST or None, currencies=_currencies(reseller), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = agree(
                reseller_id=reseller.id, terms=form.terms(), from_day=form.cleaned_data["from_day"],
                by=actor_of(request), at=at,
            )  # fmt: skip
        except Refusal as refusal:
            put(refusal, form=form)
        else:
            toasts.done(request, _("Version %(version)s is agreed.") % {"version": made.version})
            return redirect("resellers:reseller", account_id=reseller.id)
    context = {"reseller": reseller, "form": form, "now": now}
    return render(request, "resellers/operator/agreement_new.html", context)


def _currencies(reseller: Account) -> list[str]:
    others = {region.currency for region in open_regions()} - {reseller.currency}
    return [reseller.currency, *sorted(others)]


@allow("resellers.manage")
@require_POST
def agreement_end(request: HttpRequest, account_id: UUID, agreement_id: UUID) -> HttpResponse:
    """End the version in force, or withdraw the one that has not begun; with a reason."""
    reseller = access_reseller(account_id)
    form = EndForm(request.POST)
    if not form.is_valid():
        toasts.refuse(request, _("Say why. Nothing was changed."))
        return redirect("resellers:reseller", account_id=reseller.id)
    stop = withdraw_agreement if request.POST.get("act") == "withdraw" else end_agreement
    stop(
        reseller_id=reseller.id, agreement_id=agreement_id, reason=form.cleaned_data["reason"], by=actor_of(request),
        at=clock.now_for(test_clock_at=reseller.test_clock_at),
    )  # fmt: skip
    toasts.done(request, _("Done. It stands in the history."))
    return redirect("resellers:reseller", account_id=reseller.id)
