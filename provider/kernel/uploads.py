"""Uploads at the door: one that is too big is read past and told so, without a byte of it on our disk.

The browser is let send to the end, for else it shows a broken connection instead of our sentence. The handlers mark the
request; `middleware.UploadMiddleware` answers before any view sees a form with its file missing.
"""

from __future__ import annotations

import errno
import logging
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest

from .errors import Refusal
from .files import StorageFull, UploadTooLarge, megabytes

logger = logging.getLogger(__name__)


def refusal_of(request: HttpRequest) -> Refusal | None:
    """Why the upload of this request was not taken, if it was not."""
    return getattr(request, "upload_refusal", None)


class UploadGuard(FileUploadHandler):
    """The first handler: lets no more than UPLOAD_LIMIT_BYTES of a request reach the others."""

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *_: Any) -> None:  # noqa: N803
        self._received = 0
        self._limit: int = settings.UPLOAD_LIMIT_BYTES
        # What surrounds the files in the body is small; only the announced size decides before the first byte.
        self._is_over = content_length > self._limit + settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self._is_over:
            self._refuse()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._received += len(raw_data)
        if self._received > self._limit:
            self._is_over = True
            self._refuse()
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None

    def _refuse(self) -> None:
        _mark(self.request, UploadTooLarge(field="file", megabytes=megabytes(self._limit)))
        raise SkipFile


class CarefulTemporaryUpload(TemporaryFileUploadHandler):
    """Django's handler for what does not fit into memory, for whom a full disk is a refusal and not a failure."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as trouble:
            if trouble.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            logger.critical("The disk for uploads is full")
            _mark(self.request, StorageFull())
            raise SkipFile from trouble


def _mark(request: HttpRequest | None, refusal: Refusal) -> None:
    assert request is not None
    request.upload_refusal = refusal  # type: ignore[attr-defined]
