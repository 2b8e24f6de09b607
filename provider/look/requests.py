"""The id of the request at hand: on its log lines, on its pages, in its answer's header."""

from __future__ import annotations

import logging
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request that is being answered, or ''."""
    return _current.get()


def enter(value: str) -> None:
    """Make `value` the id of what is being done from here on, in this thread or task."""
    _current.set(value)


class AddRequestId(logging.Filter):
    """Puts `request_id` on every log record: “-” outside of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = _current.get() or "-"
        return True
