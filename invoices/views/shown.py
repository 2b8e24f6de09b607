"""What the pages of both audiences say of an invoice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from invoices.documents.page import page_of
from invoices.documents.why import ShownLine, shown_lines
from invoices.gateways import stripe
from invoices.models import Invoice
from invoices.queries.bank_cards import automatic_payment_of, bank_card_of
from invoices.queries.behind import positions_counted
from invoices.queries.documents import document_of
from invoices.queries.payments import newest_attempt, shares_of
from invoices.queries.titles import titles_of
from invoices.rules.changes import LineChange
from invoices.rules.snapshot import Snapshot
from plans.queries.terms import sold_version
from provider.kernel import clock
from provider.kernel.money import Money
from provider.look import formats
from provider.look.tables import Badge

from .refused import shown_try


def today_of(invoice: Invoice) -> date:
    """The day on the account's clock and in its zone."""
    account = invoice.account
    return clock.local_day(at=clock.now_for(test_clock_at=account.test_clock_at), zone=ZoneInfo(account.time_zone))


def badge_of(invoice: Invoice) -> Badge:
    """How an invoice stands, in a word."""
    state = invoice.state
    if state.open_minor == 0:
        is_credited = state.paid_minor == 0 and state.credited_minor > 0
        return Badge(_("Credited"), "") if is_credited else Badge(_("Paid"), "ok")
    if state.pay_by_on is not None and state.pay_by_on < today_of(invoice):
        return Badge(_("Overdue"), "bad")
    if state.paid_minor > 0:
        return Badge(_("Partly paid"), "warn")
    return Badge(_("Unpaid"), "accent")


def _settled(invoice: Invoice) -> list[tuple[str, str]]:
    """What has come in for an invoice, or was given back, as lines below its sum; the last is what is open."""
    state, currency = invoice.state, invoice.currency
    came = [(_("Paid"), state.paid_minor), (_("Credited"), state.credited_minor)]
    lines = [(word, formats.amount(Money(-minor, currency))) for word, minor in came if minor]
    return [*lines, (_("Still open"), formats.amount(Money(state.open_minor, currency)))] if lines else []


def _lines(invoice: Invoice, *, document: Snapshot, events_page: str) -> list[ShownLine]:
    """The lines, each with the way to its events where it was counted from any."""
    counted = positions_counted(invoice)
    return [
        replace(line, events_href=reverse(events_page, args=[invoice.pk, number])) if number in counted else line
        for number, line in enumerate(shown_lines(document), start=1)
    ]


def facts_of(invoice: Invoice, *, events_page: str) -> dict[str, Any]:
    """The context of an invoice's page; `events_page` names the page of the events behind a line."""
    document = document_of(invoice)
    page, state = page_of(document), invoice.state
    attempt, taken = newest_attempt(invoice_id=invoice.pk), automatic_payment_of(invoice.pk)
    is_on_page = attempt is not None and attempt.bank_card_id is None
    return {
        "invoice": invoice,
        "account": invoice.account,
        "state": state,
        "badge": badge_of(invoice),
        "is_overdue": bool(state.open_minor and state.pay_by_on and state.pay_by_on < today_of(invoice)),
        "page": page,
        "lines": _lines(invoice, document=document, events_page=events_page),
        "open": Money(state.open_minor, state.currency),
        "due": Money(invoice.due_minor, invoice.currency),
        "paid": Money(state.paid_minor, state.currency),
        "credited": Money(state.credited_minor, state.currency),
        "shares": [(share, Money(share.amount_minor, share.currency)) for share in shares_of(invoice)],
        "settled": _settled(invoice),
        "declined": attempt.failure_code if attempt and attempt.failure_code and state.open_minor else "",
        "is_declined_on_page": is_on_page,
        "automatic": shown_try(taken, invoice=invoice, attempt=attempt) if taken and state.open_minor else None,
        "bank_card": bank_card_of(invoice.account_id),
        "can_pay_online": stripe.is_configured() and state.open_minor > 0,
        "credit_notes": [
            (note, Money(note.total_minor, note.currency)) for note in invoice.credit_notes.order_by("made_at")
        ],
    }


# --- What changes on the bills to come ---


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """A line of the bill before and after, in the reader's language."""

    title: str
    of: LineChange
    before: Money
    after: Money


def shown_change(change: LineChange, *, currency: str) -> ShownChange:
    """A line of the bill that changes, for its page."""
    line = change.line
    title = line.text
    if line.version_id is not None:
        terms = sold_version(version_id=line.version_id, currency=currency)
        title, _detail = titles_of(terms, charge=line.charge, kind=line.kind, language=get_language() or "en")
    return ShownChange(
        title=title, of=change, before=Money(change.before_minor, currency), after=Money(change.after_minor, currency)
    )
