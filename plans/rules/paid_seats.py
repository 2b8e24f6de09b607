"""Seats that a paid term pays for, beside its time: what a renewal card "with 3 seats" means for the seats' price.

While the term runs, the first so many seats cost nothing and only those beyond them are priced, as if there were no
others. A period of the seats' charge is parted where such a term begins or ends, wherever parts of it have a price of
their own; what is priced for a period as a whole takes the number of the day on which it begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from .agreed import is_parted
from .service import PaidSeats, Service
from .terms import Charge, PlanTerms

METER: Final = "seats"
NONE: Final = Decimal(0)
Edges = Mapping[tuple[str, str], tuple[date, ...]]


def is_of_seats(charge: Charge) -> bool:
    """Whether a charge is for the seats that are taken."""
    return charge.meter is not None and charge.meter.name == METER and charge.meter.carries_over


def seats_paid(service: Service, charge: Charge, *, day: date) -> Decimal:
    """How many seats of a charge a term pays for on a day."""
    if not service.seats or not is_of_seats(charge):
        return NONE
    return Decimal(max((term.count for term in service.seats if term.start <= day < term.end), default=0))


def beyond(units: Decimal, paid: Decimal) -> Decimal:
    """The units that are left to be charged."""
    return max(units - paid, NONE) if paid else units


def edges_of(seats: Sequence[PaidSeats], *, plans: Mapping[str, PlanTerms]) -> Edges:
    """Where terms with seats part the periods of a plan's charges for seats, by plan and charge."""
    days = tuple(sorted({day for term in seats for day in (term.start, term.end)}))
    return {
        (name, charge.code): days
        for name, terms in plans.items()
        for charge in terms.charges
        if days and is_of_seats(charge) and is_parted(charge)
    }


def with_edges(edges: Edges, more: Edges) -> Edges:
    """Both, each day once, in order."""
    found = dict(edges)
    for key, days in more.items():
        found[key] = tuple(sorted({*found.get(key, ()), *days}))
    return found


def parted_on(service: Service, *, plan: str, charge: str, since: date) -> date | None:
    """The first day after `since` on which a term with seats parts the periods of a charge; None: none does."""
    if not service.seats:
        return None
    days = {day for term in service.seats for day in (term.start, term.end)}
    return next((day for day in service.edges.get((plan, charge), ()) if day > since and day in days), None)
