"""Whose time ends before long: the list behind the home's weeks."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_safe

from plans.queries import renewals as queries
from plans.templatetags.catalogue import name_in
from provider.kernel import clock
from provider.kernel.doors import allow
from provider.look.tables import Choice, Column, Dates, Table

KINDS: Final = {
    "trial": gettext_lazy("Trial"),
    "card": gettext_lazy("Paid by card"),
    "online": gettext_lazy("Paid online"),
    "grace": gettext_lazy("Grace"),
}


RENEWALS = Table(
    key="renewals",
    columns=[
        Column(
            "account", gettext_lazy("Account"), value="account.name", is_fixed=True,
            sub=lambda row: row.account.company_name,
            href=lambda row: reverse("console:account", args=[row.account_id]),
        ),
        Column("last_at", gettext_lazy("Last day"), kind="date", sort="ends_at"),
        Column("ending", gettext_lazy("What ends"), value=lambda row: KINDS[row.ending]),
        Column("plan", gettext_lazy("Plan"), value=lambda row: name_in(row.plan_names, code="")),
        Column(
            "through", gettext_lazy("Comes through"),
            value=lambda row: row.account.parent.name if row.account.parent else "",
        ),
        Column("email", gettext_lazy("E-mail address"), value="account.email", is_shown=False),
    ],
    filters=[
        Choice("ending", gettext_lazy("What ends"), options=list(KINDS.items())),
        Dates("last_at", gettext_lazy("Last day")),
    ],
    search=queries.named,
    search_label=gettext_lazy("Name, company"),
    sort="ends_at",
    counted=ngettext_lazy("%(count)s account", "%(count)s accounts", "number"),
    empty_title=gettext_lazy("Nobody’s time ends in these thirty days"),
    empty_text=gettext_lazy("Accounts that live on paid time appear here before it ends, unless they have renewed."),
)  # fmt: skip


@allow("accounts.view")
@require_safe
def renewal_list(request: HttpRequest) -> HttpResponseBase:
    """Whose time ends in the next thirty days, with nothing arranged for after it?"""
    rows = queries.renewals_due(at=clock.now()).select_related("account__parent", "subscription")
    return RENEWALS.answer(request, rows=rows, template="console/renewals.html")
