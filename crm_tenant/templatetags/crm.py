"""Small words of the CRM's pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone

from crm_tenant.models import Task, TaskKind
from crm_tenant.rules.texts import digits_of

register = template.Library()

_ICONS = {
    TaskKind.CALL: "phone",
    TaskKind.MAIL: "mail",
    TaskKind.VISIT: "map-pin",
    TaskKind.DEMO: "presentation",
    TaskKind.MEETING: "users",
    TaskKind.OTHER: "circle-check",
}


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
