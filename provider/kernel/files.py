"""Files: taken only if they are what they say and not too big, found again by id, handed out by links that expire.

A package defines in `AppConfig.ready` for what it stores files:

    files.define("invoices.import", media_types={media.CSV, media.XLSX}, keep=timedelta(days=30))

`store` writes the bytes first and the row after. If the caller's transaction rolls back, bytes without a row are left;
`remove_orphans` takes them away a day later. There is no other way in which half a file can be left.
"""

from __future__ import annotations

import errno
import hashlib
import logging
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.urls import reverse

from . import media
from .actor import Actor
from .errors import N_, NotFound, Refusal
from .ids import instant_of, new_id
from .models import StoredFile

logger = logging.getLogger(__name__)

LINK_LASTS: Final = timedelta(minutes=10)


class UploadTooLarge(Refusal):
    code = "upload_too_large"
    status = 413
    text = N_("This file is larger than %(megabytes)s MB, the most that is taken here. Nothing was stored.")


class UploadTypeRefused(Refusal):
    code = "upload_type_refused"
    status = 422
    text = N_("A file of this kind is not taken here; send one that ends in %(accepted)s. Nothing was stored.")


class UploadNotWhatItSays(Refusal):
    code = "upload_not_what_it_says"
    status = 422
    text = N_("“%(name)s” ends in %(ending)s, but its content is something else. Save it anew as %(ending)s.")


class UploadEmpty(Refusal):
    code = "upload_empty"
    status = 422
    text = N_("“%(name)s” is empty. Choose the file again.")


class StorageFull(Refusal):
    code = "storage_full"
    status = 507
    text = N_("There is no room left to store this. Nothing was stored; we are told. Try again later.")


class LinkExpired(Refusal):
    code = "link_expired"
    status = 410
    text = N_("This link has expired. Open the page that it came from and download the file there.")


class FileGone(Refusal):
    code = "file_gone"
    status = 410
    text = N_("This file was kept for a limited time and has been removed. Make it again where it came from.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """For what files are stored, which kinds, how big, how long."""

    name: str
    media_types: frozenset[str]
    limit_bytes: int
    keep: timedelta | None


_purposes: dict[str, Purpose] = {}


def define(
    name: str, *, media_types: Collection[str], limit_bytes: int | None = None, keep: timedelta | None = None
) -> None:
    """Make a purpose known; without `keep` its files stay for good."""
    unknown = set(media_types) - media.ENDINGS.keys()
    assert not unknown, f"{unknown} are not among the media types of kernel/media.py."
    limit = settings.UPLOAD_LIMIT_BYTES if limit_bytes is None else limit_bytes
    _purposes[name] = Purpose(name=name, media_types=frozenset(media_types), limit_bytes=limit, keep=keep)


def store(
    *,
    purpose: str,
    name: str,
    content: bytes | File[bytes] | Iterable[bytes],
    account_id: UUID | None,
    by: Actor,
    at: datetime,
    expires_at: datetime | None = None,
) -> StoredFile:
    """Check and store a file under its purpose. Too big, not allowed, or not what its name says: refused, none left."""
    rules = _purposes[purpose]
    media_type = _accepted_type(name=name, rules=rules)
    source = _Metered(_chunks(content), limit_bytes=rules.limit_bytes)
    head = source.head()
    if not head:
        raise UploadEmpty(field="file", name=name)
    if not media.is_of_type(head, media_type=media_type):
        raise UploadNotWhatItSays(field="file", name=name, ending=media.ENDINGS[media_type][0])
    file_id = new_id()
    key = _write(source, key=_key_of(file_id, purpose=purpose))
    with _taken_back_on_failure(key):
        return StoredFile.objects.create(
            id=file_id,
            purpose=purpose,
            account_id=account_id,
            name=media.safe_name(name, media_type=media_type),
            media_type=media_type,
            size_bytes=source.size,
            sha256=source.digest.digest(),
            storage_key=key,
            user_id=by.user_id,
            created_at=at,
            expires_at=expires_at or (at + rules.keep if rules.keep else None),
        )


def open_file(file: StoredFile) -> File[bytes]:
    """The content for reading; raises `FileGone` where it was removed."""
    if file.deleted_at is not None:
        raise FileGone()
    try:
        return default_storage.open(file.storage_key)
    except FileNotFoundError as trouble:
        logger.exception("The bytes of file %s are not in the storage", file.id)
        raise FileGone() from trouble


def access_file(*, file_id: UUID, by: Actor) -> StoredFile:
    """The file if it belongs to the account that the actor acts in; absent and not yours are the same answer."""
    file = StoredFile.objects.filter(pk=file_id).first()
    if file is None:
        raise NotFound()
    if file.account_id is None or file.account_id != by.account_id:
        raise NotFound()
    return file


def remove(file: StoredFile, *, at: datetime) -> None:
    """Take the content away; the row stays and says when."""
    StoredFile.objects.filter(pk=file.pk, deleted_at=None).update(deleted_at=at)
    default_storage.delete(file.storage_key)


def forget(file: StoredFile, *, at: datetime) -> None:
    """Take the content away and the name with it, on a legal request; the row stays under its number."""
    remove(file, at=at)
    StoredFile.objects.filter(pk=file.pk).update(name=str(file.pk))


def remove_expired(*, at: datetime, limit: int = 500) -> int:
    """Remove files whose time is over; how many."""
    over = StoredFile.objects.filter(deleted_at=None, expires_at__lte=at).order_by("expires_at")[:limit]
    for file in over:
        remove(file, at=at)
    return len(over)


def remove_orphans(*, day: date) -> int:
    """Remove bytes of a day that is over which have no row: their transaction was rolled back. How many."""
    count = 0
    for purpose in _purposes:
        folder = _folder(day, purpose=purpose)
        if not default_storage.exists(folder):
            continue
        names = {f"{folder}/{name}" for name in default_storage.listdir(folder)[1]}
        known = set(StoredFile.objects.filter(storage_key__in=names).values_list("storage_key", flat=True))
        for key in names - known:
            default_storage.delete(key)
            count += 1
    return count


# --- Links ---


def link(file: StoredFile, *, at: datetime, lasts: timedelta = LINK_LASTS) -> str:
    """An address under which anybody who has it may download this one file until it expires."""
    token = signing.dumps([str(file.id), int((at + lasts).timestamp())], salt=_salt(file.purpose))
    return reverse("kernel:download", kwargs={"purpose": file.purpose, "token": token})


def file_of_link(*, purpose: str, token: str, at: datetime) -> StoredFile:
    """The file that a link names; raises `NotFound` where it was tampered with and `LinkExpired` after its time."""
    try:
        file_id, until = signing.loads(token, salt=_salt(purpose))
    except signing.BadSignature as trouble:
        raise NotFound() from trouble
    if at.timestamp() >= until:
        raise LinkExpired()
    file = StoredFile.objects.filter(pk=file_id, purpose=purpose).first()
    if file is None:
        raise NotFound()
    return file


def _salt(purpose: str) -> str:
    return f"perennial.files.{purpose}"


# --- Writing ---


def _accepted_type(*, name: str, rules: Purpose) -> str:
    media_type = media.type_by_name(name)
    if media_type is None or media_type not in rules.media_types:
        accepted = sorted(media.ENDINGS[kind][0] for kind in rules.media_types)
        raise UploadTypeRefused(field="file", accepted=", ".join(accepted))
    return media_type


def _chunks(content: bytes | File[bytes] | Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(content, bytes):
        return iter((content,))
    if isinstance(content, File):
        return iter(content.chunks())
    return iter(content)


class _Metered(File):
    """A stream that counts and digests what flows through it, and stops at the limit."""

    def __init__(self, chunks: Iterator[bytes], *, limit_bytes: int) -> None:
        super().__init__(None)
        self._source = chunks
        self._limit = limit_bytes
        self._ahead: list[bytes] = []
        self.size = 0
        self.digest = hashlib.sha256()

    def head(self) -> bytes:
        """The first bytes, which are still to come in `chunks`."""
        while sum(map(len, self._ahead)) < media.HEAD_BYTES and (chunk := next(self._source, b"")):
            self._ahead.append(chunk)
        return b"".join(self._ahead)[: media.HEAD_BYTES]

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for chunk in self._all():
            self.size += len(chunk)
            if self.size > self._limit:
                raise UploadTooLarge(field="file", megabytes=megabytes(self._limit))
            self.digest.update(chunk)
            yield chunk

    def _all(self) -> Iterator[bytes]:
        yield from self._ahead
        yield from self._source


def megabytes(size_bytes: int) -> str:
    """A limit in megabytes for people: 20, or 0.5."""
    return f"{size_bytes / 1024 / 1024:.1f}".removesuffix(".0")


def _key_of(file_id: UUID, *, purpose: str) -> str:
    return f"{_folder(instant_of(file_id).date(), purpose=purpose)}/{file_id}"


def _folder(day: date, *, purpose: str) -> str:
    return f"{purpose}/{day:%Y/%m/%d}"


def _write(source: _Metered, *, key: str) -> str:
    with _taken_back_on_failure(key):
        try:
            return default_storage.save(key, source)
        except OSError as trouble:
            if trouble.errno in (errno.ENOSPC, errno.EDQUOT):
                logger.critical("The storage is full: a file of %s bytes was refused", source.size)
                raise StorageFull() from trouble
            raise


@contextmanager
def _taken_back_on_failure(key: str) -> Iterator[None]:
    """Leave no bytes behind where storing was refused or failed."""
    try:
        yield
    except BaseException:
        default_storage.delete(key)
        raise
