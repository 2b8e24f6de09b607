"""Coupons for the provider's people: which there are, who has one, what it took, and giving, ending and closing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from invoices.documents.offers import (
    coupon_badge,
    held_badge,
    last_day,
    lasting,
    line_choices,
    only_in_words,
    says,
    worth,
)
from invoices.forms.coupons import CouponForm
from invoices.models import CouponUse
from invoices.operations.coupons import close_coupon, create_coupon
from invoices.queries.coupons import (
    access_coupon,
    coupons_in_state,
    coupons_open_to,
    holders_in_state,
    holders_of,
    lines_sold,
    terms_of,
    uses_of,
)
from invoices.queries.extras import accounts_called
from invoices.rules.offers import coupon_state, held_state
from provider.accounts.queries import account_of, currencies_offered
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import formats, toasts
from provider.look.tables import Badge, Choice, Column, Dates, Table

from .operators import require_provider

if TYPE_CHECKING:
    from invoices.queries.coupons import AppliedRow, CouponRow

STATES: Final = [
    ("open", gettext_lazy("Can be given")), ("planned", gettext_lazy("Given later")),
    ("over", gettext_lazy("Its days are over")), ("closed", gettext_lazy("Closed")),
]  # fmt: skip
HELD: Final = [
    ("running", gettext_lazy("Running")), ("used_up", gettext_lazy("Used up")),
    ("ended", pgettext_lazy("coupon", "Ended")),
]  # fmt: skip


# --- All of them ---


def state_of(coupon: CouponRow) -> Badge:
    """How a coupon stands now."""
    state = coupon_state(
        starts_at=coupon.starts_at, expires_at=coupon.expires_at, closed_at=coupon.closed_at, at=clock.now()
    )
    return coupon_badge(state)


def _taken(coupon: CouponRow) -> str:
    sums = [formats.money(Money(one["minor"], one["currency"])) for one in coupon.taken]
    return formats.listed(sums) if sums else "—"


COUPONS = Table(
    key="coupons",
    columns=[
        Column("code", gettext_lazy("Coupon"), sort="code", is_fixed=True,
               href=lambda row: reverse("invoices:coupon", args=[row.pk])),
        Column("state", gettext_lazy("State"), kind="badge", value=state_of),
        Column("worth", gettext_lazy("Takes off"), value=lambda row: worth(terms_of(row)),
               sub=lambda row: lasting(row.times)),
        Column("holders", gettext_lazy("Accounts"), kind="number", value="holder_count", sort="holder_count"),
        Column("uses", gettext_lazy("Invoices"), kind="number", value="use_count", sort="use_count"),
        Column("taken", gettext_lazy("Taken off so far"), value=_taken),
        Column("expires_at", gettext_lazy("Given until"), kind="date", sort="expires_at",
               value=lambda row: last_day(row.expires_at, zone=row.seller_account.time_zone)),
        Column("created_at", gettext_lazy("Made on"), kind="date", sort="created_at", is_shown=False),
    ],
    filters=[
        Choice("state", gettext_lazy("State"), options=STATES,
               where=lambda rows, value: coupons_in_state(rows, states=value, at=clock.now())),
        Choice("kind", gettext_lazy("Takes off"),
               options=[("percent", gettext_lazy("A percentage")), ("amount", gettext_lazy("An amount"))],
               where=lambda rows, value: rows if len(value) > 1 else rows.filter(currency="")
               if value == ["percent"] else rows.exclude(currency="")),
    ],
    search=lambda rows, text: rows.filter(code__icontains=text),
    search_label=gettext_lazy("Code"),
    sort="-created_at",
    counted=ngettext_lazy("%(count)s coupon", "%(count)s coupons", "number"),
    empty_title=gettext_lazy("No coupons"),
    empty_text=gettext_lazy("A coupon takes a percentage or an amount off the invoices of whoever you give it to."),
)  # fmt: skip


@allow("invoices.view")
@require_safe
def coupons(request: HttpRequest) -> HttpResponseBase:
    """Which discounts do we give, to how many, and what have they cost?"""
    require_provider(request)
    rows = coupons_open_to(actor_of(request), at=clock.now())
    return COUPONS.answer(request, rows=rows, template="invoices/coupons.html")


# --- One ---


def _held(row: AppliedRow) -> Badge:
    at = clock.now_for(test_clock_at=row.account.test_clock_at)
    return held_badge(held_state(times=row.coupon.times, use_count=row.use_count, ended_at=row.ended_at, at=at))


def _taken_here(row: AppliedRow) -> Money:
    return Money(row.taken_minor, row.account.currency)


HOLDERS = Table(
    key="coupon-holders",
    columns=[
        Column("account", gettext_lazy("Account"), value="account.name", sort="account__name", is_fixed=True,
               href=lambda row: reverse("console:account_money", args=[row.account_id])),
        Column("state", gettext_lazy("State"), kind="badge", value=_held),
        Column("applied_at", gettext_lazy("Since"), kind="date", sort="applied_at"),
        Column("ended_at", gettext_lazy("Last day"), kind="date", sort="ended_at",
               value=lambda row: last_day(row.ended_at, zone=row.account.time_zone)),
        Column("uses", gettext_lazy("Invoices"), kind="number", value="use_count", sort="use_count"),
        Column("taken", gettext_lazy("Taken off"), kind="money", value=_taken_here, sort="taken_minor"),
    ],
    filters=[
        Choice("held", gettext_lazy("State"), options=HELD,
               where=lambda rows, value: holders_in_state(rows, states=value, at=clock.now())),
    ],
    search=lambda rows, text: rows.filter(account__name__icontains=text),
    search_label=gettext_lazy("Account"),
    sort="-applied_at",
    counted=ngettext_lazy("%(count)s account", "%(count)s accounts", "number"),
    empty_title=gettext_lazy("No account has this coupon"),
    empty_text=gettext_lazy("It takes nothing off before you give it to an account."),
)  # fmt: skip


@allow("invoices.view")
@require_safe
def coupon(request: HttpRequest, coupon_id: UUID) -> HttpResponseBase:
    """What does this coupon do, who has it, and what did it take?"""
    require_provider(request)
    found = access_coupon(coupon_id=coupon_id, by=actor_of(request), at=clock.now())
    context = _facts(found)
    return HOLDERS.answer(request, rows=holders_of(found.pk), template="invoices/coupon.html", context=context)


def _facts(found: CouponRow) -> dict[str, Any]:
    lines = lines_sold(found.seller_account_id) if found.only else {}
    terms, zone = terms_of(found), found.seller_account.time_zone
    return {
        "coupon": found,
        "badge": state_of(found),
        "says": says(terms, lines=lines, zone=ZoneInfo(zone)),
        "worth": worth(terms),
        "lasting": lasting(found.times),
        "only": only_in_words(found.only, lines=lines),
        "zone": zone,
        "last_day": last_day(found.expires_at, zone=zone),
        "taken": [Money(one["minor"], one["currency"]) for one in found.taken],
        "is_open": found.closed_at is None,
        "can_give": coupon_state(
            starts_at=found.starts_at, expires_at=found.expires_at, closed_at=found.closed_at, at=clock.now()
        )
        == "open",
    }


def _invoice_of(use: CouponUse) -> str:
    if use.invoice.status == "draft":
        return reverse("invoices:waiting", args=[use.invoice_id])
    return reverse("invoices:invoice", args=[use.invoice_id])


USES = Table(
    key="coupon-uses",
    columns=[
        Column("invoice", gettext_lazy("Invoice"), href=_invoice_of, is_fixed=True,
               value=lambda use: use.invoice.number_text or _("Not sent yet")),
        Column("account", gettext_lazy("Account"), value="applied.account.name", sort="applied__account__name"),
        Column("due_at", gettext_lazy("Billed for"), kind="date", value="invoice.due_at", sort="invoice__due_at"),
        Column("subtotal", gettext_lazy("Subtotal"), kind="money",
               value=lambda use: Money(use.invoice.subtotal_minor, use.currency)),
        Column("taken", gettext_lazy("Taken off"), kind="money", sort="amount_minor",
               value=lambda use: Money(use.amount_minor, use.currency)),
    ],
    filters=[Dates("due_at", gettext_lazy("Billed for"), where="invoice__due_at")],
    search=lambda rows, text: rows.filter(invoice__number_text__istartswith=text)
    | rows.filter(applied__account__name__icontains=text),
    sort="-pk",
    counted=ngettext_lazy("%(count)s invoice", "%(count)s invoices", "number"),
    empty_title=gettext_lazy("It has taken nothing off yet"),
    empty_text=gettext_lazy("Each invoice from which it takes something is listed here."),
)  # fmt: skip


@allow("invoices.view")
@require_safe
def coupon_uses(request: HttpRequest, coupon_id: UUID) -> HttpResponseBase:
    """What did this coupon take off which invoice?"""
    require_provider(request)
    found, rows = access_coupon(coupon_id=coupon_id, by=actor_of(request), at=clock.now()), uses_of(coupon_id)
    context = _facts(found) | {"is_uses": True}
    return USES.answer(request, rows=rows, template="invoices/coupon.html", context=context)


# --- A new one ---


def _form(request: HttpRequest, given: QueryDict | None) -> CouponForm:
    seller = account_of(request)
    lines = line_choices(lines_sold(seller.pk))
    return CouponForm(given, currencies=currencies_offered(), lines=lines, zone=ZoneInfo(seller.time_zone))


@allow("credits.issue")
@require_http_methods(["GET", "HEAD", "POST"])
def coupon_new(request: HttpRequest) -> HttpResponse:
    """What shall be taken off, of what, and how often?"""
    form = _form(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        terms = form.terms()
        try:
            made = create_coupon(
                seller_account_id=account_of(request).pk, code=terms.code, percent=terms.percent, amount=terms.amount,
                times=terms.times, only=terms.only, starts_at=terms.starts_at, expires_at=terms.expires_at,
                by=actor_of(request), at=clock.now(),
            )  # fmt: skip
        except Refusal as refusal:
            field = {"expires_at": "last_on"}.get(refusal.field, refusal.field)
            form.add_error(field if field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("The coupon is made. Give it to the accounts that shall have it."))
            return redirect("invoices:coupon", coupon_id=made.pk)
    context = {"form": form, "says": _said(request, form) if form.is_bound else []}
    return render(request, "invoices/coupon_new.html", context)


@allow("credits.issue")
@require_safe
def coupon_says(request: HttpRequest) -> HttpResponse:
    """What would the coupon do that is being typed?"""
    form = _form(request, request.GET)
    form.is_valid()
    return render(request, "invoices/parts/coupon_says.html", {"says": _said(request, form)})


def _said(request: HttpRequest, form: CouponForm) -> list[str]:
    seller = account_of(request)
    return says(form.terms(), lines=lines_sold(seller.pk), zone=ZoneInfo(seller.time_zone))


# --- Closing, and whom to give it to ---


@allow("credits.issue")
@require_POST
def coupon_close(request: HttpRequest, coupon_id: UUID) -> HttpResponse:
    """Give it to nobody any more."""
    by = actor_of(request)
    found = access_coupon(coupon_id=coupon_id, by=by, at=clock.now())
    reason = request.POST.get("reason", "").strip()[:300]
    close_coupon(seller_account_id=found.seller_account_id, coupon_id=found.pk, by=by, at=clock.now(), reason=reason)
    toasts.done(request, _("The coupon is closed. Whoever has it keeps it."))
    return redirect("invoices:coupon", coupon_id=found.pk)


@allow("credits.issue")
@require_safe
def coupon_give(request: HttpRequest, coupon_id: UUID) -> HttpResponse:
    """Who gets this coupon?"""
    found = access_coupon(coupon_id=coupon_id, by=actor_of(request), at=clock.now())
    words = request.GET.get("q", "")[:200]
    asked = f"?coupon={found.pk}"
    accounts = [(one, reverse("invoices:give_coupon", args=[one.pk]) + asked) for one in accounts_called(words)]
    return render(request, "invoices/coupon_give.html", {"coupon": found, "words": words, "accounts": accounts})
