"""The subscriber's invoices: what is due and why, and the way to pay it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_POST, require_safe

from invoices.errors import GatewayUnavailable
from invoices.flows.payments import ask_about, open_payment_page
from invoices.models.payments import AttemptStatus
from invoices.operations.prints import start_archive
from invoices.queries.buying import order_of
from invoices.queries.documents import access_own_invoice, open_sums, own_invoices_of
from invoices.queries.payments import access_attempt
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.money import Money
from provider.look import toasts
from provider.look.tables import Column, Table

from .shown import badge_of, facts_of

OWN = Table(
    key="own-invoices",
    columns=[
        Column(
            "number_text", gettext_lazy("Invoice"), is_fixed=True,
            href=lambda row: reverse("invoices:own_invoice", args=[row.pk]),
        ),
        Column("issued_on", gettext_lazy("Issued on"), kind="date", sort="due_at"),
        Column("pay_by_on", gettext_lazy("Due on"), kind="date"),
        Column("total", gettext_lazy("Total"), kind="money", value=lambda row: Money(row.total_minor, row.currency)),
        Column(
            "open", gettext_lazy("Still open"), kind="money",
            value=lambda row: Money(row.state.open_minor, row.currency),
        ),
        Column("status", gettext_lazy("Status"), kind="badge", value=badge_of),
    ],
    sort="-due_at",
    counted=ngettext_lazy("%(count)s invoice", "%(count)s invoices", "number"),
    empty_title=gettext_lazy("No invoices yet"),
    empty_text=gettext_lazy("The first one appears here when something is billed."),
)  # fmt: skip


@allow("invoices.view")
@require_safe
def own_invoices(request: HttpRequest) -> HttpResponseBase:
    """What was billed to us, and what is still open?"""
    rows = own_invoices_of(actor_of(request))
    return OWN.answer(request, rows=rows, template="invoices/own.html", context={"open_sums": open_sums(rows)})


@allow("invoices.view")
@require_safe
def own_invoice(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """What is this invoice for, how did it come about, and how is it paid?"""
    invoice = access_own_invoice(invoice_id=invoice_id, by=actor_of(request))
    facts = facts_of(invoice, events_page="invoices:own_line_events") | {"order": order_of(invoice_id=invoice.pk)}
    return render(request, "invoices/own_invoice.html", facts)


@allow("invoices.view")
@require_POST
def archive(request: HttpRequest) -> HttpResponse:
    """All our invoices as one file."""
    by = actor_of(request)
    ids = own_invoices_of(by).order_by("due_at", "id").values_list("pk", flat=True)
    return redirect("kernel:job", job_id=start_archive(invoice_ids=ids, by=by, at=clock.now()).id)


@allow("invoices.pay")
@require_POST
def pay(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Lead the payer to the gateway's page."""
    by = actor_of(request)
    invoice = access_own_invoice(invoice_id=invoice_id, by=by)
    return redirect(open_payment_page(invoice_id=invoice.pk, by=by, real_at=clock.now()))


@allow("invoices.pay")
@require_safe
def payment_back(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """The payer comes back from the gateway: ask it how it went, and show the invoice."""
    by = actor_of(request)
    attempt = access_attempt(attempt_id=attempt_id, by=by)
    try:
        ask_about(attempt, by=by, real_at=clock.now())
    except GatewayUnavailable:
        toasts.warn(request, _("The payment is on its way. This page shows it as soon as the gateway confirms it."))
        return redirect("invoices:own_invoice", invoice_id=attempt.invoice_id)
    attempt.refresh_from_db()
    if attempt.status == AttemptStatus.SUCCEEDED:
        toasts.done(request, _("Paid. Thank you; the receipt is on its way by e-mail."))
    elif attempt.failure_code:
        toasts.refuse(request, _("The payment was declined. Nothing was charged; try another card or pay by bank."))
    return redirect("invoices:own_invoice", invoice_id=attempt.invoice_id)
