"""Secrets: drawn evenly, forgiving to whoever types, and no single slip passes unseen."""

from __future__ import annotations

from collections import Counter

import pytest

from prepaid_cards.rules.codes import (
    LENGTH,
    SYMBOLS,
    WEIGHTS,
    CodeMistyped,
    blotted,
    draw,
    grouped,
    normalise,
    read_code,
    times,
    weighted_sum,
)

CODE = draw(1)[0]


def test_the_alphabet_has_no_look_alikes() -> None:
    assert len(SYMBOLS) == 32
    assert not set("ILOU") & set(SYMBOLS)


def test_the_field_is_a_field() -> None:
    for a in range(1, 32):
        assert sorted(times(a, b) for b in range(32)) == list(range(32))


def test_weights_differ_and_none_is_nothing() -> None:
    assert len(set(WEIGHTS)) == LENGTH
    assert 0 not in WEIGHTS


def test_every_drawn_code_checks_out_and_none_comes_twice() -> None:
    codes = draw(5_000)

    assert len(set(codes)) == 5_000
    assert all(weighted_sum(code) == 0 for code in codes)


def test_symbols_are_drawn_evenly_in_every_place() -> None:
    codes = draw(32_000)
    for place in range(LENGTH):
        seen = Counter(code[place] for code in codes)
        assert set(seen) == set(SYMBOLS)
        assert max(seen.values()) < 1_250  # 1,000 each: eight deviations away
        assert min(seen.values()) > 750


def test_every_single_wrong_symbol_in_every_place_is_found() -> None:
    for place in range(LENGTH):
        for wrong in set(SYMBOLS) - {CODE[place]}:
            assert weighted_sum(CODE[:place] + wrong + CODE[place + 1 :]) != 0


def test_every_error_of_one_symbol_is_found_whatever_the_code() -> None:
    """The sum is linear: an error of `e` in a place adds weight times e, which is nothing only for no error."""
    for weight in WEIGHTS:
        assert all(times(weight, error) != 0 for error in range(1, 32))


def test_every_swap_of_two_symbols_is_found_whatever_they_are() -> None:
    """A swap adds (sum of the two weights) times (sum of the two symbols): nothing only where they are alike."""
    for first in range(LENGTH):
        for second in range(first + 1, LENGTH):
            assert all(times(WEIGHTS[first] ^ WEIGHTS[second], differ) != 0 for differ in range(1, 32))


def test_every_swap_of_neighbours_in_many_codes_is_found() -> None:
    for code in draw(500):
        for place in range(LENGTH - 1):
            if code[place] != code[place + 1]:
                assert weighted_sum(code[:place] + code[place + 1] + code[place] + code[place + 2 :]) != 0


def test_full_width_lower_case_blanks_and_hyphens_are_forgiven() -> None:
    wide = "".join(chr(ord(symbol) + 0xFEE0) for symbol in CODE)
    for typed in (CODE.lower(), grouped(CODE), " ".join(CODE), wide, f"\u3000{grouped(CODE)}\r\n"):
        assert read_code(typed) == CODE


def test_look_alikes_are_read_as_what_was_meant() -> None:
    assert normalise("oO-iI-lL") == "001111"


@pytest.mark.parametrize(
    ("typed", "fault"), [("", "length"), ("ABCD", "length"), ("U" * 16, "symbol"), ("充值", "symbol")]
)
def test_what_cannot_be_a_code_says_what_is_wrong(typed: str, fault: str) -> None:
    with pytest.raises(CodeMistyped) as refused:
        read_code(typed)
    assert refused.value.fault == fault


def test_one_wrong_letter_contradicts_the_check_symbol() -> None:
    wrong = ("1" if CODE[3] != "1" else "2").join([CODE[:3], CODE[4:]])
    with pytest.raises(CodeMistyped) as refused:
        read_code(wrong)
    assert refused.value.fault == "check"


def test_a_code_is_shown_in_four_groups() -> None:
    assert grouped("7KQM4TXD9HRN2W6C") == "7KQM-4TXD-9HRN-2W6C"


@pytest.mark.parametrize(
    "typed",
    [
        "{code}", "{grouped}", "{small}", "{spaced}", "code={grouped}!", "我的码是{grouped}，不行", "code{code}",
        "{wide}", "{grouped} and {small}", "two\nlines {grouped}", "{code}{code}",
    ],
)  # fmt: skip
def test_a_secret_in_free_text_is_blotted_out_however_it_was_typed(typed: str) -> None:
    code = "XQ2EGXFAAPN33V7V"
    assert read_code(code) == code
    forms = {
        "code": code, "grouped": grouped(code), "small": grouped(code).lower(),
        "spaced": grouped(code).replace("-", " "), "wide": "".join(chr(ord(one) + 0xFEE0) for one in code),
    }  # fmt: skip

    kept = blotted(typed.format(**forms), mark="••••")

    assert "••••" in kept
    assert code not in normalise(kept)
    assert len(kept) - 4 * kept.count("••••") == len(typed) - sum(
        typed.count(f"{{{name}}}") * (len(name) + 2) for name in forms
    )


def test_words_that_check_out_with_the_beginning_of_a_secret_hide_none_of_its_end() -> None:
    ends = draw(2_000)
    code = next(one for one in ends if weighted_sum(normalise("take card") + one[: LENGTH // 2]) == 0)

    assert blotted(f"Please take card {grouped(code)} back", mark="••••") == "Please •••• back"


@pytest.mark.parametrize(
    "words",
    [
        "", "I bought it on 12 March at the shop in Xujiahui, receipt XJH-2026-000049, and it was not taken.",
        "卡号 250001-0000045-3，3 月 12 日在徐家汇买的，收据号 XJH-2026-000049。",
    ],
)  # fmt: skip
def test_ordinary_words_stay_as_they_are(words: str) -> None:
    assert blotted(words, mark="••••") == words
