"""Serials: read as people type them, and no slip of one digit passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid_cards.rules.serials import (
    LARGEST_COUNTER,
    BadSerial,
    Serial,
    prefix_of,
    read_serial,
    serial_of,
    serials_of,
    shown,
)

counters = st.integers(min_value=1, max_value=LARGEST_COUNTER)
prefixes = st.from_regex(r"[0-9]{6}", fullmatch=True)


@given(prefix=prefixes, counter=counters)
def test_a_serial_tells_its_batch_and_its_place(prefix: str, counter: int) -> None:
    assert read_serial(serial_of(prefix=prefix, counter=counter)) == Serial(prefix=prefix, counter=counter)


def test_many_in_a_row_are_the_same_as_one_by_one() -> None:
    assert serials_of(prefix="260017", first=998, count=5) == [
        serial_of(prefix="260017", counter=counter) for counter in range(998, 1003)
    ]


@given(prefix=prefixes, counter=counters)
def test_every_wrong_digit_is_found(prefix: str, counter: int) -> None:
    serial = serial_of(prefix=prefix, counter=counter)
    for place, right in enumerate(serial):
        for wrong in set("0123456789") - {right}:
            with pytest.raises(BadSerial):
                read_serial(serial[:place] + wrong + serial[place + 1 :])


@given(prefix=prefixes, counter=counters)
def test_every_swap_of_neighbours_is_found(prefix: str, counter: int) -> None:
    serial = serial_of(prefix=prefix, counter=counter)
    for place in range(len(serial) - 1):
        if serial[place] != serial[place + 1]:
            swapped = serial[:place] + serial[place + 1] + serial[place] + serial[place + 2 :]
            with pytest.raises(BadSerial):
                read_serial(swapped)


@pytest.mark.parametrize(
    "typed", ["２６０００１-0000001-6", " 260001 0000001 6\n", "260001–0000001–6", "26000100000016"]
)
def test_width_blanks_and_dashes_are_forgiven(typed: str) -> None:
    assert read_serial(typed) == Serial(prefix="260001", counter=1)


@pytest.mark.parametrize("typed", ["", "2600010000001", "260001000000166", "26000100000O16", "٢٦٠٠٠١٠٠٠٠٠٠١٦"])
def test_what_is_no_serial_is_refused(typed: str) -> None:
    with pytest.raises(BadSerial):
        read_serial(typed)


def test_a_serial_is_shown_in_groups() -> None:
    assert shown("26000100000016") == "260001-0000001-6"


def test_batches_are_numbered_by_year() -> None:
    assert prefix_of(year=2026, number=17) == "260017"
