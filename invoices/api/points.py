"""Points and what they come to, for machines."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from invoices.models import PointExchange
from invoices.operations.points import exchange_points
from invoices.queries.points import offer_to
from provider.accounts.queries import access_account_by_key
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Given, scope

from .amounts import told

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
    response={201: ExchangeShown},
    operation_id="exchange_points",
    summary=N_("Exchange points for prepaid money"),
    description=N_(
        "Turns points into prepaid money at the rate that was read, each point once, however many ask at the same "
        "time. It cannot be taken back."
    ),
)
@scope("points:exchange")
def exchange(request: HttpRequest, account_id: UUID, asked: ExchangeAsked) -> Status[ExchangeShown]:
    by = actor_of(request)
    account = access_account_by_key(account_id=account_id, by=by)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    made = exchange_points(account_id=account.id, points=asked.points, rate_id=asked.rate_id, by=by, at=at)
    return Status(201, ExchangeShown.of(made))
