"""A code with gaps: every whole code that it may stand for, and no other."""

from __future__ import annotations

import pytest

from prepaid_cards.rules.codes import CodeMistyped, draw, grouped, read_code
from prepaid_cards.rules.damaged import TooManyGaps, codes_meant, read_damaged


@pytest.mark.parametrize("gaps", [(3,), (0, 15), (4, 5, 11)])
def test_the_code_is_among_those_that_are_meant_and_all_check_out(gaps: tuple[int, ...]) -> None:
    (code,) = draw(1)
    typed = "".join("?" if place in gaps else symbol for place, symbol in enumerate(code))

    meant = list(codes_meant(read_damaged(f" {grouped(typed).lower()} ")))

    assert code in meant
    assert len(meant) == len(set(meant)) == 32 ** (len(gaps) - 1)
    assert all(read_code(one) == one for one in meant)


def test_marks_of_any_kind_are_gaps_and_four_are_too_many() -> None:
    assert read_damaged("7kqm-4T＊d-9HRN-2W□C") == "7KQM4T?D9HRN2W?C"
    with pytest.raises(TooManyGaps):
        read_damaged("????-4TXD-9HRN-2W6C")
    with pytest.raises(CodeMistyped):
        read_damaged("7KQM-4T?D")


def test_without_a_gap_it_is_itself_or_nothing() -> None:
    (code,) = draw(1)
    wrong = ("2" if code[0] != "2" else "3") + code[1:]

    assert list(codes_meant(code)) == [code]
    assert list(codes_meant(wrong)) == []
