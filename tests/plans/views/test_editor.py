"""A business person makes a plan: names it, says what it costs, sees what customers would pay, and publishes it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from plans.models import ChargePrice, Plan, PlanVersion
from plans.queries.catalogue import content_of
from provider.accounts.models import Account, User

pytestmark = pytest.mark.django_db
TERMS = {
    "interval": "m1", "anchor": "anniversary", "trial_days": "14", "grace_days": "7", "late_usage_days": "35",
    "bills_last_day": "on", "currencies": ["CNY"], "limit_seats": "50", "stops_seats": "on",
}  # fmt: skip
BASE = {"name": "Base fee", "code": "base", "timing": "in_advance", "is_prorated": "on", "price_CNY": "88"}
SEATS = {
    "name": "Seats", "code": "seat", "meter": "seats", "timing": "in_arrears", "is_prorated": "on",
    "tier_0_up_to": "3", "tier_0_unit_CNY": "0", "tier_1_unit_CNY": "30.50", "tier_2_up_to": "",
}  # fmt: skip


def page(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def send(client: Client, address: str, **fields: Any) -> Any:
    return client.post(address, fields)


@pytest.fixture
def draft(operator: Client) -> PlanVersion:
    """A plan as the operator made it, with its terms."""
    send(operator, "/operator/plans/new/", name="Standard", name_hant="標準版", code="standard", position="0")
    version = PlanVersion.objects.get()
    answer = operator.post(f"/operator/plans/versions/{version.pk}/terms/", TERMS)
    assert answer.status_code == 302, answer.content.decode()
    return version


def address(version: PlanVersion, rest: str = "") -> str:
    return f"/operator/plans/versions/{version.pk}/{rest}"


def test_a_plan_is_made_previewed_and_published(operator: Client, draft: PlanVersion) -> None:
    send(operator, address(draft, "charges/new/flat/"), **BASE)
    send(operator, address(draft, "charges/new/graduated/"), **SEATS)

    seen = page(operator, address(draft))
    assert "88.00 a month" in seen
    assert "1 to 3 free; from 4 on: 30.50 each" in seen
    assert "606.50" in seen  # 20 seats: 88 and 17 at 30.50
    answer = send(operator, address(draft, "publish/"))

    draft.refresh_from_db()
    assert (answer.status_code, draft.status) == (302, "published")
    assert "On sale" in page(operator, f"/operator/plans/{draft.plan_id}/")
    assert "standard" in page(operator, "/operator/plans/")
    assert operator.get(address(draft, "terms/")).status_code == 404
    assert "never changes" in send(operator, address(draft, "charges/base/"), **BASE).content.decode()
    assert content_of(draft).entitlements["seats"].limit == 50


def test_the_preview_follows_what_is_typed_before_it_is_saved(operator: Client, draft: PlanVersion) -> None:
    send(operator, address(draft, "charges/new/flat/"), **BASE)
    sizes = {"currency": "CNY", "size_0_seats": "5", "size_0_records": "0"}

    saved = operator.post(address(draft, "preview/"), sizes).content.decode()
    typed = {**BASE, "price_CNY": "99", "model": "flat", "instead_of": "base"}
    moved = operator.post(address(draft, "preview/"), sizes | typed).content.decode()
    half = operator.post(address(draft, "preview/"), sizes | typed | {"price_CNY": "9e"}).content.decode()

    assert "88.00" in saved
    assert "99.00" in moved
    assert "88.00" in half
    assert "not complete yet" in half
    assert content_of(draft).charges[0].prices["CNY"].price == 88


def test_the_preview_keeps_to_what_the_plan_allows_or_says_so(operator: Client, draft: PlanVersion) -> None:
    send(operator, address(draft, "terms/"), **(TERMS | {"limit_seats": "5"}))
    send(operator, address(draft, "charges/new/flat/"), **BASE)

    usual = operator.get(address(draft))
    seats = next(row for row in usual.context["sizes"] if row.meter.code == "seats")
    assert [typed for _name, typed in seats.cells] == ["1", "3", "5"]
    assert "more than this plan allows" not in usual.content.decode()

    typed = operator.post(address(draft, "preview/"), {"currency": "CNY", "size_2_seats": "6"}).content.decode()
    assert "Large: more than this plan allows (Seats: at most 5)." in typed


def test_names_that_readers_of_chinese_miss_are_told_before_publishing(operator: Client, draft: PlanVersion) -> None:
    send(operator, address(draft, "charges/new/flat/"), **BASE)

    seen = page(operator, address(draft))
    assert "Plan “Standard”: no name in 简体中文" in seen
    assert "Charge “Base fee”: no name in 简体中文, 繁體中文" in seen

    send(operator, address(draft, "publish/"))
    draft.refresh_from_db()
    assert draft.status == "published"
    assert "Names are missing." not in page(operator, address(draft))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"price_CNY": "-1"}, "not below 0"),
        ({"price_CNY": "1e3"}, "no exponent"),
        ({"price_CNY": "0.123456789"}, "at most 8 decimals"),
        ({"price_CNY": ""}, "required"),
        ({"code": "Base fee"}, "small letters"),
        ({"tax_rate": "101"}, "from 0 to 100"),
        ({"intro_0_price_CNY": "5"}, "how many days or months"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_stays(
    operator: Client, draft: PlanVersion, fields: dict[str, str], said: str
) -> None:
    answer = send(operator, address(draft, "charges/new/flat/"), **(BASE | {"name": "Fee of honour"} | fields))

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert "Fee of honour" in answer.content.decode()
    assert content_of(draft).charges == ()


def test_tiers_in_a_wrong_order_are_refused_and_more_rows_can_be_had(operator: Client, draft: PlanVersion) -> None:
    crossed = SEATS | {"tier_0_up_to": "10", "tier_1_up_to": "5", "tier_2_unit_CNY": "1"}

    answer = send(operator, address(draft, "charges/new/graduated/"), **crossed)
    more = send(operator, address(draft, "charges/new/graduated/"), **SEATS, more="yes").content.decode()

    assert "must end above 10" in answer.content.decode()
    assert "tier_5_up_to" in more
    assert "30.50" in more


def test_amounts_may_be_typed_as_people_type_them(operator: Client, draft: PlanVersion) -> None:
    send(operator, address(draft, "charges/new/flat/"), **(BASE | {"price_CNY": "１,２００．５０"}))

    assert str(content_of(draft).charges[0].prices["CNY"].price.normalize()) == "1200.5"


def test_every_model_can_be_filled_in_and_opened_again(operator: Client, draft: PlanVersion) -> None:
    metered = {"meter": "records", "timing": "in_arrears"}
    kinds: dict[str, dict[str, str]] = {
        "flat": BASE | {"intro_0_length": "3", "intro_0_unit": "months", "intro_0_price_CNY": "0"},
        "per_unit": {"quantity": "2", "price_CNY": "5", "timing": "in_advance"},
        "graduated": SEATS,
        "volume": metered | {"tier_0_up_to": "9", "tier_0_unit_CNY": "1", "tier_1_flat_CNY": "2"},
        "package": metered | {"size": "1000", "price_CNY": "5", "free_units": "2000", "minimum_CNY": "10"},
        "percentage": metered | {"rate": "0.05", "fixed_CNY": "0.1", "free_events": "3", "max_per_event_CNY": "9"},
        "one_time": {"price_CNY": "300"},
    }  # fmt: skip
    for model, fields in kinds.items():
        answer = send(operator, address(draft, f"charges/new/{model}/"), **({"name": model, "code": model} | fields))
        assert answer.status_code == 302, (model, answer.content.decode())
    content = content_of(draft)
    for charge in content.charges:
        form = page(operator, address(draft, f"charges/{charge.code}/"))
        assert charge.code in form
    assert [charge.model for charge in content.charges] == list(kinds)
    seen = page(operator, address(draft))
    for words in ("first 3 months: 0.00", "2 at 5.00", "5.00 per 1,000", "0.05% of the value", "300.00, once"):
        assert words in seen, words


def test_a_charge_is_taken_out_and_a_draft_thrown_away(operator: Client, draft: PlanVersion) -> None:
    send(operator, address(draft, "charges/new/flat/"), **BASE)

    send(operator, address(draft, "charges/base/remove/"))
    assert content_of(draft).charges == ()
    assert send(operator, address(draft, "publish/")).status_code == 409
    assert send(operator, address(draft, "discard/")).status_code == 302


def test_the_next_version_shows_how_it_differs_and_whom_it_leaves_alone(operator: Client, draft: PlanVersion) -> None:
    send(operator, address(draft, "charges/new/flat/"), **BASE)
    send(operator, address(draft, "publish/"))

    answer = send(operator, f"/operator/plans/{draft.plan_id}/draft/")
    second = PlanVersion.objects.get(number=2)
    send(operator, address(second, "charges/base/"), **(BASE | {"price_CNY": "98"}))

    assert answer["Location"] == address(second)
    seen = page(operator, address(second))
    assert "Changed since version 1" in seen
    assert "+10.00" in seen
    send(operator, address(second, "publish/"))
    draft.refresh_from_db()
    assert draft.status == "withdrawn"
    send(operator, address(draft, "offer/"), reason="Too dear")
    send(operator, address(draft, "withdraw/"), reason="After all")
    draft.refresh_from_db()
    assert draft.status == "withdrawn"


def test_names_are_edited_and_a_plan_archived(operator: Client, draft: PlanVersion) -> None:
    send(operator, f"/operator/plans/{draft.plan_id}/edit/", name="Basic", position="3", is_offered="on")
    send(operator, f"/operator/plans/{draft.plan_id}/archive/")

    plan = Plan.objects.get()
    assert (plan.name, plan.position, plan.archived_at is None) == ("Basic", 3, False)
    assert "Archived" in page(operator, f"/operator/plans/{plan.pk}/")
    assert "English name" in send(operator, f"/operator/plans/{plan.pk}/edit/", position="0").content.decode()


def test_finance_looks_but_does_not_touch(finance: Client, operator: Client, draft: PlanVersion) -> None:
    assert "charges/new/flat/" not in page(finance, address(draft))
    assert finance.get("/operator/plans/new/").status_code == 403
    assert send(finance, address(draft, "publish/")).status_code == 403


def test_another_sellers_plan_is_not_found(operator: Client, provider: Account) -> None:
    from tests.plans.factories import make_version

    version = make_version()

    assert operator.get(address(version)).status_code == 404
    assert operator.get(f"/operator/plans/{version.plan_id}/").status_code == 404


def test_visitors_see_what_is_on_sale_in_their_language(client: Client, operator: Client, draft: PlanVersion) -> None:
    visitor = Client(headers={"accept-language": "zh-hant"})
    assert "Nothing is on sale yet" in page(Client(), "/prices/")
    send(operator, address(draft, "charges/new/flat/"), **BASE)
    send(operator, address(draft, "publish/"))
    named = {"name": "Standard", "name_hant": "標準版", "position": "0", "is_offered": "on"}
    send(operator, f"/operator/plans/{draft.plan_id}/edit/", **named)

    seen = page(visitor, "/prices/")

    assert "標準版" in seen
    assert "?plan=standard&amp;currency=CNY" in seen
    assert "88.00" in page(Client(), "/prices/", currency="CNY")


def test_a_charge_is_marked_free_in_the_trial(operator: Client, draft: PlanVersion) -> None:
    send(operator, address(draft, "charges/new/flat/"), **BASE)
    send(operator, address(draft, "charges/new/graduated/"), **SEATS, is_free_in_trial="on")

    assert content_of(draft).is_trial_free
    assert "free in the trial" in page(operator, address(draft))
    assert "is_free_in_trial" not in page(operator, address(draft, "charges/new/one_time/"))


def test_a_new_plan_is_sold_in_the_sellers_currency_unless_somebody_says_otherwise(
    operator: Client, provider: Account
) -> None:
    send(operator, "/operator/plans/new/", name="Standard", name_hant="標準版", code="standard", position="0")
    body = page(operator, address(PlanVersion.objects.get(), "terms/"))
    box = re.search(rf'<input[^>]*value="{provider.currency}"[^>]*>', body)
    assert box is not None
    assert "checked" in box[0]


def test_a_revenue_share_is_a_percentage_of_the_deals_won(operator: Client, draft: PlanVersion) -> None:
    share = {"name": "Sales", "code": "share", "rate": "3", "free_total_CNY": "10000", "minimum_CNY": ""}
    assert "Revenue share" in page(operator, address(draft))
    send(operator, address(draft, "charges/new/revenue_share/"), **share)

    seen = page(operator, address(draft), size_1_sales="50000")
    assert "3% of the deals won; first 10,000.00 free" in seen
    assert "Sold a month" in seen
    assert "1,200.00" in seen  # 3 % of what the second customer sells beyond 10,000
    charge = content_of(draft).charges[0]
    assert (charge.model, charge.meter_name, charge.timing) == ("percentage", "sales", "in_arrears")
    form = page(operator, address(draft, "charges/share/"))
    assert 'name="free_total_CNY"' in form
    assert 'name="meter"' not in form

    early = {**share, "meter": "sales", "timing": "in_advance", "fixed_CNY": ""}
    refused = send(operator, address(draft, "charges/new/percentage/"), **(early | {"code": "early"}))
    assert "billed in arrears" in refused.content.decode()


def test_what_a_colleague_removed_while_it_was_edited_is_told_and_can_be_added_anew(
    operator: Client, draft: PlanVersion
) -> None:
    send(operator, address(draft, "charges/new/flat/"), **BASE)
    send(operator, address(draft, "charges/new/graduated/"), **SEATS)
    typed = {**BASE, "price_CNY": "99", "model": "flat", "instead_of": "base"}
    send(operator, address(draft, "charges/base/remove/"))

    told = send(operator, address(draft, "charges/base/"), **typed)

    assert told.status_code == 409
    seen = told.content.decode()
    assert "a colleague has removed it meanwhile" in seen
    assert 'value="99"' in seen  # what was typed stays
    assert [one.code for one in content_of(draft).charges] == ["seat"]
    sizes = {"currency": "CNY", "size_0_seats": "5"}
    assert "not complete yet" in operator.post(address(draft, "preview/"), sizes | typed).content.decode()
    anew = address(draft, "charges/new/flat/")
    assert f'action="{anew}"' in seen
    assert send(operator, anew, **typed).status_code == 302
    assert content_of(draft).charges[1].prices["CNY"].price == 99


def test_an_old_plan_that_counts_otherwise_in_each_currency_says_what_to_do_in_three_languages(
    operator: Client, draft: PlanVersion
) -> None:
    """The draft's page names the charge, its form says whose bounds it shows, and saving it mends it."""
    send(operator, address(draft, "terms/"), **(TERMS | {"currencies": ["CNY", "TWD"]}))
    both = SEATS | {"tier_0_unit_TWD": "0", "tier_1_unit_TWD": "130"}
    assert send(operator, address(draft, "charges/new/graduated/"), **both).status_code == 302
    price = ChargePrice.objects.get(charge__version=draft, currency="TWD")
    price.tiers[0]["up_to"] = "5"  # as it was possible once
    price.save(update_fields=["tiers"])

    for language, words in (("en", "counts otherwise"), ("zh-hans", "计量方式不同"), ("zh-hant", "計量方式不同")):
        User.objects.update(language=language)
        seen = page(operator, address(draft))
        assert words in seen
        assert "seat" in seen
        form = page(operator, address(draft, "charges/seat/"))
        assert "CNY" in form
        assert words in form
    User.objects.update(language="en")
    form = page(operator, address(draft, "charges/seat/"))
    assert "The bounds, sizes and lengths below are those of CNY; those of TWD differ." in form
    assert re.search(r'name="tier_0_up_to"[^>]*value="3"', form) or re.search(
        r'value="3"[^>]*name="tier_0_up_to"', form
    )

    assert send(operator, address(draft, "charges/seat/"), **both).status_code == 302
    assert "counts otherwise" not in page(operator, address(draft))
