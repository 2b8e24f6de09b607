"""The history: who did what, on whose behalf, from what to what, and why."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_safe

from provider.console import queries
from provider.console.rules.facts import SUBJECTS
from provider.console.rules.verbs import VERBS, verb_in_words
from provider.kernel.doors import allow
from provider.kernel.errors import NotFound
from provider.look.tables import Choice, Column, Dates, Table, Text

from .facts import changes_of, subject_in_words

_KINDS = [
    ("person", gettext_lazy("A person")),
    ("api_key", gettext_lazy("An API key")),
    ("system", gettext_lazy("The system")),
    ("anonymous", gettext_lazy("Somebody not signed in")),
]


def _who(row: Any) -> str:
    kinds = {kind: str(words) for kind, words in _KINDS}
    return getattr(row, "who", "") or kinds.get(row.actor_kind, row.actor_kind)


HISTORY = Table(
    key="history",
    columns=[
        Column(
            "at", gettext_lazy("When"), kind="instant", sort="at",
            href=lambda row: reverse("console:audit_row", args=[row.id]), is_fixed=True,
        ),
        Column("verb", gettext_lazy("What"), value=lambda row: _(verb_in_words(row.verb))),
        Column(
            "who", gettext_lazy("Who"), value=_who,
            sub=lambda row: _("acting for the customer") if row.impersonation_id else "",
        ),
        Column("account_name", gettext_lazy("Account"), is_shown=True),
        Column("reason", gettext_lazy("Why")),
        Column(
            "subject_kind", gettext_lazy("Of what"), is_shown=False,
            value=lambda row: _(SUBJECTS.get(row.subject_kind, row.subject_kind)),
        ),
        Column("subject_id", gettext_lazy("Its id"), kind="mono", is_shown=False),
        Column("address", gettext_lazy("Address"), kind="mono", is_shown=False),
        Column("request_id", gettext_lazy("Request"), kind="mono", is_shown=False),
    ],
    filters=[
        Choice("verb", gettext_lazy("What"), options=lambda: [(verb, _(words)) for verb, words in VERBS.items()]),
        Choice("actor_kind", gettext_lazy("Who"), options=_KINDS),
        Text("request", gettext_lazy("Request"), where="request_id"),
        Dates("at", gettext_lazy("When")),
    ],
    sort="-at",
    counted=ngettext_lazy("%(count)s act", "%(count)s acts", "number"),
    empty_title=gettext_lazy("Nothing happened here yet"),
    empty_text=gettext_lazy("Every act of people, keys and the product itself is kept here for good."),
)  # fmt: skip


@allow("audit.view")
@require_safe
def audit_list(request: HttpRequest) -> HttpResponseBase:
    """Who did what?"""
    return HISTORY.answer(request, rows=queries.audit(), template="console/audit.html")


@allow("audit.view")
@require_safe
def audit_row(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """What exactly was done, from what to what, and why?"""
    row = queries.audit().filter(id=row_id).first()
    if row is None:
        raise NotFound()
    context = {
        "row": row,
        "who": _who(row),
        "what": _(verb_in_words(row.verb)),
        "changes": changes_of(row),
        "subject": subject_in_words(row),
        "has_before": row.before is not None,
    }
    return render(request, "console/audit_row.html", context)
