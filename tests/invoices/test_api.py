"""Machines read invoices: each key its own, with lines that can be computed again."""

from __future__ import annotations

import pytest

from invoices.models import Invoice
from invoices.operations.payments import record_by_hand
from plans.rules.arithmetic import read
from provider.kernel.actor import SYSTEM
from provider.kernel.models import AuditRow
from provider.kernel.money import Money
from tests.api.conftest import assert_problem, caller_for, make_key
from tests.factories import AT, make_account
from tests.invoices.factories import make_credit_note, make_invoice, make_seller, make_waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(provider) -> Invoice:
    return make_invoice(account=make_account(name="Hengtai", email="li@hengtai.example"))


def test_a_subscribers_key_lists_its_own_and_the_providers_all(provider, invoice: Invoice):
    other = make_invoice(account=make_account(name="Stranger"))

    own = caller_for(invoice.account).get("/invoices").json()["items"]
    everything = caller_for(provider, portal="provider").get("/invoices").json()["items"]
    chosen = caller_for(provider, portal="provider").get("/invoices", account_id=str(other.account_id)).json()["items"]

    assert [row["number"] for row in own] == [invoice.number_text]
    assert own[0]["total"] == own[0]["open"] == "318.00"
    assert {row["number"] for row in everything} == {invoice.number_text, other.number_text}
    assert [row["number"] for row in chosen] == [other.number_text]


def test_an_invoice_explains_its_lines(invoice: Invoice):
    found = caller_for(invoice.account).get(f"/invoices/{invoice.id}").json()

    line = found["lines"][0]
    assert (line["title"], line["amount"], line["tax_rate"]) == ("Training on site", "300.00", "6")
    assert read(line["arithmetic"]).amount_minor == 30000
    assert line["why"]["brief"] == "2 at 150.00"
    assert line["why"]["rows"] == [{"text": "2 at 150.00", "amount": "300.00"}]
    assert line["why"]["rounding"] == "Nothing had to be rounded"
    chinese = caller_for(invoice.account, language="zh-Hans").get(f"/invoices/{invoice.id}").json()
    assert chinese["lines"][0]["why"]["rule"] == "人工添加。"


def test_a_strangers_invoice_and_its_document_are_not_there(invoice: Invoice):
    stranger = caller_for(make_account(name="Stranger"))

    assert_problem(stranger.get(f"/invoices/{invoice.id}"), status=404, code="not_found")
    assert_problem(stranger.get(f"/invoices/{invoice.id}/pdf"), status=404, code="not_found")


def test_a_machine_mails_an_invoice_once_more(provider, invoice: Invoice):
    machine, address = caller_for(provider, portal="provider"), f"/invoices/{invoice.id}/send"

    sent = machine.post(address, {"reason": "The customer lost it"}, key="send-1")
    assert machine.post(address, {"reason": "The customer lost it"}, key="send-1").json() == sent.json()
    assert (sent.status_code, sent.json()["email"]) == (200, "li@hengtai.example")
    assert AuditRow.objects.filter(verb="invoice.sent").count() == 1
    assert_problem(caller_for(invoice.account).post(address, {}), status=403, code="scope_missing")


def test_a_test_key_sees_no_real_invoice(provider, invoice: Invoice):
    _, secret = make_key(provider, portal="provider", is_test=True)
    tester = caller_for(provider, portal="provider")
    tester.secret = secret

    assert tester.get("/invoices").json()["items"] == []


def test_each_document_is_a_pdf(invoice: Invoice):
    note = make_credit_note(invoice)
    paid = record_by_hand(
        invoice_id=invoice.id, method="bank", reference="T-4", amount=Money(1000, "CNY"), received_on=AT.date(),
        reason="", by=SYSTEM, at=AT,
    )  # fmt: skip
    own, stranger = caller_for(invoice.account), caller_for(make_account(name="Stranger"))

    for address in (f"/invoices/{invoice.id}", f"/credit-notes/{note.id}", f"/payments/{paid.payment.id}"):
        answer = own.get(f"{address}/pdf")
        if answer.status_code == 503:
            pytest.skip("this machine cannot print")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer["Content-Disposition"].endswith('.pdf"')
        assert answer.getvalue().startswith(b"%PDF-")
        assert_problem(stranger.get(f"{address}/pdf"), status=404, code="not_found")


def test_a_machine_charges_by_hand_and_invoices_it(provider):
    make_seller(account=provider, tax_rate=6)
    account = make_account(name="Hengtai", email="li@hengtai.example")
    caller = caller_for(provider, portal="provider")
    wish = {"description": "Training on site", "unit_price": "300.00", "units": "2.5", "currency": account.currency}

    added = caller.post(f"/accounts/{account.id}/charges", wish)

    assert (added.status_code, added.json()["amount"]) == (201, "750.00")
    other = caller.post(f"/accounts/{account.id}/charges", wish | {"currency": "XAF"})
    assert_problem(other, status=422, code="line_currency_differs")
    made = caller.post(f"/accounts/{account.id}/invoices", {})
    assert (made.status_code, made.json()["total"], made.json()["lines"][0]["title"]) == (
        201, "795.00", "Training on site",
    )  # fmt: skip
    again = caller.post(f"/accounts/{account.id}/invoices", {})
    assert_problem(again, status=409, code="no_lines_waiting")


def test_what_waits_is_listed_taken_back_and_invoiced_as_it_was_previewed(provider):
    make_seller(account=provider, tax_rate=6)
    account = make_account(name="Hengtai", email="li@hengtai.example")
    caller = caller_for(provider, portal="provider")
    charges, invoices = f"/accounts/{account.id}/charges", f"/accounts/{account.id}/invoices"
    wish = {"description": "Training on site", "unit_price": "300.00", "currency": account.currency}
    first, second = (caller.post(charges, wish | {"description": name}).json() for name in ("Training", "Set-up"))
    assert [one["description"] for one in caller.get(charges).json()["items"]] == ["Training", "Set-up"]

    seen = caller.post(f"{invoices}/preview").json()
    assert (seen["invoice"]["total"], seen["invoice"]["number"], Invoice.objects.count()) == ("636.00", "", 0)
    taken = caller.post(f"{charges}/{second['id']}/withdraw", {"reason": "A gift"}, key="back-1")
    assert caller.post(f"{charges}/{second['id']}/withdraw", {"reason": "A gift"}, key="back-1").json() == taken.json()
    twice = caller.post(f"{charges}/{second['id']}/withdraw", {})
    assert_problem(twice, status=409, code="line_billed_already")
    stale = caller.post(invoices, {"expected": seen["fingerprint"]})
    assert_problem(stale, status=409, code="facts_changed")
    assert not Invoice.objects.exists()

    seen = caller.post(f"{invoices}/preview").json()
    made = caller.post(invoices, {"expected": seen["fingerprint"]})
    assert (made.status_code, made.json()["total"]) == (201, seen["invoice"]["total"]) == (201, "318.00")
    assert_problem(caller.post(f"{charges}/{first['id']}/withdraw", {}), status=409, code="line_billed_already")
    assert caller.get(charges).json()["items"] == []


def test_rules_hold_invoices_back_until_a_machine_approves_them(provider):
    machine = caller_for(provider, portal="provider")
    wish = {"kind": "above", "amount": "10000", "currency": "CNY"}
    made = machine.post("/approval-rules", wish, key="rule-1")
    assert machine.post("/approval-rules", wish, key="rule-1").json() == made.json()
    assert (made.status_code, made.json()["amount"]) == (201, "10000.00")
    assert_problem(machine.post("/approval-rules", wish), status=409, code="approval_rule_exists")
    for bad, code in (
        ({"kind": "above"}, "approval_amount_missing"), ({"kind": "changed"}, "approval_percent_missing"),
        (wish | {"amount": "1.001"}, "amount_too_fine"), (wish | {"kind": "last"}, "invalid_request"),
    ):  # fmt: skip
        assert_problem(machine.post("/approval-rules", bad), status=422, code=code)
    assert [one["kind"] for one in machine.get("/approval-rules").json()["items"]] == ["above"]
    ended = machine.post(f"/approval-rules/{made.json()['id']}/end").json()
    assert ended["ended_at"]
    assert machine.get("/approval-rules").json()["items"] == []
    assert_problem(machine.post(f"/approval-rules/{ended['id']}/end"), status=404, code="not_found")

    waiting = make_waiting(make_account(name="Hengtai", email="li@hengtai.example"))
    (listed,) = machine.get("/approvals").json()["items"]
    assert (listed["invoice_id"], listed["state"]) == (str(waiting.pk), "waiting")
    approved = machine.post(f"/approvals/{waiting.pk}/approve").json()
    assert approved["number"] == Invoice.objects.get().number_text
    tester = caller_for(provider, portal="provider", is_test=True)
    assert_problem(tester.post("/approval-rules", wish), status=404, code="not_found")
