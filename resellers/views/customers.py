"""The reseller's home and its customers."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from prepaid_cards.queries.reports import waiting_for_shop
from provider.accounts.forms.opening import OpenForm
from provider.accounts.models import Account, Language, Portal, localised_region_name
from provider.accounts.operations.opening import open_account
from provider.accounts.queries import account_of, open_regions
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import Choice, Column, Dates, Table
from resellers.queries.customers import customers_of, named, resellers_below
from resellers.queries.shelf import shelf_of
from resellers.queries.shipping import on_their_way

_SHOWN = 8


def _region(account: Account) -> str:
    return localised_region_name(account.region, translation.get_language() or "en") if account.region else ""


CUSTOMERS = Table(
    key="customers",
    columns=[
        Column("name", gettext_lazy("Name"), sort="name", sub=lambda account: account.company_name, is_fixed=True),
        Column("email", gettext_lazy("E-mail address"), sort="email"),
        Column("region", gettext_lazy("Region"), value=_region),
        Column("language", gettext_lazy("Language"), value=lambda account: account.get_language_display()),
        Column("created_at", gettext_lazy("Since"), kind="date", sort="created_at"),
    ],
    filters=[
        Choice("language", gettext_lazy("Language"), options=Language.choices),
        Dates("created_at", gettext_lazy("Since")),
    ],
    search=named,
    search_label=gettext_lazy("Name, company, e-mail"),
    sort="-created_at",
    counted=ngettext_lazy("%(count)s customer", "%(count)s customers", "number"),
    empty_title=gettext_lazy("No customers yet"),
    empty_text=gettext_lazy("Open an account for a customer; its owner gets an invitation."),
)
_ACT = Column("act", gettext_lazy("Action"), kind="template", template="resellers/parts/act.html", is_fixed=True)
CUSTOMERS_TO_ACT_FOR = replace(CUSTOMERS, columns=[*CUSTOMERS.columns, _ACT])


@allow("reseller.view")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """How does the shop stand, and what comes next?"""
    account = account_of(request)
    customers, below = customers_of(account.id), resellers_below(account.id)
    context = {
        "account": account,
        "customers": list(customers[:_SHOWN]),
        "customer_count": customers.count(),
        "below": list(below[:_SHOWN]),
        "shelf": shelf_of(reseller_id=account.id, at=clock.now_for(test_clock_at=account.test_clock_at)),
        "reported": waiting_for_shop(account.id).count() if actor_of(request).may("till.use") else 0,
        "coming": list(on_their_way(account.id)[:_SHOWN]),
    }
    return render(request, "resellers/home.html", context)


@allow("customers.view")
@require_safe
def customers(request: HttpRequest) -> HttpResponseBase:
    """Which customers came through us?"""
    account = account_of(request)
    table = CUSTOMERS_TO_ACT_FOR if actor_of(request).may("customers.act_for") else CUSTOMERS
    return table.answer(request, rows=customers_of(account.id), template="resellers/customers.html")


@allow("customers.open")
@require_http_methods(["GET", "HEAD", "POST"])
def customer_new(request: HttpRequest) -> HttpResponse:
    """Open an account for a customer and invite its owner."""
    regions = open_regions()
    form = OpenForm(request.POST or None, regions=regions)
    if request.method == "POST" and form.is_valid():
        try:
            open_account(
                portal=Portal.SUBSCRIBER,
                parent=account_of(request),
                details=form.details(),
                owner=form.owner(),
                by=actor_of(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("The account is open, and its owner is invited."))
            return redirect("resellers:customers")
    return render(request, "resellers/customer_new.html", {"form": form, "has_regions": bool(regions)})
