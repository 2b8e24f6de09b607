"""Invoices that wait for approval: which, why, what changed from last time, and what is decided about them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from invoices.documents.page import page_of
from invoices.documents.why import shown_lines
from invoices.errors import NothingToApprove, PreviewOutdated
from invoices.forms import ApprovalRuleForm, SetAsideForm
from invoices.models import ApprovalRule, WaitingInvoice, WaitingState
from invoices.operations.approvals import Approval, add_rule, approve, end_rule, set_aside
from invoices.queries import approvals as queries
from invoices.queries.documents import document_of
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import formats, toasts
from provider.look.chosen import ChosenForm
from provider.look.tables import Badge, BulkAct, Choice, Column, Dates, Table

from .operators import require_provider
from .runs import tab_counts

_STATES = {
    WaitingState.WAITING: (gettext_lazy("Waits"), "warn"),
    WaitingState.SET_ASIDE: (gettext_lazy("Set aside"), ""),
    WaitingState.APPROVED: (gettext_lazy("Approved"), "ok"),
}
_KINDS = [
    ("first", gettext_lazy("First invoice")),
    ("above", gettext_lazy("Above an amount")),
    ("changed", gettext_lazy("Differs from last time")),
]


# --- In words ---


def badge_of(row: WaitingInvoice) -> Badge:
    """How it stands, in a word."""
    return Badge(*_STATES[WaitingState(row.state)])


def reasons_of(row: WaitingInvoice) -> list[str]:
    """Why it waits."""
    return [_reason(one, row=row) for one in row.reasons]


def _reason(one: dict[str, Any], *, row: WaitingInvoice) -> str:
    if one["kind"] == "first":
        return _("The first invoice of this account")
    limit = Money(one["limit_minor"], row.invoice.currency)
    if one["kind"] == "above":
        return _("Above %(amount)s") % {"amount": formats.money(limit)}
    if not limit.minor:
        return _("Nothing was billed last time")
    change = Decimal(row.invoice.total_minor - limit.minor) / limit.minor
    facts = {"percent": formats.percent(abs(change)), "limit": formats.percent(Decimal(one["percent"]) / 100)}
    if change > 0:
        return _("%(percent)s more than last time; up to %(limit)s passes") % facts
    return _("%(percent)s less than last time; up to %(limit)s passes") % facts


def difference_of(row: WaitingInvoice) -> Money | None:
    """How much more, or less, than last time it comes to."""
    return None if row.last_minor is None else Money(row.invoice.total_minor - row.last_minor, row.invoice.currency)


def _signed(row: WaitingInvoice) -> str:
    difference = difference_of(row)
    return _("no invoice before") if difference is None else formats.money(difference, is_signed=True)


def rule_in_words(rule: ApprovalRule) -> str:
    """What a rule holds back."""
    if rule.kind == "first":
        return _("The first invoice of an account")
    if rule.kind == "above":
        return _("A total above %(amount)s") % {"amount": formats.money(Money(rule.amount_minor or 0, rule.currency))}
    percent = formats.percent(Decimal(rule.percent or 0) / 100)
    return _("A total that differs from last time by more than %(percent)s") % {"percent": percent}


# --- The queue ---


def _with_reason(rows: QuerySet[WaitingInvoice], kinds: list[str]) -> QuerySet[WaitingInvoice]:
    found = rows.none()
    for kind in kinds:
        found = found | rows.filter(reasons__contains=[{"kind": kind}])
    return found


def _sums(rows: QuerySet[WaitingInvoice]) -> dict[str, Any]:
    return {"total": " · ".join(formats.money(one) for one in queries.sums_of(rows))}


WAITING = Table(
    key="waiting-invoices",
    columns=[
        Column(
            "account", gettext_lazy("Account"), value="account.name", is_fixed=True,
            href=lambda row: reverse("invoices:waiting", args=[row.pk]),
        ),
        Column("why", gettext_lazy("Why it waits"), value=lambda row: " · ".join(reasons_of(row))),
        Column("state", gettext_lazy("State"), kind="badge", value=badge_of, is_shown=False),
        Column(
            "total", gettext_lazy("Total"), kind="money", sort="invoice__total_minor",
            value=lambda row: Money(row.invoice.total_minor, row.invoice.currency),
        ),
        Column("difference", gettext_lazy("From last time"), kind="number", value=_signed),
        Column("due_at", gettext_lazy("Billed for"), kind="instant", value="invoice.due_at", sort="invoice__due_at"),
        Column("since_at", gettext_lazy("Waits since"), kind="instant", sort="since_at"),
    ],
    filters=[
        Choice(
            "state", gettext_lazy("State"), options=[(state.value, words) for state, (words, _kind) in _STATES.items()]
        ),
        Choice("why", gettext_lazy("Why it waits"), options=_KINDS, where=_with_reason),
        Dates("since_at", gettext_lazy("Waits since")),
    ],
    search=lambda rows, text: rows.filter(account__name__icontains=text),
    search_label=gettext_lazy("Name"),
    sort="since_at",
    totals=_sums,
    bulk=[
        BulkAct(
            gettext_lazy("Approve…"), "/operator/billing/approvals/approve/", icon="circle-check",
            may="invoices.approve",
        ),
        BulkAct(
            gettext_lazy("Set aside…"), "/operator/billing/approvals/set-aside/", icon="archive-x", kind="danger",
            may="invoices.approve",
        ),
    ],
    counted=ngettext_lazy("%(count)s invoice", "%(count)s invoices", "number"),
    empty_title=gettext_lazy("No invoice waits for approval"),
    empty_text=gettext_lazy("Rules say which invoices somebody looks at before they are sent."),
)  # fmt: skip


def _asked(request: HttpRequest) -> QuerySet[WaitingInvoice]:
    """Those that wait; others only where the address asks for a state."""
    rows = queries.waiting_open_to(actor_of(request))
    return rows if request.GET.get("state") else rows.filter(state=WaitingState.WAITING)


@allow("invoices.view")
@require_safe
def waiting_list(request: HttpRequest) -> HttpResponseBase:
    """Which invoices are looked at before they are sent, and why?"""
    require_provider(request)
    context = tab_counts() | {"rules": [rule_in_words(rule) for rule in queries.rules_now()]}
    return WAITING.answer(request, rows=_asked(request), template="invoices/approvals.html", context=context)


@allow("invoices.view")
@require_safe
def waiting(request: HttpRequest, waiting_id: UUID) -> HttpResponse:
    """What would this invoice ask for, why does it wait, and what changed from last time?"""
    by = actor_of(request)
    row = queries.access_waiting(waiting_id=waiting_id, by=by)
    if row.state == WaitingState.APPROVED:
        return redirect("invoices:invoice", invoice_id=row.pk)
    document = document_of(row.invoice)
    before = queries.invoice_before(row.invoice)
    context = {
        "row": row,
        "invoice": row.invoice,
        "account": row.account,
        "badge": badge_of(row),
        "reasons": reasons_of(row),
        "page": page_of(document),
        "lines": shown_lines(document),
        "total": Money(row.invoice.total_minor, row.invoice.currency),
        "before": before,
        "compared": queries.compared(row.invoice, before=before) if before else [],
        "difference": difference_of(row),
        "seen": approve(invoice_ids=[row.pk], by=by, at=clock.now(), is_preview=True),
    }
    return render(request, "invoices/approval.html", context)


# --- Deciding ---


@allow("invoices.approve")
@require_POST
def waiting_approve(request: HttpRequest) -> HttpResponse:
    """Send the chosen ones; first it is shown what that comes to."""
    by, at = actor_of(request), clock.now()
    if "ids_chosen" not in request.POST:
        ids = list(WAITING.chosen(request, rows=_chooseable(request)).values_list("pk", flat=True))
        return _preview(request, ids, seen=approve(invoice_ids=ids, by=by, at=at, is_preview=True))
    form = ChosenForm(request.POST)
    if not form.is_valid():
        return redirect("invoices:approvals")
    ids = form.cleaned_data["ids_chosen"]
    try:
        made = approve(invoice_ids=ids, by=by, at=at, expected=request.POST.get("confirm", ""))
    except PreviewOutdated as outdated:
        toasts.warn(request, say(outdated))
        return _preview(request, ids, seen=approve(invoice_ids=ids, by=by, at=at, is_preview=True))
    count = len(made.invoice_ids)
    text = ngettext("%(count)s invoice is approved and sent.", "%(count)s invoices are approved and sent.", count)
    toasts.done(request, text % {"count": formats.number(count)})
    if count == 1:
        return redirect("invoices:invoice", invoice_id=made.invoice_ids[0])
    return redirect("invoices:approvals")


def _chooseable(request: HttpRequest) -> QuerySet[WaitingInvoice]:
    return queries.waiting_open_to(actor_of(request)).exclude(state=WaitingState.APPROVED)


def _preview(request: HttpRequest, ids: list[UUID], *, seen: Approval) -> HttpResponse:
    context = {"seen": seen, "count": len(seen.invoice_ids), "ids": " ".join(map(str, ids))}
    return render(request, "invoices/approval_preview.html", context)


@allow("invoices.approve")
@require_POST
def waiting_set_aside(request: HttpRequest) -> HttpResponse:
    """Take the chosen ones out of the queue; first the reason is asked for."""
    if "ids_chosen" in request.POST:
        form = SetAsideForm(request.POST)
    else:
        ids = list(WAITING.chosen(request, rows=_chooseable(request)).values_list("pk", flat=True))
        if not ids:
            raise NothingToApprove()
        form = SetAsideForm(initial={"ids_chosen": " ".join(map(str, ids))})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        ids = set_aside(invoice_ids=given["ids_chosen"], reason=given["reason"], by=actor_of(request), at=clock.now())
        count = len(ids)
        text = ngettext("%(count)s invoice is set aside.", "%(count)s invoices are set aside.", count)
        toasts.done(request, text % {"count": formats.number(count)})
        return redirect("invoices:approvals")
    return render(request, "invoices/approval_aside.html", {"form": form, "count": form.count})


# --- Rules ---


@allow("invoices.approve")
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """Which invoices does somebody look at before they are sent?"""
    form = ApprovalRuleForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            rule = add_rule(rule=form.rule(), by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("From now on these wait: %(rule)s.") % {"rule": rule_in_words(rule)})
            return redirect("invoices:approval_rules")
    found = [(rule, rule_in_words(rule)) for rule in queries.rules_now()]
    return render(request, "invoices/approval_rules.html", {"form": form, "rules": found})


@allow("invoices.approve")
@require_POST
def rule_end(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """Have this rule hold nothing back any more."""
    end_rule(rule_id=rule_id, by=actor_of(request), at=clock.now())
    toasts.done(request, _("The rule is ended. What waits already still waits."))
    return redirect("invoices:approval_rules")
