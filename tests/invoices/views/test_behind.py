"""From "why?" on an invoice to the events behind a line: for the subscriber, for operators, and for machines."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoices.models import InvoiceLine
from plans.operations.usage import NewEvent, record_usage
from provider.accounts.models import Account
from provider.kernel import outbox
from provider.kernel.actor import SYSTEM
from provider.workshop.stories.stage import Stage
from tests.api.conftest import assert_problem, caller_for, make_key
from tests.console.conftest import enter
from tests.factories import make_account, make_member
from tests.invoices.operations.test_late_usage import bill, month, set_up, use

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    """Twelve calls of January that were billed, and one that was told late."""
    made = set_up()
    use(made, "january", count=12, on=month(1, 10), told=month(1, 10))
    bill(made, month(2))
    use(made, "late", count=1, on=month(1, 20), told=month(2, 3))
    bill(made, month(3))
    return made


@pytest.fixture
def owner(stage: Stage) -> Client:
    return enter(Client(), make_member(account=stage.account, portal="subscriber", role="owner"))


def line_of(kind: str) -> InvoiceLine:
    return InvoiceLine.objects.get(charge_code="call", kind=kind)


def page_of(client: Client, line: InvoiceLine, *, own: bool = True, **query: str) -> str:
    name = "invoices:own_line_events" if own else "invoices:line_events"
    answer = client.get(reverse(name, args=[line.invoice_id, line.position]), query)
    assert answer.status_code == 200, answer
    return unescape(answer.content.decode())


def test_why_leads_to_the_events_and_they_add_up(owner: Client) -> None:
    line = line_of("usage")
    invoice = owner.get(reverse("invoices:own_invoice", args=[line.invoice_id])).content.decode()
    address = reverse("invoices:own_line_events", args=[line.invoice_id, line.position])
    assert invoice.count("See the events behind it") == 1  # not behind the fixed price
    assert f'href="{address}"' in invoice

    page = page_of(owner, line)

    assert "12 events" in page
    assert "The events come to exactly what this line was made from." in page
    assert "january-11" in page
    assert "late-0" not in page


def test_a_late_line_shows_only_what_came_late_and_leads_to_the_line_before(owner: Client) -> None:
    first, late = line_of("usage"), line_of("adjustment")

    page = page_of(owner, late)

    assert "late-0" in page
    assert "january-11" not in page
    assert reverse("invoices:own_line_events", args=[first.invoice_id, first.position]) in page
    assert re.search(r"Counted before</th>\s*<td class=\"num\">12<", page)


def test_they_are_exported_as_they_are_shown(owner: Client) -> None:
    line = line_of("usage")

    address = reverse("invoices:own_line_events", args=[line.invoice_id, line.position])
    answer = owner.get(address, {"export": "csv"})

    rows = b"".join(answer).decode("utf-8-sig").splitlines()
    assert len(rows) == 13
    assert rows[0].startswith("Happened at,Value")


def test_operators_reach_each_event_and_the_count_of_queries_is_bounded(stage: Stage) -> None:
    provider = make_account(name="The provider", portal="provider")
    finance = enter(Client(), make_member(account=provider, portal="provider", role="finance"))
    line = line_of("usage")
    page_of(finance, line, own=False)

    with CaptureQueriesContext(connection) as asked:
        page = page_of(finance, line, own=False)

    assert len(asked) <= 15, [query["sql"][:90] for query in asked]
    assert (
        reverse("invoices:line_events", args=[line.invoice_id, line.position])
        in finance.get(reverse("invoices:invoice", args=[line.invoice_id])).content.decode()
    )
    assert "/operator/usage/events/" in page


def test_another_accounts_line_is_not_there_and_one_without_usage_says_so(owner: Client, stage: Stage) -> None:
    line = line_of("usage")
    base = InvoiceLine.objects.filter(charge_code="base", invoice_id=line.invoice_id).get()
    stranger = enter(Client(), make_member(account=make_account(name="S"), portal="subscriber", role="owner"))
    address = reverse("invoices:own_line_events", args=[line.invoice_id, line.position])

    assert stranger.get(address).status_code == 404
    assert owner.get(reverse("invoices:own_line_events", args=[line.invoice_id, 99])).status_code == 404
    refused = owner.get(reverse("invoices:own_line_events", args=[line.invoice_id, base.position]))
    assert refused.status_code == 409
    assert "no events stand behind it" in refused.content.decode()


# --- Machines ---


def machine_of(account: Account) -> Any:
    """A machine of the stage's account, whose key is for tests as the account is."""
    machine = caller_for(account)
    _, machine.secret = make_key(account, is_test=True)
    return machine


def address_of(line: InvoiceLine) -> str:
    return f"/invoices/{line.invoice_id}/lines/{line.position}/events"


def test_a_machine_walks_through_the_events_page_by_page(stage: Stage) -> None:
    line, machine = line_of("usage"), machine_of(stage.account)
    lines = machine.get(f"/invoices/{line.invoice_id}").json()["lines"]
    assert [(one["position"], one["has_events"]) for one in lines] == [(1, False), (2, True)]

    found, asked = [], {"limit": "5"}
    while True:
        page = machine.get(address_of(line), **asked).json()
        found += [row["id"] for row in page["items"]]
        if page["next"] is None:
            break
        asked = {"limit": "5", "cursor": page["next"].partition("cursor=")[2].replace("%3A", ":")}

    assert sorted(found) == sorted(f"january-{n}" for n in range(12))
    told = page["line"]
    assert (told["total"], told["billed_from"], told["units"], told["is_exact"]) == ("12", "12", "12", True)
    late = machine.get(address_of(line_of("adjustment"))).json()
    assert [row["id"] for row in late["items"]] == ["late-0"]
    assert (late["line"]["before"], late["line"]["change"], late["line"]["units"]) == ("12", "1", "1")


def test_what_came_after_the_line_is_not_behind_it(stage: Stage) -> None:
    more = [NewEvent(id="yesterday", meter="calls", at=month(2, 20))]
    record_usage(account_id=stage.account.pk, source="test", events=more, by=SYSTEM, at=month(3, 3))
    outbox.drain()

    found = machine_of(stage.account).get(address_of(line_of("usage"))).json()

    assert len(found["items"]) == 12


def test_a_machine_is_refused_what_is_not_its_own_or_counts_nothing(stage: Stage) -> None:
    line = line_of("usage")
    base = InvoiceLine.objects.filter(charge_code="base", invoice_id=line.invoice_id).get()
    own, stranger = machine_of(stage.account), machine_of(make_account(name="Stranger", is_test=True))

    assert_problem(own.get(address_of(base)), status=409, code="line_counts_no_usage")
    assert_problem(stranger.get(address_of(line)), status=404, code="not_found")
    assert_problem(own.get(f"/invoices/{line.invoice_id}/lines/99/events"), status=404, code="not_found")
    assert_problem(own.get(address_of(line), cursor="nonsense"), status=422, code="bad_cursor")


def test_a_key_sees_events_of_its_own_kind_of_accounts_only(stage: Stage) -> None:
    provider: Account = make_account(name="The provider", portal="provider")
    live, tester = caller_for(provider, portal="provider"), caller_for(provider, portal="provider")
    _, tester.secret = make_key(provider, portal="provider", is_test=True)

    assert_problem(live.get(address_of(line_of("usage"))), status=404, code="not_found")  # the stage is a test account
    assert len(tester.get(address_of(line_of("usage"))).json()["items"]) == 12
