"""Finance looks at invoices before they are sent."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from invoices.models import ApprovalRule, Invoice
from provider.accounts.models import Account
from provider.kernel import outbox
from tests.invoices.factories import make_invoice, make_waiting

pytestmark = pytest.mark.django_db
QUEUE = "/operator/billing/approvals/"


def test_finance_sets_rules_and_ends_them(finance: Client) -> None:
    assert "No rule is in force" in finance.get(QUEUE).content.decode()
    page = finance.get(f"{QUEUE}rules/").content.decode()
    assert "The first invoice of an account" in page

    said = finance.post(f"{QUEUE}rules/", {"kind": "above"}).content.decode()
    assert "Enter the amount above which invoices wait" in said
    said = finance.post(f"{QUEUE}rules/", {"kind": "above", "amount": "1.5", "currency": "JPY"}).content.decode()
    assert "does not have so many decimal places" in said
    done = finance.post(f"{QUEUE}rules/", {"kind": "above", "amount": "5000", "currency": "cny"}, follow=True)
    finance.post(f"{QUEUE}rules/", {"kind": "changed", "percent": "25"})

    assert "From now on these wait: A total above CNY 5,000.00." in done.content.decode()
    page = finance.get(QUEUE).content.decode()
    assert "A total that differs from last time by more than 25" in page
    rule = ApprovalRule.objects.get(kind="above")
    finance.post(f"{QUEUE}rules/{rule.pk}/end/")
    assert "A total above" not in finance.get(QUEUE).content.decode()


def test_the_queue_says_why_and_one_is_approved_from_its_page(finance: Client, account: Account) -> None:
    make_invoice(account=account, amount_minor=20000, cause="run", due_at="2026-10-01T00:00Z")
    row = make_waiting(account)
    page = finance.get(QUEUE).content.decode()
    assert "Hengtai" in page
    assert "Above CNY 100.00" in page
    assert "invoice to approve" in finance.get("/operator/").content.decode()

    page = finance.get(f"{QUEUE}{row.pk}/").content.decode()
    assert "What changed from last time" in page
    assert "CNY +100.00" in page
    sent = re.search(r'name="confirm" value="(\w+)"', page)
    assert sent is not None
    done = finance.post(f"{QUEUE}approve/", {"ids_chosen": str(row.pk), "confirm": sent[1]}, follow=True)
    outbox.drain()

    assert "1 invoice is approved and sent." in done.content.decode()
    assert Invoice.objects.get(pk=row.pk).number_text
    assert finance.get(f"{QUEUE}{row.pk}/").status_code == 302  # it has a page of its own now
    again = finance.post(f"{QUEUE}approve/", {"ids_chosen": str(row.pk), "confirm": sent[1]})
    assert again.status_code == 409
    assert "a colleague was quicker" in again.content.decode()


def test_many_are_approved_after_a_preview_and_others_set_aside(finance: Client, account: Account) -> None:
    rows = [make_waiting(account, amount_minor=amount) for amount in (30000, 40000, 50000)]
    chosen = {"ids": [str(row.pk) for row in rows[:2]]}

    page = finance.post(f"{QUEUE}approve/", chosen).content.decode()
    assert "Approve 2 invoices?" in page
    assert "CNY 742.00" in page
    sent = re.search(r'name="confirm" value="(\w+)"', page)
    assert sent is not None
    changed = finance.post(f"{QUEUE}approve/", {"ids_chosen": " ".join(chosen["ids"]), "confirm": "else"})
    assert "Something changed since this preview was made" in changed.content.decode()
    finance.post(f"{QUEUE}approve/", {"ids_chosen": " ".join(chosen["ids"]), "confirm": sent[1]})
    assert Invoice.objects.filter(status="finalized").count() == 2

    page = finance.post(f"{QUEUE}set-aside/", {"ids": [str(rows[2].pk)]}).content.decode()
    assert "1 invoice asks nobody for anything" in page
    finance.post(f"{QUEUE}set-aside/", {"ids_chosen": str(rows[2].pk), "reason": "A gift"})
    assert "No invoice waits for approval" in finance.get(QUEUE).content.decode()
    assert "Hengtai" in finance.get(f"{QUEUE}?state=set_aside&why=above").content.decode()
    assert "A gift" in finance.get(f"{QUEUE}{rows[2].pk}/").content.decode()


def test_a_customer_sees_nothing_of_what_waits(owner: Client, account: Account) -> None:
    row = make_waiting(account)

    assert owner.get(f"/my/invoices/{row.pk}/").status_code == 404
    assert owner.get(f"/invoices/{row.pk}.pdf").status_code == 404
    assert owner.get(f"{QUEUE}{row.pk}/").status_code == 404
    assert "318.00" not in owner.get("/my/invoices/").content.decode()
