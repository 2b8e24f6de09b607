"""What a table is: its columns, filters and acts, written down once and never changed by a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from provider.kernel.clock import first_instant
from provider.look import formats

if TYPE_CHECKING:
    from .bound import BoundTable

Rows = QuerySet[Any]
Words = str | Promise
Kind = Literal["text", "mono", "number", "money", "date", "instant", "badge", "template"]
_RIGHT: Final = frozenset({"number", "money"})


@dataclass(frozen=True, slots=True)
class Badge:
    """A state: a word and the colour that goes with it (ok, warn, bad, accent or none)."""

    word: Words
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `value` is a function of the row or a path such as "account.name"; without it, `name` is the path.

    `sort` names the field or annotation that the column is sorted by; a column without it cannot be sorted. `href`
    makes the cell the row's link (the first column). `template` draws a cell of kind "template" from `row` and `value`.
    `currency` is the one currency of a money column: it stands once, in the heading.
    """

    name: str
    heading: Words
    kind: Kind = "text"
    value: Callable[[Any], Any] | str = ""
    sort: str = ""
    href: Callable[[Any], str] | None = None
    sub: Callable[[Any], Any] | None = None  # a second, quieter line
    template: str = ""
    currency: str = ""
    is_shown: bool = True  # before the reader chooses
    is_fixed: bool = False  # cannot be taken away

    @property
    def is_right(self) -> bool:
        return self.kind in _RIGHT

    def read(self, row: Any) -> Any:
        """The value of this column in `row`."""
        if callable(self.value):
            return self.value(row)
        found = row
        for step in (self.value or self.name).split("."):
            found = getattr(found, step, None) if not isinstance(found, Mapping) else found.get(step)
        return found


class BadValue(ValueError):
    """A filter was given a value that it does not know; the text says so to the reader."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A field that narrows the rows. `where` is a lookup, or a function of (rows, value)."""

    name: str
    heading: Words
    where: str | Callable[[Rows, Any], Rows] = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters of the address that this filter reads."""
        return (self.name,)

    def read(self, given: Mapping[str, Sequence[str]]) -> Any:
        """The typed value in the address, or None; raises BadValue."""
        raise NotImplementedError

    def apply(self, rows: Rows, value: Any, *, zone: ZoneInfo) -> Rows:
        if callable(self.where):
            return self.where(rows, value)
        return rows.filter(**{self.where or self.name: value})

    def say(self, value: Any) -> str:
        """The value as its chip shows it."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Text(Filter):
    """Free text; `where` is a lookup such as "email__icontains"."""

    def read(self, given: Mapping[str, Sequence[str]]) -> str | None:
        return clean_text(next(iter(given.get(self.name, ())), "")) or None


@dataclass(frozen=True, slots=True)
class Choice(Filter):
    """One or several of some values."""

    options: Iterable[tuple[str, Words]] | Callable[[], Iterable[tuple[str, Words]]] = ()

    def choices(self) -> list[tuple[str, Words]]:
        return list(self.options() if callable(self.options) else self.options)

    def read(self, given: Mapping[str, Sequence[str]]) -> list[str] | None:
        wanted = [value for value in given.get(self.name, ()) if value]
        known = {str(value) for value, _label in self.choices()}
        if strange := [value for value in wanted if value not in known]:
            raise BadValue(strange[0])
        return wanted or None

    def apply(self, rows: Rows, value: Any, *, zone: ZoneInfo) -> Rows:
        if callable(self.where):
            return self.where(rows, value)
        return rows.filter(**{f"{self.where or self.name}__in": value})

    def say(self, value: Any) -> str:
        words = {str(key): str(label) for key, label in self.choices()}
        return formats.listed(words[item] for item in value)


@dataclass(frozen=True, slots=True)
class Dates(Filter):
    """From one local day to another, both included. `where` names a date or an instant (`is_instant`)."""

    is_instant: bool = True

    @property
    def parameters(self) -> tuple[str, ...]:
        return (f"{self.name}_from", f"{self.name}_to")

    def read(self, given: Mapping[str, Sequence[str]]) -> tuple[date | None, date | None] | None:
        first, last = (_day(next(iter(given.get(name, ())), "")) for name in self.parameters)
        return (first, last) if first or last else None

    def apply(self, rows: Rows, value: Any, *, zone: ZoneInfo) -> Rows:
        first, last = value
        field_name = self.where if isinstance(self.where, str) and self.where else self.name
        if first:
            rows = rows.filter(**{f"{field_name}__gte": self._bound(first, zone=zone)})
        if last:
            end = date.fromordinal(last.toordinal() + 1)
            rows = rows.filter(**{f"{field_name}__lt": self._bound(end, zone=zone)})
        return rows

    def _bound(self, day: date, *, zone: ZoneInfo) -> date | datetime:
        return first_instant(day=day, zone=zone) if self.is_instant else day

    def say(self, value: Any) -> str:
        first, last = (formats.day(day, style="short") if day else "…" for day in value)
        return f"{first} – {last}"


@dataclass(frozen=True, slots=True)
class BulkAct:
    """An act on the selected rows: a POST to `url` with `ids`, or with `all=yes` and the table's `query`."""

    label: Words
    url: str
    kind: str = ""
    icon: str = ""
    consequence: Words = ""  # asked for before, if given
    may: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of one kind of row. See the package's docstring for an example."""

    key: str
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    search: Callable[[Rows, str], Rows] | None = None
    search_label: Words = field(default=_("Search"))
    sort: str = "-pk"
    page_size: int = 50
    count_limit: int = 10_000
    totals: Callable[[Rows], Mapping[str, Any]] | None = None  # column name -> value, over all rows that match
    bulk: Sequence[BulkAct] = ()
    is_exported: bool = True
    caption: Words = ""
    empty_title: Words = field(default=_("Nothing here yet"))
    empty_text: Words = ""
    empty_act: Words = ""  # what fills an empty table, and where that is done
    empty_href: Words = ""
    empty_template: str = ""
    # How many of what: singular and plural of "%(count)s rows", chosen by "number".
    counted: Words = field(default=ngettext_lazy("%(count)s row", "%(count)s rows", "number"))

    def bind(self, request: HttpRequest, *, rows: Rows) -> BoundTable:
        """This table with the rows that `request` asks for."""
        from .bound import BoundTable

        return BoundTable(table=self, request=request, rows=rows)

    def answer(
        self, request: HttpRequest, *, rows: Rows, template: str, context: Mapping[str, Any] | None = None
    ) -> HttpResponseBase:
        """The page, the table alone where htmx asks for it, or the export."""
        return self.bind(request, rows=rows).answer(template=template, context=context or {})

    def chosen(self, request: HttpRequest, *, rows: Rows) -> Rows:
        """The rows that a bulk act was sent for: the ticked ones, or all that the table's address matched."""
        return self.bind(request, rows=rows).chosen()

    def say_count(self, count: int) -> str:
        """So many rows of this kind, in the reader's words."""
        return str(self.counted % {"number": count, "count": formats.number(count)})

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


def clean_text(text: str) -> str:
    """A reader's search words: no control characters (PostgreSQL takes no NUL), at most 200 characters."""
    return "".join(char for char in text if char.isprintable()).strip()[:200]


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as trouble:
        raise BadValue(text) from trouble
    if not 1900 <= day.year <= 9000:
        raise BadValue(text)
    return day
