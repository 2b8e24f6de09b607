"""Small words of the CRM's pages."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from django import template
from django.urls import get_urlconf, reverse
from django.utils import timezone

from crm_tenant.models import Task, TaskKind
from crm_tenant.rules.texts import digits_of

register = template.Library()

_NOBODY: Final = UUID(int=0)
_ICONS = {
    TaskKind.CALL: "phone",
    TaskKind.MAIL: "mail",
    TaskKind.VISIT: "map-pin",
    TaskKind.DEMO: "presentation",
    TaskKind.MEETING: "users",
    TaskKind.OTHER: "circle-check",
}


@register.filter
def address(record_id: UUID, name: str) -> str:
    """Where a record's page is: `{{ deal.id|address:"deal" }}`; for pages of many, on which `{% url %}` is felt."""
    before, after = _around(name, get_urlconf())
    return f"{before}{record_id}{after}"


@cache
def _around(name: str, _urlconf: str | None) -> tuple[str, str]:
    page, _, kind = name.partition(" ")
    before, after = reverse(f"crm_tenant:{page}", args=[*filter(None, [kind]), _NOBODY]).split(str(_NOBODY))
    return before, after


@register.filter
def step_icon(kind: str) -> str:
    """The drawing that goes with a kind of step."""
    return _ICONS.get(TaskKind(kind), "circle-check")


@register.filter
def step_words(task: Task) -> str:
    """A step in words: its title, else its kind."""
    return task.title or str(TaskKind(task.kind).label)


@register.filter
def dial(phone: str) -> str:
    """What a telephone dials: a leading + and digits."""
    return ("+" if phone.strip().startswith(("+", "＋")) else "") + digits_of(phone)


@register.filter
def phone_of(task: Task) -> str:
    """The number to call for a step: the person's, else the company's."""
    for subject in (task.person, task.company):
        if subject is not None and subject.phones:
            return str(subject.phones[0])
    return ""


@register.filter
def subject_of(task: Task) -> Any:
    """What a step is about, the closest first."""
    return task.company or task.person or task.deal


@register.filter
def local_day(value: datetime) -> date:
    """The day on which an instant falls for the reader, where the time of day says nothing."""
    return timezone.localtime(value).date()
