"""Machines look at many waiting invoices together, approve them or set them aside, and see what changed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from invoices.models import Invoice, WaitingInvoice
from provider.accounts.models import Account
from provider.kernel import laws
from provider.kernel.models import AuditRow
from tests.api.conftest import Caller, assert_problem, caller_for
from tests.factories import AT, make_account
from tests.invoices.factories import make_lot, make_seller, make_waiting

pytestmark = pytest.mark.django_db
ADDRESSES = ("preview", "approve", "set-aside")


def make_three() -> list[WaitingInvoice]:
    seller = make_seller()
    return [make_waiting(make_account(name=f"No {i}"), amount_minor=10000 * i, seller=seller) for i in (1, 2, 3)]


def ids_of(rows: list[WaitingInvoice]) -> list[str]:
    return [str(row.pk) for row in rows]


def states() -> dict[str, int]:
    found = list(WaitingInvoice.objects.values_list("state", flat=True))
    return {state: found.count(state) for state in set(found)}


def test_what_was_seen_of_many_is_approved_once_and_all_together(machine: Caller) -> None:
    rows = make_three()
    make_lot(rows[0].account, amount_minor=600)
    wish = {"invoice_ids": ids_of(rows)}

    seen = machine.post("/approvals/preview", wish).json()
    assert seen["total"] == [{"currency": "CNY", "amount": "636.00"}]
    assert (seen["accounts"], seen["left_alone"], states()) == (3, 0, {"waiting": 3})
    made = machine.post("/approvals/approve", wish | {"expected": seen["fingerprint"]}, key="all-1")
    again = machine.post("/approvals/approve", wish | {"expected": seen["fingerprint"]}, key="all-1")

    assert made.json() == again.json() == seen
    assert states() == {"approved": 3}
    assert Invoice.objects.filter(status="finalized").count() == 3
    assert AuditRow.objects.filter(verb="invoice.approved").count() == 3
    assert laws.check(laws.known(["what_waits_asks_nobody"])[0]).holds
    assert_problem(machine.post("/approvals/approve", wish), status=409, code="invoice_not_waiting")


def test_what_a_colleague_approved_is_left_alone_and_what_moved_is_refused(machine: Caller) -> None:
    rows = make_three()
    seen = machine.post("/approvals/preview", {"invoice_ids": ids_of(rows)}).json()
    machine.post(f"/approvals/{rows[0].pk}/approve")

    moved = machine.post("/approvals/approve", {"invoice_ids": ids_of(rows), "expected": seen["fingerprint"]})
    assert_problem(moved, status=409, code="facts_changed")
    assert states() == {"approved": 1, "waiting": 2}

    made = machine.post("/approvals/approve", {"invoice_ids": ids_of(rows)}).json()
    assert (len(made["invoice_ids"]), made["left_alone"]) == (2, 1)


def test_many_are_set_aside_with_one_reason_and_may_still_be_approved(machine: Caller) -> None:
    rows = make_three()
    wish = {"invoice_ids": ids_of(rows[:2]), "reason": "Agreed as a gift"}

    made = machine.post("/approvals/set-aside", wish, key="aside-1").json()

    assert (made["count"], set(made["invoice_ids"])) == (2, set(ids_of(rows[:2])))
    assert set(WaitingInvoice.objects.filter(state="set_aside").values_list("note", flat=True)) == {"Agreed as a gift"}
    assert machine.post("/approvals/set-aside", wish, key="aside-1").json() == made
    assert_problem(machine.post("/approvals/set-aside", wish), status=409, code="invoice_not_waiting")
    rest = machine.post("/approvals/set-aside", {"invoice_ids": ids_of(rows), "reason": "As agreed"}).json()
    assert rest == {"count": 1, "invoice_ids": ids_of(rows[2:])}
    assert machine.post("/approvals/approve", {"invoice_ids": ids_of(rows)}).json()["left_alone"] == 0


@pytest.mark.parametrize(
    ("sent", "status", "code", "pointer"),
    [
        ({"invoice_ids": []}, 422, "too_few", "#/invoice_ids"),
        ({"invoice_ids": ["x"]}, 422, "not_id", "#/invoice_ids/0"),
        ({"invoice_ids": [str(uuid4()) for _ in range(501)]}, 422, "too_many", "#/invoice_ids"),
        ({"all": True}, 422, "unknown_member", "#/all"),
        ({}, 404, "not_found", "#/invoice_ids"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place_and_nothing_is_changed(
    machine: Caller, sent: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    wish = {"invoice_ids": [*ids_of(make_three()), str(uuid4())]} | sent
    for address in ADDRESSES:
        more = {"reason": "As agreed"} if address == "set-aside" else {}
        answer = machine.post(f"/approvals/{address}", wish | more)
        assert answer.status_code == status, answer.content
        problem = answer.json()
        assert (code, pointer) in [(one["code"], one.get("pointer")) for one in problem.get("errors", [problem])]
    assert states() == {"waiting": 3}


def test_setting_aside_needs_a_reason(machine: Caller) -> None:
    wish = {"invoice_ids": ids_of(make_three())}
    blank = machine.post("/approvals/set-aside", wish | {"reason": " "})
    assert_problem(blank, status=422, code="setting_aside_needs_reason")
    assert states() == {"waiting": 3}


def test_strangers_and_test_keys_decide_nothing(provider: Account) -> None:
    wish = {"invoice_ids": ids_of(make_three()), "reason": "As agreed"}
    tester = caller_for(provider, portal="provider", is_test=True)
    reader = caller_for(provider, portal="provider", scopes=["invoices:read"])
    for address in ADDRESSES:
        sent = wish if address == "set-aside" else {"invoice_ids": wish["invoice_ids"]}
        assert tester.post(f"/approvals/{address}", sent).status_code == 404
        assert reader.post(f"/approvals/{address}", sent).status_code == 403
    assert states() == {"waiting": 3}


def test_beside_an_invoice_stands_what_it_was_last_time(machine: Caller) -> None:
    seller, account = make_seller(), make_account(name="Hengtai")
    first = make_waiting(account, amount_minor=30000, seller=seller)
    assert machine.get(f"/approvals/{first.pk}").json()["last_time"] is None
    machine.post(f"/approvals/{first.pk}/approve")
    second = make_waiting(account, amount_minor=45000, seller=seller)
    Invoice.objects.filter(pk=second.pk).update(due_at=AT.replace(year=AT.year + 1))
    WaitingInvoice.objects.filter(pk=second.pk).update(last_minor=31800)

    found = machine.get(f"/approvals/{second.pk}").json()

    assert (found["total_before"], found["difference"]) == ("318.00", "159.00")
    assert found["last_time"] == {
        "invoice_id": str(first.pk), "number": Invoice.objects.get(pk=first.pk).number_text,
        "lines": [{"title": "Training on site", "before": "300.00", "now": "450.00", "difference": "150.00"}],
    }  # fmt: skip


@pytest.mark.parametrize("count", [1, 20])
def test_however_many_are_looked_at_together_few_questions_are_asked(
    machine: Caller, count: int, django_assert_max_num_queries: Any
) -> None:
    seller = make_seller()
    rows = [make_waiting(make_account(name=f"No {i}"), seller=seller) for i in range(count)]
    with django_assert_max_num_queries(35):
        assert machine.post("/approvals/preview", {"invoice_ids": ids_of(rows)}).status_code == 200
