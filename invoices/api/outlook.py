"""A subscription's time line, for machines: what was billed for which days, what runs now, and what comes next."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from invoices.operations.upcoming import next_invoice
from invoices.queries.periods import Span, time_line
from plans.queries.standing import Served, access_subscription_by_key, standing_of
from plans.rules.outlook import Turn
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_, Refusal
from provider.kernel.machine_doors import Answer, Day, scope
from provider.kernel.wording import say

from .acts import MadeDocument

router = Router(tags=["Subscriptions"])


class TurnShown(Answer):
    """Something that comes by itself if nobody does anything."""

    at: datetime
    becomes: Annotated[
        str,
        Field(
            description=N_(
                "`active`, `billed`, `changed`, `paused`, `grace`, `dormant`, or `seats_end`: a card pays for seats no "
                "longer."
            ),
            examples=["billed"],
        ),
    ]

    @classmethod
    def of(cls, turn: Turn) -> TurnShown:
        return cls(at=turn.at, becomes=turn.becomes)


class BilledShown(Answer):
    """An invoice that bills days."""

    invoice_id: UUID
    number: Annotated[str, Field(examples=["PER-2026-000123"])]


class ChargeInSpan(Answer):
    """A charge that was opened for the days."""

    charge: Annotated[str, Field(examples=["seat"])]
    units: Annotated[str, Field(description=N_("The highest number that was billed in it."), examples=["3"])]


class SpanShown(Answer):
    """Days that were opened together, with what was billed for them."""

    start: Annotated[date, Field(description=N_("The first day."))]
    end: Annotated[date, Field(description=N_("The day after the last one."))]
    is_present: Annotated[bool, Field(description=N_("It runs now."))]
    charges: list[ChargeInSpan]
    total: Annotated[
        str | None,
        Field(description=N_("Billed for them, before tax; null where nothing was."), examples=["98.00"]),
    ]
    invoices: list[BilledShown]

    @classmethod
    def of(cls, span: Span) -> SpanShown:
        return cls(
            start=span.start_on,
            end=span.end_on,
            is_present=span.is_present,
            charges=[
                ChargeInSpan(charge=period.charge_code, units=f"{period.units.normalize():f}")
                for period, _lines in span.periods
            ],
            total=str(span.total.amount) if span.total else None,
            invoices=[BilledShown(invoice_id=one.pk, number=one.number_text) for one in span.invoices],
        )


class TroubleShown(Answer):
    """Why no invoice can be foreseen: as it stands the account cannot be billed."""

    code: Annotated[str, Field(examples=["seller_incomplete"])]
    detail: Annotated[str, Field(description=N_("What to do, in your language."))]


class OutlookShown(Answer):
    """Past, present, and what comes if nobody does anything."""

    subscription_id: UUID
    account_id: UUID
    as_of: Annotated[datetime, Field(description=N_("With what was known at this instant."))]
    currency: Annotated[str, Field(examples=["CNY"])]
    turns: Annotated[
        list[TurnShown], Field(description=N_("Of the account’s access, the nearest first; empty for an add-on."))
    ]
    next_invoice: Annotated[
        MadeDocument | None,
        Field(description=N_("Of the account, with all its subscriptions; null where nothing comes in twelve months.")),
    ]
    trouble: TroubleShown | None
    spans: Annotated[list[SpanShown], Field(description=N_("What was opened and billed, the newest first."))]
    older: Annotated[date | None, Field(description=N_("Send it as `before`, for what came earlier."))]


class OutlookAsked(BaseModel):
    """Which part of the past."""

    before: Annotated[Day | None, Field(description=N_("Only what began before this day."))] = None


@router.get(
    "/subscriptions/{subscription_id}/outlook",
    response=OutlookShown,
    operation_id="read_outlook",
    summary=N_("Read the past, the present and what comes next of a subscription"),
    description=N_(
        "The days that were billed, twelve starts of periods at a time, the turns that come by themselves, and the "
        "next invoice as it would be now. Nothing is made."
    ),
)
@scope("invoices:read")
def read_outlook(request: HttpRequest, subscription_id: UUID, asked: Query[OutlookAsked]) -> OutlookShown:
    by = actor_of(request)
    one = access_subscription_by_key(by=by, subscription_id=subscription_id)
    at = clock.now_for(test_clock_at=one.row.account.test_clock_at)
    line = time_line(subscription_ids=[one.row.id], at=at, before=asked.before)
    document, trouble = _to_come(one, by=by, at=at)
    turns = standing_of(account_id=one.row.account_id, at=at).turns if one.row.is_main else ()
    return OutlookShown(
        subscription_id=one.row.id,
        account_id=one.row.account_id,
        as_of=at,
        currency=one.row.currency,
        turns=[TurnShown.of(turn) for turn in turns],
        next_invoice=document,
        trouble=trouble,
        spans=[SpanShown.of(span) for span in line.spans],
        older=line.older,
    )


def _to_come(one: Served, *, by: Actor, at: datetime) -> tuple[MadeDocument | None, TroubleShown | None]:
    try:
        upcoming = next_invoice(account_id=one.row.account_id, by=by, at=at)
    except Refusal as refusal:  # whoever looks is told why, and sees the rest
        return None, TroubleShown(code=refusal.code, detail=say(refusal))
    return (MadeDocument.of(upcoming.document, currency=upcoming.currency) if upcoming else None), None
