"""Machines record what arrived, give back some of it after a preview, pay it back, and void what nobody paid."""

from __future__ import annotations

import pytest

from invoices.models import CreditNote, Invoice, Payment
from tests.api.conftest import assert_problem, caller_for
from tests.factories import make_account
from tests.invoices.factories import make_invoice

pytestmark = pytest.mark.django_db
DAY = "2026-11-01"


@pytest.fixture
def invoice(provider) -> Invoice:
    return make_invoice(account=make_account(name="Hengtai", email="li@hengtai.example"))


def test_a_machine_records_a_transfer_credits_by_line_and_records_the_refund(provider, invoice: Invoice) -> None:
    machine = caller_for(provider, portal="provider")
    wish = {"amount": "400.00", "received_on": DAY, "reference": "T-4"}

    paid = machine.post(f"/invoices/{invoice.id}/payments", wish)
    assert (paid.status_code, paid.json()["is_new"], paid.json()["unassigned"]) == (201, True, "82.00")
    again = machine.post(f"/invoices/{invoice.id}/payments", wish)
    assert (again.status_code, again.json()["is_new"], Payment.objects.count()) == (200, False, 1)
    differs = machine.post(f"/invoices/{invoice.id}/payments", wish | {"amount": "1"})
    assert_problem(differs, status=409, code="payment_differs")
    nameless = machine.post(f"/invoices/{invoice.id}/payments", wish | {"reference": " "})
    assert_problem(nameless, status=422, code="reference_missing")
    fine = machine.post(f"/invoices/{invoice.id}/payments", wish | {"amount": "1.001", "reference": "T-5"})
    assert_problem(fine, status=422, code="amount_too_fine")
    assert machine.get("/payments", is_unassigned="true").json()["items"][0]["reference"] == "T-4"
    nothing = machine.post(f"/payments/{paid.json()['id']}/apply", {"invoice_id": str(invoice.id)})
    assert_problem(nothing, status=409, code="nothing_unapplied")

    (line,) = machine.get(f"/invoices/{invoice.id}/creditable").json()["lines"]
    credit = {"lines": [{"id": line["id"], "amount": "100"}], "how": "refund", "reason": "Cancelled", "preview": True}
    seen = machine.post(f"/invoices/{invoice.id}/credit", credit).json()
    assert (seen["is_preview"], seen["id"], seen["total"], seen["refund"]) == (True, None, "106.00", "106.00")
    assert not CreditNote.objects.exists()
    act = credit | {"preview": False, "expected": seen["fingerprint"]}
    made = machine.post(f"/invoices/{invoice.id}/credit", act, key="credit-1")
    assert machine.post(f"/invoices/{invoice.id}/credit", act, key="credit-1").json() == made.json()
    owed = machine.get("/credit-notes", is_refund_owed="true").json()["items"]
    assert [(one["number"], one["refund_left"]) for one in owed] == [(made.json()["number"], "106.00")]

    address = f"/credit-notes/{made.json()['id']}"
    back = machine.post(f"{address}/refund", {"reference": "T-9"})
    assert (back.status_code, back.json()["status"], back.json()["amount"]) == (201, "succeeded", "106.00")
    twice = machine.post(f"{address}/refund", {"reference": "T-9"})
    assert_problem(twice, status=409, code="refund_not_possible")
    note = machine.get(address).json()
    assert (note["refund_left"], note["lines"][0]["amount"], len(note["refunds"])) == ("0.00", "100.00", 1)

    own = caller_for(invoice.account)
    assert own.get(address).json()["number"] == note["number"]
    assert [one["reference"] for one in own.get("/payments").json()["items"]] == ["T-4"]
    assert own.post(f"/invoices/{invoice.id}/credit", credit).status_code == 403
    assert_problem(caller_for(make_account(name="Stranger")).get(address), status=404, code="not_found")
    tester = caller_for(provider, portal="provider", is_test=True)
    assert tester.get("/payments").json()["items"] == tester.get("/credit-notes").json()["items"] == []


def test_a_machine_credits_an_amount_and_voids_the_rest(provider, invoice: Invoice) -> None:
    machine = caller_for(provider, portal="provider")

    high = machine.post(f"/invoices/{invoice.id}/credit", {"amount": "300.01", "reason": "Too much"})
    assert_problem(high, status=409, code="credit_too_high")
    both = {"amount": "1", "lines": [{"id": 1, "amount": "1"}], "reason": "Which?"}
    assert_problem(machine.post(f"/invoices/{invoice.id}/credit", both), status=422, code="credit_unclear")
    none = machine.post(f"/invoices/{invoice.id}/credit", {"lines": [], "reason": "Nothing"})
    assert none.status_code == 422
    some = machine.post(f"/invoices/{invoice.id}/credit", {"amount": "100", "reason": "A day less"}).json()
    assert (some["settled"], some["kept"], some["refund"]) == ("106.00", "0.00", "0.00")
    void = machine.post(f"/invoices/{invoice.id}/void", {"reason": "Wrong customer"}).json()
    assert void["total"] == "212.00"
    assert machine.get(f"/invoices/{invoice.id}").json()["open"] == "0.00"
    gone = machine.post(f"/invoices/{invoice.id}/credit", {"reason": "Once more"})
    assert_problem(gone, status=409, code="nothing_to_credit")
    assert len(machine.get("/credit-notes", invoice_id=str(invoice.id)).json()["items"]) == 2


def test_what_was_paid_is_not_voided(provider, invoice: Invoice) -> None:
    machine = caller_for(provider, portal="provider")
    machine.post(
        f"/invoices/{invoice.id}/payments",
        {"amount": "1", "received_on": DAY, "reference": "C-1", "method": "cash"},
    )

    refused = machine.post(f"/invoices/{invoice.id}/void", {"reason": "Wrong customer"})

    assert_problem(refused, status=409, code="invoice_has_payments")
