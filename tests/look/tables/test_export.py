"""What is exported is what is shown: columns, filters, order; and no cell becomes a formula."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from provider.accounts.models import User

from .sample import opened

pytestmark = pytest.mark.django_db

EVIL = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


@pytest.fixture(autouse=True)
def people() -> None:
    at = datetime(2026, 11, 24, 1, 12, 33, 5, tzinfo=UTC)
    for i, name in enumerate([*EVIL, "陈，“引号”", "a,b\nc\x0b"]):
        User.objects.create(name=name, email=f"p{i}@example.org", theme="dark", created_at=at)
    User.objects.create(name="Light", email="light@example.org", theme="light", created_at=at)


def csv_of(query: str) -> tuple[bytes, list[list[str]]]:
    answer = opened(f"export=csv&{query}").answer(template="look/table.html", context={})
    raw = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return raw, list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def test_csv_has_every_matching_row_beyond_the_page() -> None:
    raw, lines = csv_of("theme=dark&sort=name")
    assert raw.startswith(b"\xef\xbb\xbf")
    assert lines[0] == ["Name", "Phone", "Theme", "Since", "Owes", "Currency"]
    assert len(lines) == 1 + 8
    assert "Light" not in [line[0] for line in lines]


def test_no_cell_of_csv_is_a_formula() -> None:
    _, lines = csv_of("cols=name")
    assert not [cell for line in lines for cell in line if cell[:1] in "=+-@\t\r" and cell]


def test_instants_are_the_readers_own() -> None:
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        assert csv_of("theme=light")[1][1][3] == "2026-11-24 09:12:33"


def test_xlsx_keeps_numbers_and_makes_formulas_text() -> None:
    answer = opened("export=xlsx&theme=dark&sort=name").answer(template="look/table.html", context={})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="people.xlsx"'
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active  # type: ignore[attr-defined]
    lines = list(sheet.iter_rows(min_row=2))
    assert len(lines) == 8
    assert {cell.data_type for line in lines for cell in line[:1]} == {"s"}
    assert lines[0][3].value.isoformat() == "2026-11-24T01:12:33"
    lengths = sorted(len(row.name) for row in User.objects.filter(theme="dark"))
    assert sorted(line[4].value for line in lines) == lengths
