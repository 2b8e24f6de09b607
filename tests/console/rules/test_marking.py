"""What was looked for is marked, and nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.console.rules.marking import marked_parts


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("Moss Brothers", ["moss"], ["Moss"]),
        ("Moss & Moss", ["moss"], ["Moss", "Moss"]),
        ("云杉贸易有限公司", ["杉贸"], ["杉贸"]),
        ("banana", ["ana"], ["anana"]),
        ("Fern", ["moss", ""], []),
        ("İstanbul", ["stan"], []),  # its small form is longer; better no mark than a wrong one
        ("", ["x"], []),
    ],
)
def test_parts_are_marked(text: str, words: list[str], marked: list[str]) -> None:
    assert [part for part, is_hit in marked_parts(text, words=words) if is_hit] == marked


@given(st.text(max_size=40), st.lists(st.text(max_size=4), max_size=3))
def test_the_parts_are_the_text_again(text: str, words: list[str]) -> None:
    assert "".join(part for part, _is_hit in marked_parts(text, words=words)) == text
