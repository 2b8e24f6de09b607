"""Three customers beside the editor: their sizes as typed, and what they pay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from plans.forms.fields import read_amount
from plans.models import Meter
from plans.rules.catalogue import Charge, Entitlement, Preview, Version, beyond, preview
from plans.rules.usage import SALES
from provider.kernel.errors import Refusal
from provider.kernel.money import Money

NAMES: Final = (_("Small"), _("Medium"), _("Large"))
_USUAL: Final[dict[str, tuple[int, int, int]]] = {
    "seats": (1, 3, 20),
    "records": (50, 1_200, 20_000),
    SALES: (5_000, 50_000, 500_000),
}
_OTHERS: Final = (10, 100, 1_000)
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class SizeRow:
    """One meter: what each of the three has of it."""

    meter: Meter
    cells: list[tuple[str, str]]  # the field's name and what is typed in it


@dataclass(frozen=True, slots=True)
class FigureRow:
    """What one charge comes to for each of the three; nothing where it is not charged."""

    charge: Charge | None  # None: the plan's minimum
    amounts: list[Money]


@dataclass(frozen=True, slots=True)
class Compared:
    """The version on sale beside the draft: what each pays there, and how much more or less here."""

    number: int
    totals: list[Money]
    differences: list[Money]


@dataclass(frozen=True, slots=True)
class Beyond:
    """One of the three has more of something than the plan allows."""

    size: Any
    meter: Meter
    limit: int
    stops: bool  # else service goes on above the limit, with a notice


@dataclass(frozen=True, slots=True)
class Figures:
    """The table under the sizes."""

    currency: str
    rows: list[FigureRow]
    once: list[FigureRow]
    totals: list[Money]
    previews: list[tuple[Any, Preview]]  # the size's name, for the explanations
    compared: Compared | None = None
    beyond: tuple[Beyond, ...] = ()


def size_rows(
    meters: list[Meter], *, data: QueryDict | Mapping[str, str], entitlements: Mapping[str, Entitlement]
) -> list[SizeRow]:
    """The inputs, with what was typed or a usual size that the plan allows."""
    rows = []
    for meter in meters:
        names = [f"size_{place}_{meter.code}" for place in range(3)]
        limit = _limit(entitlements, meter)
        typed = [data.get(name) or _usual(meter, place=place, limit=limit) for place, name in enumerate(names)]
        rows.append(SizeRow(meter, list(zip(names, typed, strict=True))))
    return rows


def _usual(meter: Meter, *, place: int, limit: int | None) -> str:
    usual = _USUAL.get(meter.code, _OTHERS)[place]
    return str(usual if limit is None else min(usual, limit))


def _limit(entitlements: Mapping[str, Entitlement], meter: Meter) -> int | None:
    allowed = entitlements.get(meter.code)
    return allowed.limit if allowed else None


def _units(rows: list[SizeRow], place: int) -> dict[str, Decimal]:
    return {row.meter.code: _number(row.cells[place][1]) for row in rows}


def _number(text: str) -> Decimal:
    """What is typed; nothing while it is no number yet."""
    try:
        return read_amount(text)
    except Refusal:
        return ZERO


def figures_of(
    content: Version, *, currency: str, sizes: list[SizeRow], on_sale: tuple[int, Version] | None = None
) -> Figures:
    """What the three pay with this content, beside the version on sale if there is another one."""
    seen = [preview(content, currency=currency, units=_units(sizes, place)) for place in range(3)]
    charges = [charge for charge in content.charges if currency in charge.prices]
    rows = [FigureRow(charge, _amounts(seen, charge.code)) for charge in charges if charge.model != "one_time"]
    if any(one.part("minimum") for one in seen):
        rows.append(FigureRow(None, _amounts(seen, "minimum")))
    totals = [one.total for one in seen]
    return Figures(
        currency=currency,
        rows=rows,
        once=[FigureRow(charge, _amounts(seen, charge.code)) for charge in charges if charge.model == "one_time"],
        totals=totals,
        previews=list(zip(NAMES, seen, strict=True)),
        compared=_compared(on_sale, totals, currency=currency, sizes=sizes) if on_sale else None,
        beyond=tuple(_beyond(content, sizes)),
    )


def _beyond(content: Version, sizes: list[SizeRow]) -> Iterator[Beyond]:
    passed = [beyond(content, units=_units(sizes, place)) for place in range(3)]
    for row in sizes:
        code = row.meter.code
        for name, limits in zip(NAMES, passed, strict=True):
            if code in limits:
                yield Beyond(name, row.meter, limits[code], content.entitlements[code].stops_at_limit)


def _amounts(seen: list[Preview], code: str) -> list[Money]:
    return [part.amount if (part := one.part(code)) else Money(0, one.total.currency) for one in seen]


def _compared(
    on_sale: tuple[int, Version], totals: list[Money], *, currency: str, sizes: list[SizeRow]
) -> Compared | None:
    number, content = on_sale
    if currency not in content.currencies:
        return None
    before = [preview(content, currency=currency, units=_units(sizes, place)).total for place in range(3)]
    return Compared(number, before, [now - then for now, then in zip(totals, before, strict=True)])
