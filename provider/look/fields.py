"""Fields that many forms have, and what is offered in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from provider.kernel.clock import FIRST_DAY, LAST_DAY


def day_field(**facts: Any) -> forms.DateField:
    """A day, by the browser's own calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, validators=[_check_day], **facts)


def figures_typed() -> forms.TextInput:
    """Where an amount is typed: a phone shows figures with a point, and nothing typed before is offered."""
    return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})


def whole_number_typed() -> forms.TextInput:
    """Where a whole number is typed: a phone shows figures alone."""
    return forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})


def ticked_field(**facts: Any) -> forms.MultipleChoiceField:
    """Some of several, each with a box to tick; `offer_ticked` gives them."""
    return forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, **facts)


def offer_ticked(form: forms.BaseForm, **choices: Iterable[tuple[str, Any]]) -> None:
    """Have these choices in the fields of these names, all of them ticked at first."""
    offer(form, **choices)
    for name, offered in choices.items():
        form.fields[name].initial = [value for value, _label in offered]


def offer(form: forms.BaseForm, **choices: Iterable[tuple[Any, Any]]) -> None:
    """Have these choices in the fields of these names. A form's stubs know no more of a field than that it is one."""
    for name, offered in choices.items():
        field = form.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(offered)


def offer_rows(form: forms.BaseForm, **rows: QuerySet[Any]) -> None:
    """The same for fields in which rows are chosen."""
    for name, offered in rows.items():
        field = form.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = offered


def _check_day(day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise forms.ValidationError(_("Choose a day between the years 1900 and 2999."), code="day_out_of_reach")
