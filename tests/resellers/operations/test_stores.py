"""Stores are opened, staffed and closed; each clerk sells in their own."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from prepaid_cards.models import SellingPlace
from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import NotFound, Refusal
from resellers.models import Store, StoreMember
from resellers.operations.stores import StoreDetails, change_store, close_store, open_store, staff_store
from resellers.queries.stores import stores_for
from tests.factories import AT, make_member
from tests.resellers.factories import make_person, make_reseller

pytestmark = pytest.mark.django_db


@pytest.fixture
def reseller() -> Account:
    return make_reseller()


def opened(reseller: Account, *, code: str = "SH1", name: str = "Xujiahui") -> Store:
    return open_store(reseller_id=reseller.id, code=code, details=StoreDetails(name=name), by=SYSTEM, at=AT)


def code_of(act: object) -> str:
    with pytest.raises(Refusal) as refusal:
        act()  # type: ignore[operator]
    return refusal.value.code


def test_a_code_is_written_in_capitals_and_is_its_stores_for_ever(reseller: Account) -> None:
    store = opened(reseller, code=" sh1 ")
    assert store.code == "SH1"
    close_store(reseller_id=reseller.id, store_id=store.id, by=SYSTEM, at=AT)

    assert code_of(lambda: opened(reseller)) == "store_code_taken"
    assert code_of(lambda: opened(reseller, code="SH-2")) == "store_code_invalid"
    opened(reseller, code="SH2")  # the name is free again


def test_two_open_stores_have_two_names(reseller: Account) -> None:
    first, second = opened(reseller), opened(reseller, code="SH2", name="People's Square")
    details = StoreDetails(name="Xujiahui")
    change = {"reseller_id": reseller.id, "details": details, "by": SYSTEM, "at": AT}
    assert code_of(lambda: change_store(store_id=second.id, **change)) == "store_name_taken"  # type: ignore[arg-type]
    change_store(store_id=first.id, **change)  # type: ignore[arg-type]  # its own name is no obstacle


def test_a_single_store_is_everybodys_and_with_two_each_has_their_own(reseller: Account) -> None:
    clerk, owner = make_person(reseller=reseller), make_person(reseller=reseller, role="owner")
    first = opened(reseller)
    assert stores_for(by=clerk, reseller_id=reseller.id) == [first]

    second = opened(reseller, code="SH2", name="People's Square")
    assert stores_for(by=clerk, reseller_id=reseller.id) == []
    staff_store(reseller_id=reseller.id, store_id=second.id, user_ids=[clerk.user_id], by=owner, at=AT)  # type: ignore[list-item]
    assert stores_for(by=clerk, reseller_id=reseller.id) == [second]
    assert stores_for(by=owner, reseller_id=reseller.id) == [second, first]  # by name


def test_whoever_leaves_a_store_stays_in_its_past(reseller: Account) -> None:
    store = opened(reseller)
    one, two = (make_member(account=reseller, portal="reseller", role="clerk").user_id for _ in range(2))
    staff = {"reseller_id": reseller.id, "store_id": store.id, "by": SYSTEM}
    staff_store(user_ids=[one], at=AT, **staff)  # type: ignore[arg-type]
    later = AT + timedelta(days=1)
    staff_store(user_ids=[two], at=later, **staff)  # type: ignore[arg-type]
    rows = StoreMember.objects.filter(store=store).order_by("from_at")
    assert [(row.user_id, row.until_at) for row in rows] == [(one, later), (two, None)]


def test_only_the_team_works_in_a_store(reseller: Account) -> None:
    store = opened(reseller)
    strangers = make_member(account=make_reseller(name="Rival"), portal="reseller", role="clerk")
    for user_id in (strangers.user_id, uuid4()):
        staff = {"reseller_id": reseller.id, "store_id": store.id, "user_ids": [user_id], "by": SYSTEM, "at": AT}
        assert code_of(lambda staff=staff: staff_store(**staff)) == "store_member_unknown"


def test_another_resellers_store_is_not_there(reseller: Account) -> None:
    store = opened(make_reseller(name="Rival"))
    with pytest.raises(NotFound):
        close_store(reseller_id=reseller.id, store_id=store.id, by=SYSTEM, at=AT)


def test_a_closed_store_is_closed(reseller: Account) -> None:
    store = opened(reseller)
    close_store(reseller_id=reseller.id, store_id=store.id, by=SYSTEM, at=AT)
    again = {"reseller_id": reseller.id, "store_id": store.id, "by": SYSTEM, "at": AT}
    assert code_of(lambda: close_store(**again)) == "store_closed"  # type: ignore[arg-type]


def test_promotions_of_cards_know_a_store_as_it_is_now(reseller: Account) -> None:
    store = opened(reseller)
    change_store(
        reseller_id=reseller.id, store_id=store.id, details=StoreDetails(name="Nanjing Road"), by=SYSTEM, at=AT
    )
    place = SellingPlace.objects.get()
    assert (place.id, place.seller_id, place.code, place.name, place.is_open) == (
        store.id, reseller.id, "SH1", "Nanjing Road", True
    )  # fmt: skip

    close_store(reseller_id=reseller.id, store_id=store.id, by=SYSTEM, at=AT)
    place.refresh_from_db()
    assert not place.is_open
