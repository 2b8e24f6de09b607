"""What was billed in a story, as the JSON that other engines can be compared by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from invoices.models import BalanceLot, CreditNote, CreditNoteLine, Invoice, InvoiceLine
from plans.queries import access_of
from plans.rules import arithmetic
from plans.rules.explanation import explain
from plans.rules.story import Story
from provider.kernel.clock import first_instant
from provider.kernel.money import to_decimal
from provider.look import formats

from .stage import Stage


@dataclass(slots=True)
class Told:
    """Documents in the order in which they were made, and what expectations looked at on the way."""

    title: str
    documents: list[dict[str, Any]] = field(default_factory=list)
    usage: dict[datetime, dict[str, int]] = field(default_factory=dict)
    balances: dict[datetime, dict[str, int]] = field(default_factory=dict)
    paid_until: dict[datetime, datetime | None] = field(default_factory=dict)
    access: dict[datetime, str] = field(default_factory=dict)
    currency: str = "CNY"

    def look_at_balances(self, *, at: datetime, account_id: UUID) -> None:
        """What is left of the top-ups, by name."""
        left: dict[str, int] = {}
        lots = BalanceLot.objects.filter(account_id=account_id).annotate(used=Sum("uses__amount_minor"))
        for lot in lots:
            left[lot.name] = left.get(lot.name, 0) + lot.amount_minor - (lot.used or 0)
        self.balances[at] = left

    def look_at_access(self, *, at: datetime, account_id: UUID) -> None:
        """Whether the account may work, and until when it is paid."""
        access = access_of(account_id=account_id)
        self.access[at] = access.state
        self.paid_until[at] = access.paid_until

    def as_json(self) -> dict[str, Any]:
        """The whole, with texts for amounts and instants."""
        return {
            "story": self.title,
            "documents": self.documents,
            "usage": [
                {"at": instant(at), "charge": charge, "amount": self.money(minor)}
                for at, costs in self.usage.items()
                for charge, minor in costs.items()
            ],
            "balances": [
                {"at": instant(at), "balance": name, "amount": self.money(minor)}
                for at, left in self.balances.items()
                for name, minor in left.items()
            ],
            "paid_until": [
                {"at": instant(at), "paid_until": instant(until)} for at, until in self.paid_until.items() if until
            ],
            "access": [{"at": instant(at), "access": state} for at, state in self.access.items()],
        }

    def money(self, minor: int) -> str:
        """An amount as text, with the decimals of the currency."""
        return str(to_decimal(minor=minor, currency=self.currency))


def instant(at: datetime) -> str:
    """An instant in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def tell(told: Told, *, stage: Stage, story: Story) -> Told:
    """Fill in the documents from the tables."""
    told.currency = story.currency
    invoices = Invoice.objects.filter(account=stage.account)
    notes = CreditNote.objects.filter(account=stage.account).select_related("invoice")
    numbers = {row.id: n for n, row in enumerate(invoices.order_by("id"), start=1)}
    made: list[tuple[UUID, dict[str, Any]]] = []
    for row in invoices:
        made.append((row.id, _invoice(row, n=numbers[row.id], told=told, story=story)))
    for n, note in enumerate(notes.order_by("id"), start=1):
        made.append((note.id, _note(note, n=n, of=numbers[note.invoice_id], told=told, story=story)))
    told.documents = [document for _, document in sorted(made, key=lambda entry: entry[0])]
    return told


def _invoice(row: Invoice, *, n: int, told: Told, story: Story) -> dict[str, Any]:
    money = told.money
    lines = row.lines.select_related("subscription").order_by("position")
    return {
        "kind": "invoice",
        "n": n,
        "at": instant(row.made_at),
        "status": row.status,
        "subtotal": money(row.subtotal_minor),
        "discount": money(row.discount_minor),
        "tax": money(row.tax_minor),
        "total": money(row.total_minor),
        "credit_applied": money(row.credit_applied_minor),
        "balance_applied": money(row.balance_applied_minor),
        "due": money(row.due_minor),
        "lines": [_line(line, told=told, story=story) for line in lines],
    }


def _line(row: InvoiceLine, *, told: Told, story: Story) -> dict[str, Any]:
    return _what(row, start=row.start_on, end=row.end_on, story=story) | {
        "units": plain(row.units),
        "amount": told.money(row.amount_minor),
        "discount": told.money(row.discount_minor),
        "tax": told.money(row.tax_minor),
        "why": formats.sentence(explain(arithmetic.read(row.arithmetic)).brief),
    }


def _what(row: InvoiceLine, *, start: date | None, end: date | None, story: Story) -> dict[str, Any]:
    return {
        "subscription": row.subscription.code if row.subscription else "",
        "plan": row.plan_code,
        "charge": row.charge_code,
        "kind": row.kind,
        "from": instant(first_instant(day=start, zone=story.zone)) if start else None,
        "to": instant(first_instant(day=end, zone=story.zone)) if end else None,
    }


def _note(row: CreditNote, *, n: int, of: int, told: Told, story: Story) -> dict[str, Any]:
    lines = row.lines.select_related("line__subscription").order_by("position")
    return {
        "kind": "credit_note",
        "n": n,
        "at": instant(row.made_at),
        "invoice": of,
        "subtotal": told.money(row.subtotal_minor),
        "tax": told.money(row.tax_minor),
        "total": told.money(row.total_minor),
        "refund": told.money(row.refund_minor),
        "credit": told.money(row.credit_minor),
        "lines": [_note_line(line, told=told, story=story) for line in lines],
    }


def _note_line(row: CreditNoteLine, *, told: Told, story: Story) -> dict[str, Any]:
    return _what(row.line, start=row.start_on, end=row.end_on, story=story) | {
        "units": plain(row.line.units),
        "amount": told.money(row.amount_minor - row.discount_minor),
        "discount": told.money(row.discount_minor),
        "tax": told.money(row.tax_minor),
    }


def plain(number: Decimal) -> str:
    """A number without zeros that say nothing."""
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
