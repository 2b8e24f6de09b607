"""Charging an account by hand: lines that wait for its next invoice, or are invoiced at once."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from invoices.errors import PreviewOutdated
from invoices.forms import ChargeForm
from invoices.operations.extras import OneOff, add_line, invoice_lines, withdraw_line
from invoices.operations.upcoming import next_invoice
from invoices.queries.extras import access_billed_account, accounts_called, waiting_lines
from provider.accounts.models import Account
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import toasts


@allow("invoices.make")
@require_safe
def choose_account(request: HttpRequest) -> HttpResponse:
    """Who is to pay?"""
    words = request.GET.get("q", "")[:200]
    accounts = [(one, reverse("invoices:charge", args=[one.pk])) for one in accounts_called(words)]
    return render(request, "invoices/choose_account.html", {"words": words, "accounts": accounts})


@allow("invoices.make")
@require_http_methods(["GET", "HEAD", "POST"])
def charge(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """What is charged by hand, and on which invoice does it stand?"""
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    form = ChargeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            line = add_line(account_id=account.pk, line=form.line(), by=by, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("“%(line)s” waits for the next invoice.") % {"line": line.description})
            return redirect("invoices:charge", account_id=account.pk)
    return render(request, "invoices/charge.html", _facts(account, by=by) | {"form": form})


def _facts(account: Account, *, by: Actor) -> dict[str, Any]:
    lines = list(waiting_lines(account.pk))
    facts: dict[str, Any] = {
        "account": account,
        "lines": [(line, Money(line.amount_minor, line.currency)) for line in lines],
        "next_on": _next_invoice_on(account, by=by),
    }
    if lines:
        try:
            facts |= _shown(preview(account, by=by), currency=account.currency)
        except Refusal as refusal:
            facts["trouble"] = say(refusal)
    return facts


def _next_invoice_on(account: Account, *, by: Actor) -> date | None:
    """The day that the subscription's page names; None where no invoice is to come, or the account cannot be billed."""
    at = clock.now_for(test_clock_at=account.test_clock_at)
    try:
        upcoming = next_invoice(account_id=account.pk, by=by, at=at)
    except Refusal:  # its page says why
        return None
    return local_day(at=upcoming.due_at, zone=ZoneInfo(account.time_zone)) if upcoming else None


def preview(account: Account, *, by: Actor) -> OneOff:
    """The invoice that the waiting lines would make now."""
    at = clock.now_for(test_clock_at=account.test_clock_at)
    return invoice_lines(account_id=account.pk, by=by, at=at, is_preview=True)


def _shown(made: OneOff, *, currency: str) -> dict[str, Any]:
    document = made.document
    used = document.credit_applied_minor + document.balance_applied_minor
    return {
        "fingerprint": made.fingerprint,
        "subtotal": Money(document.subtotal_minor, currency),
        "discount": Money(-document.discount_minor, currency),
        "tax": Money(document.tax_minor, currency),
        "used": Money(-used, currency),
        "due": Money(document.due_minor, currency),
    }


@allow("invoices.make")
@require_POST
def make_invoice(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """An invoice of the waiting lines alone, at once."""
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    expected = request.POST.get("fingerprint") or None
    try:
        made = invoice_lines(account_id=account.pk, by=by, at=at, expected=expected)
    except PreviewOutdated as outdated:
        toasts.warn(request, say(outdated))
        return redirect("invoices:charge", account_id=account.pk)
    toasts.done(request, _("Invoice %(number)s is made and on its way.") % {"number": made.document.number})
    return redirect("invoices:invoice", invoice_id=made.document.id)


@allow("invoices.make")
@require_POST
def withdraw(request: HttpRequest, account_id: UUID, line_id: UUID) -> HttpResponse:
    """Take a waiting line back."""
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    withdraw_line(account_id=account.pk, line_id=line_id, by=by, at=at)
    toasts.done(request, _("The line is taken back. Nothing is charged for it."))
    return redirect("invoices:charge", account_id=account.pk)
