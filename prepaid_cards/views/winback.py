"""Accounts that sleep, as a list to work on: what they were worth, and offers that bring them back."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from prepaid_cards.forms.winback import OfferForm
from prepaid_cards.models import OfferStatus
from prepaid_cards.operations.winback import MOST, choose_accounts, send_offers
from prepaid_cards.queries import winback as queries
from provider.accounts.models import Account, Language, Region, localised_region_name
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import BulkAct, Choice, Column, Dates, Table

_ROUNDS_SHOWN = 10
_OFFERS_SHOWN = 200
_KINDS = {OfferStatus.SENT: "ok", OfferStatus.WAITING: "", OfferStatus.AWAKE: "accent"}


def _region_name(region: Region | None) -> str:
    return localised_region_name(region, translation.get_language() or "en") if region else ""


def _regions() -> list[tuple[str, str]]:
    return [(one.code, _region_name(one)) for one in Region.objects.order_by("code")]


def _paid(row: Account) -> Money:
    return Money(row.paid_minor, row.currency)  # type: ignore[attr-defined]


SLEEPERS = Table(
    key="win-back",
    columns=[
        Column(
            "name", gettext_lazy("Account"), is_fixed=True, sub=lambda row: row.company_name, sort="name",
            href=lambda row: reverse("console:account", args=[row.id]),
        ),
        Column("since", gettext_lazy("Dormant since"), kind="date", sort="since"),
        Column("paid", gettext_lazy("Has paid"), kind="money", value=_paid, sort="paid_minor"),
        Column("records", gettext_lazy("Customer records kept"), kind="number"),
        Column("last_seller", gettext_lazy("Last seller")),
        Column("last_contact", gettext_lazy("Last offer"), kind="date", sort="last_contact"),
        Column("region", gettext_lazy("Region"), value=lambda row: _region_name(row.region)),
        Column("email", gettext_lazy("E-mail address"), is_shown=False),
    ],
    filters=[
        Dates("since", gettext_lazy("Dormant since")),
        Choice("region", gettext_lazy("Region"), options=_regions, where="region_id"),
        Choice("seller", gettext_lazy("Last seller"), options=queries.sellers, where=queries.sold_by),
        Choice(
            "contact", gettext_lazy("Last offer"), where=queries.contacted,
            options=[("never", gettext_lazy("Never")), ("before", gettext_lazy("Some time ago"))],
        ),
        Choice("language", gettext_lazy("Language"), options=Language.choices),
    ],
    search=queries.named_sleepers,
    search_label=gettext_lazy("Name, company, e-mail"),
    bulk=[BulkAct(gettext_lazy("Make an offer"), "/operator/cards/win-back/offers/", icon="gift", may="cards.manage")],
    sort="-since",
    counted=ngettext_lazy("%(count)s account", "%(count)s accounts", "number"),
    empty_title=gettext_lazy("Nobody sleeps"),
    empty_text=gettext_lazy("Accounts that were not renewed appear here, with everything that is kept for them."),
)  # fmt: skip


@allow("cards.view")
@require_safe
def sleepers(request: HttpRequest) -> HttpResponseBase:
    """Which accounts sleep, what were they worth, and who sold to them?"""
    rounds = list(queries.rounds()[:_ROUNDS_SHOWN])
    results = queries.results_of(rounds)
    context = {
        "result": queries.result_of(),
        "rounds": [{"round": one, "result": results[one.id]} for one in rounds],
    }
    return SLEEPERS.answer(
        request, rows=queries.sleeping_accounts(), template="prepaid_cards/win_back.html", context=context
    )


@allow("cards.manage")
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """These accounts get an offer; what it says comes next."""
    chosen = SLEEPERS.chosen(request, rows=queries.sleeping_accounts())
    ids = chosen.order_by("id").values_list("id", flat=True)[: MOST + 1]
    made = choose_accounts(account_ids=ids, by=actor_of(request), at=clock.now())
    return redirect("prepaid_cards:win_back_round", win_back_round_id=made.id)


@allow("cards.view")
@require_safe
def win_back_round(request: HttpRequest, win_back_round_id: UUID) -> HttpResponse:
    """Who was chosen, what were they offered, and who came back?"""
    return _answer(request, round_id=win_back_round_id, form=None)


@allow("cards.manage")
@require_http_methods(["POST"])
def send(request: HttpRequest, win_back_round_id: UUID) -> HttpResponse:
    """Write to them."""
    form = OfferForm(request.POST, campaigns=queries.offers_for_sleepers(at=clock.now()))
    found = queries.access_round(win_back_round_id)
    if form.is_valid():
        campaign = form.cleaned_data["campaign"]
        try:
            send_offers(
                round_id=found.id, campaign_id=campaign.id if campaign else None, note=form.cleaned_data["note"],
                by=actor_of(request), at=clock.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("The offers are on their way."))
            return redirect("prepaid_cards:win_back_round", win_back_round_id=found.id)
    return _answer(request, round_id=found.id, form=form)


def _answer(request: HttpRequest, *, round_id: UUID, form: OfferForm | None) -> HttpResponse:
    found = queries.access_round(round_id)
    offers = queries.offers_of(found)
    context = {
        "round": found,
        "result": queries.result_of(found),
        "form": form or OfferForm(campaigns=queries.offers_for_sleepers(at=clock.now())),
        "offers": [
            {"offer": one, "kind": _KINDS.get(OfferStatus(one.status), "warn")} for one in offers[:_OFFERS_SHOWN]
        ],
    }  # fmt: skip
    return render(request, "prepaid_cards/win_back_round.html", context)
