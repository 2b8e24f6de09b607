"""Walking through a list by its cursors shows every row exactly once, in order, whatever ties and gaps there are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provider.accounts.models import User
from provider.console.views.house import EXPIRED
from provider.look.tables import BoundTable

from .sample import PEOPLE, names, opened

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
people = st.lists(
    st.tuples(st.sampled_from(["Ann", "Bo", "陈", ""]), st.integers(0, 3), st.booleans()), min_size=0, max_size=11
)
sorts = st.sampled_from(["name", "-name", "created_at", "-created_at", "phone", "-phone", ""])


def make(rows: list[tuple[str, int, bool]]) -> None:
    User.objects.all().delete()
    User.objects.bulk_create(
        User(
            name=name,
            email=f"p{i}@example.org",
            phone=f"+861380013{i:04}" if has_phone else None,
            created_at=START + timedelta(days=day, microseconds=day),
        )
        for i, (name, day, has_phone) in enumerate(rows)
    )


def follow(href: str, size: int) -> BoundTable:
    return opened(urlsplit(href).query, table=replace(PEOPLE, page_size=size))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=people, sort=sorts, size=st.integers(1, 4))
def test_every_row_comes_exactly_once_forwards_and_back(
    rows: list[tuple[str, int, bool]], sort: str, size: int
) -> None:
    make(rows)
    page = opened(f"sort={sort}", table=replace(PEOPLE, page_size=size))
    whole = [row.pk for row in page.order.apply(User.objects.all())]

    seen = [row.object.pk for row in page.rows]
    assert not page.previous_href
    while page.next_href:
        page = follow(page.next_href, size)
        assert not page.problems
        seen += [row.object.pk for row in page.rows]
    assert seen == whole

    back = [row.object.pk for row in page.rows]
    while page.previous_href:
        page = follow(page.previous_href, size)
        back = [row.object.pk for row in page.rows] + back
    assert back == whole


def test_rows_added_meanwhile_do_not_shift_a_page() -> None:
    make([("Ann", day, False) for day in range(6)])
    first = opened()
    User.objects.create(name="New", email="new@example.org", created_at=START + timedelta(days=99))
    second = follow(first.next_href, 3)
    assert not {row.pk for row in first.rows} & {row.pk for row in second.rows}


@pytest.mark.parametrize("at", ["nonsense", "WzEsMl0:1abc:xyz", "", "%00", "a" * 5000, "-1"])
def test_a_mangled_cursor_shows_the_first_page_and_says_so(at: str) -> None:
    make([("Ann", day, False) for day in range(6)])
    table = opened(f"at={at}")
    assert names(table) == ["Ann"] * 3
    assert bool(table.problems) == bool(at)


def test_a_cursor_of_another_order_is_not_taken() -> None:
    make([("Ann", day, False) for day in range(6)])
    cursor = parse_qs(urlsplit(opened().next_href).query)["at"][0]
    table = opened(f"sort=name&at={cursor}")
    assert len(table.rows) == 3
    assert table.problems


def test_a_page_number_is_answered_with_the_first_page_and_a_sentence() -> None:
    make([("Ann", day, False) for day in range(6)])
    table = opened("page=-1")
    assert len(table.rows) == 3
    assert "no numbers" in table.problems[0]
    assert "page=" not in table.next_href


def test_the_count_stops_at_its_limit_and_says_so() -> None:
    make([("Ann", day % 3, False) for day in range(25)])
    assert opened().count_text == "over 20 rows"
    assert opened("theme=auto").count_text == "over 20 rows"


@pytest.mark.parametrize(
    ("language", "none", "one", "two"),
    [
        ("en", "0 invitations", "1 invitation", "2 invitations"),
        ("zh-hans", "0 份邀请", "1 份邀请", "2 份邀请"),
        ("zh-hant", "0 份邀請", "1 份邀請", "2 份邀請"),
    ],
)
def test_the_count_is_worded_for_its_number(language: str, none: str, one: str, two: str) -> None:
    with translation.override(language):
        assert [EXPIRED.say_count(count) for count in (0, 1, 2)] == [none, one, two]


def test_the_count_of_a_table_that_names_no_kind_is_in_rows() -> None:
    make([("Ann", 0, False)])
    assert opened().count_text == "1 row"
