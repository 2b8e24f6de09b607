"""Promotions: described, rehearsed on the past, launched, watched, stopped."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from prepaid_cards.forms.batches import ReasonForm
from prepaid_cards.forms.campaigns import CampaignForm
from prepaid_cards.models import Campaign, CampaignStatus
from prepaid_cards.operations.campaigns import create_campaign, launch_campaign, stop_campaign
from prepaid_cards.operations.zones import provider_zone
from prepaid_cards.queries.campaigns import access_campaign, campaigns, offer_of, past_cases, stores_of, uses_of
from prepaid_cards.rules.campaigns import rehearse
from prepaid_cards.rules.serials import shown
from provider.kernel import clock
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import formats, toasts
from provider.look.tables import Badge, Choice, Column, Table

PAST: Final = (30, 90, 365)


def state(campaign: Campaign, *, at: datetime) -> Badge:
    """The state as a word with its colour; a launched one also waits, runs or is over by the clock."""
    if campaign.status != CampaignStatus.RUNNING:
        return Badge(campaign.get_status_display(), "warn" if campaign.status == CampaignStatus.DRAFT else "")
    if at < campaign.starts_at:
        return Badge(_("Waits for its first day"), "accent")
    return Badge(_("Over"), "") if at >= campaign.ends_at else Badge(_("Running"), "ok")


def gives(campaign: Campaign) -> str:
    """What it gives, in words."""
    count = campaign.bonus_amount
    words = {
        "months": ngettext("%(count)s month more", "%(count)s months more", count),
        "days": ngettext("%(count)s day more", "%(count)s days more", count),
        "points": ngettext("%(count)s point more", "%(count)s points more", count),
        "percent": _("%(count)s%% more"),
    }
    return words[campaign.bonus_kind] % {"count": formats.number(count)}


CAMPAIGNS = Table(
    key="campaigns",
    columns=[
        Column(
            "name", gettext_lazy("Name"), sort="name", is_fixed=True,
            href=lambda row: reverse("prepaid_cards:campaign", args=[row.id]),
        ),
        Column("status", gettext_lazy("State"), kind="badge", value=lambda row: state(row, at=clock.now())),
        Column("bonus", gettext_lazy("Bonus"), value=gives),
        Column("audience", gettext_lazy("For whom"), value=lambda row: row.get_audience_display()),
        Column("starts_at", gettext_lazy("First day"), kind="date", sort="starts_at"),
        Column("used_count", gettext_lazy("Given"), kind="number", sort="used_count"),
        Column("used", gettext_lazy("Cost"), kind="money", value=lambda row: Money(row.used_minor, row.currency)),
    ],
    filters=[Choice("status", gettext_lazy("State"), options=CampaignStatus.choices, where="status")],
    sort="-created_at",
    counted=ngettext_lazy("%(count)s promotion", "%(count)s promotions", "number"),
    empty_title=gettext_lazy("No promotion yet"),
    empty_text=gettext_lazy("Give a bonus on redeeming: describe it, try it on the past, then launch it."),
)  # fmt: skip


@allow("cards.view")
@require_safe
def campaign_list(request: HttpRequest) -> HttpResponseBase:
    """Which promotions are there?"""
    return CAMPAIGNS.answer(request, rows=campaigns(), template="prepaid_cards/campaigns.html")


@allow("cards.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_new(request: HttpRequest) -> HttpResponse:
    """What should the promotion give, to whom and when?"""
    form = CampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_campaign(wish=form.wish(zone=provider_zone()), by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("The promotion is described. Look at its rehearsal, then launch it."))
            return redirect("prepaid_cards:campaign", campaign_id=made.id)
    return render(request, "prepaid_cards/campaign_new.html", {"form": form})


@allow("cards.view")
@require_safe
def campaign(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """What does this promotion give, what has it cost, and what would it have cost?"""
    found, at = access_campaign(campaign_id), clock.now()
    asked = request.GET.get("past", "")
    past = int(asked) if asked.isdigit() and int(asked) in PAST else PAST[1]
    context: dict[str, Any] = {
        "campaign": found,
        "first_day": local_day(at=found.starts_at, zone=provider_zone()),
        "state": state(found, at=at),
        "gives": gives(found),
        "used": Money(found.used_minor, found.currency),
        "budget": None if found.budget_minor is None else Money(found.budget_minor, found.currency),
        "scopes": _scopes(found),
        "uses": [_use(one) for one in uses_of(found)[:20]],
        "past": past,
        "pasts": [(days, _("%(days)s days") % {"days": days}, days == past) for days in PAST],
        "rehearsal": _rehearsal(found, past=past, at=at),
    }
    return render(request, "prepaid_cards/campaign.html", context)


def _scopes(found: Campaign) -> list[tuple[str, str]]:
    named = [
        (_("Kinds of cards"), [one.own_name for one in found.products.order_by("name")]),
        (_("Batches"), [one.prefix for one in found.batches.order_by("prefix")]),
        (_("Sold by"), [one.name for one in found.sellers.order_by("name")]),
        (_("Stores"), [f"{one.seller.name} · {one.name}" for one in stores_of(found)]),
        (_("Regions"), [str(one) for one in found.regions.order_by("code")]),
    ]
    return [(word, formats.listed(names)) for word, names in named if names]


def _use(one: Any) -> dict[str, Any]:
    card = one.redemption.card
    return {
        "account": one.redemption.account,
        "serial": card.serial,
        "shown": shown(card.serial),
        "at": one.at,
        "cost": Money(one.cost_minor, one.redemption.currency),
        "is_given_back": one.given_back_at is not None,
    }


def _rehearsal(found: Campaign, *, past: int, at: datetime) -> dict[str, Any]:
    since = at - timedelta(days=past)
    cases = past_cases(since=since, until=at, currency=found.currency)
    done = rehearse(offer_of(found), cases=cases, since=since, until=at)
    return {
        "asked": done.asked,
        "given": done.given,
        "turned_away": done.turned_away,
        "face": Money(done.face_minor, found.currency),
        "cost": Money(done.cost_minor, found.currency),
        "cost_percent": done.cost_percent,
        "margin": Money(done.margin_minor, found.currency),
        "exhausted_at": done.exhausted_at,
        "is_within": done.exhausted_at is not None and done.exhausted_at < found.ends_at,
    }


@allow("cards.manage")
@require_POST
def campaign_launch(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Give its bonus from its first day on."""
    found = launch_campaign(campaign_id=access_campaign(campaign_id).id, by=actor_of(request), at=clock.now())
    toasts.done(request, _("“%(name)s” is launched.") % {"name": found.name})
    return redirect("prepaid_cards:campaign", campaign_id=found.id)


@allow("cards.manage")
@require_POST
def campaign_stop(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Give no more."""
    found, form = access_campaign(campaign_id), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    stop_campaign(campaign_id=found.id, reason=reason, by=actor_of(request), at=clock.now())
    toasts.done(request, _("“%(name)s” is stopped. What was given stays.") % {"name": found.name})
    return redirect("prepaid_cards:campaign", campaign_id=found.id)
