"""Revenue for machines: what billed service has earned by the end of any day, and what is still to be rendered."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from invoices.queries import revenue as queries
from invoices.queries.revenue import Books, OfMonth, OfPlan
from invoices.queries.runs import provider_account
from plans.queries.catalogue import seller_of_key
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_, DayAhead
from provider.kernel.machine_doors import Answer, Day, scope

from .amounts import told

router = Router(tags=["Billing"])


class RevenueAsked(BaseModel):
    """As of the end of which day, and in which currency."""

    on: Annotated[Day | None, Field(description=N_("Today if left out; none to come."), examples=["2026-11-30"])] = None
    currency: Annotated[
        str, Field(pattern="^[A-Z]{3}$", description=N_("Three letters, ISO 4217."), examples=["CNY"])
    ] = "CNY"


class PlanRevenue(Answer):
    """One plan, before tax and after discounts and credit notes."""

    plan: Annotated[str, Field(description=N_("Its code; empty for lines by hand."), examples=["standard"])]
    month: Annotated[str, Field(description=N_("Earned in the month of the day, so far."), examples=["1240.00"])]
    year: Annotated[str, Field(description=N_("Earned in its year, so far."), examples=["13640.00"])]
    deferred: Annotated[str, Field(description=N_("Billed, and still to be rendered."), examples=["3100.00"])]

    @classmethod
    def of(cls, one: OfPlan, *, currency: str) -> PlanRevenue:
        return cls(
            plan=one.plan_code,
            month=told(one.month_minor, currency=currency),
            year=told(one.year_minor, currency=currency),
            deferred=told(one.deferred_minor, currency=currency),
        )


class MonthRevenue(Answer):
    """One plan in one month."""

    ends_on: Annotated[date, Field(description=N_("The last day of the month, or the day that is asked about."))]
    plan: Annotated[str, Field(examples=["standard"])]
    earned: Annotated[str, Field(examples=["1240.00"])]
    deferred: Annotated[str, Field(description=N_("Still to be rendered at its end."), examples=["3100.00"])]

    @classmethod
    def of(cls, one: OfMonth, *, currency: str) -> MonthRevenue:
        return cls(
            ends_on=one.ends_on,
            plan=one.plan_code,
            earned=told(one.minor, currency=currency),
            deferred=told(one.deferred_minor, currency=currency),
        )


class BooksShown(Answer):
    """The counterpart in the ledger."""

    closed_on: Annotated[date | None, Field(description=N_("Until when months are closed."))]
    deferred: Annotated[str, Field(description=N_("What stands there as deferred service."), examples=["4340.00"])]
    waiting: Annotated[str, Field(description=N_("Earned, its month not closed yet."), examples=["1240.00"])]
    difference: Annotated[str, Field(description=N_("What lines and books differ by: nothing."), examples=["0.00"])]

    @classmethod
    def of(cls, books: Books, *, deferred_minor: int, currency: str) -> BooksShown:
        return cls(
            closed_on=books.closed_on,
            deferred=told(books.deferred_minor, currency=currency),
            waiting=told(books.waiting_minor, currency=currency),
            difference=told(books.tie_minor(deferred_minor=deferred_minor), currency=currency),
        )


class RevenueShown(Answer):
    """What billed service has earned by the end of the day. Amounts are in major units, as text."""

    on: date
    currency: Annotated[str, Field(examples=["CNY"])]
    month: Annotated[str, Field(examples=["1240.00"])]
    year: Annotated[str, Field(examples=["13640.00"])]
    deferred: Annotated[str, Field(examples=["3100.00"])]
    plans: list[PlanRevenue]
    months: Annotated[list[MonthRevenue], Field(description=N_("The last twelve, the earliest first."))]
    books: BooksShown


@router.get(
    "/revenue",
    response=RevenueShown,
    operation_id="read_revenue",
    summary=N_("Read revenue as of a day"),
    description=N_(
        "Earned by plan and month, and deferred, as of the end of the day: the answer for a day that is over stays, "
        "whatever is billed or credited later. A day to come is refused (422 `day_ahead`)."
    ),
)
@scope("revenue:read")
def read_revenue(request: HttpRequest, asked: Query[RevenueAsked]) -> RevenueShown:
    seller_of_key(actor_of(request))  # the books hold no test accounts: a test key has none to read
    provider = provider_account()
    zone = ZoneInfo(provider.time_zone if provider else "UTC")
    today = clock.local_day(at=clock.now(), zone=zone)
    on, currency = asked.on or today, asked.currency
    if on > today:
        raise DayAhead(field="on")
    plans = queries.by_plan(on=on, currency=currency)
    deferred = sum(one.deferred_minor for one in plans)
    books = queries.in_books(on=on, currency=currency, zone=zone)
    return RevenueShown(
        on=on,
        currency=currency,
        month=told(sum(one.month_minor for one in plans), currency=currency),
        year=told(sum(one.year_minor for one in plans), currency=currency),
        deferred=told(deferred, currency=currency),
        plans=[PlanRevenue.of(one, currency=currency) for one in plans],
        months=[MonthRevenue.of(one, currency=currency) for one in queries.by_month(on=on, currency=currency)],
        books=BooksShown.of(books, deferred_minor=deferred, currency=currency),
    )
