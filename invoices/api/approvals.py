"""Invoices that wait for approval, for machines."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import Field

from invoices.models import ApprovalRule, Invoice, WaitingInvoice
from invoices.operations.approvals import NewRule, add_rule, approve, end_rule, set_aside
from invoices.queries.approvals import (
    Compared,
    access_waiting,
    compared,
    invoice_before,
    rules_now,
    waiting_open_to,
)
from invoices.queries.documents import access_invoice, document_of
from plans.queries.catalogue import seller_of_key
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Given, Page, PageAsked, page_of, scope
from provider.kernel.money import to_decimal

from .amounts import Amount, money_of, told
from .documents import InvoiceShown, LineShown

router = Router(tags=["Invoices"])
LONGEST_WAITING_FIRST = ("since_at", "pk")


class WhyShown(Answer):
    """Why an invoice waits."""

    kind: Annotated[Literal["first", "above", "changed"], Field(description=N_("The kind of the rule."))]
    limit: Annotated[
        str | None, Field(description=N_("The amount of the rule, or the total before it; nothing for a first one."))
    ]
    percent: Annotated[int | None, Field(description=N_("The change that the rule lets pass."))]


class WaitingShown(Answer):
    """An invoice that billing made and that asks nobody for anything before it is approved."""

    invoice_id: UUID
    account_id: UUID
    state: Literal["waiting", "set_aside", "approved"]
    currency: Annotated[str, Field(examples=["CNY"])]
    total: Annotated[str, Field(examples=["318.00"])]
    total_before: Annotated[str | None, Field(description=N_("What the one before it came to, if there was one."))]
    difference: Annotated[str | None, Field(description=N_("How much more it comes to now."), examples=["31.80"])]
    reasons: list[WhyShown]
    due_at: Annotated[datetime, Field(description=N_("When it should have been billed."))]
    since_at: Annotated[datetime, Field(description=N_("Since when it waits."))]
    note: Annotated[str, Field(description=N_("Why it was set aside."))]

    @classmethod
    def of(cls, row: WaitingInvoice) -> WaitingShown:
        return cls(**_facts(row))


class ComparedShown(Answer):
    """What one thing came to last time and comes to now, before tax."""

    title: Annotated[str, Field(examples=["Seats"])]
    before: Annotated[str, Field(examples=["270.00"])]
    now: Annotated[str, Field(examples=["300.00"])]
    difference: Annotated[str, Field(examples=["30.00"])]

    @classmethod
    def of(cls, one: Compared) -> ComparedShown:
        return cls(
            title=one.title,
            before=str(one.before.amount),
            now=str(one.now.amount),
            difference=str(one.difference.amount),
        )


class LastTimeShown(Answer):
    """The last invoice before it that billing made by itself, line by line beside this one."""

    invoice_id: UUID
    number: Annotated[str, Field(description=N_("Empty while it waits itself."), examples=["PER-2026-000123"])]
    lines: Annotated[list[ComparedShown], Field(description=N_("What differs most comes first."))]


class WaitingWithLines(WaitingShown):
    """The same with its lines, and what changed from last time."""

    lines: list[LineShown]
    last_time: Annotated[LastTimeShown | None, Field(description=N_("Null for the first one."))]


def _facts(row: WaitingInvoice) -> dict[str, Any]:
    currency = row.invoice.currency

    def amount(minor: int) -> str:
        return str(to_decimal(minor=minor, currency=currency))

    return {
        "invoice_id": row.pk,
        "account_id": row.account_id,
        "state": row.state,
        "currency": currency,
        "total": amount(row.invoice.total_minor),
        "total_before": None if row.last_minor is None else amount(row.last_minor),
        "difference": None if row.last_minor is None else amount(row.invoice.total_minor - row.last_minor),
        "reasons": [
            WhyShown(
                kind=one["kind"],
                limit=None if one["kind"] == "first" else amount(one["limit_minor"]),
                percent=one["percent"] or None,
            )
            for one in row.reasons
        ],
        "due_at": row.invoice.due_at,
        "since_at": row.since_at,
        "note": row.note,
    }


class WaitingAsked(PageAsked):
    """Which of them."""

    state: Annotated[Literal["waiting", "set_aside", "approved"], Field(description=N_("How they stand."))] = "waiting"
    account_id: Annotated[UUID | None, Field(description=N_("Only those of this account."))] = None


@router.get(
    "/approvals",
    response=Page[WaitingShown],
    operation_id="list_waiting_invoices",
    summary=N_("List invoices that wait for approval"),
    description=N_("Those that wait longest come first. Rules that operators set say which invoices wait."),
)
@scope("invoices:approve")
def list_waiting_invoices(request: HttpRequest, response: HttpResponse, asked: Query[WaitingAsked]) -> dict[str, Any]:
    rows = waiting_open_to(actor_of(request)).filter(state=asked.state)
    if asked.account_id is not None:
        rows = rows.filter(account_id=asked.account_id)
    return page_of(
        rows,
        request=request,
        response=response,
        asked=asked,
        order=LONGEST_WAITING_FIRST,
        shape=WaitingShown.of,
        filters={"state": asked.state, "account_id": str(asked.account_id or "")},
    )


@router.get(
    "/approvals/{waiting_id}",
    response=WaitingWithLines,
    operation_id="read_waiting_invoice",
    summary=N_("Read an invoice that waits for approval"),
    description=N_("What it would ask for, line by line, why it waits, and what changed from last time."),
)
@scope("invoices:approve")
def read_waiting_invoice(request: HttpRequest, waiting_id: UUID) -> WaitingWithLines:
    return _shown(access_waiting(waiting_id=waiting_id, by=actor_of(request)))


def _shown(row: WaitingInvoice) -> WaitingWithLines:
    lines = [LineShown.of(line, currency=row.invoice.currency) for line in document_of(row.invoice).lines]
    return WaitingWithLines(**_facts(row), lines=lines, last_time=_last_time(row.invoice))


def _last_time(draft: Invoice) -> LastTimeShown | None:
    before = invoice_before(draft)
    if before is None:
        return None
    return LastTimeShown(
        invoice_id=before.pk,
        number=before.number_text,
        lines=[ComparedShown.of(one) for one in compared(draft, before=before)],
    )


@router.post(
    "/approvals/{waiting_id}/approve",
    response=InvoiceShown,
    operation_id="approve_invoice",
    summary=N_("Approve an invoice"),
    description=N_("It gets its number, is entered into the books and mailed; the days to pay count from today."),
)
@scope("invoices:approve")
def approve_invoice(request: HttpRequest, waiting_id: UUID) -> InvoiceShown:
    by = actor_of(request)
    row = access_waiting(waiting_id=waiting_id, by=by)
    approve(invoice_ids=[row.pk], by=by, at=clock.now())
    return InvoiceShown.of(access_invoice(invoice_id=row.pk, by=by))


class SettingAside(Given):
    """Why it is not sent."""

    reason: Annotated[str, Field(max_length=300, examples=["Agreed as a gift"])]


@router.post(
    "/approvals/{waiting_id}/set-aside",
    response=WaitingWithLines,
    operation_id="set_invoice_aside",
    summary=N_("Set an invoice aside"),
    description=N_("It asks nobody for anything, unless somebody approves it after all. Its days count as billed."),
)
@scope("invoices:approve")
def set_invoice_aside(request: HttpRequest, waiting_id: UUID, wish: SettingAside) -> WaitingWithLines:
    by = actor_of(request)
    row = access_waiting(waiting_id=waiting_id, by=by)
    set_aside(invoice_ids=[row.pk], reason=wish.reason, by=by, at=clock.now())
    return _shown(access_waiting(waiting_id=waiting_id, by=by))


# --- Rules ---


class RuleAsked(Given):
    """Which invoices wait from now on."""

    kind: Annotated[
        Literal["first", "above", "changed"],
        Field(
            description=N_(
                "The first invoice of an account; a total above `amount`; one that differs from last time by more "
                "than `percent`."
            ),
            examples=["above"],
        ),
    ]
    amount: Annotated[Amount | None, Field(description=N_("Of `above`, with tax."), examples=["10000"])] = None
    currency: Annotated[str, Field(pattern="^([A-Z]{3})?$", description=N_("Of `above`."), examples=["CNY"])] = ""
    percent: Annotated[int | None, Field(description=N_("Of `changed`, up or down."), examples=[None])] = None

    def rule(self) -> NewRule:
        """As the operation takes it."""
        above = None
        if self.amount is not None and self.currency:
            above = money_of(self.amount, currency=self.currency)
        return NewRule(kind=self.kind, above=above, percent=self.percent)


class RuleShown(Answer):
    """A rule that holds invoices back until somebody has looked at them."""

    id: UUID
    kind: Annotated[Literal["first", "above", "changed"], Field(examples=["above"])]
    amount: Annotated[str | None, Field(examples=["10000.00"])]
    currency: Annotated[str, Field(examples=["CNY"])]
    percent: int | None
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, row: ApprovalRule) -> RuleShown:
        names = ("id", "kind", "currency", "percent", "created_at", "ended_at")
        amount = None if row.amount_minor is None else told(row.amount_minor, currency=row.currency)
        return cls(**{name: getattr(row, name) for name in names}, amount=amount)


@router.get(
    "/approval-rules",
    response=Page[RuleShown],
    operation_id="list_approval_rules",
    summary=N_("List the rules of approval"),
    description=N_("Those in force: which invoices somebody looks at before they are sent. Without any, none waits."),
)
@scope("invoices:approve")
def list_approval_rules(request: HttpRequest, response: HttpResponse, asked: Query[PageAsked]) -> dict[str, Any]:
    seller_of_key(actor_of(request))
    return page_of(
        rules_now(), request=request, response=response, asked=asked, order=("kind", "currency"), shape=RuleShown.of
    )


@router.post(
    "/approval-rules",
    response={201: RuleShown},
    operation_id="add_approval_rule",
    summary=N_("Have invoices wait for approval"),
    description=N_("From now on, those that billing makes by itself. Twice the same is refused (409)."),
)
@scope("invoices:approve")
def add_approval_rule(request: HttpRequest, asked: RuleAsked) -> Status[RuleShown]:
    by = actor_of(request)
    seller_of_key(by)
    return Status(201, RuleShown.of(add_rule(rule=asked.rule(), by=by, at=clock.now())))


@router.post(
    "/approval-rules/{rule_id}/end",
    response=RuleShown,
    operation_id="end_approval_rule",
    summary=N_("End a rule of approval"),
    description=N_("It holds nothing back from now on; what waits already still waits."),
)
@scope("invoices:approve")
def end_approval_rule(request: HttpRequest, rule_id: UUID) -> RuleShown:
    by = actor_of(request)
    seller_of_key(by)
    return RuleShown.of(end_rule(rule_id=rule_id, by=by, at=clock.now()))
