"""Notes, next steps, and why a deal was lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_tenant.models import Salesperson, TaskKind
from crm_tenant.operations.work import TaskDetails
from provider.look.fields import day_field

from .records import OwnerField, offer_owners


class NoteForm(forms.Form):
    """What somebody writes down."""

    text = forms.CharField(label=_("Note"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}), strip=True)


class LoseForm(forms.Form):
    """Why a deal was lost."""

    reason = forms.CharField(label=_("Why was it lost?"), max_length=200)


class TaskForm(forms.Form):
    """The next step. Without a time it is for the whole day, and overdue only when that day is over."""

    kind = forms.ChoiceField(label=_("What"), choices=TaskKind.choices)
    title = forms.CharField(label=_("In words"), required=False, max_length=200)
    due_on = day_field(label=_("Day"))
    due_time = forms.TimeField(
        label=_("Time"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    owner = OwnerField()
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, people: Iterable[Salesperson], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_owners(self, people)

    def details(self, *, zone: ZoneInfo) -> TaskDetails:
        """What was typed, for the operation."""
        data = self.cleaned_data
        has_time = data["due_time"] is not None
        moment = datetime.combine(data["due_on"], data["due_time"] or time(12), tzinfo=zone)
        return TaskDetails(
            kind=data["kind"], title=data["title"], owner_id=data["owner"], due_at=moment, has_time=has_time
        )


def next_working_day(today: date) -> date:
    """Tomorrow, or Monday where tomorrow is a weekend: the day that a new step proposes."""
    day = today + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day
