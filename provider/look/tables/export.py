"""Export of exactly what a table shows: the same columns, filters and order, all rows.

Written to a temporary file first, row by row, then sent: memory stays flat, and a failure halfway is an error page and
not a file that ends too early. Cells that a spreadsheet would take for a formula are made plain text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final, cast

from django.http import FileResponse
from django.utils.functional import Promise
from django.utils.translation import gettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from provider.kernel.errors import N_, Refusal
from provider.kernel.money import Money

from .spec import Badge, Column

if TYPE_CHECKING:
    from .bound import BoundTable

FORMATS: Final = {"csv": "CSV", "xlsx": "XLSX"}
_MEMORY_BYTES: Final = 2 * 1024 * 1024
_SHEET_ROWS: Final = 1_048_575
_FORMULA: Final = re.compile(r"^[=+\-@\t\r]")
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class TooManyRows(Refusal):
    code = "too_many_rows"
    text = N_("A sheet holds %(limit)s rows and this list has more. Export it as CSV, or narrow it by a filter.")


def answer(table: BoundTable, *, kind: str) -> FileResponse:
    """The file, as a download named after the table."""
    write = _write_csv if kind == "csv" else _write_xlsx
    file = cast("IO[bytes]", SpooledTemporaryFile(max_size=_MEMORY_BYTES))  # noqa: SIM115 - the answer closes it
    write(table, file)
    file.seek(0)
    media = "text/csv; charset=utf-8" if kind == "csv" else _XLSX_MEDIA
    return FileResponse(file, as_attachment=True, filename=f"{table.table.key}.{kind}", content_type=media)


_XLSX_MEDIA: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def headings(table: BoundTable) -> list[str]:
    """The names of the columns; an amount whose currency varies by row has a column for it."""
    names = []
    for column in table.columns:
        names.append(str(column.heading) + (f" ({column.currency})" if column.currency else ""))
        if _has_currency_column(column):
            names.append(gettext("Currency"))
    return names


def lines(table: BoundTable) -> Iterator[list[Any]]:
    """Each row as plain values: text, numbers, days and local instants."""
    for row in table.export_rows():
        line: list[Any] = []
        for column in table.columns:
            value = column.read(row)
            line.append(_plain(value, table=table))
            if _has_currency_column(column):
                line.append(value.currency if isinstance(value, Money) else "")
        yield line


def _has_currency_column(column: Column) -> bool:
    return column.kind == "money" and not column.currency


def _plain(value: Any, *, table: BoundTable) -> Any:
    if isinstance(value, Money):
        return value.amount
    if isinstance(value, Badge):
        return str(value.word)
    if isinstance(value, datetime):
        return value.astimezone(table.zone).replace(tzinfo=None, microsecond=0)
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal | date) and not isinstance(value, bool):
        return value
    return str(value) if isinstance(value, Promise | str) else _yes_no(value)


def _yes_no(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value)


def _write_csv(table: BoundTable, file: IO[bytes]) -> None:
    write_csv(file, headings=headings(table), lines=lines(table))


def csv_answer(*, name: str, headings: Iterable[str], lines: Iterable[list[Any]]) -> FileResponse:
    """Rows that are no table of the database, as the same kind of download."""
    file = cast("IO[bytes]", SpooledTemporaryFile(max_size=_MEMORY_BYTES))  # noqa: SIM115 - the answer closes it
    write_csv(file, headings=headings, lines=lines)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.csv", content_type="text/csv; charset=utf-8")


def write_csv(file: IO[bytes], *, headings: Iterable[str], lines: Iterable[list[Any]]) -> None:
    """A CSV that Excel reads as UTF-8 and takes no cell of for a formula."""
    file.write(b"\xef\xbb\xbf")  # Excel takes the file for UTF-8 only with this mark
    text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([safe_text(name) for name in headings])
    for line in lines:
        writer.writerow([_csv_cell(value) for value in line])
    text.flush()
    text.detach()


def _csv_cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return safe_text(value) if isinstance(value, str) else str(value)


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def _write_xlsx(table: BoundTable, file: IO[bytes]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title=_UNWRITABLE.sub("", re.sub(r"[\[\]:*?/\\]", " ", table.table.key))[:31])
    sheet.freeze_panes = "A2"
    sheet.append([_bold(sheet, name) for name in headings(table)])
    for written, line in enumerate(lines(table), start=1):
        if written > _SHEET_ROWS:
            raise TooManyRows(limit=_SHEET_ROWS)
        sheet.append([_text_cell(sheet, value) if isinstance(value, str) else value for value in line])
    book.save(file)


def _bold(sheet: Any, name: str) -> Any:
    cell = _text_cell(sheet, name)
    cell.font = Font(bold=True)
    return cell


def _text_cell(sheet: Any, text: str) -> Any:
    """A cell of text, whatever it begins with."""
    cell = WriteOnlyCell(sheet, value=_UNWRITABLE.sub("", text))
    cell.data_type = "s"
    return cell
