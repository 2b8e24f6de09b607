"""Tags and filters of the look: what the components are made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, ClearableFileInput, RadioSelect, Select
from django.forms.boundfield import BoundWidget
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from lucide import IconDoesNotExist, _render_icon

from provider.kernel.actor import ANONYMOUS
from provider.kernel.idempotency import FORM_FIELD, new_form_key
from provider.kernel.money import Money
from provider.look import formats, toasts
from provider.look.progress import JobWords, words_of
from provider.look.tables.bound import Cell
from provider.look.tables.spec import Badge, Column

register = template.Library()


# --- Components' own needs ---


@register.simple_tag
def attributes(attrs: Any) -> SafeString:
    """The attributes that a component passes on, escaped; cotton's own `{{ attrs }}` would not escape bound values."""
    passed: Mapping[str, Any] = attrs.attrs_dict() if hasattr(attrs, "attrs_dict") else attrs or {}
    given = {name: value for name, value in passed.items() if value is not False and value is not None}
    return format_html_join(
        " ",
        "{}{}",
        ((name, "" if value is True else format_html('="{}"', value)) for name, value in given.items()),
    )


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An inline icon of the lucide set; without a label it is decoration and hidden from screen readers."""
    words = format_html('<span class="vh">{}</span>', label) if label else SafeString("")
    return _drawing(name) + words


@cache
def _drawing(name: str) -> SafeString:
    """Drawn once: a page has dozens, and building one from its file takes longer than most of a page's other parts.

    The names come from templates; nothing of a reader's gets into the drawing.
    """
    try:
        return SafeString(_render_icon(name, None, **{"class": "icon", "aria-hidden": "true", "focusable": "false"}))
    except IconDoesNotExist as trouble:
        raise template.TemplateSyntaxError(f"There is no icon “{name}”; see lucide.dev/icons.") from trouble


@register.simple_tag
def form_key() -> SafeString:
    """The hidden key of one rendering of one form: a second click or a repeated request changes nothing."""
    return format_html('<input type="hidden" name="{}" value="{}">', FORM_FIELD, new_form_key())


@register.simple_tag(takes_context=True)
def is_current(context: template.Context, href: str, is_exact: Any = False, but: str = "", also: str = "") -> bool:
    """Whether `href` is the page at hand, or (unless exact) a page above it.

    `also` names pages that stand elsewhere and belong to it, `but` those below it that do not.
    """
    request = context.get("request")
    if request is None or not href:
        return False
    if also and request.path.startswith(tuple(also.split())):
        return True
    if but and request.path.startswith(tuple(but.split())):
        return False
    return bool(request.path == href or (not is_exact and href != "/" and request.path.startswith(href)))


@register.simple_tag(takes_context=True)
def may(context: template.Context, permission: str) -> bool:
    """Whether the actor may do `permission`; nothing asked is everybody's."""
    actor = getattr(context.get("request"), "actor", ANONYMOUS)
    return not permission or actor.may(permission)


# --- Fields ---


@register.simple_tag
def widget(field: BoundField, extra: Any = None) -> SafeString:
    """The field's control with the look's classes, tied to its help and its errors for screen readers."""
    kind = field.field.widget
    css = "form-control"
    if isinstance(kind, Select) and not isinstance(kind, RadioSelect):
        css = "form-select"
    if isinstance(kind, CheckboxInput | RadioSelect | CheckboxSelectMultiple):
        css = "form-check-input"
    attrs: dict[str, str | bool] = {"class": f"{css} {kind.attrs.get('class', '')}".strip()}
    described = [f"{field.auto_id}_help"] if field.help_text else []
    if field.errors:
        described.append(f"{field.auto_id}_error")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return SafeString(field.as_widget(attrs=attrs | dict(extra or {})))


@register.simple_tag
def choice(option: BoundWidget) -> SafeString:
    """One box or button of a group, with the look's class."""
    option.data["attrs"]["class"] = "form-check-input"
    return SafeString(option.tag())


@register.filter
def is_check(field: BoundField) -> bool:
    """A single box to tick, whose label stands at its right."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    """Several boxes or buttons under one heading."""
    return isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple)


@register.filter
def is_file(field: BoundField) -> bool:
    return isinstance(field.field.widget, ClearableFileInput) or field.field.widget.input_type == "file"


# --- Figures, days, instants ---


@register.filter
def figure(value: Any, places: int | None = None) -> str:
    """A number as the reader writes it; nothing stays nothing."""
    return "" if value is None or value == "" else formats.number(value, places=places)


@register.filter
def signed(value: Any) -> str:
    return formats.signed(value)


@register.filter
def share(value: Decimal | float, places: int = 0) -> str:
    return formats.percent(value, places=places)


@register.filter
def size(value: int) -> str:
    return formats.size(value)


@register.filter
def currency(code: str) -> str:
    return formats.currency(code)


@register.filter
def in_words(things: Any) -> str:
    return formats.in_words([str(thing) for thing in things])


@register.simple_tag
def money_text(value: Any, minor: Any, currency_code: str, is_bare: Any, is_signed: Any) -> str:
    """An amount; from a Money, or from minor units and a currency."""
    worth = value if isinstance(value, Money) else Money(int(minor), currency_code)
    write = formats.amount if is_bare else formats.money
    return write(worth, is_signed=bool(is_signed))


@register.filter
def zone_name(name: str) -> str:
    """A time zone by its city, in the reader's language."""
    return formats.zone(name)


@register.simple_tag
def colon() -> str:
    """What stands between a name and what is said of it."""
    return ": " if formats.language_tag() == "en" else "："


@register.simple_tag
def full_stop() -> str:
    """What ends a sentence whose last words are a component's."""
    return "." if formats.language_tag() == "en" else "。"


@register.simple_tag
def comma() -> str:
    """What stands between a name and what belongs to it."""
    return ", " if formats.language_tag() == "en" else "，"


@register.simple_tag
def separator() -> str:
    """What stands between the items of a list that is no sentence."""
    return formats.separator()


@register.filter
def listed(things: Any) -> str:
    """A list that is no sentence: “A, B, C”, “A、B、C”."""
    return formats.listed(things or [])


@register.filter
def bracketed(text: str) -> str:
    """A remark behind a word, in the language's own brackets."""
    return formats.bracketed(text)


@register.filter
def percents(value: Decimal | float) -> str:
    """A share that is given in percent, without zeros that say nothing."""
    return formats.percents(value.normalize() if isinstance(value, Decimal) else value)


@register.simple_tag
def date_text(value: Any, style: str, end: Any, zone: Any = "") -> str:
    """A day, an instant, a period (with `end`) or the last day served (style "until")."""
    if value is None or value == "":
        return ""
    if isinstance(value, timedelta):
        return formats.span(value)
    if end:
        return formats.period(_day(value), _day(end))
    if style == "until":
        return formats.paid_until(_day(value))
    if isinstance(value, datetime):
        return formats.instant(value, style=style or "short", zone=ZoneInfo(zone) if zone else None)
    return formats.day(value, style=style or "long")


@register.filter
def month(value: date) -> str:
    """The month of a day: October 2026, 2026年10月."""
    return formats.day(value, style="month")


@register.simple_tag
def date_title(value: Any, zone: Any = "") -> str:
    """What stands on hover: the whole instant with its zone."""
    return formats.full_instant(value, zone=ZoneInfo(zone) if zone else None) if isinstance(value, datetime) else ""


@register.filter
def machine_time(value: Any) -> str:
    """For the datetime attribute."""
    return value.isoformat() if isinstance(value, date) else ""


@register.simple_tag(takes_context=True)
def table_cell(context: template.Context, cell: Cell, row: Any) -> SafeString:
    """What a table shows in one place."""
    column, value = cell.column, cell.value
    if column.kind == "template":
        request = context.get("request")
        return SafeString(render_to_string(column.template, {"row": row.object, "value": value}, request))
    return table_value(column, value)


@register.simple_tag
def table_value(column: Column, value: Any) -> SafeString:
    """A value in the manner of its column."""
    if value is None or value == "":
        return SafeString("")
    if isinstance(value, Badge):
        return format_html('<span class="badge{}">{}</span>', f" is-{value.kind}" if value.kind else "", value.word)
    if isinstance(value, Money):
        return format_html("{}", formats.amount(value) if column.currency else formats.money(value))
    if isinstance(value, date):
        return _time(value, is_day=column.kind == "date")
    if column.kind == "number" and isinstance(value, int | Decimal):
        return format_html("{}", formats.number(value))
    return format_html("{}", value)


def _time(value: date, *, is_day: bool) -> SafeString:
    """A short day or instant; the whole instant stands on hover."""
    if not isinstance(value, datetime):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.day(value, style="short"))
    words = formats.day(_day(value), style="short") if is_day else formats.instant(value)
    whole = formats.full_instant(value)
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), whole, words)


def _day(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


@register.simple_tag
def toast_of(message: Any) -> toasts.Toast:
    """A waiting message as the toast it is shown as."""
    return toasts.read(message)


# --- Bars, jobs ---


@register.simple_tag
def fraction(used: Any, limit: Any) -> int:
    """How much of the limit is used, in whole percent from 0 to 100, for a bar."""
    if not limit:
        return 0
    return max(0, min(100, round(100 * Decimal(str(used or 0)) / Decimal(str(limit)))))


@register.simple_tag
def shares_of(parts: Any) -> list[dict[str, Any]]:
    """The parts of a bar with their widths. A part is (label, value, series) with series s1, s2, s3, s0, hatch, ..."""
    total = sum(Decimal(str(value)) for _label, value, _series in parts) or Decimal(1)
    return [
        {
            "label": label,
            "value": value,
            "series": series,
            "percent": str((100 * Decimal(str(value)) / total).quantize(Decimal("0.001"))),
        }
        for label, value, series in parts
    ]


@register.simple_tag
def job_words(job: Any, progress: Any) -> JobWords:
    """A job's state in words."""
    return words_of(job, progress)
