"""Of whom, of which meter and between which days usage is asked for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, Field

from plans.queries.explorer import check_span
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Day

USUAL_DAYS: Final = 30
FirstDay = Annotated[
    Day | None, Field(description=N_("The first day; 30 days ago if left out."), examples=["2026-11-01"])
]
EndDay = Annotated[
    Day | None, Field(description=N_("The day after the last one; tomorrow if left out."), examples=["2026-12-01"])
]


class OfDays(BaseModel):
    """Whose usage, of what, and when."""

    account_id: Annotated[
        UUID | None, Field(description=N_("The account; left out, the key’s own. Only the provider reads others."))
    ] = None
    meter: Annotated[str, Field(max_length=64, description=N_("Only this meter."), examples=["calls"])] = ""
    start: FirstDay = None
    end: EndDay = None


def days_asked(start: date | None, end: date | None, *, today: date) -> tuple[date, date]:
    """The days [start, end) that are asked for, at most a year of them."""
    last = end or today + timedelta(days=1)
    first = start or last - timedelta(days=USUAL_DAYS)
    check_span(start=first, end=last)
    return first, last
