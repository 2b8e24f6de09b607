"""Points and what they come to, and the rate at which they become money, for machines."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import Field

from invoices.models import PointExchange, PointRate
from invoices.operations.points import exchange_points, set_rate
from invoices.queries.points import Promise, offer_to, promise, rates_in_force, rates_open_to
from plans.queries.catalogue import seller_of_key
from provider.accounts.queries import access_account_by_key
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_, FactsChanged
from provider.kernel.machine_doors import Answer, Given, Page, PageAsked, page_of, scope

from .amounts import Amount, money_of, told

router = Router(tags=["Coupons and balances"])


class PointsShown(Answer):
    """An account's points, and what they could become."""

    points: Annotated[int, Field(description=N_("Those that are left."), examples=[550])]
    currency: Annotated[str, Field(examples=["CNY"])]
    rate_id: Annotated[UUID | None, Field(description=N_("Of the rate that holds; null: points are not exchanged."))]
    step: Annotated[int | None, Field(description=N_("Points are exchanged in multiples of it."), examples=[100])]
    amount_of_step: Annotated[str | None, Field(description=N_("What a step comes to."), examples=["1.00"])]
    most: Annotated[int, Field(description=N_("How many can be exchanged now."), examples=[500])]
    amount: Annotated[str | None, Field(description=N_("What these come to."), examples=["5.00"])]


class ExchangeAsked(Given):
    """How many points, and at which rate."""

    points: Annotated[int, Field(ge=1, le=2_000_000_000, examples=[500])]
    rate_id: Annotated[
        UUID, Field(description=N_("As it was read; if another one holds by now, nothing is done (`facts_changed`)."))
    ]
    preview: Annotated[bool, Field(description=N_("Only say what they come to; nothing is exchanged."))] = False


class ExchangePromised(Answer):
    """What the points would become."""

    is_preview: Literal[True] = True
    points: Annotated[int, Field(examples=[500])]
    points_left: Annotated[int, Field(description=N_("How many would be left."), examples=[50])]
    currency: Annotated[str, Field(examples=["CNY"])]
    amount: Annotated[str, Field(examples=["5.00"])]
    rate_id: UUID

    @classmethod
    def of(cls, promised: Promise) -> ExchangePromised:
        return cls(
            points=promised.points,
            points_left=promised.left,
            currency=promised.money.currency,
            amount=str(promised.money.amount),
            rate_id=promised.rate_id,
        )


class ExchangeShown(Answer):
    """Points that became prepaid money."""

    id: UUID
    account_id: UUID
    points: Annotated[int, Field(examples=[500])]
    currency: Annotated[str, Field(examples=["CNY"])]
    amount: Annotated[str, Field(examples=["5.00"])]
    at: datetime

    @classmethod
    def of(cls, made: PointExchange) -> ExchangeShown:
        return cls(
            id=made.id,
            account_id=made.account_id,
            points=made.points,
            currency=made.currency,
            amount=told(made.amount_minor, currency=made.currency),
            at=made.at,
        )


@router.get(
    "/accounts/{account_id}/points",
    response=PointsShown,
    operation_id="read_points",
    summary=N_("Read the points of an account"),
    description=N_("How many are left, and what they would come to as prepaid money. Nothing is exchanged."),
)
@scope("balances:read")
def read_points(request: HttpRequest, account_id: UUID) -> PointsShown:
    account = access_account_by_key(account_id=account_id, by=actor_of(request))
    at = clock.now_for(test_clock_at=account.test_clock_at)
    offer = offer_to(account_id=account.id, currency=account.currency, at=at)
    rate = offer.rate
    return PointsShown(
        points=offer.left,
        currency=account.currency,
        rate_id=rate.id if rate else None,
        step=rate.points if rate else None,
        amount_of_step=told(rate.amount_minor, currency=account.currency) if rate else None,
        most=offer.most,
        amount=told(offer.money.minor, currency=account.currency) if offer.money else None,
    )


@router.post(
    "/accounts/{account_id}/points/exchange",
    response={200: ExchangePromised, 201: ExchangeShown},
    operation_id="exchange_points",
    summary=N_("Exchange points for prepaid money"),
    description=N_(
        "Turns points into prepaid money at the rate that was read, each point once, however many ask at the same "
        "time. It cannot be taken back; with `preview` it only says what they come to."
    ),
)
@scope("points:exchange")
def exchange(
    request: HttpRequest, account_id: UUID, asked: ExchangeAsked
) -> Status[ExchangeShown] | Status[ExchangePromised]:
    by = actor_of(request)
    account = access_account_by_key(account_id=account_id, by=by)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    if asked.preview:
        offer = offer_to(account_id=account.id, currency=account.currency, at=at)
        promised = promise(offer, points=asked.points, currency=account.currency)
        if promised.rate_id != asked.rate_id:
            raise FactsChanged()
        return Status(200, ExchangePromised.of(promised))
    made = exchange_points(account_id=account.id, points=asked.points, rate_id=asked.rate_id, by=by, at=at)
    return Status(201, ExchangeShown.of(made))


# --- The rate ---


class RateAsked(Given):
    """So many points for so much money."""

    currency: Annotated[str, Field(max_length=3, examples=["CNY"])]
    points: Annotated[int, Field(ge=1, le=1_000_000, examples=[100])]
    amount: Annotated[Amount, Field(description=N_("0 ends the offer: points stay."), examples=["1.00"])]
    reason: Annotated[str, Field(max_length=400, description=N_("For colleagues."), examples=["As agreed in spring"])]


class RateShown(Answer):
    """A rate: from when on so many points became so much money."""

    id: UUID
    currency: Annotated[str, Field(examples=["CNY"])]
    points: Annotated[int, Field(examples=[100])]
    amount: Annotated[str, Field(description=N_("0: points were not exchanged."), examples=["1.00"])]
    is_in_force: Annotated[bool, Field(description=N_("Points are exchanged at it now."))]
    reason: Annotated[str, Field(examples=["As agreed in spring"])]
    at: Annotated[datetime, Field(description=N_("Since when, until the next one of its currency."))]

    @classmethod
    def of(cls, rate: PointRate, *, is_in_force: bool) -> RateShown:
        return cls(
            id=rate.id,
            currency=rate.currency,
            points=rate.points,
            amount=told(rate.amount_minor, currency=rate.currency),
            is_in_force=is_in_force,
            reason=rate.reason,
            at=rate.at,
        )


class RatesAsked(PageAsked):
    """Which rates."""

    currency: Annotated[str, Field(max_length=3, description=N_("Only those of this currency."), examples=["CNY"])] = ""


@router.get(
    "/point-rates",
    response=Page[RateShown],
    operation_id="list_point_rates",
    summary=N_("List the rates of points"),
    description=N_("Every rate there was, the latest first; for the provider."),
)
@scope("rates:read")
def list_point_rates(request: HttpRequest, response: HttpResponse, asked: Query[RatesAsked]) -> dict[str, Any]:
    rows, now = rates_open_to(actor_of(request)), rates_in_force()
    if asked.currency:
        rows = rows.filter(currency=asked.currency)
    return page_of(
        rows, request=request, response=response, asked=asked, order=("-at", "-id"),
        shape=lambda rate: RateShown.of(rate, is_in_force=rate.id in now), filters={"currency": asked.currency},
    )  # fmt: skip


@router.post(
    "/point-rates",
    response={201: RateShown},
    operation_id="set_point_rate",
    summary=N_("Set the rate of points"),
    description=N_(
        "From now on so many points become so much money of this currency; 0 ends the offer. What was exchanged stays. "
        "A rate holds for all accounts, so a test key sets none."
    ),
)
@scope("rates:write")
def set_point_rate(request: HttpRequest, asked: RateAsked) -> Status[RateShown]:
    by = actor_of(request)
    seller_of_key(by)
    made = set_rate(
        currency=asked.currency, points=asked.points, amount=money_of(asked.amount, currency=asked.currency),
        reason=asked.reason, by=by, at=clock.now(),
    )  # fmt: skip
    return Status(201, RateShown.of(made, is_in_force=bool(made.amount_minor)))
