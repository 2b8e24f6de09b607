"""Many invoices as one file: printed a few at a time, then packed together with a list of them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from invoices.models import Invoice
from invoices.operations.prints import keep_archive
from provider.kernel import files, jobs
from provider.kernel.errors import N_
from provider.kernel.models import StoredFile
from provider.kernel.money import to_decimal
from provider.look.tables.export import safe_text

from .prints import print_of_invoice

PRINTED_AT_ONCE: Final = 5
_COLUMNS: Final = (
    "number", "issued_on", "pay_by_on", "account", "currency", "subtotal", "discount", "tax", "total", "open", "file",
)  # fmt: skip


def archive_chunk(chunk: jobs.Chunk) -> jobs.Outcome:
    """Print some, or pack them all once they are printed."""
    ids, begin = chunk.params["invoice_ids"], int(chunk.cursor or 0)
    if begin >= len(ids):
        return jobs.Outcome(cursor=None, result=_packed(chunk))
    wanted = ids[begin : begin + PRINTED_AT_ONCE]
    for invoice in _invoices(wanted):
        print_of_invoice(invoice, by=chunk.by, at=chunk.at)
    return jobs.Outcome(cursor=begin + len(wanted), handled=len(wanted), counts={"printed": len(wanted)})


def _packed(chunk: jobs.Chunk) -> jobs.Result:
    stored = keep_archive(
        name=f"invoices-{chunk.at:%Y-%m-%d}.zip",
        content=zip_of(_invoices(chunk.params["invoice_ids"])),
        account_id=chunk.account_id,
        by=chunk.by,
        at=chunk.at,
    )
    return jobs.Result(label=N_("Download the invoices"), file_id=stored.id)


def _invoices(ids: Sequence[str]) -> list[Invoice]:
    rows = Invoice.objects.filter(id__in=[UUID(one) for one in ids]).select_related("account", "state")
    return list(rows.order_by("issued_on", "number_text", "id"))


def zip_of(invoices: Sequence[Invoice]) -> Iterator[bytes]:
    """The archive piece by piece, so that it is never in memory as a whole."""
    pipe = _Pipe()
    prints = StoredFile.objects.in_bulk([one.state.file_id for one in invoices if one.state.file_id])
    with zipfile.ZipFile(pipe, "w", compression=zipfile.ZIP_STORED) as archive:
        archive.writestr("invoices.csv", list_of(invoices, prints=prints), compress_type=zipfile.ZIP_DEFLATED)
        for invoice in invoices:
            stored = prints[invoice.state.file_id]  # printed by the chunks before
            with files.open_file(stored) as content:
                archive.writestr(stored.name, content.read())
            yield pipe.take()
    yield pipe.take()


def list_of(invoices: Sequence[Invoice], *, prints: dict[UUID, StoredFile]) -> bytes:
    """The list that lies beside the documents, for a spreadsheet: one line an invoice."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for row in invoices:
        minors = (row.subtotal_minor, row.discount_minor, row.tax_minor, row.total_minor, row.state.open_minor)
        amounts = [str(to_decimal(minor=minor, currency=row.currency)) for minor in minors]
        name = prints[row.state.file_id].name if row.state.file_id else ""
        head = [row.number_text, row.issued_on, row.pay_by_on, safe_text(row.account.name), row.currency]
        writer.writerow([*head, *amounts, name])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


class _Pipe(io.RawIOBase):
    """What was written since it was last taken."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: object) -> int:
        piece = bytes(part)  # type: ignore[call-overload]  # any buffer, as io says
        self._parts.append(piece)
        return len(piece)

    def take(self) -> bytes:
        """All of it."""
        taken, self._parts = b"".join(self._parts), []
        return taken
