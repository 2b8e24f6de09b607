"""The way of the secrets to the printer: two people, one file, and nothing left afterwards."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import pyrage
import pytest
import pyzipper
from django.db import connection

from prepaid_cards.errors import (
    BatchStateForbids,
    ExportExists,
    ExportNotApproved,
    HashDiffers,
    NotYourExport,
    PasswordNotShown,
    SecondPersonNeeded,
    SecretsDestroyed,
)
from prepaid_cards.flows.exports import fetch_export
from prepaid_cards.models import BatchStatus, CardBatch, CardExport
from prepaid_cards.operations.batches import order_batch
from prepaid_cards.operations.exports import (
    approve_export,
    confirm_export,
    destroy_due_keys,
    request_export,
    show_password,
    withdraw_export,
)
from prepaid_cards.views.batch_timeline import timeline_of
from tests.factories import AT
from tests.prepaid_cards.conftest import House, codes_of, made_batch

PRINTER = pyrage.x25519.Identity.generate()


def asked(house: House, batch: CardBatch, *, method: str = "age") -> CardExport:
    return request_export(
        batch_id=batch.id, method=method, printer="Huabei Card Printing", recipient=str(PRINTER.to_public()),
        is_recipient_good=True, by=house.ann, at=AT,
    )  # fmt: skip


def approved(house: House, *, method: str = "age") -> CardExport:
    export = asked(house, made_batch(house), method=method)
    return approve_export(export_id=export.id, by=house.bo, at=AT)


def lines_of(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode())))


def test_only_the_printer_opens_the_file_and_finds_every_card_in_it(house: House) -> None:
    export = approved(house)

    name, content = fetch_export(export_id=export.id, by=house.ann, at=AT)

    assert name == f"cards-{export.batch.prefix}.zip.age"
    with zipfile.ZipFile(io.BytesIO(pyrage.decrypt(content, [PRINTER]))) as archive:
        lines = lines_of(archive.read("cards.csv"))
    codes = codes_of(export.batch)
    assert [line["code"].replace("-", "") for line in lines] == list(codes.values())
    assert lines[0]["link"].endswith(f"/redeem/#{codes[1]}")
    assert not any(code.encode() in content for code in codes.values())


def test_an_archive_opens_with_the_password_that_was_shown(house: House) -> None:
    export = approved(house, method="archive")
    password = show_password(export_id=export.id, by=house.ann, at=AT)

    _, content = fetch_export(export_id=export.id, by=house.ann, at=AT)

    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(password.encode())
        assert len(lines_of(archive.read("cards.csv"))) == 23
        archive.setpassword(b"another one")
        with pytest.raises(RuntimeError):
            archive.read("cards.csv")


def test_an_archive_whose_password_nobody_saw_is_not_confirmed(house: House) -> None:
    export = approved(house, method="archive")
    _, content = fetch_export(export_id=export.id, by=house.ann, at=AT)
    confirmed = partial(
        confirm_export, export_id=export.id, file_sha256=sha256(content).hexdigest(), by=house.bo, at=AT
    )  # fmt: skip

    with pytest.raises(PasswordNotShown):
        confirmed()
    assert len(codes_of(export.batch)) == 23

    show_password(export_id=export.id, by=house.ann, at=AT)
    assert confirmed().status == "confirmed"


def test_a_broken_download_is_fetched_again_by_the_same_person(house: House) -> None:
    export = approved(house)
    fetch_export(export_id=export.id, by=house.ann, at=AT)

    fetch_export(export_id=export.id, by=house.ann, at=AT + timedelta(hours=1))

    export.refresh_from_db()
    assert export.made_count == 2
    assert export.batch.status == BatchStatus.EXPORTED


def test_the_printer_may_hold_any_of_the_files_that_were_fetched_and_each_stands_in_the_timeline(house: House) -> None:
    export = approved(house)
    _, first = fetch_export(export_id=export.id, by=house.ann, at=AT + timedelta(hours=1))
    _, second = fetch_export(export_id=export.id, by=house.ann, at=AT + timedelta(hours=3))
    assert first != second

    held = sha256(first).hexdigest()
    done = confirm_export(export_id=export.id, file_sha256=held, by=house.bo, at=AT + timedelta(hours=4))

    assert (done.status, bytes(done.file_sha256 or b"").hex()) == ("confirmed", held)
    told = timeline_of(CardBatch.objects.get(id=export.batch_id), export=done)
    fetched = [line.note for line in told if line.said == "File fetched"]
    assert fetched == [f"SHA-256 {sha256(content).hexdigest()}" for content in (first, second)]
    assert [line.at for line in told] == sorted(line.at for line in told)


def test_whoever_asked_does_not_approve(house: House) -> None:
    export = asked(house, made_batch(house))

    with pytest.raises(SecondPersonNeeded):
        approve_export(export_id=export.id, by=house.ann, at=AT)


def test_nobody_fetches_without_approval_and_nobody_else_afterwards(house: House) -> None:
    export = asked(house, made_batch(house))
    with pytest.raises(ExportNotApproved):
        fetch_export(export_id=export.id, by=house.ann, at=AT)

    approve_export(export_id=export.id, by=house.bo, at=AT)
    with pytest.raises(NotYourExport):
        fetch_export(export_id=export.id, by=house.bo, at=AT)


def test_a_second_export_is_refused(house: House) -> None:
    batch = made_batch(house)
    first = asked(house, batch)
    with pytest.raises(ExportExists):
        asked(house, batch)

    withdraw_export(export_id=first.id, by=house.ann, at=AT)
    assert asked(house, batch).status == "requested"


def test_a_batch_that_is_not_made_is_not_exported(house: House) -> None:
    batch = order_batch(product_id=house.product.id, count=5, request_key="k", by=house.ann, at=AT)

    with pytest.raises(BatchStateForbids):
        asked(house, batch)


def test_the_printers_hash_destroys_the_secrets_and_opens_the_batch(
    house: House, vault: Path, django_capture_on_commit_callbacks: object
) -> None:
    export = approved(house)
    fetch_export(export_id=export.id, by=house.ann, at=AT)
    export.refresh_from_db()
    with pytest.raises(HashDiffers):
        confirm_export(export_id=export.id, file_sha256="ab" * 32, by=house.bo, at=AT)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        confirm_export(export_id=export.id, file_sha256=bytes(export.file_sha256).hex(), by=house.bo, at=AT)

    batch = CardBatch.objects.get(id=export.batch_id)
    assert batch.status == BatchStatus.OPEN
    assert list(vault.iterdir()) == []
    with pytest.raises(SecretsDestroyed):
        codes_of(batch)


def test_after_72_hours_the_key_is_destroyed_whether_the_printer_answered_or_not(house: House) -> None:
    export = approved(house)
    fetch_export(export_id=export.id, by=house.ann, at=AT)

    assert destroy_due_keys(at=AT + timedelta(hours=71)) == 0
    assert destroy_due_keys(at=AT + timedelta(hours=72)) == 1

    with pytest.raises(SecretsDestroyed):
        fetch_export(export_id=export.id, by=house.ann, at=AT + timedelta(hours=73))


def test_after_72_hours_nothing_is_handed_out_even_where_the_sweep_is_late(house: House) -> None:
    export = approved(house, method="archive")
    show_password(export_id=export.id, by=house.ann, at=AT)
    fetch_export(export_id=export.id, by=house.ann, at=AT)
    fetch_export(export_id=export.id, by=house.ann, at=AT + timedelta(hours=71, minutes=59))

    with pytest.raises(SecretsDestroyed):
        fetch_export(export_id=export.id, by=house.ann, at=AT + timedelta(hours=72))
    with pytest.raises(SecretsDestroyed):
        show_password(export_id=export.id, by=house.ann, at=AT + timedelta(hours=72))


def test_neither_history_nor_facts_on_their_way_hold_a_secret(house: House) -> None:
    export = approved(house, method="archive")
    password = show_password(export_id=export.id, by=house.ann, at=AT)
    fetch_export(export_id=export.id, by=house.ann, at=AT)

    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(string_agg(t, ' '), '') from (select a::text t from kernel_audit a"
            " union all select o::text from kernel_outboxevent o"
            " union all select e::text from prepaid_cards_cardexport e"
            " union all select j::text from kernel_job j) rows"
        )
        told = cursor.fetchone()[0]
    assert export.batch.prefix in told
    assert password not in told
    assert not any(code in told for code in codes_of(export.batch).values())
