"""Taking back what was billed: credit notes, voiding, and money that goes back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from invoices.documents.page import page_of
from invoices.errors import GatewayUnavailable, PreviewOutdated
from invoices.flows.refunds import refund_by_card
from invoices.forms import CreditForm, RefundForm
from invoices.gateways import stripe
from invoices.models import CreditNote, Invoice
from invoices.operations.credit_notes import Credited, credit_invoice, spread, void_invoice
from invoices.operations.refunds import refund_by_bank
from invoices.queries.documents import (
    access_credit_note,
    access_invoice,
    credit_notes_open_to,
    creditable_lines,
    document_of,
    refund_owed,
    refund_waiting,
)
from invoices.queries.payments import payment_to_refund, refund_left_minor, refunds_of
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import Badge, Choice, Column, Table

from .operators import METHOD_NAMES, require_provider


@allow("credits.issue")
@require_http_methods(["GET", "HEAD", "POST"])
def credit_new(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """What of this invoice is given back, and what does that come to?"""
    by = actor_of(request)
    invoice = access_invoice(invoice_id=invoice_id, by=by)
    lines = [(row.pk, title, Money(left, row.currency)) for row, title, left in creditable_lines(invoice) if left > 0]
    form = CreditForm(
        request.POST if request.method == "POST" else None,
        lines=lines,
        currency=invoice.currency,
        initial={"how": "settle" if invoice.state.open_minor else "refund"},
    )
    context: dict[str, Any] = {"invoice": invoice, "form": form, "has_lines": bool(lines)}
    if request.method == "POST" and form.is_valid():
        try:
            credited = _credit(invoice, form=form, by=by, expected=request.POST.get("confirm") or None)
        except PreviewOutdated as outdated:
            toasts.warn(request, say(outdated))
            credited = _credit(invoice, form=form, by=by)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
            return render(request, "invoices/credit_new.html", context)
        if credited.document.number:
            toasts.done(request, _("Credit note %(number)s is issued.") % {"number": credited.document.number})
            return redirect("invoices:credit_note", credit_note_id=credited.document.id)
        context |= _promised(credited, currency=invoice.currency) | {"typed": _typed(form)}
    return render(request, "invoices/credit_new.html", context)


def _credit(invoice: Invoice, *, form: CreditForm, by: Actor, expected: str | None = None) -> Credited:
    """The credit note as it was typed: a preview, until what it showed is confirmed."""
    given = form.cleaned_data
    amounts = {
        "all": lambda: None,
        "amount": lambda: spread(invoice, amount_minor=form.minor("amount")),
        "lines": form.by_line,
    }[given["what"]]()
    return credit_invoice(
        account_id=invoice.account_id,
        invoice_id=invoice.pk,
        amounts=amounts,
        as_="refund" if given["how"] == "refund" else "credit",
        settles=given["how"] == "settle",
        reason=given["reason"],
        by=by,
        at=clock.now_for(test_clock_at=invoice.account.test_clock_at),
        expected=expected,
        is_preview=expected is None,
    )


def _promised(credited: Credited, *, currency: str) -> dict[str, Any]:
    document, settled = credited.document, credited.settled_minor
    return {
        "fingerprint": credited.fingerprint,
        "subtotal": Money(document.subtotal_minor, currency),
        "tax": Money(document.tax_minor, currency),
        "total": Money(document.total_minor, currency),
        "settled": Money(settled, currency),
        "refund": Money(document.refund_minor, currency),
        "kept": Money(document.credit_minor - settled, currency),
    }


def _typed(form: CreditForm) -> list[tuple[str, str]]:
    return [(name, str(form.data.get(name, ""))) for name in form.fields]


@allow("credits.issue")
@require_POST
def void(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Take an unpaid invoice back as a whole."""
    by = actor_of(request)
    invoice = access_invoice(invoice_id=invoice_id, by=by)
    credited = void_invoice(
        account_id=invoice.account_id,
        invoice_id=invoice.pk,
        reason=request.POST.get("reason", "").strip()[:300],
        by=by,
        at=clock.now_for(test_clock_at=invoice.account.test_clock_at),
    )
    toasts.done(request, _("The invoice is void, by credit note %(number)s.") % {"number": credited.document.number})
    return redirect("invoices:invoice", invoice_id=invoice.pk)


# --- Credit notes ---

CAUSES = {
    "unused": gettext_lazy("Time that was not served"),
    "manual": gettext_lazy("By hand"),
    "void": gettext_lazy("Invoice voided"),
    "corrected": gettext_lazy("Usage that was taken back"),
}


def _owed(note: CreditNote) -> Badge | None:
    """Whether money is still to be paid back."""
    if not note.refund_minor:
        return None
    return Badge(_("To be paid back"), "warn") if refund_left_minor(note) > 0 else Badge(_("Paid back"), "ok")


CREDIT_NOTES = Table(
    key="credit-notes",
    columns=[
        Column(
            "number_text", gettext_lazy("Credit note"), is_fixed=True,
            href=lambda row: reverse("invoices:credit_note", args=[row.pk]),
        ),
        Column("account", gettext_lazy("Account"), value="account.name"),
        Column(
            "invoice", gettext_lazy("Invoice"), value="invoice.number_text",
            href=lambda row: reverse("invoices:invoice", args=[row.invoice_id]),
        ),
        Column("cause", gettext_lazy("Why"), value=lambda row: CAUSES.get(row.cause, row.cause)),
        Column("issued_on", gettext_lazy("Issued on"), kind="date", sort="made_at"),
        Column("total", gettext_lazy("Total"), kind="money", value=lambda row: Money(row.total_minor, row.currency)),
        Column("refund", gettext_lazy("Refund"), kind="badge", value=_owed),
    ],
    filters=[
        Choice(
            "refund", gettext_lazy("Refund"),
            options=[("owed", gettext_lazy("To be paid back")), ("waiting", gettext_lazy("Under way"))],
            where=lambda rows, value: (refund_waiting(rows) if "waiting" in value else rows.none())
            | (refund_owed(rows) if "owed" in value else rows.none()),
        ),
        Choice("cause", gettext_lazy("Why"), options=list(CAUSES.items())),
    ],
    search=lambda rows, text: rows.filter(number_text__istartswith=text) | rows.filter(account__name__icontains=text),
    sort="-made_at",
    counted=ngettext_lazy("%(count)s credit note", "%(count)s credit notes", "number"),
    empty_title=gettext_lazy("No credit notes"),
    empty_text=gettext_lazy("What is taken back of an invoice appears here."),
)  # fmt: skip


@allow("invoices.view")
@require_safe
def credit_notes(request: HttpRequest) -> HttpResponseBase:
    """What was taken back, and what money is still to go back?"""
    require_provider(request)
    rows = credit_notes_open_to(actor_of(request))
    return CREDIT_NOTES.answer(request, rows=rows, template="invoices/credit_notes.html")


@allow("invoices.view")
@require_safe
def credit_note(request: HttpRequest, credit_note_id: UUID) -> HttpResponse:
    """What does this credit note give back, and what became of it?"""
    require_provider(request)
    note = access_credit_note(credit_note_id=credit_note_id, by=actor_of(request))
    return render(request, "invoices/credit_note.html", _facts(note) | {"form": RefundForm()})


def _facts(note: CreditNote) -> dict[str, Any]:
    left = refund_left_minor(note)
    uses = list(note.uses.select_related("invoice").order_by("id"))
    unused = note.credit_minor - sum(use.amount_minor for use in uses)
    return {
        "note": note,
        "page": page_of(document_of(note)),
        "cause": CAUSES.get(note.cause, note.cause),
        "uses": [(use, Money(use.amount_minor, use.currency)) for use in uses],
        "unused": Money(unused, note.currency),
        "refund": Money(note.refund_minor, note.currency),
        "refund_left": Money(left, note.currency),
        "refunds": [(one, Money(one.amount_minor, one.currency), METHOD_NAMES[one.method]) for one in refunds_of(note)],
        "by_card": stripe.is_configured() and payment_to_refund(note)[0] is not None,
        "waits": note.refunds.filter(status="created").exists(),
    }


@allow("credits.issue")
@require_http_methods(["POST"])
def refund(request: HttpRequest, credit_note_id: UUID) -> HttpResponse:
    """Pay back what this credit note promised."""
    by = actor_of(request)
    note = access_credit_note(credit_note_id=credit_note_id, by=by)
    at = clock.now_for(test_clock_at=note.account.test_clock_at)
    form = RefundForm(request.POST)
    if form.is_valid():
        try:
            if form.cleaned_data["method"] == "card":
                refund_by_card(credit_note_id=note.pk, by=by, at=at)
            else:
                refund_by_bank(credit_note_id=note.pk, reference=form.cleaned_data["reference"], by=by, at=at)
        except GatewayUnavailable:
            toasts.warn(request, _("The payment service does not answer. The refund waits; ask again in a minute."))
            return redirect("invoices:credit_note", credit_note_id=note.pk)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("The money is on its way back."))
            return redirect("invoices:credit_note", credit_note_id=note.pk)
    return render(request, "invoices/credit_note.html", _facts(note) | {"form": form}, status=200)
