"""Search, filters, sort and columns: from the address, and a strange address is no trouble."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from provider.accounts.models import User
from provider.kernel.actor import ANONYMOUS
from provider.look.tables import BoundTable

from .sample import PEOPLE, names, opened, request_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people() -> list[User]:
    rows = [
        ("Ann", "light", datetime(2026, 11, 23, 16, 30, tzinfo=UTC)),  # 24 November, 00:30 in Shanghai
        ("Bo", "dark", datetime(2026, 11, 24, 1, 0, tzinfo=UTC)),
        ("陈", "dark", datetime(2026, 11, 24, 16, 0, tzinfo=UTC)),  # 25 November, 00:00 in Shanghai
    ]
    return User.objects.bulk_create(
        User(name=name, email=f"{theme}{i}@example.org", theme=theme, created_at=at)
        for i, (name, theme, at) in enumerate(rows)
    )


def test_search_and_filters_narrow_and_become_chips() -> None:
    table = opened("q=example&theme=dark&theme=light&email=dark1")
    assert names(table) == ["Bo"]
    assert [(chip.heading, chip.value) for chip in table.chips] == [
        ("Search", "example"),
        ("Theme", "Dark, Light"),
        ("E-mail", "dark1"),
    ]
    assert "theme" not in table.chips[1].href
    assert "q=example" in table.chips[1].href


def test_days_are_the_readers_and_the_last_one_is_included() -> None:
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        assert set(names(opened("since_from=2026-11-24&since_to=2026-11-24"))) == {"Ann", "Bo"}
    with timezone.override(ZoneInfo("UTC")):
        assert set(names(opened("since_from=2026-11-24&since_to=2026-11-24"))) == {"Bo", "陈"}


@pytest.mark.parametrize(
    "query",
    [
        "theme=purple",
        "since_from=2026-02-30",
        "since_to=yesterday",
        "since_from=0001-01-01",
        "since_to=9999-12-31",
        "sort=password",
        "sort=theme",
        "sort=--name",
        "export=exe",
        "page=-1",
    ],
)
def test_a_strange_value_is_left_out_and_the_reader_told(query: str) -> None:
    table = opened(query)
    table.answer(template="look/table.html", context={})
    assert len(table.rows) == 3
    assert len(table.problems) == 1


@pytest.mark.parametrize("query", ["q=%00%00", "q=%25_%27%22", "email=%00", "cols=nothing", "sort=", "q=" + "x" * 9000])
def test_odd_characters_do_no_harm(query: str) -> None:
    assert not opened(query).problems
    assert opened(query).answer(template="look/table.html", context={}).status_code == 200


def test_columns_are_chosen_in_the_address_and_kept_in_a_cookie() -> None:
    table = opened("cols=email&cols=created_at")
    answer = table.answer(template="look/table.html", context={})
    assert [column.name for column in table.columns] == ["name", "created_at", "email"]
    kept = answer.cookies["columns_people"].value  # type: ignore[attr-defined]
    again = opened(cookies={"columns_people": kept})
    assert [column.name for column in again.columns] == ["name", "created_at", "email"]


def test_a_heading_sorts_and_then_turns_round() -> None:
    heading = opened("q=example").headings[0]
    assert heading.href == "/people/?q=example&sort=name"
    turned = opened("q=example&sort=name").headings[0]
    assert turned.direction == "ascending"
    assert turned.href == "/people/?q=example&sort=-name"


def test_totals_cover_everything_that_matches() -> None:
    assert opened("theme=dark").totals[0][1] == 2


def test_reading_a_page_costs_the_same_whatever_its_size() -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            opened("q=example").answer(template="look/table.html", context={})
        return len(queries)

    small = cost()
    User.objects.bulk_create(
        User(name="More", email=f"more{i}@example.org", created_at=datetime(2026, 1, 1, tzinfo=UTC)) for i in range(40)
    )
    assert cost() == small <= 3


def test_htmx_gets_the_table_alone() -> None:
    request = request_for(**{"HX-Target": "table-people", "HX-Request": "true"})
    html = PEOPLE.answer(request, rows=User.objects.all(), template="look/error.html").content.decode()  # type: ignore[attr-defined]
    assert html.strip().startswith('<section class="card data-table"')


def test_nothing_a_person_typed_becomes_markup() -> None:
    evil = '"><script>alert(1)</script>'
    User.objects.create(name=evil, email="evil@example.org", created_at=datetime(2026, 12, 1, tzinfo=UTC))
    html = opened(f"q={quote('evil')}&email={quote(evil)}").answer(template="look/table.html", context={})
    assert "<script" not in html.content.decode()  # type: ignore[attr-defined]
    html = opened("").answer(template="look/table.html", context={})
    assert "<script" not in html.content.decode()  # type: ignore[attr-defined]
    assert "alert(1)" in html.content.decode()  # type: ignore[attr-defined]


def sent(**data: object) -> BoundTable:
    request = RequestFactory().post("/people/remove/", data)
    request.actor = ANONYMOUS  # type: ignore[attr-defined]
    return PEOPLE.bind(request, rows=User.objects.all())


def test_a_bulk_act_gets_what_was_ticked(people: list[User]) -> None:
    table = sent(ids=[str(people[0].pk), "not an id", "01a20359-ae1f-712b-8e98-9d728bb356c2"])
    assert [row.name for row in table.chosen()] == ["Ann"]


def test_a_bulk_act_on_everything_gets_what_the_address_matched() -> None:
    assert {row.name for row in sent(all="yes", query="theme=dark").chosen()} == {"Bo", "陈"}


def test_a_bulk_act_without_a_choice_gets_nothing() -> None:
    assert list(sent().chosen()) == []
