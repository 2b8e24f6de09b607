"""The events behind a line of an invoice, for machines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from invoices.queries.behind import LineUsage, usage_of_line
from invoices.queries.documents import access_invoice
from plans.rules.usage import CORRECTION
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, PageAsked, page_of, scope

from .amounts import plain

router = Router(tags=["Invoices"])

Taken = Literal["no", "before", "later"]


class LineEvent(Answer):
    """One thing that happened, as it was told."""

    id: Annotated[str, Field(description=N_("The sender’s own name for it."), examples=["call-20261122-0417"])]
    source: Annotated[str, Field(examples=["switch-1"])]
    at: Annotated[datetime, Field(description=N_("When it happened."))]
    value: Annotated[str, Field(examples=["2.5"])]
    item: str
    is_removal: bool
    is_correction: Annotated[bool, Field(description=N_("It takes another event back."))]
    taken_back: Annotated[
        Taken,
        Field(description=N_("`before` the line was made: it does not count; `later`: it counts on this line.")),
    ]
    decides: Annotated[
        bool, Field(description=N_("Of meters that take the highest or the last value: this one is it."))
    ]
    properties: dict[str, Any] | None
    received_at: datetime


class LineCount(Answer):
    """What the line was counted from, and what its events come to."""

    meter: Annotated[str, Field(examples=["calls"])]
    subscription_id: UUID
    start: Annotated[datetime, Field(description=N_("The first instant that was asked about."))]
    end: Annotated[datetime, Field(description=N_("The first instant after it."))]
    is_exact: Annotated[
        bool,
        Field(
            description=N_("False of lines made before lines kept which events had come in: made out from its days.")
        ),
    ]
    before: Annotated[
        str,
        Field(
            description=N_("What stood there at the beginning, or was counted by an earlier line of the same period.")
        ),
    ]
    change: Annotated[
        str | None,
        Field(description=N_("What the events add up to; null where they do not add up, as of distinct items.")),
    ]
    total: Annotated[str, Field(description=N_("What it comes to."), examples=["120"])]
    billed_from: Annotated[
        str | None, Field(description=N_("What the line was made from: the same, or null where it was not kept."))
    ]
    units: Annotated[str, Field(description=N_("The quantity on the line."), examples=["120"])]

    @classmethod
    def of(cls, usage: LineUsage) -> LineCount:
        again = usage.again
        return cls(
            meter=usage.meter.code,
            subscription_id=usage.subscription.pk,
            start=usage.question.from_at,
            end=usage.question.until_at,
            is_exact=usage.is_exact,
            before=plain(again.start),
            change=None if again.change is None else plain(again.change),
            total=plain(again.total),
            billed_from=None if usage.quantity is None else plain(usage.quantity),
            units=plain(usage.line.units),
        )


class LineEvents(Answer):
    """A page of the events behind a line, and what they come to in all."""

    line: LineCount
    items: Annotated[list[LineEvent], Field(description=N_("The rows of this page."))]
    next: Annotated[
        str | None,
        Field(description=N_("The address of the next page, or null on the last one; also in the header `Link`.")),
    ]


def _shape(usage: LineUsage) -> Callable[[Any], LineEvent]:
    def shape(row: Any) -> LineEvent:
        return LineEvent(
            id=row.event_id,
            source=row.source,
            at=row.at,
            value=plain(row.value),
            item=row.item,
            is_removal=row.is_removal,
            is_correction=row.source == CORRECTION,
            taken_back=_taken(row.taken_back_batch, usage=usage),
            decides=row.id == usage.again.deciding,
            properties=row.properties,
            received_at=row.received_at,
        )

    return shape


def _taken(batch: int | None, *, usage: LineUsage) -> Taken:
    if batch is None:
        return "no"
    return "before" if batch <= usage.question.batch else "later"


@router.get(
    "/invoices/{invoice_id}/lines/{position}/events",
    response=LineEvents,
    operation_id="list_line_events",
    summary=N_("List the events behind a line of an invoice"),
    description=N_(
        "Exactly those that the line was counted from, the latest first. Of a line for late usage only those that came "
        "after its period was billed. Of a level the changes within its days. A line that was not counted from usage "
        "is refused (409 `line_counts_no_usage`)."
    ),
)
@scope("invoices:read")
def list_line_events(
    request: HttpRequest, response: HttpResponse, invoice_id: UUID, position: int, asked: Query[PageAsked]
) -> dict[str, Any]:
    invoice = access_invoice(invoice_id=invoice_id, by=actor_of(request))
    usage = usage_of_line(invoice=invoice, position=position)
    page = page_of(
        usage.events(),
        request=request,
        response=response,
        asked=asked,
        order=("-at", "-id"),
        shape=_shape(usage),
    )
    return {"line": LineCount.of(usage), **page}
