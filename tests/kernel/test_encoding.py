"""Whatever an event may hold comes back as it went."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.kernel.encoding import NotEncodable, from_plain, to_plain
from provider.kernel.money import Money


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    an_id: UUID
    at: datetime
    on: date
    quantity: Decimal
    colour: Colour
    count: int
    is_so: bool
    text: str
    ids: list[UUID]
    pairs: tuple[tuple[str, int], ...]
    days: dict[str, date]
    price: Money
    until: datetime | None = None
    names: frozenset[str] = field(default_factory=frozenset)


values = st.builds(
    Everything,
    an_id=st.uuids(),
    at=st.datetimes(timezones=st.just(UTC)),
    on=st.dates(),
    quantity=st.decimals(allow_nan=False, allow_infinity=False),
    colour=st.sampled_from(Colour),
    count=st.integers(),
    is_so=st.booleans(),
    text=st.text(),
    ids=st.lists(st.uuids()),
    pairs=st.lists(st.tuples(st.text(), st.integers())).map(tuple),
    days=st.dictionaries(st.text(), st.dates()),
    price=st.builds(Money, minor=st.integers(), currency=st.just("CNY")),
    until=st.none() | st.datetimes(timezones=st.just(UTC)),
    names=st.frozensets(st.text()),
)


@given(values)
def test_a_dataclass_survives_the_journey_through_json(value: Everything) -> None:
    assert from_plain(Everything, json.loads(json.dumps(to_plain(value)))) == value


@dataclass(frozen=True)
class Renamed:
    count: int
    added: str = "new"


def test_a_row_of_yesterday_is_read_with_todays_defaults() -> None:
    assert from_plain(Renamed, {"count": 3, "gone": True}) == Renamed(count=3)


def test_a_missing_member_is_said_by_name() -> None:
    with pytest.raises(NotEncodable, match=r"Renamed\.count"):
        from_plain(Renamed, {})


def test_a_wrong_type_is_not_taken_quietly() -> None:
    with pytest.raises(NotEncodable):
        from_plain(Renamed, {"count": "3"})


@pytest.mark.parametrize("value", [1.5, datetime(2026, 1, 1), object(), b"x"])  # noqa: DTZ001
def test_floats_naive_times_and_strangers_do_not_get_in(value: Any) -> None:
    with pytest.raises(NotEncodable):
        to_plain({"value": value})
