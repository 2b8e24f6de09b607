"""The page on which an owner chooses a first plan, and the home that leads there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory

from plans.models import AccessSpell, ChargePrice, Plan, Subscription
from provider.accounts.models import Account, Region
from provider.accounts.rules.defaults import CURRENCIES
from provider.accounts.views.entrance import own_page
from provider.kernel import clock, post
from provider.portal.queries.beginning import offer_at_sign_up
from tests.accounts.conftest import Letters
from tests.accounts.people import PASSWORD
from tests.console.conftest import enter
from tests.factories import make_account, make_member
from tests.invoices.factories import make_invoice
from tests.plans.factories import make_charge, make_meter, make_plan, make_subscription, make_version, publish_row
from tests.portal.offering import offer_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    return offer_plan(code="team")


@pytest.fixture
def account(plan: Plan) -> Account:
    return make_account(name="Fern", currency="CNY")


@pytest.fixture
def owner(client: Client, account: Account) -> Client:
    return enter(client, make_member(account=account, portal="subscriber", role="owner"))


def test_home_leads_somebody_without_a_plan_to_the_choice(owner: Client) -> None:
    body = owner.get("/my/").content.decode()
    assert "You have no plan yet" in body
    assert "/my/begin/" in body


def test_choosing_shows_what_it_costs_and_opens_the_crm(owner: Client, account: Account) -> None:
    body = owner.get("/my/begin/").content.decode()
    assert "100.00" in body
    assert "a month" in body
    assert "Free for the first 14 days." in body
    assert owner.post("/my/begin/", {"plan": "team"})["Location"] == "/my/"
    assert Subscription.objects.get(account=account).status == "active"
    assert owner.get("/my/begin/")["Location"] == "/my/"


def test_a_plan_that_is_not_on_the_list_is_refused_in_a_sentence(owner: Client) -> None:
    answer = owner.post("/my/begin/", {"plan": "golden"})
    assert answer.status_code == 200
    assert "not offered in your currency" in answer.content.decode()


def test_without_anything_on_sale_the_page_says_what_to_do(owner: Client, plan: Plan) -> None:
    Plan.objects.update(is_offered=False)
    assert "No plan is offered" in owner.get("/my/begin/").content.decode()


def test_a_member_does_not_choose_plans(client: Client, account: Account) -> None:
    enter(client, make_member(account=account, portal="subscriber", role="member"))
    assert client.get("/my/begin/").status_code == 403


def test_home_says_until_when_and_what_happens_then(owner: Client, account: Account) -> None:
    ends = clock.now() + timedelta(days=20)
    subscription = make_subscription(account=account, pays="prepaid", paid_until=ends)
    AccessSpell.objects.create(
        account=account, subscription=subscription, state="active", cause="redemption",
        from_at=clock.now() - timedelta(days=1), ends_at=ends,
    )  # fmt: skip
    invoice = make_invoice(account=account)
    body = owner.get("/my/").content.decode()
    assert "Paid until" in body
    assert ">Active</span>" in body
    assert "the account goes to sleep" in body
    assert invoice.number_text in body


def test_signing_up_opens_the_crm_with_the_plan_that_was_chosen(client: Client, plan: Plan) -> None:
    offer_plan(code="zen")
    box = Letters()
    previous = post.register(lambda **letter: box.append(letter))
    try:
        assert 'value="zen"' in client.get("/auth/signup/?plan=zen&next=/redeem/").content.decode()
        typed = {
            "name": "Li Na", "contact": "li@example.com", "password": PASSWORD, "company_name": "Fern",
            "region": "shanghai", "language": "zh-hans", "time_zone": "Asia/Shanghai", "currency": "CNY",
            "terms": "on", "plan": "zen", "next": "/redeem/",
        }  # fmt: skip
        client.post("/auth/signup/", typed)
        answer = client.post("/auth/signup/code/", {"code": box.code()})
    finally:
        if previous is not None:
            post.register(previous)
    assert answer["Location"] == "/redeem/"
    subscription = Subscription.objects.get(account__name="Fern")
    assert subscription.stretches.get().version.plan.code == "zen"
    assert client.get("/crm/deals/").status_code == 200


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "evil"])
def test_signing_up_leads_to_no_strangers_page(address: str) -> None:
    request = RequestFactory().get("/")
    assert own_page(request, address) == "/"


def test_a_trial_in_which_seats_cost_promises_no_more_than_it_keeps(owner: Client, plan: Plan) -> None:
    seller = plan.seller
    Plan.objects.all().update(is_offered=False)
    version = make_version(plan=make_plan(seller=seller, code="club"), trial_days=14, currencies=["CNY"])
    for charge in (make_charge(version, code="base"), make_charge(version, meter=make_meter("seats", seller=seller))):
        ChargePrice.objects.create(charge=charge, currency="CNY", price=30)
    publish_row(version)
    assert "No basic price for the first 14 days." in owner.get("/my/begin/").content.decode()


def test_the_sign_up_page_says_which_plan_begins_and_what_it_costs_after_the_trial(client: Client, plan: Plan) -> None:
    offer_plan(code="zen", price="250", trial_days=30)

    chosen = client.get("/auth/signup/?plan=zen&currency=CNY").content.decode()
    assert "Free for the first 30 days." in chosen
    assert "250.00" in chosen

    first = client.get("/auth/signup/?plan=gone&currency=CNY").content.decode()
    assert "Free for the first 14 days." in first
    assert "100.00" in first

    elsewhere = client.get("/auth/signup/?plan=zen&currency=USD").content.decode()
    assert "250.00" in elsewhere  # nothing is sold in dollars, so the page stays with what can be bought


def currencies_on(client: Client, address: str) -> list[str]:
    return [code for code, _name in client.get(address).context["form"].fields["currency"].choices]


def test_only_currencies_in_which_a_plan_is_sold_can_be_chosen(client: Client, plan: Plan) -> None:
    typed = {
        "name": "Wei", "contact": "wei@example.com", "password": PASSWORD, "terms": "on", "region": "taipei",
        "language": "en", "time_zone": "Asia/Taipei", "currency": "TWD",
    }  # fmt: skip

    assert currencies_on(client, "/auth/signup/") == ["CNY"]
    refused = client.post("/auth/signup/", typed)
    assert "Nothing is sold in this currency." in refused.content.decode()
    assert "sign_up" not in client.session

    Plan.objects.all().update(is_offered=False)
    assert currencies_on(client, "/auth/signup/") == list(CURRENCIES)


@pytest.mark.parametrize(("zone", "currency"), [("Asia/Taipei", "TWD"), ("Asia/Shanghai", "CNY"), ("", "CNY")])
def test_prices_stand_in_the_currency_with_which_signing_up_begins(
    client: Client, plan: Plan, zone: str, currency: str
) -> None:
    places = {"shanghai": ("CN", "CNY", "Asia/Shanghai"), "taipei": ("TW", "TWD", "Asia/Taipei")}
    for code, (country, money, own_zone) in places.items():
        Region.objects.get_or_create(
            code=code, defaults={"name": code, "country": country, "currency": money, "time_zone": own_zone}
        )
    offer_plan(code="both", currencies=("CNY", "TWD"))
    client.cookies["tz"] = zone

    assert client.get("/prices/").context["currency"] == currency
    assert client.get("/auth/signup/").context["form"]["currency"].value() == currency


def test_an_account_keeps_a_currency_that_is_sold_no_more(client: Client, plan: Plan) -> None:
    heath = make_account(name="Heath", currency="TWD")
    enter(client, make_member(account=heath, portal="subscriber", role="owner"))

    assert currencies_on(client, "/settings/account/") == ["CNY", "TWD"]


def test_who_chose_nothing_begins_with_a_plan_of_which_the_whole_trial_is_free(plan: Plan) -> None:
    paid = offer_plan(code="a-first", trial_days=0)

    begun = offer_at_sign_up(plan="", currency="CNY")

    assert begun is not None
    assert begun.plan == plan
    chosen = offer_at_sign_up(plan="a-first", currency="CNY")
    assert chosen is not None
    assert chosen.plan == paid
