"""A table as one request asks for it: what was chosen, the page of rows, and every address that leads further."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from provider.kernel.actor import ANONYMOUS
from provider.look import formats

from . import export
from .cursor import BadCursor, Cursor, Order, seal, unseal
from .spec import BadValue, BulkAct, Choice, Column, Dates, Filter, Rows, Table, clean_text

_COLUMNS_COOKIE: Final = "columns_"
_YEAR_SECONDS: Final = 365 * 24 * 3600
_NOT_FILTERS: Final = ("at", "page", "export", "part")


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, and the address without it."""

    heading: str
    value: str
    href: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's head: its name, how it is sorted, and the address that sorts by it."""

    column: Column
    href: str
    direction: str  # ascending, descending or ''


@dataclass(frozen=True, slots=True)
class Row:
    """A row on the page."""

    object: Any
    pk: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of the page."""

    column: Column
    value: Any
    href: str
    sub: Any


class BoundTable:
    """What the template draws. Reads the database at most four times: rows, count, totals, and what they prefetch."""

    def __init__(self, *, table: Table, request: HttpRequest, rows: Rows) -> None:
        self.table = table
        self.request = request
        self.all_rows = rows
        self.problems: list[str] = []
        self.address = _address_of(request)
        self.q = clean_text(self.address.get("q", "")) if table.search else ""
        self.values = self._read_filters()
        self.order = self._read_order()
        if "page" in self.address:
            self.problems.append(gettext("Pages here have no numbers. This is the first one."))

    # --- What was asked for ---

    @property
    def dom_id(self) -> str:
        return f"table-{self.table.key}"

    @cached_property
    def zone(self) -> ZoneInfo:
        zone = timezone.get_current_timezone()
        return zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")

    def _read_filters(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        given = dict(self.address.lists())
        for one in self.table.filters:
            try:
                value = one.read(given)
            except BadValue as trouble:
                words = {"filter": one.heading, "value": str(trouble)[:60]}
                self.problems.append(gettext("“%(value)s” is nothing that %(filter)s can be; it was left out.") % words)
                continue
            if value is not None:
                values[one.name] = value
        return values

    def _read_order(self) -> Order:
        wanted = self.address.get("sort", "")
        column = self.table.column(wanted.removeprefix("-"))
        if column and column.sort:
            return Order(field=column.sort, is_descending=wanted.startswith("-"))
        if wanted:
            self.problems.append(gettext("This list cannot be sorted that way; it stands in its usual order."))
        return Order(field=self.table.sort.removeprefix("-"), is_descending=self.table.sort.startswith("-"))

    @cached_property
    def columns(self) -> list[Column]:
        """The columns that are shown, in the table's order."""
        wanted = self._wanted_columns()
        return [column for column in self.table.columns if column.is_fixed or column.name in wanted]

    def _wanted_columns(self) -> set[str]:
        known = {column.name for column in self.table.columns}
        chosen = self.address.getlist("cols") or self._cookie_columns()
        wanted = {name for part in chosen for name in part.split(",")} & known
        if not wanted:
            wanted = {column.name for column in self.table.columns if column.is_shown}
        return wanted | {self.table.columns[0].name}

    def _cookie_columns(self) -> list[str]:
        kept = self.request.COOKIES.get(_COLUMNS_COOKIE + self.table.key, "")
        return [kept] if kept else []

    # --- Rows ---

    @cached_property
    def matching(self) -> Rows:
        """All rows that search and filters leave."""
        rows = self.all_rows
        for one in self.table.filters:
            if one.name in self.values:
                rows = one.apply(rows, self.values[one.name], zone=self.zone)
        if self.q and self.table.search:
            rows = self.table.search(rows, self.q)
        return rows

    @cached_property
    def _page(self) -> tuple[list[Any], bool, bool]:
        """The rows of the page, whether there are some before it, and some after it."""
        cursor = self._cursor()
        is_backward = bool(cursor and cursor.is_backward)
        rows = cursor.narrow(self.matching, self.order) if cursor else self.matching
        found = list(self.order.apply(rows, is_backward=is_backward)[: self.table.page_size + 1])
        has_more, page = len(found) > self.table.page_size, found[: self.table.page_size]
        if is_backward:
            return page[::-1], has_more, True
        return page, cursor is not None, has_more

    def _cursor(self) -> Cursor | None:
        text = self.address.get("at", "")
        if not text:
            return None
        try:
            return unseal(text, key=self.table.key, order=self.order)
        except BadCursor:
            self.problems.append(
                gettext("The address names a place that this list does not have. This is its beginning.")
            )
            return None

    @cached_property
    def rows(self) -> list[Row]:
        return [Row(object=row, pk=str(row.pk), cells=self._cells(row)) for row in self._page[0]]

    def _cells(self, row: Any) -> list[Cell]:
        return [
            Cell(
                column=column,
                value=column.read(row),
                href=column.href(row) if column.href else "",
                sub=column.sub(row) if column.sub else "",
            )
            for column in self.columns
        ]

    @cached_property
    def count(self) -> int:
        """How many rows match, counted to the table's limit and no further."""
        return int(self.matching.order_by()[: self.table.count_limit + 1].count())

    @property
    def count_text(self) -> str:
        if self.count > self.table.count_limit:
            return gettext("over %(rows)s") % {"rows": self.table.say_count(self.table.count_limit)}
        return self.table.say_count(self.count)

    @cached_property
    def totals(self) -> list[tuple[Column, Any]]:
        """One per shown column: what it sums up to over all rows that match, not only those on the page."""
        if not self.table.totals:
            return []
        sums = self.table.totals(self.matching.order_by())
        return [(column, sums.get(column.name, "")) for column in self.columns]

    def export_rows(self) -> Iterator[Any]:
        """Every row that matches, in the order shown, without holding them all."""
        return iter(self.order.apply(self.matching).iterator(chunk_size=2000))

    def chosen(self) -> Rows:
        """The rows of a bulk act: ticked by their ids, or everything that the table's address matched."""
        if self.request.POST.get("all") == "yes":
            return self.matching
        ids = self.request.POST.getlist("ids")
        field = self.all_rows.model._meta.pk
        assert field is not None
        known = []
        for text in ids[: self.table.count_limit]:
            try:
                known.append(field.to_python(text))
            except ValidationError:
                continue  # an id that cannot be one chooses nothing, like one that is not there
        return self.all_rows.filter(pk__in=known)

    # --- Addresses ---

    def href(self, *, drop: tuple[str, ...] = (), **changes: str) -> str:
        """This address with changes; whatever changes, the first page follows unless a place is named."""
        query = self.address.copy()
        for name in (*_NOT_FILTERS, *drop):
            query.pop(name, None)
        for name, value in changes.items():
            query[name] = value
        written = query.urlencode()
        return f"{self.request.path}?{written}" if written else self.request.path

    @property
    def next_href(self) -> str:
        return self._beside(-1, is_backward=False) if self._page[2] and self._page[0] else ""

    @property
    def previous_href(self) -> str:
        return self._beside(0, is_backward=True) if self._page[1] and self._page[0] else ""

    def _beside(self, index: int, *, is_backward: bool) -> str:
        return self.href(at=seal(self._page[0][index], key=self.table.key, order=self.order, is_backward=is_backward))

    @property
    def first_href(self) -> str:
        return self.href()

    @property
    def clear_href(self) -> str:
        names = [name for one in self.table.filters for name in one.parameters]
        return self.href(drop=("q", *names))

    @property
    def export_links(self) -> list[tuple[str, str]]:
        return [(name, self.href(export=kind)) for kind, name in export.FORMATS.items()]

    @property
    def query(self) -> str:
        """The address's filters, for a bulk act on everything that matches."""
        return self.href().partition("?")[2]

    @property
    def hidden_inputs(self) -> list[tuple[str, str]]:
        """What a form of the table carries along besides its own fields."""
        own = {"q", *_NOT_FILTERS, *(name for one in self.table.filters for name in one.parameters)}
        return [(name, value) for name, values in self.address.lists() if name not in own for value in values]

    @property
    def hidden_inputs_for_columns(self) -> list[tuple[str, str]]:
        skipped = {"cols", *_NOT_FILTERS}
        return [(name, value) for name, values in self.address.lists() if name not in skipped for value in values]

    # --- Parts of the page ---

    @property
    def headings(self) -> list[Heading]:
        return [self._heading(column) for column in self.columns]

    def _heading(self, column: Column) -> Heading:
        if not column.sort:
            return Heading(column=column, href="", direction="")
        is_by_it = self.order.field == column.sort
        direction = ("descending" if self.order.is_descending else "ascending") if is_by_it else ""
        wanted = f"-{column.name}" if direction == "ascending" else column.name
        return Heading(column=column, href=self.href(sort=wanted), direction=direction)

    @property
    def chips(self) -> list[Chip]:
        chips = [
            Chip(str(one.heading), one.say(self.values[one.name]), self.href(drop=one.parameters))
            for one in self.table.filters
            if one.name in self.values
        ]
        if self.q:
            chips.insert(0, Chip(gettext("Search"), self.q, self.href(drop=("q",))))
        return chips

    @property
    def fields(self) -> list[dict[str, Any]]:
        """The filters as their form draws them."""
        return [self._field(one) for one in self.table.filters]

    def _field(self, one: Filter) -> dict[str, Any]:
        value = self.values.get(one.name)
        field: dict[str, Any] = {"filter": one, "name": one.name, "value": value, "kind": "text"}
        if isinstance(one, Choice):
            options = [(str(key), label, str(key) in (value or ())) for key, label in one.choices()]
            return field | {"kind": "choice", "options": options}
        if isinstance(one, Dates):
            first, last = value or (None, None)
            names = one.parameters
            return field | {"kind": "dates", "from_name": names[0], "to_name": names[1], "first": first, "last": last}
        return field

    @property
    def column_choices(self) -> list[tuple[Column, bool, bool]]:
        """Every column, whether it is shown, and whether it must be."""
        return [
            (column, column in self.columns, column.is_fixed or column is self.table.columns[0])
            for column in self.table.columns
        ]

    @property
    def bulk(self) -> list[BulkAct]:
        actor = getattr(self.request, "actor", ANONYMOUS)
        return [act for act in self.table.bulk if not act.may or actor.may(act.may)]

    @property
    def has_search(self) -> bool:
        return self.table.search is not None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.values)

    @property
    def announcement(self) -> str:
        """What a screen reader hears after the table changed."""
        shown = len(self._page[0])
        words = ngettext("%(shown)s row shown of %(count)s.", "%(shown)s rows shown of %(count)s.", shown)
        return words % {"shown": formats.number(shown), "count": self.count_text}

    def read_all(self) -> None:
        """Read the page now, so that what was wrong with the address is known before anything is drawn."""
        _ = self.rows

    def __html__(self) -> SafeString:
        return format_html("{}", self.dom_id)

    # --- Answer ---

    def answer(self, *, template: str, context: Mapping[str, Any]) -> HttpResponseBase:
        """The export, the table alone where htmx asks for it, or the page."""
        wanted = self.address.get("export", "")
        if wanted and self.table.is_exported:
            if wanted in export.FORMATS:
                return export.answer(self, kind=wanted)
            self.problems.append(gettext("There is no such export. Choose CSV or XLSX."))
        self.read_all()
        is_part = self.request.headers.get("HX-Target") == self.dom_id
        name = "look/table.html" if is_part else template
        answer = render(self.request, name, {**context, "table": self})
        answer.headers["Vary"] = "HX-Target, Cookie"
        if "cols" in self.address:
            self._keep_columns(answer)
        return answer

    def _keep_columns(self, answer: HttpResponseBase) -> None:
        chosen = ",".join(column.name for column in self.columns)
        answer.set_cookie(
            _COLUMNS_COOKIE + self.table.key, chosen, max_age=_YEAR_SECONDS, samesite="Lax", httponly=True
        )


def _address_of(request: HttpRequest) -> QueryDict:
    """The address that was asked for; a bulk act on everything sends the table's along as `query`."""
    if request.method == "POST":
        return QueryDict(request.POST.get("query", ""))
    return request.GET
