"""A machine makes a plan, prices it, asks what customers would pay, publishes it and sells it, without any page."""

from __future__ import annotations

from typing import Any

import pytest

from invoices.models import Invoice
from plans.models import Plan, PlanVersion
from plans.queries.catalogue import content_of
from plans.rules.catalogue.words import MODEL_NAMES
from provider.accounts.models import Account
from provider.kernel import outbox
from tests.api.conftest import Caller, assert_problem, caller_for, make_account
from tests.invoices.factories import make_seller

pytestmark = pytest.mark.django_db
PLAN = {"code": "team", "name": "Team", "name_hans": "团队版", "name_hant": "團隊版"}
TERMS = {
    "trial_days": 0, "grace_days": 10, "currencies": ["CNY", "TWD"], "minimums": {"CNY": "50"},
    "entitlements": {"seats": {"limit": 20, "stops_at_limit": True}, "branches": {}}, "note": "First prices",
}  # fmt: skip
BASE = {
    "code": "base", "name": "Base fee", "name_hans": "基本费", "model": "flat",
    "prices": {"CNY": {"price": "88.00"}, "TWD": {"price": 380}},
}  # fmt: skip
DESK = {
    "code": "desk", "name": "Desks", "model": "per_unit", "quantity": "2", "is_prorated": True,
    "prices": {"CNY": {"price": "30.5"}, "TWD": {"price": "130"}},
}  # fmt: skip
SEAT = {
    "code": "seat", "name": "Seats", "name_hant": "席位", "model": "graduated", "meter": "seats", "is_prorated": True,
    "prices": {
        "CNY": {"tiers": [{"up_to": "3"}, {"unit": "30.50"}]},
        "TWD": {"tiers": [{"up_to": "3"}, {"unit": "130"}]},
    },
}  # fmt: skip
STORY = """\
story: A first month
timezone: Asia/Shanghai
currency: CNY
steps:
  - {{at: 2026-01-01, do: subscribe, plan: team}}
expect:
  - {{at: 2026-01-01, invoice: 1, total: "{total}"}}
"""


@pytest.fixture
def draft(machine: Caller) -> str:
    """The address of the draft of a new plan, with its terms and a base fee."""
    made = machine.post("/plans", PLAN).json()
    address = f"/plan-versions/{made['versions'][0]['id']}"
    assert machine.post(f"{address}/terms", TERMS).status_code == 200
    assert machine.post(f"{address}/charges", BASE).status_code == 201
    return address


def content(address: str) -> Any:
    return content_of(PlanVersion.objects.get(pk=address.rpartition("/")[2]))


def test_a_plan_is_made_priced_previewed_proved_published_and_sold(provider: Account, machine: Caller) -> None:
    made = machine.post("/plans", PLAN | {"is_offered": False}, key="plan-1")
    assert machine.post("/plans", PLAN | {"is_offered": False}, key="plan-1").content == made.content
    assert (made.status_code, Plan.objects.count()) == (201, 1)
    plan, version = f"/plans/{made.json()['id']}", f"/plan-versions/{made.json()['versions'][0]['id']}"
    lacks = machine.get(version).json()["missing"]
    assert [one["code"] for one in lacks] == ["currencies_missing", "charges_missing"]
    assert_problem(machine.post(f"{version}/publish"), status=409, code="currencies_missing")

    changed = machine.post(f"{version}/terms", TERMS).json()
    assert (changed["currencies"], changed["note"], changed["content"]["grace_days"]) == (
        ["CNY", "TWD"], "First prices", 10,
    )  # fmt: skip
    for charge in (BASE, DESK, SEAT):
        answer = machine.post(f"{version}/charges", charge, key=str(charge["code"]))
        assert machine.post(f"{version}/charges", charge, key=str(charge["code"])).content == answer.content
    assert [one["code"] for one in answer.json()["content"]["charges"]] == ["base", "desk", "seat"]
    assert answer.json()["missing"] == []

    seen = machine.post(f"{version}/preview", {"currency": "CNY", "units": {"seats": "23"}}).json()
    assert [(part["charge"], part["amount"]) for part in seen["parts"]] == [
        ("base", "88.00"), ("desk", "61.00"), ("seat", "610.00"), ("minimum", "0.00"),
    ]  # fmt: skip
    assert (seen["total"], seen["beyond"], seen["on_sale"]) == (
        "759.00", [{"feature": "seats", "limit": 20, "stops_at_limit": True}], None,
    )  # fmt: skip
    assert "600 unit-days at 30.50" in [row["text"] for row in seen["parts"][2]["why"][0]["rows"]]

    kept = machine.post(f"{plan}/stories", {"content": STORY.format(total="148.00")}).json()
    assert_problem(machine.post(f"{version}/publish"), status=409, code="stories_fail")
    outbox.drain()
    failed = assert_problem(machine.post(f"{version}/publish"), status=409, code="stories_fail")
    assert failed["stories"] == ["A first month"]
    machine.post(f"/stories/{kept['id']}/content", {"content": STORY.format(total="149.00")})
    outbox.drain()
    published = machine.post(f"{version}/publish", key="publish-1")
    assert machine.post(f"{version}/publish", key="publish-1").content == published.content
    assert (published.json()["status"], published.json()["missing"]) == ("published", [])
    assert machine.get(plan).json()["version_on_sale"] == published.json()["id"]

    make_seller(account=provider)
    customer = make_account("Hengtai", email="li@hengtai.example")
    sold = machine.post(f"/accounts/{customer.id}/subscriptions", {"version_id": published.json()["id"]}).json()
    priced = machine.post(f"{version}/preview", {"currency": "CNY"}).json()
    assert sold["documents"][0]["subtotal"] == priced["total"] == "149.00"
    assert Invoice.objects.get().subtotal_minor == 14900


def test_the_next_version_is_drafted_compared_thrown_away_and_an_old_one_sold_again(
    machine: Caller, draft: str
) -> None:
    first = machine.post(f"{draft}/publish").json()
    plan = f"/plans/{first['plan_id']}"
    drafted = machine.post(f"{plan}/draft", {})
    assert (drafted.status_code, drafted.json()["content"]) == (201, first["content"])
    assert_problem(machine.post(f"{plan}/draft", {}), status=409, code="draft_exists")
    version = f"/plan-versions/{drafted.json()['id']}"
    assert_problem(machine.post(f"{version}/publish"), status=409, code="nothing_new")

    machine.post(f"{version}/charges/base/change", BASE | {"prices": {"CNY": {"price": 98}, "TWD": {"price": 380}}})
    machine.post(f"{version}/charges", SEAT)
    machine.post(f"{version}/terms", {"trial_days": 14, "anchor": "day", "anchor_day": 5})
    seen = machine.get(f"{version}/differences").json()
    assert seen["compared_with"] == first["id"]
    assert [(one["charge"], one["member"], one["before"], one["after"]) for one in seen["differences"]] == [
        ("", "anchor", "anniversary", 5), ("", "trial_days", 0, 14), ("base", "price", "88", "98"),
        ("seat", "charge", None, "graduated"),
    ]  # fmt: skip
    compared = machine.post(f"{version}/preview", {"currency": "CNY"}).json()["on_sale"]
    assert (compared["number"], compared["total"], compared["difference"]) == (1, "88.00", "10.00")
    back = machine.post(f"{version}/terms", {"anchor": "calendar"}).json()["content"]
    assert (back["anchor"], back["trial_days"], back["entitlements"]["seats"]["limit"]) == ("calendar", 14, 20)
    machine.post(f"{version}/charges/seat/remove")
    assert_problem(machine.post(f"{version}/charges/seat/remove"), status=404, code="not_found")

    left = machine.post(f"{version}/discard").json()
    assert [one["number"] for one in left["versions"]] == [1]
    again = machine.post(f"{plan}/draft", {"copy_of": first["id"]}).json()
    machine.post(f"/plan-versions/{again['id']}/terms", {"trial_days": 7})
    assert machine.post(f"/plan-versions/{again['id']}/publish").json()["number"] == 2
    withdrawn = machine.post(f"/plan-versions/{again['id']}/withdraw", {"reason": "Too generous"}).json()
    assert withdrawn["status"] == "withdrawn"
    assert machine.post(f"{draft}/offer-again", {"reason": "It was right"}).json()["status"] == "published"
    assert_problem(machine.post(f"{draft}/offer-again", {}), status=409, code="forbidden_move")

    renamed = machine.post(f"{plan}/change", {"name": "Team plus", "position": 3}).json()
    assert (renamed["name"], renamed["name_hans"]) == ("Team plus", "")
    assert machine.post(f"{plan}/archive", {}).json()["version_on_sale"] is None
    assert machine.post(f"{plan}/archive", {"is_archived": False}).json()["version_on_sale"] == first["id"]


MODELS: dict[str, dict[str, Any]] = {
    "flat": {"prices": {"CNY": {"phases": [{"price": "9", "months": 3}, {"price": "88"}]}}},
    "per_unit": {"meter": "records", "prices": {"CNY": {"price": "0.00000001", "minimum": "5"}}},
    "graduated": {"meter": "seats", "prices": {"CNY": {"tiers": [{"up_to": 3, "flat": "10"}, {"unit": "30.5"}]}}},
    "volume": {"meter": "seats", "prices": {"CNY": {"tiers": [{"up_to": 3, "unit": "9"}, {"unit": "8"}]}}},
    "package": {"meter": "records", "prices": {"CNY": {"price": "5", "size": 1000, "free_units": "100"}}},
    "percentage": {
        "meter": "sales",
        "prices": {
            "CNY": {"rate": "2.5", "fixed": "0.1", "free_events": 3, "min_per_event": "0.2", "max_per_event": "9"}
        },
    },
    "revenue_share": {"prices": {"CNY": {"rate": "0.5", "free_total": "10000"}}},
    "one_time": {"prices": {"CNY": {"price": "500"}}},
}


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_every_kind_of_price_of_the_editor_is_sent_and_read_back(machine: Caller, draft: str, model: str) -> None:
    wish = {"code": "it", "name": "It", "model": model} | MODELS[model]

    answer = machine.post(f"{draft}/charges", wish)

    assert answer.status_code == 201, answer.json()
    read = answer.json()["content"]["charges"][1]
    is_share = model == "revenue_share"
    assert (read["model"], read["meter"]) == ("percentage", "sales") if is_share else (model, wish.get("meter", ""))
    assert read["timing"] == ("in_arrears" if read["meter"] else "in_advance")
    assert read["is_prorated"] is (model == "flat")
    sent = {"charge": "it", "currency": "CNY", **read["prices"]["CNY"]}
    assert sent.keys() >= wish["prices"]["CNY"].keys()
    changed = machine.post(f"{draft}/charges/it/change", wish | {"prices": read["prices"]})
    assert changed.json()["content"]["charges"][1] == read, changed.json()


@pytest.mark.parametrize(
    ("charge", "code", "pointer"),
    [
        (SEAT | {"prices": {"CNY": {"tiers": [{"up_to": 10}, {"up_to": 5}, {}]}}}, "tiers_overlap",
         "#/prices/CNY/tiers/1/up_to"),
        (SEAT | {"prices": {"CNY": {"tiers": [{"up_to": 10}]}}}, "tiers_open", "#/prices/CNY/tiers"),
        (SEAT | {"prices": {"CNY": {"tiers": [{"unit": -1}]}}}, "negative_price", "#/prices/CNY/tiers/0/unit"),
        (DESK | {"prices": {"TWD": {"price": "-1"}}}, "negative_price", "#/prices/TWD/price"),
        (DESK | {"prices": {"CNY": {"price": "0.123456789"}}}, "price_too_fine", "#/prices/CNY/price"),
        (DESK | {"prices": {"CNY": {"price": 1e15}}}, "price_too_large", "#/prices/CNY/price"),
        (DESK | {"prices": {"EUR": {"price": "1"}}}, "currency_not_sold", "#/prices/EUR"),
        (DESK | {"prices": {"CNY": {"price": "1", "rate": "2"}}}, "price_member_unfit", "#/prices/CNY/rate"),
        (DESK | {"quantity": "1.123456789"}, "price_too_fine", "#/quantity"),
        (DESK | {"quantity": "-1"}, "quantity_unfit", "#/quantity"),
        (DESK | {"tax_rate": "6.12345"}, "tax_rate_unfit", "#/tax_rate"),
        (DESK | {"interval": {"months": 1, "days": 3}}, "interval_unclear", "#/interval"),
        (DESK | {"interval": {"months": 3}}, "interval_unfit", "#/interval"),
        (DESK | {"code": "base"}, "charge_code_taken", "#/code"),
        (DESK | {"code": "Desk"}, "charge_code_bad", "#/code"),
        (SEAT | {"meter": "chairs"}, "charge_meter_unknown", "#/meter"),
        (SEAT | {"meter": ""}, "meter_unfit", "#/meter"),
        (SEAT | {"model": "revenue_share"}, "charge_meter_unknown", "#/meter"),
        (SEAT | {"prices": {"CNY": {"tiers": [{"up_to": 3}, {}]}, "TWD": {"tiers": [{"up_to": 4}, {}]}}},
         "differs_by_currency", "#/prices"),
        (DESK | {"model": "percentage", "meter": "sales", "timing": "in_advance", "quantity": None,
                 "is_prorated": False, "prices": {"CNY": {"rate": 1}}}, "share_in_advance", "#/timing"),
        (DESK | {"model": "percentage", "meter": "sales", "quantity": None, "is_prorated": False,
                 "prices": {"CNY": {"rate": 101}}}, "rate_unfit", "#/prices/CNY/rate"),
        (DESK | {"model": "hourly"}, "invalid_request", "#/model"),
        (DESK | {"prices": {"CNY": {"cost": 1}}}, "invalid_request", "#/prices/CNY/cost"),
        (DESK | {"prices": {"CNY": {"price": "1,5"}}}, "invalid_request", "#/prices/CNY/price"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_charge_is_refused_with_its_place_and_changes_nothing(
    machine: Caller, draft: str, charge: dict[str, Any], code: str, pointer: str
) -> None:
    before = content(draft)

    problem = assert_problem(machine.post(f"{draft}/charges", charge), status=409 if code.endswith("taken") else 422,
                             code=code)  # fmt: skip

    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert content(draft) == before


@pytest.mark.parametrize(
    ("terms", "code", "pointer"),
    [
        ({"minimums": {"CNY": "-5"}}, "negative_price", "#/minimums/CNY"),
        ({"minimums": {"EUR": "5"}}, "currency_not_sold", "#/minimums/EUR"),
        ({"currencies": ["CNY", "XAF"], "minimums": {}}, "unknown_currency", "#/currencies"),
        ({"anchor": "day"}, "anchor_day_unfit", "#/anchor_day"),
        ({"anchor_day": 5}, "anchor_day_unfit", "#/anchor_day"),
        ({"interval": {}}, "interval_unclear", "#/interval"),
        ({"trial_days": -1}, "invalid_request", "#/trial_days"),
        ({"trial": 3}, "invalid_request", "#/trial"),
        ({"entitlements": {"seats": {"limit": -1}}}, "invalid_request", "#/entitlements/seats/limit"),
    ],
)
def test_what_cannot_be_terms_is_refused_with_its_place_and_changes_nothing(
    machine: Caller, draft: str, terms: dict[str, Any], code: str, pointer: str
) -> None:
    before = content(draft)

    problem = assert_problem(machine.post(f"{draft}/terms", terms), status=422, code=code)

    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert content(draft) == before


def test_what_was_published_is_not_changed_by_any_endpoint(machine: Caller, draft: str) -> None:
    machine.post(f"{draft}/publish")
    before = content(draft)

    for rest, body in (
        ("terms", {"trial_days": 30}), ("charges", SEAT), ("charges/base/change", BASE), ("charges/base/remove", None),
        ("discard", None), ("publish", None),
    ):  # fmt: skip
        assert_problem(machine.post(f"{draft}/{rest}", body), status=409, code="not_a_draft")
    assert_problem(machine.post("/plans", PLAN), status=409, code="plan_code_taken")
    assert content(draft) == before


def test_a_preview_names_what_it_does_not_know(machine: Caller, draft: str) -> None:
    for asked, code, pointer in (
        ({"currency": "EUR"}, "currency_not_sold", "#/currency"),
        ({"currency": "CNY", "units": {"chairs": 3}}, "charge_meter_unknown", "#/units/chairs"),
        ({"currency": "CNY", "units": {"seats": -3}}, "invalid_request", "#/units/seats"),
    ):
        problem = assert_problem(machine.post(f"{draft}/preview", asked), status=422, code=code)
        assert [fault["pointer"] for fault in problem["errors"]] == [pointer]


def test_subscribers_ask_what_they_would_pay_and_make_nothing(provider: Account, machine: Caller, draft: str) -> None:
    subscriber = caller_for(make_account("Hengtai"), language="zh-Hans")
    assert_problem(subscriber.post(f"{draft}/preview", {"currency": "CNY"}), status=404, code="not_found")
    machine.post(f"{draft}/publish")

    seen = subscriber.post(f"{draft}/preview", {"currency": "CNY"}).json()
    assert [(part["name"], part["amount"]) for part in seen["parts"]] == [("基本费", "88.00"), ("最低消费", "0.00")]
    assert_problem(subscriber.get(f"{draft}/differences"), status=404, code="not_found")
    assert_problem(subscriber.post("/plans", PLAN | {"code": "own"}), status=403, code="scope_missing")
    storyteller = caller_for(provider, portal="provider", scopes=["plans:read", "plans:write"])
    assert_problem(storyteller.post(f"{draft}/withdraw", {}), status=403, code="scope_missing")
    tester = caller_for(provider, portal="provider", is_test=True)
    assert_problem(tester.post("/plans", PLAN | {"code": "own"}), status=404, code="not_found")
    assert Plan.objects.count() == 1


def test_a_draft_is_priced_with_a_charge_that_is_not_saved_yet(machine: Caller, draft: str) -> None:
    before = content(draft)
    asked: dict[str, Any] = {"currency": "CNY", "units": {"seats": "5"}}

    added = machine.post(f"{draft}/preview", asked | {"unsaved": {"charge": SEAT}}).json()
    dearer = BASE | {"prices": {"CNY": {"price": "98"}, "TWD": {"price": "400"}}}
    changed = machine.post(f"{draft}/preview", asked | {"unsaved": {"charge": dearer, "instead_of": "base"}}).json()

    assert [(one["charge"], one["amount"]) for one in added["parts"]][:2] == [("base", "88.00"), ("seat", "61.00")]
    assert (added["total"], changed["total"]) == ("149.00", "98.00")
    assert content(draft) == before
    machine.post(f"{draft}/charges", SEAT)
    assert machine.post(f"{draft}/preview", asked).json() == added  # what is saved comes to what was shown


@pytest.mark.parametrize(
    ("unsaved", "code", "pointer"),
    [
        ({"charge": SEAT, "instead_of": "chairs"}, "charge_gone", "#/unsaved/instead_of"),
        ({"charge": DESK | {"code": "base"}}, "charge_code_taken", "#/unsaved/charge/code"),
        ({"charge": SEAT | {"meter": "chairs"}}, "charge_meter_unknown", "#/unsaved/charge/meter"),
        ({"charge": DESK | {"prices": {"CNY": {"price": "-1"}}}}, "negative_price",
         "#/unsaved/charge/prices/CNY/price"),
        ({"charge": DESK | {"prices": {"EUR": {"price": "1"}}}}, "currency_not_sold",
         "#/unsaved/charge/prices/EUR"),
        ({"charge": SEAT | {"prices": {"CNY": {"tiers": [{"up_to": 3}, {}]}, "TWD": {"tiers": [{"up_to": 4}, {}]}}}},
         "differs_by_currency", "#/unsaved/charge/prices"),
        ({"charge": DESK | {"cost": 1}}, "invalid_request", "#/unsaved/charge/cost"),
        ({"instead_of": "base"}, "invalid_request", "#/unsaved/charge"),
    ],
)  # fmt: skip
def test_an_unsaved_charge_that_could_not_be_saved_is_refused_at_its_place(
    machine: Caller, draft: str, unsaved: dict[str, Any], code: str, pointer: str
) -> None:
    before = content(draft)

    answer = machine.post(f"{draft}/preview", {"currency": "CNY", "unsaved": unsaved})

    status = 409 if code in ("charge_gone", "charge_code_taken") else 422
    assert [one["pointer"] for one in assert_problem(answer, status=status, code=code)["errors"]] == [pointer]
    assert content(draft) == before


def test_only_drafts_are_priced_with_what_is_not_saved(machine: Caller, draft: str) -> None:
    machine.post(f"{draft}/publish")
    answer = machine.post(f"{draft}/preview", {"currency": "CNY", "unsaved": {"charge": SEAT}})
    assert_problem(answer, status=409, code="not_a_draft")
    customer = caller_for(make_account("Hengtai"))
    assert customer.post(f"{draft}/preview", {"currency": "CNY", "unsaved": {"charge": SEAT}}).status_code in (404, 409)
