"""Invoices for the provider's people: all of them, how each came about, and what can be done with it."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from invoices.forms import RecordPaymentForm
from invoices.models import Invoice
from invoices.operations.payments import Recorded, apply_payment, record_by_hand
from invoices.operations.prints import ARCHIVED_AT_MOST, start_archive
from invoices.operations.sending import send_invoice
from invoices.queries.documents import access_invoice, find_invoices, invoices_open_to
from invoices.queries.payments import access_payment, payments_open_to, unapplied_of_account, with_left
from invoices.queries.sellers import zone_of_seller
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotAllowed, Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import formats, toasts
from provider.look.tables import BulkAct, Choice, Column, Dates, Table, Text

from .shown import badge_of, facts_of

if TYPE_CHECKING:
    from invoices.queries.payments import PaymentRow

METHOD_NAMES = {"stripe": gettext_lazy("Card, online"), "bank": gettext_lazy("Bank transfer"),
                "cash": gettext_lazy("Cash")}  # fmt: skip


def _in_state(rows: QuerySet[Invoice], wanted: list[str]) -> QuerySet[Invoice]:
    """Those that are open, overdue or settled, as far as asked for."""
    is_open = Q(state__open_minor__gt=0)
    states = {
        "open": is_open,
        "overdue": is_open & Q(state__pay_by_on__lt=clock.now().date()),
        "settled": Q(state__open_minor=0),
    }
    return rows.filter(reduce(or_, [states[name] for name in wanted]))


INVOICES = Table(
    key="invoices",
    columns=[
        Column(
            "number_text", gettext_lazy("Invoice"), is_fixed=True,
            href=lambda row: reverse("invoices:invoice", args=[row.pk]),
        ),
        Column("account", gettext_lazy("Account"), value="account.name"),
        Column("issued_on", gettext_lazy("Issued on"), kind="date", sort="made_at"),
        Column("pay_by_on", gettext_lazy("Due on"), kind="date"),
        Column("total", gettext_lazy("Total"), kind="money", value=lambda row: Money(row.total_minor, row.currency)),
        Column(
            "open", gettext_lazy("Still open"), kind="money",
            value=lambda row: Money(row.state.open_minor, row.currency),
        ),
        Column("status", gettext_lazy("Status"), kind="badge", value=badge_of),
    ],
    filters=[
        Choice(
            "status", gettext_lazy("Status"), where=_in_state,
            options=[
                ("open", gettext_lazy("Unpaid")), ("overdue", gettext_lazy("Overdue")),
                ("settled", gettext_lazy("Paid or credited")),
            ],
        ),
        Dates("issued_on", gettext_lazy("Issued on"), is_instant=False),
    ],
    search=find_invoices,
    bulk=[BulkAct(gettext_lazy("Download as one file"), "/operator/invoices/archive/", icon="file-archive")],
    sort="-made_at",
    counted=ngettext_lazy("%(count)s invoice", "%(count)s invoices", "number"),
    empty_title=gettext_lazy("No invoices"),
    empty_text=gettext_lazy("They appear here when the billing run makes them, or when one is made by hand."),
)  # fmt: skip


@allow("invoices.view")
@require_safe
def invoices(request: HttpRequest) -> HttpResponseBase:
    """What was billed, and what is still open?"""
    require_provider(request)
    return INVOICES.answer(request, rows=invoices_open_to(actor_of(request)), template="invoices/all.html")


@allow("invoices.view")
@require_POST
def archive(request: HttpRequest) -> HttpResponse:
    """The chosen invoices, or all that the list matched, as one file."""
    require_provider(request)
    by = actor_of(request)
    chosen = INVOICES.chosen(request, rows=invoices_open_to(by))
    ids = chosen.order_by("made_at", "id").values_list("pk", flat=True)[: ARCHIVED_AT_MOST + 1]
    return redirect("kernel:job", job_id=start_archive(invoice_ids=ids, by=by, at=clock.now()).id)


def _left(payment: PaymentRow) -> Money:
    return Money(payment.left_minor, payment.currency)


PAYMENTS = Table(
    key="payments",
    columns=[
        Column("received_on", gettext_lazy("Arrived on"), kind="date", sort="received_at", is_fixed=True),
        Column(
            "account", gettext_lazy("Account"), value="account.name",
            href=lambda row: reverse("console:account", args=[row.account_id]),
        ),
        Column("method", gettext_lazy("How"), value=lambda row: METHOD_NAMES.get(row.method, row.method)),
        Column("reference", gettext_lazy("Reference"), kind="mono"),
        Column("amount", gettext_lazy("Amount"), kind="money", value=lambda row: Money(row.amount_minor, row.currency)),
        Column(
            "left", gettext_lazy("Not yet assigned"), kind="money",
            value=_left,
        ),
    ],
    filters=[
        Choice(
            "assigned", gettext_lazy("Assigned"), options=[("no", gettext_lazy("Not yet assigned"))],
            where=lambda rows, _value: rows.filter(left_minor__gt=0),
        ),
        Text("reference", gettext_lazy("Reference"), where="reference__icontains"),
    ],
    sort="-received_at",
    counted=ngettext_lazy("%(count)s payment", "%(count)s payments", "number"),
    empty_title=gettext_lazy("No payments"),
    empty_text=gettext_lazy("Money that arrived, online or by bank, appears here."),
)  # fmt: skip


@allow("invoices.view")
@require_safe
def payments(request: HttpRequest) -> HttpResponseBase:
    """What arrived, and what of it is assigned to no invoice?"""
    require_provider(request)
    rows = with_left(payments_open_to(actor_of(request)))
    return PAYMENTS.answer(request, rows=rows, template="invoices/payments.html")


@allow("invoices.view")
@require_safe
def invoice(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """What was billed, why, what was paid, and what can be done?"""
    require_provider(request)
    found = access_invoice(invoice_id=invoice_id, by=actor_of(request))
    facts = facts_of(found, events_page="invoices:line_events")
    left = unapplied_of_account(found.account_id, currency=found.currency) if found.state.open_minor else []
    facts["unapplied"] = [(payment, Money(payment.left_minor, payment.currency)) for payment in left]
    return render(request, "invoices/invoice.html", facts | {"method_names": METHOD_NAMES})


@allow("payments.record")
@require_http_methods(["GET", "POST"])
def record_payment(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """What arrived for this invoice?"""
    by, found = actor_of(request), access_invoice(invoice_id=invoice_id, by=actor_of(request))
    at = clock.now_for(test_clock_at=found.account.test_clock_at)
    form = RecordPaymentForm(
        request.POST if request.method == "POST" else None,
        currency=found.currency,
        initial={
            "amount": Money(found.state.open_minor, found.currency).amount,
            "received_on": clock.local_day(at=at, zone=zone_of_seller(found.seller_id)),
        },
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            recorded = record_by_hand(
                invoice_id=found.pk,
                method=given["method"],
                reference=given["reference"],
                amount=form.money(),
                received_on=given["received_on"],
                reason=given["reason"],
                by=by,
                at=at,
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            _tell(request, recorded)
            return redirect("invoices:invoice", invoice_id=found.pk)
    facts = {"invoice": found, "form": form, "open": Money(found.state.open_minor, found.currency)}
    return render(request, "invoices/payment_new.html", facts)


def _tell(request: HttpRequest, recorded: Recorded) -> None:
    if not recorded.is_new:
        toasts.warn(request, _("This payment was recorded before. Nothing was recorded twice."))
        return
    left = recorded.payment.amount_minor - recorded.settled_minor
    if left:
        money = formats.money(Money(left, recorded.payment.currency))
        toasts.done(request, _("Recorded. %(left)s stays on the account, not yet assigned.") % {"left": money})
    else:
        toasts.done(request, _("Recorded."))


@allow("payments.record")
@require_POST
def apply(request: HttpRequest, invoice_id: UUID, payment_id: UUID) -> HttpResponse:
    """Put money that is not assigned yet against this invoice."""
    by = actor_of(request)
    found, payment = access_invoice(invoice_id=invoice_id, by=by), access_payment(payment_id=payment_id, by=by)
    at = clock.now_for(test_clock_at=found.account.test_clock_at)
    reason = request.POST.get("reason", "").strip()[:300]
    settled = apply_payment(payment_id=payment.pk, invoice_id=found.pk, by=by, at=at, reason=reason)
    money = formats.money(Money(settled, payment.currency))
    toasts.done(request, _("%(amount)s was put against this invoice.") % {"amount": money})
    return redirect("invoices:invoice", invoice_id=found.pk)


@allow("invoices.send")
@require_POST
def send(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Mail the invoice again."""
    by, found = actor_of(request), access_invoice(invoice_id=invoice_id, by=actor_of(request))
    at = clock.now_for(test_clock_at=found.account.test_clock_at)
    send_invoice(invoice_id=found.pk, by=by, at=at, reason=request.POST.get("reason", "").strip()[:300])
    toasts.done(request, _("Sent to %(email)s.") % {"email": found.account.email})
    return redirect("invoices:invoice", invoice_id=found.pk)


def require_provider(request: HttpRequest) -> None:
    """These pages are the provider's; subscribers have their own."""
    if actor_of(request).portal != "provider":
        raise NotAllowed()
