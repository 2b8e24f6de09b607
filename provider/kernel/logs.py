"""Log lines without secrets: for people as text, for machines as one JSON object each."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

HIDDEN: Final = "***"
_TALKERS: Final = ("weasyprint", "fontTools", "stripe", "httpx", "urllib3")  # they tell each step at INFO

_PATTERNS: Final = (
    (re.compile(r"(?P<keep>\w+://[^\s:/@]*):[^\s@/]+@"), r"\g<keep>:***@"),
    (re.compile(r"(?P<keep>\b(?:Bearer|Basic|Token))\s+[\w.~+/=-]{8,}", re.IGNORECASE), r"\g<keep> ***"),
    (
        re.compile(
            r"(?P<keep>\b\w*(?:password|passwd|secret|token|api_?key|authorization|sessionid)\w*[\"']?\s*[=:]\s*[\"']?)"
            r"(?!\s*(?:Bearer|Basic|Token)\b)[^\s\"'&,;}]+",
            re.IGNORECASE,
        ),
        r"\g<keep>***",
    ),
    (re.compile(r"\b(?:sk|rk|pk|whsec)_(?:live_|test_)?[A-Za-z0-9]{8,}"), HIDDEN),
    (re.compile(r"(?<=/)[A-Za-z0-9_-]{40,}(?=[/?\s\"']|$)"), HIDDEN),  # the token of a link in a letter
)


def redact(text: str, secrets: Sequence[str] = ()) -> str:
    """The text without the given secrets and without what looks like one."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


class LineFormatter(logging.Formatter):
    """One line for a person, a stack trace below it where there is one."""

    def __init__(self, *, secrets: Sequence[str] = (), **options: Any) -> None:
        super().__init__(**options)
        self._secrets = tuple(secret for secret in secrets if len(secret) >= 6)

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record), self._secrets)


class JsonFormatter(LineFormatter):
    """One JSON object in one line, its time in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage(), self._secrets),
            "request_id": getattr(record, "request_id", "-"),
            "process": record.process,
        }
        if record.exc_info:
            entry["trace"] = redact(self.formatException(record.exc_info), self._secrets)
        return json.dumps(entry, ensure_ascii=False)


def configuration(*, form: str, level: str, secrets: Sequence[str]) -> dict[str, Any]:
    """The LOGGING setting: one handler to stderr, as lines or as JSON, that never shows `secrets`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "provider.kernel.logs.LineFormatter",
                "fmt": "%(asctime)s %(levelname)s %(request_id)s %(name)s %(message)s",
                "secrets": secrets,
            },
            "json": {"()": "provider.kernel.logs.JsonFormatter", "secrets": secrets},
        },
        "filters": {"request_id": {"()": "provider.look.requests.AddRequestId"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form, "filters": ["request_id"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {name: {"level": "WARNING"} for name in _TALKERS},
    }
