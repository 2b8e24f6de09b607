"""Prepaid balances for the provider's people: whose they are, what is left of each, and which invoice used what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from invoices.documents.offers import last_day, lot_amount, lot_badge, only_in_words, source_word
from invoices.models import BalanceUse
from invoices.queries.balances import BY_HAND, GIFT, access_lot, lots_in_state, lots_open_to, uses_of_lot
from invoices.queries.coupons import lines_sold
from invoices.rules.offers import lot_state
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.look.tables import Badge, Choice, Column, Dates, Table

from .operators import require_provider

if TYPE_CHECKING:
    from invoices.queries.balances import LotRow

STATES: Final = [
    ("usable", gettext_lazy("Can be used")), ("expired", gettext_lazy("Expired")), ("empty", gettext_lazy("Used up")),
]  # fmt: skip
USED_FOR: Final = {"taken_back": pgettext_lazy("prepaid money", "Taken back"), "expired": gettext_lazy("Expired")}


# --- All of them ---


def state_of(lot: LotRow) -> Badge:
    """How a top-up stands by the clock of its account."""
    at = clock.now_for(test_clock_at=lot.account.test_clock_at)
    state = lot_state(left_minor=lot.left_minor, lapsed_minor=lot.lapsed_minor, expires_at=lot.expires_at, at=at)
    return lot_badge(state)


BALANCES = Table(
    key="balances",
    columns=[
        Column("topped_up_at", gettext_lazy("Topped up on"), kind="date", sort="topped_up_at", is_fixed=True,
               href=lambda row: reverse("invoices:balance", args=[row.pk])),
        Column("account", gettext_lazy("Account"), value="account.name"),
        Column("state", gettext_lazy("State"), kind="badge", value=state_of),
        Column("source", gettext_lazy("Where it is from"), value=lambda row: source_word(row.source_kind),
               sub=lambda row: row.source_id if row.source_kind == BY_HAND else ""),
        Column("name", gettext_lazy("Balance"), is_shown=False),
        Column("priority", gettext_lazy("Order"), kind="number", is_shown=False),
        Column("expires_at", gettext_lazy("Last day"), kind="date", sort="expires_at",
               value=lambda row: last_day(row.expires_at, zone=row.account.time_zone)),
        Column("amount", gettext_lazy("Amount"), kind="number",
               value=lambda row: lot_amount(row.amount_minor, lot=row)),
        Column("left", gettext_lazy("Left"), kind="number", value=lambda row: lot_amount(row.left_minor, lot=row)),
    ],
    filters=[
        Choice("state", gettext_lazy("State"), options=STATES,
               where=lambda rows, value: lots_in_state(rows, states=value, at=clock.now())),
        Choice("unit", gettext_lazy("Kind"),
               options=[("money", pgettext_lazy("not points", "Money")), ("points", gettext_lazy("Points"))]),
        Choice("source", gettext_lazy("Where it is from"), where="source_kind",
               options=[(BY_HAND, gettext_lazy("Money that arrived")), (GIFT, gettext_lazy("Given away")),
                        ("card_redemption", gettext_lazy("Renewal card")),
                        ("card_bonus_money", gettext_lazy("Promotion"))]),
        Dates("expires_at", gettext_lazy("Last day")),
    ],
    search=lambda rows, text: rows.filter(account__name__icontains=text) | rows.filter(source_id__istartswith=text),
    search_label=gettext_lazy("Account or reference"),
    sort="-topped_up_at",
    counted=ngettext_lazy("%(count)s top-up", "%(count)s top-ups", "number"),
    empty_title=gettext_lazy("No prepaid balances"),
    empty_text=gettext_lazy("Cards, promotions and top-ups by hand give accounts money that invoices use first."),
)  # fmt: skip


@allow("invoices.view")
@require_safe
def balances(request: HttpRequest) -> HttpResponseBase:
    """What prepaid money do accounts have, where is it from, and how long does it last?"""
    require_provider(request)
    return BALANCES.answer(request, rows=lots_open_to(actor_of(request)), template="invoices/balances.html")


# --- One ---


def _used_by(use: BalanceUse) -> str:
    return str(use.invoice.number_text if use.invoice else USED_FOR.get(use.purpose, use.purpose))


def _invoice_of(use: BalanceUse) -> str:
    return reverse("invoices:invoice", args=[use.invoice_id]) if use.invoice_id else ""


USES = Table(
    key="balance-uses",
    columns=[
        Column("used_by", gettext_lazy("Used by"), value=_used_by, href=_invoice_of, is_fixed=True),
        Column("at", gettext_lazy("When"), kind="instant", sort="at"),
        Column("amount", gettext_lazy("Amount"), kind="number", sort="amount_minor",
               value=lambda use: lot_amount(use.amount_minor, lot=use.lot)),
    ],
    sort="-at",
    counted=ngettext_lazy("%(count)s use", "%(count)s uses", "number"),
    empty_title=gettext_lazy("Nothing has used it yet"),
    empty_text=gettext_lazy("Each invoice that takes something from it is listed here."),
)  # fmt: skip


@allow("invoices.view")
@require_safe
def balance(request: HttpRequest, lot_id: UUID) -> HttpResponseBase:
    """What is left of this top-up, and which invoice used what?"""
    require_provider(request)
    lot = access_lot(lot_id=lot_id, by=actor_of(request))
    context = {
        "lot": lot,
        "account": lot.account,
        "badge": state_of(lot),
        "title": _("%(amount)s prepaid") % {"amount": lot_amount(lot.amount_minor, lot=lot)},
        "left": lot_amount(lot.left_minor, lot=lot),
        "used": lot_amount(lot.amount_minor - lot.left_minor - lot.lapsed_minor, lot=lot),
        "lapsed": lot_amount(lot.lapsed_minor, lot=lot) if lot.lapsed_minor else "",
        "source": source_word(lot.source_kind),
        "is_by_hand": lot.source_kind in (BY_HAND, GIFT),
        "shows_reference": lot.source_kind == BY_HAND,
        "last_day": last_day(lot.expires_at, zone=lot.account.time_zone),
        "only": only_in_words(lot.only, lines=lines_sold(account_of(request).pk)) if lot.only else "",
    }
    return USES.answer(request, rows=uses_of_lot(lot.pk), template="invoices/balance.html", context=context)
