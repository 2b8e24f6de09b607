"""A list in pages: nothing twice, nothing left out, and no cursor that was not made for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provider.accounts.models import Account
from provider.kernel.cursor import BadCursor, BadLimit, slice_of

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 1, tzinfo=UTC)
ORDER = ("-created_at", "-id")


def make(name: str, *, minute: int) -> Account:
    return Account.objects.create(name=name, created_at=START + timedelta(minutes=minute))


def page(cursor: str = "", *, limit: int = 2, name: str = "accounts", filters: dict[str, str] | None = None):
    return slice_of(Account.objects.all(), name=name, order=ORDER, limit=limit, cursor=cursor, filters=filters or {})


def names_of_all_pages(*, limit: int) -> list[str]:
    names, cursor = [], ""
    while True:
        part = page(cursor, limit=limit)
        names += [row.name for row in part.rows]
        cursor = part.next_cursor
        if not cursor:
            return names


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 200])
def test_every_row_comes_once_whatever_the_page_size(limit):
    for number in range(7):
        make(f"a{number}", minute=number // 3)  # several share an instant: the id decides

    names = names_of_all_pages(limit=limit)

    assert sorted(names) == [f"a{number}" for number in range(7)]
    assert len(names) == 7


def test_a_row_that_is_added_meanwhile_moves_nothing_on_later_pages():
    for number in range(4):
        make(f"a{number}", minute=number)
    first = page()
    make("newer", minute=99)

    second = page(first.next_cursor)

    assert [row.name for row in first.rows] == ["a3", "a2"]
    assert [row.name for row in second.rows] == ["a1", "a0"]
    assert second.next_cursor == ""


def test_ascending_lists_page_as_well():
    for number in range(3):
        make(f"a{number}", minute=number)
    first = slice_of(Account.objects.all(), name="x", order=("created_at", "id"), limit=2, cursor="", filters={})
    second = slice_of(
        Account.objects.all(), name="x", order=("created_at", "id"), limit=2, cursor=first.next_cursor, filters={}
    )

    assert [row.name for row in [*first.rows, *second.rows]] == ["a0", "a1", "a2"]


def test_a_cursor_is_refused_with_another_list_or_other_filters():
    for number in range(3):
        make(f"a{number}", minute=number)
    cursor = page(filters={"name": "a"}).next_cursor

    assert page(cursor, filters={"name": "a"}).rows
    with pytest.raises(BadCursor):
        page(cursor, filters={"name": "b"})
    with pytest.raises(BadCursor):
        page(cursor, name="members", filters={"name": "a"})


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60).filter(bool))
def test_no_text_from_outside_passes_for_a_cursor(text):
    with pytest.raises(BadCursor):
        page(text)


@pytest.mark.parametrize("limit", [-1, 0, 201])
def test_a_page_has_one_to_two_hundred_rows(limit):
    with pytest.raises(BadLimit):
        page(limit=limit)
