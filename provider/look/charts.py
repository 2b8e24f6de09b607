"""What a chart shows: series over days or numbers, each figure with its words; the table behind it is the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Literal

from django.utils.functional import Promise

from . import formats

Figure = int | Decimal | None


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one set of bars. `style` is s1, s2, s3 or s0: one hue by lightness."""

    label: str | Promise
    figures: Sequence[Figure]
    style: str = "s1"


@dataclass(frozen=True, slots=True)
class ChartCell:
    y: str
    label: str


@dataclass(frozen=True, slots=True)
class ChartRow:
    x: str
    label: str
    cells: list[ChartCell]
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart of `series` over `x`; `hrefs` are the lists behind its points, opened by a click."""

    x: Sequence[date | int]
    series: Sequence[Series]
    x_label: str | Promise
    kind: Literal["line", "bars"] = "line"
    hrefs: Sequence[str] = field(default_factory=tuple)

    @property
    def is_time(self) -> bool:
        return bool(self.x) and isinstance(self.x[0], date)

    @property
    def rows(self) -> list[ChartRow]:
        """One per point, as the table and the script read them."""
        hrefs = [*self.hrefs, *[""] * (len(self.x) - len(self.hrefs))]
        return [
            ChartRow(x=_position(x), label=_label(x), cells=[_cell(one.figures[i]) for one in self.series], href=href)
            for i, (x, href) in enumerate(zip(self.x, hrefs, strict=True))
        ]


def _position(x: date | int) -> str:
    if isinstance(x, date):
        return str(int(datetime.combine(x, time.min, tzinfo=UTC).timestamp()))
    return str(x)


def _label(x: date | int) -> str:
    return formats.day(x, style="short") if isinstance(x, date) else formats.number(x)


def _cell(figure: Figure) -> ChartCell:
    return ChartCell(y="", label="") if figure is None else ChartCell(y=str(figure), label=formats.number(figure))
