"""The manager's page of seats: who has one, what it costs, what taking it away saves, and no more than the plan has."""

from __future__ import annotations

import pytest
from django.test import Client

from crm_tenant.models import Salesperson, Seat
from crm_tenant.operations.workspaces import seat_member
from plans.models import ChargePrice, Entitlement
from provider.accounts.models import Invitation, Membership
from provider.kernel.actor import SYSTEM
from provider.kernel.tenancy import inside
from tests.console.conftest import enter
from tests.factories import AT, make_member, make_user
from tests.plans.factories import make_charge, make_meter, make_plan, make_subscription, make_version, publish_row

from .conftest import Office

pytestmark = pytest.mark.django_db


def sell_seats(office: Office, *, limit: int | None = None, stops: bool = True) -> None:
    """The office is on a plan with seats at 30 yuan a month."""
    version = make_version(plan=(plan := make_plan()))
    charge = make_charge(version, code="seat", meter=make_meter("seats", seller=plan.seller, aggregate="unique"))
    ChargePrice.objects.create(charge=charge, currency="CNY", price=30)
    if limit is not None:
        Entitlement.objects.create(version=version, feature="seats", limit=limit, stops_at_limit=stops)
    make_subscription(account=office.account, version=publish_row(version))


def colleague(office: Office, *, name: str = "Wei Chen") -> Membership:
    member = make_member(account=office.account, portal="subscriber", role="member", user=make_user(name=name))
    seat_member(account_id=office.account.id, user_id=member.user_id, by=SYSTEM, at=AT)
    return member


def seated(office: Office) -> int:
    with inside(workspace_id=office.workspace.id):
        return int(Seat.objects.filter(ended_at=None).count())


def test_a_seat_is_taken_away_and_given_back_with_its_price_said_before(rep: Client, office: Office) -> None:
    sell_seats(office)
    wei = colleague(office)
    body = rep.get("/crm/seats/").content.decode()
    assert "Wei Chen" in body
    assert "seat fewer, which saves" in body
    assert "30.00" in body
    rep.post(f"/crm/seats/{wei.id}/free/")
    assert seated(office) == 1
    assert "seat more, which costs" in rep.get("/crm/seats/").content.decode()
    theirs = Client()
    enter(theirs, wei)
    assert theirs.get("/crm/").status_code == 403
    rep.post(f"/crm/seats/{wei.id}/give/")
    assert theirs.get("/crm/").status_code == 200
    with inside(workspace_id=office.workspace.id):
        assert Salesperson.objects.filter(user_id=wei.user_id, archived_at=None).count() == 1


def test_nobody_takes_their_own_seat_away(rep: Client, office: Office) -> None:
    assert rep.post(f"/crm/seats/{office.member.id}/free/").status_code == 409
    assert seated(office) == 1


def test_an_invitation_says_what_it_costs_and_is_sent(rep: Client, office: Office) -> None:
    sell_seats(office)
    assert "30.00" in rep.get("/crm/seats/invite/").content.decode()
    form = {"contact": "new@huacheng.example", "role": "member", "language": "en"}
    assert rep.post("/crm/seats/invite/", form).status_code == 302
    assert Invitation.objects.get().email == "new@huacheng.example"
    assert "new@huacheng.example" in rep.get("/crm/seats/").content.decode()
    again = rep.post("/crm/seats/invite/", form)
    assert (again.status_code, "form-error" in again.content.decode()) == (200, True)


def test_beyond_the_seats_of_the_plan_nobody_is_invited_or_seated(rep: Client, office: Office) -> None:
    sell_seats(office, limit=2)
    form = {"contact": "new@huacheng.example", "role": "member", "language": "en"}
    assert rep.post("/crm/seats/invite/", form).status_code == 302
    late = rep.post("/crm/seats/invite/", form | {"contact": "late@huacheng.example"}).content.decode()
    assert "All 2 seats of the plan are taken" in late
    elsewhere = rep.post("/team/invite/", form | {"contact": "late@huacheng.example"}).content.decode()
    assert "All 2 seats of the plan are taken" in elsewhere
    colleague(office)
    third = colleague(office, name="Third")
    assert seated(office) == 2
    theirs = Client()
    enter(theirs, third)
    answer = theirs.get("/crm/")
    assert (answer.status_code, "All 2 seats of the plan are taken" in answer.content.decode()) == (409, True)
    assert rep.post(f"/crm/seats/{third.id}/give/").status_code == 409


def test_a_plan_that_only_tells_of_its_limit_goes_on(rep: Client, office: Office) -> None:
    sell_seats(office, limit=1, stops=False)
    colleague(office)
    assert seated(office) == 2
    assert "More seats are taken than the plan has" in rep.get("/crm/seats/").content.decode()


def test_a_rep_does_not_see_it(client: Client, office: Office) -> None:
    enter(client, colleague(office))
    assert client.get("/crm/seats/").status_code == 403
