"""All accounts, and opening one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from provider.accounts.models import Account, Language, Portal, localised_region_name
from provider.accounts.operations.locks import home
from provider.accounts.operations.opening import open_account
from provider.accounts.queries import open_regions
from provider.accounts.rules.words import PORTAL_NAMES
from provider.console import queries
from provider.console.forms import OpenAccountForm
from provider.console.queries.search import containing
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from provider.look import formats, toasts
from provider.look.tables import Badge, Choice, Column, Dates, Table

_NONE, _TEST = "none", "test"


def _portals(account: Account) -> str:
    return formats.listed(_(PORTAL_NAMES[profile.portal]) for profile in account.profiles.all())


def _region(account: Account) -> str:
    return localised_region_name(account.region, translation.get_language() or "en") if account.region else ""


def _with_people(rows: Any, value: list[str]) -> Any:
    empty = queries.accounts_without_members().values("id")
    return rows.filter(id__in=empty) if _NONE in value else rows


def _of_kind(rows: Any, value: list[str]) -> Any:
    return rows.filter(is_test=_TEST in value)


def region_options() -> list[tuple[str, str]]:
    language = translation.get_language() or "en"
    return [(region.code, localised_region_name(region, language)) for region in queries.regions_to_choose()]


ACCOUNTS = Table(
    key="accounts",
    columns=[
        Column(
            "name",
            gettext_lazy("Name"),
            sort="name",
            href=lambda account: reverse("console:account", args=[account.id]),
            sub=lambda account: account.company_name if account.company_name != account.name else "",
            is_fixed=True,
        ),
        Column("portals", gettext_lazy("Kind of account"), value=_portals),
        Column("email", gettext_lazy("E-mail address"), sort="email"),
        Column("parent", gettext_lazy("Comes through"), value="parent.name"),
        Column("region", gettext_lazy("Region"), value=_region, sort="region_id"),
        Column("language", gettext_lazy("Language"), value=lambda a: a.get_language_display(), is_shown=False),
        Column("currency", gettext_lazy("Currency"), sort="currency", is_shown=False),
        Column("tax_id", gettext_lazy("Tax number"), is_shown=False),
        Column(
            "kind",
            gettext_lazy("Kind"),
            kind="badge",
            value=lambda account: Badge(gettext_lazy("Test"), "accent") if account.is_test else None,
            is_shown=False,
        ),
        Column("created_at", gettext_lazy("Since"), kind="date", sort="created_at"),
    ],
    filters=[
        Choice(
            "portal",
            gettext_lazy("Kind of account"),
            options=[(portal, gettext_lazy(name)) for portal, name in PORTAL_NAMES.items()],
            where="profiles__portal",
        ),
        Choice("language", gettext_lazy("Language"), options=Language.choices),
        Choice("region", gettext_lazy("Region"), options=region_options, where="region_id"),
        Choice("kind", gettext_lazy("Kind"), options=[("real", gettext_lazy("Real")), (_TEST, gettext_lazy("Test"))],
               where=_of_kind),
        Choice("people", gettext_lazy("People"), options=[(_NONE, gettext_lazy("Nobody"))], where=_with_people),
        Dates("created_at", gettext_lazy("Since")),
    ],
    search=containing,
    search_label=gettext_lazy("Name, e-mail, telephone, tax number, id"),
    sort="-created_at",
    counted=ngettext_lazy("%(count)s account", "%(count)s accounts", "number"),
    empty_title=gettext_lazy("No accounts yet"),
    empty_text=gettext_lazy("Open the first one for a customer or a reseller, or have them sign up."),
)  # fmt: skip


@allow("accounts.view")
@require_safe
def account_list(request: HttpRequest) -> HttpResponseBase:
    """Which accounts are there?"""
    return ACCOUNTS.answer(request, rows=queries.accounts(), template="console/accounts.html")


@allow("accounts.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def account_new(request: HttpRequest) -> HttpResponse:
    """Open an account and invite its owner."""
    regions = open_regions()
    resellers = queries.accounts().filter(profiles__portal=Portal.RESELLER).order_by("name")[:500]
    form = OpenAccountForm(request.POST or None, regions=regions, resellers=resellers)
    if request.method == "POST" and form.is_valid():
        try:
            account = _open(form, by=actor_of(request))
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("The account is open, and its owner is invited."))
            return redirect("console:account", account_id=account.id)
    return render(request, "console/account_new.html", {"form": form, "has_regions": bool(regions)})


def _open(form: OpenAccountForm, *, by: Actor) -> Account:
    typed = form.cleaned_data
    parent = queries.access_account(UUID(typed["parent"]) if typed["parent"] else home(by))
    return open_account(
        portal=typed["portal"], parent=parent, details=form.details(), owner=form.owner(), by=by, at=clock.now()
    )
