"""Prices agreed for one subscription, for machines: read, agreed and ended, with a preview of what that changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from invoices.errors import OnlyTheProvider
from invoices.operations.prices import PriceWish, agree_price, end_price
from invoices.rules.changes import Foreseen
from plans.models import AgreedPrice
from plans.queries.prices import agreed_prices_of
from plans.queries.standing import access_subscription_by_key
from plans.rules.agreed import Amounts
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Day, Page, PageAsked, page_of, scope
from provider.kernel.money import to_decimal

from .acts import ActAsked
from .corrections import ChangeShown

router = Router(tags=["Subscriptions"])

Price = Annotated[Decimal, Field(ge=0, le=1_000_000_000)]


class TierAsked(BaseModel):
    """The amounts of one tier; its limit stays the plan's."""

    unit: Annotated[Price, Field(description=N_("What each unit in it costs."), examples=["0.40"])]
    flat: Annotated[Price, Field(description=N_("What is added once when it is reached."))] = Decimal(0)


class PriceAsked(ActAsked):
    """Other amounts of a charge, for the days from `start_on` to the day before `end_on`."""

    charge: Annotated[str, Field(max_length=64, examples=["base"])]
    start_on: Annotated[Day, Field(description=N_("The first day; one that is not billed yet."))]
    end_on: Annotated[
        Day | None, Field(description=N_("The first day of the plan’s price again; left out, until it is ended."))
    ] = None
    price: Annotated[Price | None, Field(description=N_("Of a fixed price, of each unit, or of a package."))] = None
    tiers: Annotated[list[TierAsked], Field(max_length=100, description=N_("Of tiers: as many as the plan has."))] = []
    rate: Annotated[Price | None, Field(description=N_("Of a percentage: 0.05 is 5 %."))] = None
    fixed: Price | None = None
    min_per_event: Price | None = None
    max_per_event: Price | None = None

    def wish(self) -> PriceWish:
        """As the verb takes it."""
        single = self.model_dump(include={"price", "rate", "fixed", "min_per_event", "max_per_event"})
        amounts = Amounts(tiers=tuple((tier.unit, tier.flat) for tier in self.tiers), **single)
        return PriceWish(charge=self.charge, amounts=amounts, start_on=self.start_on, end_on=self.end_on)


class PriceEndAsked(ActAsked):
    """When the plan's price holds again."""

    end_on: Annotated[Day, Field(description=N_("The first day of the plan’s price; one that is not billed yet."))]


class PriceShown(Answer):
    """A price that was agreed for one subscription. Amounts are texts, in major units."""

    id: UUID
    charge: Annotated[str, Field(examples=["base"])]
    start_on: date
    end_on: Annotated[date | None, Field(description=N_("The first day of the plan’s price again."))]
    amounts: Annotated[dict[str, Any], Field(examples=[{"price": "80"}])]
    reason: str
    agreed_at: datetime

    @classmethod
    def of(cls, row: AgreedPrice) -> PriceShown:
        return cls(
            id=row.id,
            charge=row.charge_code,
            start_on=row.start_on,
            end_on=row.end_on,
            amounts=row.amounts,
            reason=row.reason,
            agreed_at=row.agreed_at,
        )


class PriceDone(Answer):
    """What an agreed price, or its end, has changed, or would change."""

    is_preview: bool
    id: Annotated[UUID | None, Field(description=N_("Of the agreed price; null in a preview."))]
    fingerprint: Annotated[str, Field(description=N_("To be handed to the act as `expected`."))]
    currency: Annotated[str, Field(examples=["CNY"])]
    difference: Annotated[
        str, Field(description=N_("What the documents to come differ by, tax included."), examples=["-21.20"])
    ]
    until: Annotated[datetime, Field(description=N_("Up to the documents of this instant."))]
    changes: list[ChangeShown]


@router.get(
    "/subscriptions/{subscription_id}/prices",
    response=Page[PriceShown],
    operation_id="list_agreed_prices",
    summary=N_("List the agreed prices of a subscription"),
    description=N_("What was agreed instead of the plan’s prices, by its first day."),
)
@scope("subscriptions:read")
def list_agreed_prices(
    request: HttpRequest, response: HttpResponse, subscription_id: UUID, asked: Query[PageAsked]
) -> dict[str, Any]:
    one = access_subscription_by_key(by=actor_of(request), subscription_id=subscription_id)
    rows = agreed_prices_of(one.row.id)
    return page_of(rows, request=request, response=response, asked=asked, order=("start_on", "id"), shape=PriceShown.of)


@router.post(
    "/subscriptions/{subscription_id}/prices/agree",
    response=PriceDone,
    operation_id="agree_price",
    summary=N_("Agree a price for a subscription"),
    description=N_(
        "Has a charge of one subscription cost other amounts for some days that are not billed yet; for the provider. "
        "Billed days keep their price (409 `price_of_billed_days`), and two prices never hold at once "
        "(409 `price_agreed_already`)."
    ),
)
@scope("subscriptions:write")
def agree_one_price(request: HttpRequest, subscription_id: UUID, asked: PriceAsked) -> PriceDone:
    return _do(request, subscription_id=subscription_id, asked=asked, verb=agree_price, wish=asked.wish())


@router.post(
    "/subscriptions/{subscription_id}/prices/{agreed_id}/end",
    response=PriceDone,
    operation_id="end_agreed_price",
    summary=N_("End an agreed price"),
    description=N_("Has the plan’s price hold again from a day on that is not billed yet; for the provider."),
)
@scope("subscriptions:write")
def end_one_price(request: HttpRequest, subscription_id: UUID, agreed_id: UUID, asked: PriceEndAsked) -> PriceDone:
    more = {"agreed_id": agreed_id, "end_on": asked.end_on}
    return _do(request, subscription_id=subscription_id, asked=asked, verb=end_price, **more)


def _do(
    request: HttpRequest,
    *,
    subscription_id: UUID,
    asked: ActAsked,
    verb: Callable[..., Foreseen[AgreedPrice]],
    **more: Any,
) -> PriceDone:
    """One verb on a subscription that the key may change; its prices are agreed with the provider."""
    by: Actor = actor_of(request)
    one = access_subscription_by_key(by=by, subscription_id=subscription_id)
    if by.portal != "provider":
        raise OnlyTheProvider()
    made = verb(
        account_id=one.row.account_id,
        subscription_id=one.row.id,
        by=by,
        at=clock.now_for(test_clock_at=one.row.account.test_clock_at),
        reason=asked.reason,
        expected=asked.expected,
        is_preview=asked.preview,
        **more,
    )
    assert made.until is not None, "a price is looked at until its period is billed"
    return PriceDone(
        is_preview=asked.preview,
        id=None if asked.preview else made.result.id,
        fingerprint=made.fingerprint,
        currency=made.currency,
        difference=str(to_decimal(minor=made.difference_minor, currency=made.currency)),
        until=made.until,
        changes=[ChangeShown.of(change, currency=made.currency) for change in made.changes],
    )
