"""Lines of history in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from crm_tenant.models import Activity, Salesperson, TaskKind
from crm_tenant.queries.records import History
from provider.kernel.money import Money
from provider.look import formats

_SENTENCES = {
    "company.created": gettext_noop("Company made"),
    "company.changed": gettext_noop("Company changed"),
    "company.archived": gettext_noop("Company put away"),
    "company.restored": gettext_noop("Company brought back"),
    "person.created": gettext_noop("Person made"),
    "person.changed": gettext_noop("Person changed"),
    "person.archived": gettext_noop("Person put away"),
    "person.restored": gettext_noop("Person brought back"),
    "company.merged": gettext_noop("%(name)s was merged into this one"),
    "company.merged_away": gettext_noop("Merged into %(name)s"),
    "company.parted": gettext_noop("Parted from %(name)s again"),
    "person.merged": gettext_noop("%(name)s was merged into this one"),
    "person.merged_away": gettext_noop("Merged into %(name)s"),
    "person.parted": gettext_noop("Parted from %(name)s again"),
    "deal.created": gettext_noop("Deal made in “%(stage)s”"),
    "deal.changed": gettext_noop("Deal changed"),
    "deal.moved": gettext_noop("From “%(from)s” to “%(to)s”"),
    "deal.won": gettext_noop("Won"),
    "deal.lost": gettext_noop("Lost: %(reason)s"),
    "deal.reopened": gettext_noop("Open again, in “%(to)s”"),
    "deal.archived": gettext_noop("Deal put away"),
    "deal.restored": gettext_noop("Deal brought back"),
    "note.written": gettext_noop("Note"),
    "task.planned": gettext_noop("Planned: %(what)s, %(when)s"),
    "task.changed": gettext_noop("Planned anew: %(what)s, %(when)s"),
    "task.done": gettext_noop("Done: %(what)s"),
    "task.reopened": gettext_noop("Not done after all: %(what)s"),
    "record.imported": gettext_noop("Imported"),
}
_KINDS = {"deal.won": "ok", "deal.lost": "bad", "task.done": "ok"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as it is shown: who did what when, and what was written down."""

    at: datetime
    text: str
    who: str
    note: str
    kind: str
    deal: Any


def lines_of_history(history: History, *, people: Iterable[Salesperson]) -> list[Line]:
    """The lines in the reader's words, with the names of who did it; an import of deals is one line with its count."""
    names: dict[UUID | None, str] = {one.user_id: one.name for one in people if one.user_id}
    lines = [_line(row, names=names) for row in history.lines]
    oldest = lines[-1].at if lines and history.has_more else None
    lines += [_imported(at, count=count) for at, count in history.imports if oldest is None or at >= oldest]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _imported(at: datetime, *, count: int) -> Line:
    text = ngettext("%(count)s deal imported", "%(count)s deals imported", count) % {"count": formats.number(count)}
    return Line(at=at, text=text, who="", note="", kind="", deal=None)


def _line(row: Activity, *, names: dict[UUID | None, str]) -> Line:
    note = row.note.text if row.note and row.note.archived_at is None else ""
    who = names.get(row.user_id, _("Support")) if row.user_id else ""
    return Line(at=row.at, text=_say(row), who=who, note=note, kind=_KINDS.get(row.verb, ""), deal=row.deal)


def _say(row: Activity) -> str:
    sentence = _SENTENCES.get(row.verb)
    if sentence is None:
        return row.verb
    facts = dict(row.facts)
    if row.verb.startswith("task."):
        facts |= {"what": what_to_do(kind=facts["kind"], title=facts["title"]), "when": _when(facts)}
    if row.verb == "deal.changed" and "now_minor" in facts:
        was = formats.money(Money(facts["was_minor"], facts["was_currency"]))
        now = formats.money(Money(facts["now_minor"], facts["now_currency"]))
        return _("Amount changed from %(was)s to %(now)s") % {"was": was, "now": now}
    words = _(sentence)
    return words % facts if "%(" in words else words


def what_to_do(*, kind: str, title: str) -> str:
    """A step in words: its title, else what kind it is."""
    return title or str(TaskKind(kind).label)


def _when(facts: dict[str, Any]) -> str:
    due = parse_datetime(facts["due_at"])
    if due is None:
        return ""
    if facts["has_time"]:
        return formats.instant(due)
    from django.utils import timezone

    return formats.day(timezone.localtime(due).date(), style="short")
