"""Lines by hand: on the next invoice with everything else, or on one of their own, and taken back by a credit note."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from invoices.errors import LineBilledAlready, NoLinesWaiting, PreviewOutdated
from invoices.models import ExtraLine, Invoice
from invoices.operations.billing import bill_account
from invoices.operations.credit_notes import issue_credit_note
from invoices.operations.extras import NewLine, add_line, invoice_lines, withdraw_line
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import NotFound, Refusal

from .test_runs import START, assert_laws, customers

pytestmark = pytest.mark.django_db
AT = datetime(2026, 2, 3, tzinfo=UTC)
NEXT = datetime(2026, 2, 20, tzinfo=UTC)
TRAINING = NewLine(description="Training on site", units=Decimal("2.5"), unit_price=Decimal("300"))
SETUP = NewLine(
    description="Set-up", unit_price=Decimal("90.00"), tax_rate=Decimal(0), first_on=date(2026, 2, 3),
    last_on=date(2026, 2, 4), reason="as agreed",
)  # fmt: skip


def test_lines_join_the_next_invoice_once() -> None:
    _, (account_id,) = customers(1)
    add_line(account_id=account_id, line=TRAINING, by=SYSTEM, at=AT)
    add_line(account_id=account_id, line=SETUP, by=SYSTEM, at=AT)
    gone = add_line(account_id=account_id, line=SETUP, by=SYSTEM, at=AT)
    withdraw_line(account_id=account_id, line_id=gone.id, by=SYSTEM, at=AT)
    promised = bill_account(account_id=account_id, at=NEXT, by=SYSTEM, is_preview=True)

    (made,) = bill_account(account_id=account_id, at=NEXT, by=SYSTEM)

    assert [(line.charge, line.amount_minor, line.tax_minor) for line in made.lines] == [
        ("base", 10000, 600), ("by_hand", 75000, 4500), ("by_hand", 9000, 0),
    ]  # fmt: skip
    assert [line.amount_minor for line in promised[0].lines] == [line.amount_minor for line in made.lines]
    kept = Invoice.objects.get(number_text=made.number)
    assert [line["title"] for line in kept.snapshot["lines"]][1:] == ["Training on site", "Set-up"]
    row = kept.lines.get(description="Set-up")
    assert (row.start_on, row.end_on, row.subscription_id) == (date(2026, 2, 3), date(2026, 2, 5), None)
    with pytest.raises(LineBilledAlready):
        withdraw_line(account_id=account_id, line_id=ExtraLine.objects.earliest("added_at").id, by=SYSTEM, at=NEXT)
    later = bill_account(account_id=account_id, at=datetime(2026, 3, 20, tzinfo=UTC), by=SYSTEM)
    assert [line.charge for line in later[0].lines] == ["base"]
    assert_laws()


def test_lines_make_an_invoice_of_their_own_which_a_credit_note_takes_back() -> None:
    _, (account_id,) = customers(1)
    with pytest.raises(NoLinesWaiting):
        invoice_lines(account_id=account_id, by=SYSTEM, at=AT)
    add_line(account_id=account_id, line=TRAINING, by=SYSTEM, at=AT)
    shown = invoice_lines(account_id=account_id, by=SYSTEM, at=AT, is_preview=True)
    add_line(account_id=account_id, line=SETUP, by=SYSTEM, at=AT)
    with pytest.raises(PreviewOutdated) as outdated:
        invoice_lines(account_id=account_id, by=SYSTEM, at=AT, expected=shown.fingerprint)

    made = invoice_lines(
        account_id=account_id,
        by=SYSTEM,
        at=AT,
        expected=outdated.value.preview.fingerprint,  # type: ignore[attr-defined]
    )

    assert (shown.document.total_minor, made.document.total_minor) == (79500, 88500)
    assert made.document.id is not None
    assert Invoice.objects.get(pk=made.document.id).cause == "manual"
    note = issue_credit_note(account_id=account_id, invoice_id=made.document.id, reason="Cancelled", by=SYSTEM, at=AT)
    assert note.total_minor == 88500
    assert [line.text for line in note.lines] == ["Training on site", "Set-up"]
    assert_laws()


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"description": "  "}, "line_text_missing"),
        ({"unit_price": Decimal("-1")}, "line_number_bad"),
        ({"unit_price": Decimal("NaN")}, "line_number_bad"),
        ({"unit_price": Decimal("0.000000001")}, "line_number_bad"),
        ({"units": Decimal(0)}, "line_number_bad"),
        ({"unit_price": Decimal("0.001")}, "line_nothing"),
        ({"tax_rate": Decimal(101)}, "line_tax_bad"),
        ({"first_on": date(2026, 2, 4)}, "line_days_bad"),
        ({"first_on": date(2026, 2, 4), "last_on": date(2026, 2, 3)}, "line_days_bad"),
    ],
)
def test_what_cannot_be_charged_is_refused(facts: dict, code: str) -> None:
    _, (account_id,) = customers(1)
    usual = {"description": "Training", "unit_price": Decimal(5)}

    with pytest.raises(Refusal) as refused:
        add_line(account_id=account_id, line=NewLine(**usual | facts), by=SYSTEM, at=START)

    assert refused.value.code == code
    assert not ExtraLine.objects.exists()


def test_another_account_s_line_is_not_found() -> None:
    _, (mine, other) = customers(2)
    line = add_line(account_id=other, line=TRAINING, by=SYSTEM, at=AT)

    with pytest.raises(NotFound):
        withdraw_line(account_id=mine, line_id=line.id, by=SYSTEM, at=AT)
