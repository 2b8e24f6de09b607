"""Parts of an SMS, after the tables of 3GPP TS 23.038."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.messages.rules.sms_text import measure

# The basic table, row by row, and the extension table, as the standard prints them; 0x1B is the escape.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"


def test_the_basic_table_takes_one_septet_each() -> None:
    assert len(BASIC) == 127
    assert measure(BASIC).encoding == "GSM-7"
    assert measure(BASIC).unit_count == 127


def test_the_extension_table_takes_two_septets_each() -> None:
    assert measure(EXTENSION).encoding == "GSM-7"
    assert measure(EXTENSION).unit_count == 20


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("a" * 152 + "€" + "a" * 151, "GSM-7", 2),  # the escape would be torn: € moves to the second part
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3),  # so 306 septets take three parts here
        ("您" * 70, "UCS-2", 1),
        ("您" * 71, "UCS-2", 2),
        ("您" * 134, "UCS-2", 2),
        ("您" * 135, "UCS-2", 3),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
        ("您" * 66 + "😀" + "您" * 66, "UCS-2", 3),  # 134 units, but a pair is never torn
        ("a" * 69 + "ç", "UCS-2", 1),  # ç is not in the table, Ç is
    ],
)
def test_parts_at_every_edge(text: str, encoding: str, parts: int) -> None:
    size = measure(text)

    assert (size.encoding, size.part_count) == (encoding, parts)


@given(st.text(max_size=800))
def test_a_text_never_takes_fewer_parts_than_its_units_need(text: str) -> None:
    size = measure(text)

    single, part = (160, 153) if size.encoding == "GSM-7" else (70, 67)
    least = 1 if size.unit_count <= single else -(-size.unit_count // part)
    assert least <= size.part_count <= least + 1 + size.unit_count // (part - 1)
