"""Receipts: one of them, all of them, and what was taken on a day."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from provider.accounts.models import Role
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.clock import first_instant, local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import Badge, Choice, Column, Dates, Table
from resellers.models import Paid, Sale
from resellers.operations.returns import undo_sale
from resellers.queries.agreements import agreement_in_force
from resellers.queries.returns import is_whole, receipt_lines, returns_of
from resellers.queries.sales import access_sale, sales_for, takings, with_words
from resellers.queries.statement import statement_of
from resellers.queries.stores import stores_for
from resellers.rules.counter import UNDO_WITHIN
from resellers.rules.returns import REDEEMED, SOLD

from .returns import is_open, told


def _state(sale: Sale) -> Badge | None:
    if sale.undone_at:
        return Badge(gettext_lazy("Undone"), "warn")
    return Badge(gettext_lazy("Partly returned"), "warn") if sale.returned_count else None


def _standing(rows: QuerySet[Sale], value: list[str]) -> QuerySet[Sale]:
    is_undone = "undone" in value
    return rows.filter(undone_at__isnull=not is_undone) if len(value) == 1 else rows


SALES = Table(
    key="sales",
    columns=[
        Column(
            "receipt", gettext_lazy("Receipt"), sort="in_order", is_fixed=True,
            href=lambda sale: reverse("resellers:sale", args=[sale.id]),
        ),
        Column("at", gettext_lazy("Sold"), kind="instant", sort="at"),
        Column("store", gettext_lazy("Store"), value="store.name"),
        Column("user", gettext_lazy("Clerk"), value=lambda sale: sale.user.name if sale.user else ""),
        Column("count", pgettext_lazy("how many", "Cards"), kind="number", sort="count"),
        Column("face", gettext_lazy("Taken"), kind="money", value=lambda sale: Money(sale.face_minor, sale.currency),
               sort="face_minor"),
        Column("paid_by", gettext_lazy("How it was paid"), value=lambda sale: sale.get_paid_by_display()),
        Column("reference", gettext_lazy("Own reference"), is_shown=False),
        Column("state", gettext_lazy("State"), kind="badge", value=_state),
    ],
    filters=[
        Dates("at", gettext_lazy("Sold")),
        Choice("paid_by", gettext_lazy("How it was paid"), options=Paid.choices),
        Choice("state", gettext_lazy("State"), where=_standing,
               options=[("stands", gettext_lazy("Stands")), ("undone", gettext_lazy("Undone"))]),
    ],
    search=with_words,
    search_label=gettext_lazy("Receipt, own reference or serial"),
    sort="-at",
    counted=ngettext_lazy("%(count)s sale", "%(count)s sales", "number"),
    empty_title=gettext_lazy("No sales yet"),
    empty_text=gettext_lazy("What the till sells appears here."),
)  # fmt: skip


@allow("till.use")
@require_safe
def sale_list(request: HttpRequest) -> HttpResponseBase:
    """What was sold?"""
    account = account_of(request)
    rows = sales_for(by=actor_of(request), reseller_id=account.id)
    return SALES.answer(request, rows=rows, template="resellers/sales.html")


@allow("till.use")
@require_safe
def sale_page(request: HttpRequest, sale_id: UUID) -> HttpResponse:
    """The receipt, to show or to print."""
    account = account_of(request)
    sale = access_sale(sale_id=sale_id, reseller_id=account.id)
    by, at = actor_of(request), clock.now_for(test_clock_at=account.test_clock_at)
    lines = receipt_lines(sale)
    can = is_open(sale, by=by, at=at)
    context = {
        "sale": sale,
        "lines": [told(line) for line in lines],
        "redeemed": sum(line.state == REDEEMED for line in lines),
        "returns": list(returns_of(sale)),
        "kept": Money(sale.face_minor - sale.returned_minor, sale.currency),
        "undo_until": sale.at + UNDO_WITHIN,
        "may_undo": can and is_whole(lines),
        "may_return": can and any(line.state == SOLD for line in lines) and len(lines) > 1,
        "zone": account.time_zone,
    }
    return render(request, "resellers/sale.html", context)


@allow("till.use")
@require_POST
def sale_undo(request: HttpRequest, sale_id: UUID) -> HttpResponse:
    """Take a sale back: its cards are on the shelf again."""
    account = account_of(request)
    sale = access_sale(sale_id=sale_id, reseller_id=account.id)
    try:
        undo_sale(
            reseller_id=account.id, sale_id=sale.id, reason=request.POST.get("reason", "")[:200],
            by=actor_of(request), at=clock.now_for(test_clock_at=account.test_clock_at),
        )  # fmt: skip
    except Refusal as refusal:
        toasts.refuse(request, say(refusal))
    else:
        toasts.done(request, _("Undone. Its cards are on the shelf again; give the money back."))
    return redirect("resellers:sale", sale_id=sale.id)


@allow("till.use")
@require_safe
def takings_page(request: HttpRequest) -> HttpResponse:
    """What was taken on this day?"""
    account = account_of(request)
    by, zone = actor_of(request), ZoneInfo(account.time_zone)
    today = local_day(at=clock.now_for(test_clock_at=account.test_clock_at), zone=zone)
    day = _day(request.GET.get("day", ""), today=today)
    stores = stores_for(by=by, reseller_id=account.id)
    store = next((store for store in stores if str(store.id) == request.GET.get("store")), None)
    own = None if by.role == Role.OWNER else by.user_id
    context = {
        "takings": takings(reseller_id=account.id, day=day, store_id=store.id if store else None, user_id=own),
        "day": day,
        "today": today,
        "before": date.fromordinal(day.toordinal() - 1),
        "after": date.fromordinal(day.toordinal() + 1) if day < today else None,
        "stores": stores,
        "store": store,
        "is_own_only": own is not None,
        "ways": dict(Paid.choices),
    }
    return render(request, "resellers/takings.html", context)


@allow("statement.view")
@require_safe
def statement_page(request: HttpRequest) -> HttpResponse:
    """What do we owe the provider, and why?"""
    account = account_of(request)
    zone, at = ZoneInfo(account.time_zone), clock.now_for(test_clock_at=account.test_clock_at)
    today = local_day(at=at, zone=zone)
    month = _day(f"{request.GET.get('month', '')}-01", today=today).replace(day=1)
    following = _next_month(month)
    terms = agreement_in_force(reseller_id=account.id, currency=account.currency, at=at)
    statement = statement_of(
        reseller_id=account.id, currency=account.currency, since=_begin(month, zone=zone),
        until=_begin(following, zone=zone),
    )  # fmt: skip
    context = {
        "statement": statement,
        "month": month,
        "before": date.fromordinal(month.toordinal() - 1),
        "after": following if following <= today else None,
        "terms": terms,
        "left": Money(terms.credit_limit_minor, terms.currency) - statement.closing if terms else None,
        "is_current": following > today,
    }
    return render(request, "resellers/statement.html", context)


def _begin(day: date, *, zone: ZoneInfo) -> datetime:
    return first_instant(day=day, zone=zone)


def _next_month(month: date) -> date:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _day(text: str, *, today: date) -> date:
    """The day that an address names; today where it names none that could be."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if day.year >= 2000 and day <= today else today
