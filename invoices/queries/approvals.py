"""Invoices that wait for approval: the rules that say which, those that wait, and why in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet, Sum

from invoices.models import ApprovalRule, Invoice, WaitingInvoice, WaitingState
from invoices.rules.approvals import Rule, Watch
from invoices.rules.snapshot import read
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.money import Money
from provider.kernel.sets import among

# --- What the run asks ---


def rules_in_force() -> list[Rule]:
    """What holds an invoice back, as billing judges it."""
    rows = ApprovalRule.objects.filter(ended_at=None).order_by("kind", "currency")
    return [
        Rule(kind=row.kind, currency=row.currency, amount_minor=row.amount_minor or 0, percent=row.percent or 0)
        for row in rows
    ]


def watches_of(*, account_ids: Sequence[UUID], rules: Sequence[Rule]) -> dict[UUID, Watch]:
    """The rules for each account, with what it was billed before; in two queries for all of them."""
    billed = Invoice.objects.filter(account_id__in=among(account_ids)).order_by("account_id").distinct("account_id")
    known = set(billed.values_list("account_id", flat=True))
    last = dict(
        Invoice.objects.filter(account_id__in=among(account_ids), cause="run")
        .exclude(waiting__state=WaitingState.SET_ASIDE)
        .order_by("account_id", "-due_at", "-id")
        .distinct("account_id")
        .values_list("account_id", "total_minor")
    )
    return {
        account_id: Watch(rules=rules, is_new=account_id not in known, last_minor=last.get(account_id))
        for account_id in account_ids
    }


# --- Rules for their readers ---


def rules_now() -> QuerySet[ApprovalRule]:
    """The rules in force."""
    return ApprovalRule.objects.filter(ended_at=None).order_by("kind", "currency")


# --- Those that wait ---


def waiting_open_to(by: Actor) -> QuerySet[WaitingInvoice]:
    """Invoices that wait or have waited, for the provider's people; a test key reads those of test accounts."""
    rows = WaitingInvoice.objects.select_related("invoice", "account")
    if by.kind == "api_key":
        rows = rows.filter(account__is_test=by.is_test)
    return rows if by.portal == "provider" else rows.none()


def waiting_now() -> QuerySet[WaitingInvoice]:
    """Those that wait for somebody to look."""
    return WaitingInvoice.objects.filter(state=WaitingState.WAITING)


def waiting_of_run(run_id: UUID) -> int:
    """How many of a run still wait."""
    return waiting_now().filter(invoice__run_id=run_id).count()


def access_waiting(*, waiting_id: UUID, by: Actor) -> WaitingInvoice:
    """One of them."""
    row = waiting_open_to(by).filter(pk=waiting_id).first()
    if row is None:
        raise NotFound()
    return row


def access_all_waiting(*, waiting_ids: Sequence[UUID], by: Actor) -> list[UUID]:
    """All of these, each once, or not found."""
    ids = list(dict.fromkeys(waiting_ids))
    if waiting_open_to(by).filter(pk__in=among(ids)).count() != len(ids):
        raise NotFound(field="invoice_ids")
    return ids


def sums_of(rows: QuerySet[WaitingInvoice]) -> list[Money]:
    """What they come to, by currency."""
    found = rows.order_by("currency").values("currency").annotate(sum=Sum("invoice__total_minor"))
    return [Money(int(row["sum"]), row["currency"]) for row in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What one thing came to last time, and what it comes to now."""

    title: str
    before: Money
    now: Money

    @property
    def difference(self) -> Money:
        return self.now - self.before


def invoice_before(draft: Invoice) -> Invoice | None:
    """The last one before it that billing made by itself."""
    rows = Invoice.objects.filter(account_id=draft.account_id, cause="run", due_at__lt=draft.due_at)
    return rows.exclude(waiting__state=WaitingState.SET_ASIDE).order_by("-due_at", "-id").first()


def compared(draft: Invoice, *, before: Invoice) -> list[Compared]:
    """Both invoices line by line, before tax; what is called alike is one thing. What differs most comes first."""
    old, new = _by_title(before), _by_title(draft)
    rows = [
        Compared(
            title=title, before=Money(old.get(title, 0), draft.currency), now=Money(new.get(title, 0), draft.currency)
        )
        for title in dict.fromkeys([*new, *old])
    ]
    return sorted(rows, key=lambda one: -abs(one.difference.minor))


def _by_title(invoice: Invoice) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for line in read(invoice.snapshot).lines:
        sums[line.title] += line.amount_minor
    return dict(sums)
