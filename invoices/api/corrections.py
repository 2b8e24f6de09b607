"""Usage that was told in error, for machines: taken back by its name, with a preview of what that changes."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import AwareDatetime, Field

from invoices.operations.corrections import correct_usage
from invoices.rules.changes import Foreseen, LineChange
from plans.queries.corrections import Corrected, access_told_event
from provider.accounts.queries import access_account_by_key
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Given, scope
from provider.kernel.money import to_decimal

from .amounts import Expected, plain

router = Router(tags=["Usage"])


class CorrectionAsked(Given):
    """Which event is taken back, and why."""

    account_id: Annotated[UUID, Field(description=N_("Whose usage it is."))]
    source: Annotated[str, Field(max_length=120, description=N_("Who told it."), examples=["switch-1"])]
    event_id: Annotated[
        str, Field(max_length=120, description=N_("Its id, as it was told."), examples=["call-20261122-0417"])
    ]
    reason: Annotated[
        str,
        Field(max_length=200, description=N_("Why; it stands in the history. A preview needs none.")),
    ] = ""
    preview: Annotated[bool, Field(description=N_("Only say what it would change; nothing is changed."))] = False
    expected: Expected = None


class ChangeShown(Answer):
    """A line of the documents to come that is not what it would have been. Amounts are before tax and discount."""

    subscription: Annotated[str, Field(examples=["main"])]
    charge: Annotated[str, Field(examples=["calls"])]
    start: date
    end: Annotated[date, Field(description=N_("The first day after it."))]
    is_credit: Annotated[bool, Field(description=N_("It stands on a credit note."))]
    units_before: Annotated[str, Field(examples=["12"])]
    units_after: Annotated[str, Field(examples=["11"])]
    before: Annotated[str, Field(examples=["11.00"])]
    after: Annotated[str, Field(examples=["10.50"])]

    @classmethod
    def of(cls, change: LineChange, *, currency: str) -> ChangeShown:
        line = change.line
        return cls(
            subscription=line.subscription,
            charge=line.charge,
            start=line.start,
            end=line.end,
            is_credit=change.is_credit,
            units_before=plain(change.units_before),
            units_after=plain(change.units_after),
            before=str(to_decimal(minor=change.before_minor, currency=currency)),
            after=str(to_decimal(minor=change.after_minor, currency=currency)),
        )


class CorrectionMade(Answer):
    """What taking the event back has changed, or would change."""

    is_preview: bool
    correction: Annotated[
        str, Field(description=N_("The id of the correction, under the source `correction`; empty in a preview."))
    ]
    fingerprint: Annotated[str, Field(description=N_("To be handed to the act as `expected`."))]
    currency: Annotated[str, Field(examples=["CNY"])]
    difference: Annotated[
        str,
        Field(description=N_("What the documents to come differ by, tax included."), examples=["-0.53"]),
    ]
    until: Annotated[
        AwareDatetime | None, Field(description=N_("Up to the documents of this instant; null where none come."))
    ]
    changes: list[ChangeShown]


@router.post(
    "/usage/corrections",
    response=CorrectionMade,
    operation_id="correct_usage",
    summary=N_("Take an event back"),
    description=N_(
        "Records an event of our own that takes back one that was told in error. What was billed of it is settled with "
        "the next invoice, by a line or a credit note. An event is taken back once (409 `event_corrected`)."
    ),
)
@scope("usage:write")
def correct_one(request: HttpRequest, asked: CorrectionAsked) -> CorrectionMade:
    by = actor_of(request)
    account = access_account_by_key(by=by, account_id=asked.account_id)
    made = correct_usage(
        known=access_told_event(account_id=account.id, source=asked.source, event_id=asked.event_id),
        reason=asked.reason,
        by=by,
        at=clock.now_for(test_clock_at=account.test_clock_at),
        expected=asked.expected,
        is_preview=asked.preview,
    )
    return _answer(made, is_preview=asked.preview)


def _answer(made: Foreseen[Corrected], *, is_preview: bool) -> CorrectionMade:
    return CorrectionMade(
        is_preview=is_preview,
        correction="" if is_preview else str(made.result.event.id),
        fingerprint=made.fingerprint,
        currency=made.currency,
        difference=str(to_decimal(minor=made.difference_minor, currency=made.currency)),
        until=made.until,
        changes=[ChangeShown.of(change, currency=made.currency) for change in made.changes],
    )
