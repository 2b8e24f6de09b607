"""A draft is replayed over a group that an operator chooses: by version, names, place, money, seller and size."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plans.models import PlanVersion, Replay, ReplayLine, Stretch, Subscription
from plans.operations.rollups import fold_all
from plans.operations.usage import NewEvent, record_usage
from provider.accounts.models import Account
from provider.kernel import clock
from provider.kernel.actor import SYSTEM
from tests.api.conftest import Caller, assert_problem
from tests.factories import AT, make_account, make_brand, make_member, make_user
from tests.plans.factories import make_meter, make_version
from tests.plans.replaying import ZONE, Two, asked, last_month, run, subscribe

pytestmark = pytest.mark.django_db


def named(made: Replay) -> list[str]:
    """Who was compared."""
    return sorted(ReplayLine.objects.filter(replay=made).values_list("account__name", flat=True))


def asked_of(draft: PlanVersion, **chosen: Any) -> dict[str, Any]:
    """What the page sends for a group: all versions ticked, unless others are chosen."""
    ticked = Stretch.objects.values_list("version_id", flat=True).distinct()
    return asked(draft) | {"who": "group", f"versions_{draft.plan_id}": [str(one) for one in ticked]} | chosen


def test_an_operator_replays_those_who_come_through_an_agency_in_a_region(operator: Client, versions: Two) -> None:
    on_sale, draft = versions
    agency = make_account(name="Agency", portal="reseller", brand=make_brand(name="Agency’s own"))
    one, two, _alone = (subscribe(on_sale, name=name, calls=10) for name in ("One", "Two", "Alone"))
    Account.objects.filter(pk__in=[one.account_id, two.account_id]).update(parent=agency)
    Account.objects.filter(pk=one.account_id).update(region_id="shanghai")
    chosen = {"reseller": str(agency.pk), "brand": str(agency.brand_id), "region": "shanghai", "currency": "CNY"}

    seen = operator.post(f"/operator/plans/versions/{draft.pk}/replay/who/", asked_of(draft, **chosen)).content.decode()
    assert "1 subscription" in seen
    assert "Agency’s own" in seen
    assert not Replay.objects.exists()

    made = run(operator, draft, **asked_of(draft, **chosen))
    assert named(made) == ["One"]
    assert (made.held_count, "version_ids" in made.group) == (1, False)
    page = operator.get(f"/operator/plans/replays/{made.pk}/").content.decode()
    assert all(said in page for said in ("The group", "Agency’s own", "Shanghai", "1 subscription"))
    again = operator.get(f"/operator/plans/versions/{draft.pk}/replay/").content.decode()
    assert "a group · 1 subscription" in again


def test_accounts_are_named_by_address_id_name_and_a_part_of_it(operator: Client, versions: Two) -> None:
    on_sale, draft = versions
    rows = {
        name: subscribe(on_sale, name=name, calls=1) for name in ("恒泰贸易", "Hengtai", "Hengtai Foods", "Lan", "Mo")
    }
    Account.objects.filter(pk=rows["Lan"].account_id).update(email="Bills@lan.example")
    make_member(account=rows["Mo"].account, portal="subscriber", role="owner", user=make_user(email="mo@mo.example"))
    lines = ["  bills@LAN.example ", "mo@mo.example", "恒泰", "HENGTAI", "", str(rows["Lan"].account_id)]

    made = run(operator, draft, **asked_of(draft, accounts="\r\n".join(lines)))

    assert named(made) == sorted(["恒泰贸易", "Hengtai", "Lan", "Mo"])


def test_who_fits_nobody_or_several_is_said_and_nothing_is_replayed(operator: Client, versions: Two) -> None:
    on_sale, draft = versions
    for name in ("Hengtai Foods", "Hengtai Tea"):
        subscribe(on_sale, name=name, calls=1)
    make_account(name="Never served")
    address = f"/operator/plans/versions/{draft.pk}/replay/"

    def refused(**chosen: Any) -> str:
        return operator.post(address, asked_of(draft, **chosen)).content.decode()

    assert "served nobody of this name in that month: never served, nobody@x.example." in refused(
        accounts="Never served\nnobody@x.example"
    )
    assert "Several subscribers fit: hengtai." in refused(accounts="hengtai")
    assert "At most 1000 accounts" in refused(accounts="\n".join(map(str, range(1001))))
    assert "fits all that you chose" in refused(region="guangzhou")
    assert "Tick at least one version." in refused(**{f"versions_{draft.plan_id}": []})
    assert "Enter a whole number" in refused(seats="many")
    assert not Replay.objects.exists()


def test_versions_are_ticked_as_when_subscribers_move(operator: Client, versions: Two) -> None:
    on_sale, draft = versions
    between = make_version(
        plan=draft.plan, number=3, currencies=["CNY"], status="published", published_at=AT, digest="0" * 64
    )  # fmt: skip
    subscribe(on_sale, name="First", calls=1)
    subscribe(between, name="Second", calls=1)

    page = operator.get(f"/operator/plans/versions/{draft.pk}/replay/").content.decode()
    assert "Version 3 (1 subscription)" in page
    made = run(operator, draft, **asked_of(draft, **{f"versions_{draft.plan_id}": [str(between.pk)]}))

    assert named(made) == ["Second"]
    assert made.group == {"version_ids": [str(between.pk)]}


@pytest.mark.parametrize(("field", "code"), [("seats", "seats"), ("records", "records")])
def test_the_size_is_that_of_the_end_of_the_month(operator: Client, versions: Two, field: str, code: str) -> None:
    on_sale, draft = versions
    make_meter(code, seller=draft.plan.seller, aggregate="unique" if code == "seats" else "sum", carries_over=True)
    rows = {name: subscribe(on_sale, name=name, calls=0) for name in ("Three", "Two", "Later")}
    month = last_month()
    for name, came, left in (("Three", 4, 1), ("Two", 4, 2), ("Later", 1, 0)):
        _come(rows[name], code, number=came, at=datetime(month.year, month.month, 3, 12, tzinfo=ZONE))
        _come(rows[name], code, number=left, at=datetime(month.year, month.month, 9, 12, tzinfo=ZONE), leaves=True)
    _come(rows["Later"], code, number=9, at=clock.now(), first=20)
    fold_all(at=clock.now())

    made = run(operator, draft, **asked_of(draft, **{field: "3"}))

    assert named(made) == ["Three"]


def _come(row: Subscription, code: str, *, number: int, at: datetime, leaves: bool = False, first: int = 0) -> None:
    events = [
        NewEvent(f"{code}{n}{leaves}", code, at, Decimal(1), item=f"user {n}", is_removal=leaves)
        for n in range(first, first + number)
    ]
    if events:
        record_usage(account_id=row.account_id, source="test", events=events, by=SYSTEM, at=at)


def test_a_machine_chooses_the_same_group(machine: Caller, versions: Two) -> None:
    on_sale, draft = versions
    one, _two = (subscribe(on_sale, name=name, calls=10) for name in ("One", "Two"))
    address = f"/plan-versions/{draft.id}/replays"
    body = {"month": last_month().isoformat(), "group": {"accounts": ["one"], "currency": "CNY"}}

    made = machine.post(address, body)
    assert (made.status_code, made.json()["held"]) == (201, 1)
    assert made.json()["group"]["account_ids"] == [str(one.account_id)]
    everybody = machine.post(address, {"month": last_month().isoformat(), "group": {}}).json()
    assert (everybody["held"], everybody["group"]) == (2, None)

    def refused(**group: Any) -> Any:
        return machine.post(address, body | {"group": group})

    assert_problem(refused(accounts=["nobody"]), status=422, code="accounts_not_served")
    assert_problem(refused(region="nowhere"), status=409, code="nobody_in_group")
    assert_problem(refused(version_ids=[str(one.id)]), status=404, code="not_found")
    assert refused(colour="red").status_code == 422
    assert refused(accounts=["x"] * 1001).status_code == 422
    assert Replay.objects.count() == 2


def test_pages_ask_the_same_however_many_there_are(operator: Client, versions: Two) -> None:
    on_sale, draft = versions
    address = f"/operator/plans/versions/{draft.pk}/replay/"

    def asks(act: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as questions:
            act()
        return len(questions)

    def look() -> int:
        names = "\n".join(Account.objects.filter(subscriptions__isnull=False).values_list("name", flat=True))
        chosen = asked_of(draft, accounts=names)
        return asks(lambda: operator.get(address)) + asks(lambda: operator.post(f"{address}who/", chosen))

    subscribe(on_sale, name="One", calls=1)
    few = look()
    for number in range(5):
        subscribe(on_sale, name=f"More {number}", calls=1)
        make_account(name=f"Agency {number}", portal="reseller", brand=make_brand(name=f"Brand {number}"))
    assert look() <= few
    assert asks(lambda: operator.get(address)) <= 15
