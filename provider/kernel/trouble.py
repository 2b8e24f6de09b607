"""What went wrong, in words that may be stored and shown: never the message, which may quote a secret or a person."""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb

from .errors import Refusal

_ROOT = Path(__file__).resolve().parent.parent.parent


def describe(trouble: BaseException) -> str:
    """The kind of the exception, the constraint or refusal it names, and the last place in our own code."""
    return f"{type(trouble).__name__}{_detail(trouble)}{_place(trouble)}"


def _detail(trouble: BaseException) -> str:
    if isinstance(trouble, Refusal):
        return f" ({trouble.code})"
    diagnosis = getattr(trouble.__cause__, "diag", None)
    constraint = getattr(diagnosis, "constraint_name", None)
    return f" ({constraint})" if constraint else ""


def _place(trouble: BaseException) -> str:
    for frame in reversed(extract_tb(trouble.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_ROOT) and ".venv" not in path.parts:
            return f" at {path.relative_to(_ROOT)}:{frame.lineno} in {frame.name}"
    return ""
