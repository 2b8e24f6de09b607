"""A file is what it says, not too big, and found by whoever may."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from provider.kernel import files, media
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.ids import instant_of, new_id
from provider.kernel.models import StoredFile

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PERSON = Actor(kind="person", user_id=new_id(), account_id=new_id())
STORAGE = "django.core.files.storage.FileSystemStorage"


@pytest.fixture(autouse=True)
def _storage(tmp_path: Path) -> Iterator[None]:
    files.define("tests", media_types={media.CSV, media.PDF, media.XLSX}, limit_bytes=50_000, keep=timedelta(days=7))
    with override_settings(STORAGES={"default": {"BACKEND": STORAGE, "OPTIONS": {"location": tmp_path}}}):
        yield


def _store(content: Any = b"name,amount\r\n\xe4\xb8\xad,1\r\n", *, name: str = "list.csv", **more: Any) -> StoredFile:
    return files.store(
        purpose="tests", name=name, content=content, account_id=PERSON.account_id, by=PERSON, at=AT, **more
    )


def _left(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def _workbook() -> bytes:
    target = io.BytesIO()
    openpyxl.Workbook().save(target)
    return target.getvalue()


@pytest.mark.django_db
def test_a_file_is_stored_with_its_size_its_digest_and_its_end() -> None:
    file = _store()
    file.refresh_from_db()
    assert (file.media_type, file.size_bytes, file.expires_at) == (media.CSV, 20, AT + timedelta(days=7))
    assert len(bytes(file.sha256)) == 32
    with files.open_file(file) as stored:
        assert stored.read().startswith(b"name,amount")


@pytest.mark.django_db
def test_content_may_come_as_a_file_or_as_a_stream() -> None:
    assert _store(ContentFile(b"a,b\n")).size_bytes == 4
    assert _store(iter([b"a,", b"b\n"])).size_bytes == 4
    assert _store(_workbook(), name="book.xlsx").media_type == media.XLSX


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["客户,金额\n张三,1\n" * 400, "客戶,金額\n王小明,2\n" * 400])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5", "utf-16"])
def test_lists_from_chinese_spreadsheets_are_text_in_any_of_their_encodings(text: str, encoding: str) -> None:
    if encoding == "big5" and "户" in text:
        pytest.skip("simplified letters are not in Big5")
    content = text.encode(encoding)
    assert _store(content).size_bytes == len(content)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("x.exe", b"MZ", files.UploadTypeRefused),
        ("x", b"a,b", files.UploadTypeRefused),
        ("x.png", b"\x89PNG\r\n\x1a\n", files.UploadTypeRefused),
        ("x.svg", b"<svg/>", files.UploadTypeRefused),
        ("x.pdf", b"a,b\n", files.UploadNotWhatItSays),
        ("x.csv", b"%PDF-1.7\n", files.UploadNotWhatItSays),
        ("x.csv", b"MZ\0\0\0", files.UploadNotWhatItSays),
        ("x.csv", b"<!DOCTYPE html><script>", files.UploadNotWhatItSays),
        ("x.csv", b"  <svg onload=alert(1)>", files.UploadNotWhatItSays),
        ("x.xlsx", b"PK\x03\x04" + b"\0" * 60, files.UploadNotWhatItSays),
        ("x.csv", b"", files.UploadEmpty),
        ("x.csv", b"a,b\n" * 20_000, files.UploadTooLarge),
    ],
)
def test_what_is_not_taken_leaves_nothing(
    name: str, content: bytes, refusal: type[files.Refusal], tmp_path: Path
) -> None:
    with pytest.raises(refusal):
        _store(content, name=name)
    assert _left(tmp_path) == []
    assert not StoredFile.objects.exists()


@pytest.mark.django_db
def test_a_stream_is_stopped_at_the_limit_and_not_read_to_its_end() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"a,b\n" * 250

    with pytest.raises(files.UploadTooLarge):
        _store(endless())
    assert taken < 60


class FullStorage(FileSystemStorage):
    """A disk on which only the first bytes find room."""

    def _save(self, name: str, content: Any) -> str:
        super()._save(name, ContentFile(next(content.chunks())))
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.django_db
def test_a_full_disk_is_a_refusal_and_leaves_nothing(tmp_path: Path) -> None:
    full = f"{__name__}.FullStorage"
    with (
        override_settings(STORAGES={"default": {"BACKEND": full, "OPTIONS": {"location": tmp_path}}}),
        pytest.raises(files.StorageFull) as refused,
    ):
        _store()
    assert (refused.value.code, refused.value.status) == ("storage_full", 507)
    assert _left(tmp_path) == []
    assert not StoredFile.objects.exists()


@pytest.mark.django_db
def test_bytes_whose_transaction_was_rolled_back_are_swept_and_others_stay(tmp_path: Path) -> None:
    kept = _store()
    with transaction.atomic():
        _store()
        transaction.set_rollback(True)
    assert len(_left(tmp_path)) == 2
    assert files.remove_orphans(day=instant_of(kept.id).date()) == 1
    assert default_storage.exists(kept.storage_key)


@pytest.mark.django_db
def test_a_file_whose_time_is_over_goes_and_its_row_says_when() -> None:
    file = _store()
    assert files.remove_expired(at=AT + timedelta(days=6)) == 0
    assert files.remove_expired(at=AT + timedelta(days=7)) == 1
    file.refresh_from_db()
    assert file.deleted_at == AT + timedelta(days=7)
    with pytest.raises(files.FileGone):
        files.open_file(file)


@pytest.mark.django_db
def test_a_file_of_another_account_is_not_there() -> None:
    file = _store()
    assert files.access_file(file_id=file.id, by=PERSON) == file
    for stranger in (Actor(kind="person", user_id=new_id(), account_id=new_id()), Actor(kind="anonymous")):
        with pytest.raises(NotFound):
            files.access_file(file_id=file.id, by=stranger)
    with pytest.raises(NotFound):
        files.access_file(file_id=new_id(), by=PERSON)


@pytest.mark.django_db
def test_the_content_of_a_stored_file_does_not_change() -> None:
    file = _store()
    with pytest.raises(IntegrityError, match="stored_file_is_frozen"), transaction.atomic():
        StoredFile.objects.filter(pk=file.pk).update(size_bytes=1)
    with pytest.raises(IntegrityError, match="stored_file_is_frozen"), transaction.atomic():
        connection.cursor().execute("update kernel_storedfile set sha256 = decode(repeat('00', 32), 'hex')")
    with pytest.raises(IntegrityError, match="file_size_not_negative"), transaction.atomic():
        StoredFile.objects.create(
            purpose="tests", name="x", media_type="y", size_bytes=-1, sha256=b"x" * 32, storage_key="k", created_at=AT
        )


# --- Names ---


@given(st.text(max_size=300))
def test_any_name_becomes_one_that_every_system_takes(name: str) -> None:
    safe = media.safe_name(name, media_type=media.CSV)
    assert safe.endswith(".csv")
    assert 5 <= len(safe) <= 120
    assert not set(safe) & set('/\\\0\r\n<>:"|?*')
    assert not safe.startswith(".")


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Users\\me\\客户名单.CSV", "客户名单.csv"),
        ("bill\u202evsc.exe", "billvsc.csv"),
        (".csv", "csv.csv"),
        ("", "file.csv"),
    ],
)
def test_names_lose_their_tricks(given_name: str, safe: str) -> None:
    assert media.safe_name(given_name, media_type=media.CSV) == safe
