"""The books: every entry, and of each what was moved, why, and for which document or card."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_safe

from prepaid_cards.rules.serials import shown
from provider.console.queries import ledger as queries
from provider.console.rules.books import LEDGER_ACCOUNTS
from provider.kernel.doors import allow
from provider.kernel.money import Money
from provider.look.tables import Column, Dates, Table, Text

ENTRIES = Table(
    key="ledger",
    columns=[
        Column(
            "number", gettext_lazy("Entry"), kind="mono", value="id", sort="id", is_fixed=True,
            href=lambda row: reverse("console:ledger_entry", args=[row.id]),
        ),
        Column("at", gettext_lazy("When"), kind="instant"),
        Column(
            "meaning", gettext_lazy("What"),
            value=lambda row: queries.meaning_of(source_kind=row.source_kind, purpose=row.purpose),
        ),
        Column(
            "party", gettext_lazy("Account"), kind="template", template="console/parts/party.html", value="party_name"
        ),
        Column(
            "amount", gettext_lazy("Moved"), kind="money",
            value=lambda row: Money(row.minor, row.currency) if row.currency else None,
        ),
        Column("source_kind", gettext_lazy("Source"), kind="mono", is_shown=False),
        Column("source_id", gettext_lazy("Its id"), kind="mono", is_shown=False),
        Column("purpose", gettext_lazy("Purpose"), kind="mono", is_shown=False),
        Column("recorded_at", gettext_lazy("Written on"), kind="instant", is_shown=False),
    ],
    filters=[
        Text("source", gettext_lazy("Id of the source"), where="source_id"),
        Dates("at", gettext_lazy("When")),
    ],
    sort="-id",
    counted=ngettext_lazy("%(count)s entry", "%(count)s entries", "number"),
    empty_title=gettext_lazy("The books are empty"),
    empty_text=gettext_lazy("With the first sale, invoice or payment the first entry stands here."),
)  # fmt: skip


@allow("ledger.view")
@require_safe
def entry_list(request: HttpRequest) -> HttpResponseBase:
    """What was entered into the books?"""
    return ENTRIES.answer(request, rows=queries.entries(), template="console/ledger.html")


@allow("ledger.view")
@require_safe
def entry_page(request: HttpRequest, entry_number: int) -> HttpResponse:
    """What did this entry move, why, and for which document?"""
    entry = queries.access_entry(entry_number)
    cards, count = queries.cards_of(entry)
    context: dict[str, Any] = {
        "entry": entry,
        "meaning": queries.meaning_of(source_kind=entry.source_kind, purpose=entry.purpose),
        "legs": [_leg(posting, party) for posting, party in queries.postings_of(entry)],
        "documents": [
            {"what": one.what, "name": one.name, "href": _address(*one.page)} for one in queries.documents_of(entry)
        ],
        "cards": [
            {"shown": shown(card.serial), "serial": card.serial, "product": card.batch.product} for card in cards
        ],
        "cards_left": count - len(cards),
    }
    return render(request, "console/ledger_entry.html", context)


def _leg(posting: Any, party: Any) -> dict[str, Any]:
    amount = Money(abs(posting.amount_minor), posting.currency)
    return {
        "name": _(LEDGER_ACCOUNTS.get(posting.ledger_account, posting.ledger_account)),
        "party": party,
        "debit": amount if posting.amount_minor > 0 else None,
        "credit": amount if posting.amount_minor < 0 else None,
    }


def _address(page: str, key: object) -> str:
    return reverse(page) if key is None else reverse(page, args=[key])
