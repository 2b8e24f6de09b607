"""How a job is told to its reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from provider.kernel.progress import Progress

from . import formats

_STATES: Final[dict[str, tuple[Promise, str]]] = {
    "queued": (_("Waiting"), ""),
    "running": (_("Running"), "accent"),
    "done": (_("Done"), "ok"),
    "failed": (_("Stopped by a failure"), "bad"),
    "cancelled": (_("Cancelled"), "warn"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobWords:
    """A job's state in words."""

    status: str
    kind: str
    is_over: bool
    is_failed: bool
    figures: str
    pace: str
    problems: list[dict[str, str]]
    reason: str  # why the last try was refused; '' where it was not


def state_of(job: Any) -> tuple[Promise, str]:
    """The job's state in words, and the kind of its badge."""
    if job.status == "running" and job.cancel_requested_at:
        return _("Being cancelled"), "warn"
    return _STATES[job.status]


def words_of(job: Any, progress: Progress) -> JobWords:
    """What the job's card says."""
    status, kind = state_of(job)
    return JobWords(
        status=str(status),
        kind=kind,
        is_over=job.status in ("done", "failed", "cancelled"),
        is_failed=job.status == "failed",
        figures=_figures(progress),
        pace=_pace(progress),
        problems=[_problem(problem) for problem in job.problems],
        reason=reason_of(job),
    )


def reason_of(job: Any) -> str:
    """Why the last try was refused, in the reader's language; '' where it was not."""
    return _worded(job.refusal) if job.refusal else ""


def _figures(progress: Progress) -> str:
    handled = formats.number(progress.handled)
    if progress.total is None:
        return gettext("%(handled)s done") % {"handled": handled}
    return gettext("%(handled)s of %(total)s") % {"handled": handled, "total": formats.number(progress.total)}


def _pace(progress: Progress) -> str:
    parts = []
    if progress.per_minute is not None:
        parts.append(gettext("%(count)s a minute") % {"count": formats.number(progress.per_minute)})
    if progress.seconds_left:
        parts.append(gettext("%(span)s left") % {"span": formats.span(timedelta(seconds=progress.seconds_left))})
    return " · ".join(parts)


def _problem(problem: Mapping[str, Any]) -> dict[str, str]:
    return {"subject": str(problem.get("subject", "")), "text": _worded(problem)}


def _worded(told: Mapping[str, Any]) -> str:
    """A refusal as it is stored, in the reader's language."""
    facts = told.get("facts") or {}
    sentence = str(told.get("text", ""))
    text = gettext(sentence) if sentence else ""  # marked for translation where the refusal is defined
    return text % facts if facts else text
