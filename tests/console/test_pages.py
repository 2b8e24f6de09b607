"""The operators' pages answer, say what is so, and ask the database little however much there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from invoices.models import Refund
from plans.models import AccessSpell
from provider.accounts.models import Account, Invitation, Region, User
from provider.kernel import audit, clock, ledger
from provider.kernel.actor import SYSTEM
from provider.kernel.chart import LedgerAccount
from provider.kernel.ids import new_id
from provider.kernel.ledger import Line
from provider.kernel.models import AuditRow, OutboxEvent
from provider.kernel.money import Money
from tests.console.conftest import enter
from tests.factories import AT, make_account, make_member
from tests.invoices.factories import make_credit_note, make_invoice, make_parked
from tests.plans.factories import make_subscription
from tests.prepaid_cards.factories import make_batch, make_product

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


def queries_of(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as asked:
        answer = act()
        assert answer.status_code == 200
        if answer.streaming:
            b"".join(answer.streaming_content)
    return len(asked)


def pages(account: Account) -> list[str]:
    service = ["subscription/", "money/", "cards/"]
    tabs = ["", *service, "members/", "messages/", "history/", "work/", "support/", "keys/", "settings/"]
    return [
        "/operator/", "/operator/search/?q=a", "/operator/accounts/", "/operator/accounts/new/", "/operator/audit/",
        "/operator/outbox/", "/operator/invitations/", "/operator/regions/", "/operator/regions/new/",
        *(f"/operator/accounts/{account.id}/{tab}" for tab in tabs),
    ]  # fmt: skip


def make_much(account: Account, *, count: int) -> None:
    for number in range(count):
        child = make_account(name=f"Child {number}", parent=account, region_id="shanghai")
        make_member(account=account, portal="subscriber", role="member")
        Invitation.objects.create(
            account=child, portal="subscriber", role="owner", email=f"late{number}@example.com",
            token_hash=new_id().bytes, created_at=AT, expires_at=AT + timedelta(days=7),
        )  # fmt: skip
        audit.record(
            by=SYSTEM, verb="account.created", subject_kind="account", subject_id=child.id, account_id=account.id, at=AT
        )


@pytest.fixture
def customer(provider: Account) -> Account:
    return make_account(name="Fern", parent=provider, portal="subscriber")


def test_every_page_asks_a_fixed_and_small_number_of_questions(operator: Client, customer: Account) -> None:
    make_much(customer, count=1)
    few = {page: queries_of(lambda page=page: operator.get(page)) for page in pages(customer)}
    make_much(customer, count=60)
    many = {page: queries_of(lambda page=page: operator.get(page)) for page in pages(customer)}
    assert {page: count for page, count in many.items() if count > MOST_QUERIES} == {}
    assert {page: (few[page], many[page]) for page in few if many[page] > few[page] + 1} == {}


def test_an_empty_house_says_what_its_pages_are_for(operator: Client, provider: Account) -> None:
    for user in User.objects.all():
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    assert "Nothing waits for you" in operator.get("/operator/").content.decode()
    assert "Nothing is stuck" in operator.get("/operator/outbox/").content.decode()


def test_the_home_page_offers_every_language(operator: Client, customer: Account) -> None:
    page = operator.get("/operator/").content.decode()
    assert [f'value="{code}" lang=' in page for code in ("en", "zh-hans", "zh-hant")] == [True] * 3


def test_what_waits_for_a_person_stands_on_the_home_page_with_its_number(operator: Client, customer: Account) -> None:
    make_much(customer, count=3)
    OutboxEvent.objects.create(name="x.y", payload={}, at=AT, status="stuck", last_error="no")
    body = operator.get("/operator/").content.decode()
    assert "invitations expired" in body
    assert "event is stuck" in body


@pytest.mark.parametrize(
    "address",
    [
        "/operator/accounts/?page=-1",
        "/operator/accounts/?at=nonsense",
        "/operator/accounts/?sort=password",
        "/operator/accounts/?region=mars&portal=&language=xx",
        "/operator/accounts/?q=%00&created_at_from=2026-02-30",
        "/operator/search/?q=" + "x" * 5000,
        "/operator/audit/?verb=no.such&at_from=yesterday",
    ],
)
def test_a_strange_address_gets_a_page(operator: Client, address: str) -> None:
    assert operator.get(address).status_code == 200


@pytest.mark.parametrize("part", ["nobody", "%00", "01a203b4-311d-719d-82c0-4d7237591265"])
def test_an_account_that_is_not_there_is_not_found(operator: Client, part: str) -> None:
    assert operator.get(f"/operator/accounts/{part}/").status_code == 404


def test_opening_an_account_invites_its_owner_and_takes_zone_and_currency_from_the_region(
    operator: Client, letters: Any
) -> None:
    typed = {
        "portal": "subscriber", "name": "Fern", "company_name": "", "parent": "", "region": "taipei",
        "language": "zh-hant", "owner_email": "owner@fern.example",
    }  # fmt: skip
    answer = operator.post("/operator/accounts/new/", typed)
    account = Account.objects.get(name="Fern")
    assert answer["Location"] == f"/operator/accounts/{account.id}/"
    assert (account.time_zone, account.currency, account.country) == ("Asia/Taipei", "TWD", "TW")
    assert letters.the("invitation")["to_email"] == "owner@fern.example"


def test_a_wrong_address_of_the_owner_opens_nothing(operator: Client, letters: Any) -> None:
    typed = {"portal": "subscriber", "name": "Fern", "region": "taipei", "language": "en", "owner_email": "no"}
    assert operator.post("/operator/accounts/new/", typed).status_code == 200
    assert not Account.objects.filter(name="Fern").exists()


def test_correcting_an_address_wants_a_reason_and_is_kept(operator: Client, customer: Account, letters: Any) -> None:
    member = make_member(account=customer, portal="subscriber", role="owner")
    address = f"/operator/accounts/{customer.id}/members/{member.id}/email/"
    assert "required" in operator.post(address, {"email": "right@example.com"}).content.decode()
    operator.post(address, {"email": "right@example.com", "reason": "mistyped on the phone"})
    assert User.objects.get(id=member.user_id).email == "right@example.com"
    assert AuditRow.objects.get(verb="user.email_corrected").reason == "mistyped on the phone"


def test_a_member_of_another_account_cannot_be_corrected_through_this_one(operator: Client, customer: Account) -> None:
    stranger = make_member(account=make_account(), portal="subscriber", role="owner")
    address = f"/operator/accounts/{customer.id}/members/{stranger.id}/email/"
    assert operator.get(address).status_code == 404


def test_correcting_the_account_keeps_what_only_the_customer_decides(operator: Client, customer: Account) -> None:
    typed = {"name": "Fern & Moss", "language": "zh-hans", "reason": "they wrote to us"}
    assert operator.post(f"/operator/accounts/{customer.id}/settings/", typed).status_code == 302
    customer.refresh_from_db()
    assert (customer.name, customer.language, customer.currency) == ("Fern & Moss", "zh-hans", "CNY")
    assert AuditRow.objects.get(verb="account.settings_changed").reason == "they wrote to us"


def test_a_region_is_added_closed_then_opened(operator: Client) -> None:
    typed = {
        "code": "chengdu", "name": "Chengdu", "name_hans": "成都", "name_hant": "成都", "country": "CN",
        "time_zone": "Asia/Shanghai", "currency": "CNY", "cell": "default",
    }  # fmt: skip
    operator.post("/operator/regions/new/", typed)
    assert not Region.objects.get(code="chengdu").is_open
    assert "a region “chengdu” already" in operator.post("/operator/regions/new/", typed).content.decode()
    operator.post("/operator/regions/chengdu/open/", {"open": "yes"})
    assert Region.objects.get(code="chengdu").is_open


def test_support_reads_but_does_not_open_accounts(client: Client, provider: Account) -> None:
    enter(client, make_member(account=provider, portal="provider", role="support"))
    assert client.get("/operator/accounts/").status_code == 200
    assert client.get("/operator/accounts/new/").status_code == 403


def test_the_history_shows_who_acted_for_whom_and_what_changed(operator: Client, customer: Account) -> None:
    row = audit.record(
        by=SYSTEM, verb="account.settings_changed", subject_kind="account", subject_id=customer.id,
        account_id=customer.id, at=AT, before={"name": "Fern"}, after={"name": "Moss"}, reason="a wish",
    )  # fmt: skip
    body = operator.get(f"/operator/audit/{row.id}/").content.decode()
    assert "Account settings changed" in body
    assert "<del>Fern</del>" in body
    assert "a wish" in body


def test_the_history_stands_in_the_order_of_the_times_it_shows(operator: Client, customer: Account) -> None:
    for days in (2, 0, 1):
        audit.record(
            by=SYSTEM, verb="account.settings_changed", subject_kind="account", subject_id=customer.id,
            account_id=customer.id, at=AT + timedelta(days=days), reason=f"after {days} days",
        )  # fmt: skip
    body = operator.get("/operator/audit/").content.decode()
    places = [body.index(f"after {days} days") for days in (2, 1, 0)]
    assert places == sorted(places)


def test_the_history_speaks_of_things_by_their_names(operator: Client, customer: Account, provider: Account) -> None:
    gone = new_id()
    row = audit.record(
        by=SYSTEM, verb="account.created", subject_kind="account", subject_id=customer.id, account_id=customer.id,
        at=AT, before={"is_test": True},
        after={
            "name": "Fern", "portal": "subscriber", "parent_id": str(provider.id), "brand_id": str(gone),
            "face_minor": 9800, "currency": "CNY", "is_test": False, "paid_until": "2026-03-02",
        },
    )  # fmt: skip
    shown = operator.get(f"/operator/audit/{row.id}/")
    changes = {name: after for name, _before, after in shown.context["changes"]}
    assert changes["Portal"] == "Subscriber"
    assert changes["Belongs under"] == provider.name
    assert changes["Brand"] == f"…{str(gone)[-8:]}"
    assert changes["Face value"] == "CNY 98.00"
    assert changes["For tests"] == "No"
    assert changes["Paid until"] == "2 March 2026"
    assert "Currency" not in changes
    assert shown.context["subject"]["name"] == "Fern"
    unknown = audit.record(
        by=SYSTEM, verb="account.created", subject_kind="billing_run", subject_id="x", account_id=None, at=AT
    )
    assert operator.get(f"/operator/audit/{unknown.id}/").context["subject"]["name"] == "x"


def test_the_books_say_what_was_moved_for_whom_in_few_questions(operator: Client, customer: Account) -> None:
    assert operator.get("/operator/ledger/").status_code == 200
    for number in range(20):
        ledger.post(
            source_kind="refund", source_id=new_id(), purpose="paid", at=AT,
            lines=[
                Line(LedgerAccount.RECEIVABLE, Money(1000 + number, "CNY"), customer.id),
                Line(LedgerAccount.CASH, Money(-1000 - number, "CNY")),
            ],
        )  # fmt: skip
    assert queries_of(lambda: operator.get("/operator/ledger/")) <= MOST_QUERIES
    body = operator.get("/operator/ledger/").content.decode()
    assert "CNY 10.19" in body
    assert "Money given back to a customer" in body
    assert f'href="/operator/accounts/{customer.id}/"' in body
    assert ">refund<" not in body


def test_home_shows_what_keeps_money_from_coming_in_and_from_going_back(operator: Client) -> None:
    make_parked(make_account(name="Stopped"))
    notes = [
        make_credit_note(make_invoice(account=make_account(name=name)), refund_minor=1060, credit_minor=0)
        for name in ("Owed", "Asked")
    ]
    Refund.objects.create(
        account=notes[1].account,
        credit_note=notes[1],
        method="stripe",
        currency="CNY",
        amount_minor=1060,
        created_at=AT,
    )

    page = operator.get("/operator/").content.decode()
    assert all(words in page for words in ("account cannot be billed", "refund is owed", "refund is under way"))
    assert "/operator/billing/parked/" in page

    for state, shown, hidden in (("owed", "Owed", "Asked"), ("waiting", "Asked", "Owed")):
        listed = operator.get("/operator/credit-notes/", {"refund": state}).content.decode()
        assert f">{shown}<" in listed
        assert f">{hidden}<" not in listed


def test_an_act_that_came_often_stands_once_and_leaves_room_for_the_others(operator: Client, customer: Account) -> None:
    for verb in ("account.created", *("invoice.sent", "seller.set_up") * 20):
        audit.record(by=SYSTEM, verb=verb, subject_kind="x", subject_id=customer.id, account_id=customer.id, at=AT)
    body = operator.get(f"/operator/accounts/{customer.id}/").content.decode()

    assert body.count("20 invoices sent") == 1
    assert body.count("Seller of invoices set up, 20 times") == 1
    assert "Account opened" in body


def test_what_waits_for_a_second_person_stands_on_their_home_and_not_on_the_first_ones(
    client: Client, provider: Account
) -> None:
    asks, agrees = (make_member(account=provider, portal="provider", role="owner") for _ in range(2))
    draft = {"status": "draft", "approved_at": None, "generated_at": None, "exported_at": None}
    make_batch(product=make_product(), ordered_by=asks.user, needs_second_person=True, **draft)

    assert "batch of cards waits for approval" not in enter(client, asks).get("/operator/").content.decode()
    assert "batch of cards waits for approval" in enter(client, agrees).get("/operator/").content.decode()


def test_the_home_folds_what_came_often_into_one_line_that_leads_to_all(operator: Client) -> None:
    shops = [make_account(name=f"Shop {number}") for number in range(8)]
    for shop in shops:
        audit.record(
            by=SYSTEM, verb="invoice.sent", subject_kind="invoice", subject_id=shop.id, account_id=shop.id, at=AT
        )
    audit.record(
        by=SYSTEM, verb="region.closed", subject_kind="region", subject_id=shops[0].id, account_id=None, at=AT,
        reason="Moved",
    )  # fmt: skip
    body = operator.get("/operator/").content.decode()
    assert '<a href="/operator/audit/?verb=invoice.sent">8 invoices sent</a>' in body
    assert body.count("Shop 1") == 0
    assert "Region closed" in body
    assert operator.get("/operator/audit/?verb=invoice.sent").content.decode().count("Invoice sent") >= 8
    in_account = operator.get(f"/operator/accounts/{shops[0].id}/").content.decode()
    assert "Invoice sent</a>" in in_account


def test_whose_time_ends_stands_on_the_home_page_by_week_and_behind_it_as_a_list(operator: Client) -> None:
    row = make_subscription(account=make_account(name="Tea by Li"), pays="prepaid")
    soon = clock.now() + timedelta(days=3)
    AccessSpell.objects.create(
        account=row.account, subscription=row, state="trial", cause="trial", from_at=AT, ends_at=soon
    )

    assert "1 account ends by" in operator.get("/operator/").content.decode()
    listed = operator.get("/operator/renewals/", {"ending": "trial"}).content.decode()
    assert "Tea by Li" in listed
    assert "Tea by Li" not in operator.get("/operator/renewals/", {"ending": "grace"}).content.decode()
