"""A document as stored: it comes back as it was, and never without adding up."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from invoices.rules.snapshot import DoesNotAddUp, Snapshot, Taken, read, write
from tests.invoices.documents.samples import credit_note, invoice


@pytest.mark.parametrize("document", [invoice("zh-hant"), credit_note()])
def test_a_document_comes_back_from_its_json(document: Snapshot) -> None:
    assert read(json.loads(json.dumps(write(document)))) == document


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"subtotal_minor": 200068}, "subtotal"),
        ({"discount_minor": 0}, "discount"),
        ({"total_minor": 200561}, "total"),
        ({"due_minor": 177911}, "due"),
        ({"balances": (Taken(label="main", amount_minor=1),)}, "due"),
    ],
)
def test_a_document_that_does_not_add_up_is_not_stored(change: dict[str, object], what: str) -> None:
    with pytest.raises(DoesNotAddUp, match=what):
        write(replace(invoice(), **change))  # type: ignore[arg-type]


def test_a_document_of_tomorrow_may_know_more_than_today() -> None:
    plain = write(invoice()) | {"colour_of_the_envelope": "blue"}

    assert read(plain) == invoice()
