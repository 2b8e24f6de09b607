"""Meters, and the inbox of usage that nobody counts or that contradicts itself, for machines."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import Query, Router, Status
from pydantic import Field

from plans.models import Meter, UnmatchedEvent, UsageConflict
from plans.operations.catalogue import MeterDetails, create_meter
from plans.operations.inbox import dismiss_conflicts, dismiss_unmatched, replay_unmatched
from plans.operations.meters import archive_meter, change_meter
from plans.queries.catalogue import seller_of_key
from plans.queries.inbox import conflicts_of_key, unmatched_of_key
from plans.queries.meters import access_meter, meters_of
from plans.rules.usage_words import WHYS
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Given, Page, PageAsked, page_of, scope

router = Router(tags=["Usage"])
Aggregate = Literal["count", "sum", "max", "latest", "unique"]
Name = Annotated[str, Field(max_length=80)]
AccountAsked = Annotated[UUID | None, Field(description=N_("Only those of this account."))]


# --- Meters ---


class MeterFacts(Given):
    """What a meter is called, and how it counts."""

    name: Annotated[Name, Field(min_length=1, examples=["Calls"])]
    name_hans: Annotated[Name, Field(description=N_("In simplified Chinese."), examples=["通话"])] = ""
    name_hant: Annotated[Name, Field(description=N_("In traditional Chinese."), examples=["通話"])] = ""
    unit: Annotated[str, Field(max_length=40, description=N_("Of what it counts."), examples=["minutes"])] = ""
    aggregate: Annotated[
        Aggregate,
        Field(
            description=N_(
                "How the events of a period become a number: how many, their sum, the highest, the last one, or how "
                "many distinct items."
            )
        ),
    ]
    carries_over: Annotated[
        bool, Field(description=N_("A level, such as seats, that goes on into the next period; of `sum` or `unique`."))
    ] = False

    def details(self, code: str) -> MeterDetails:
        """As the catalogue takes it."""
        return MeterDetails(
            code=code,
            names=(self.name, self.name_hans, self.name_hant),
            aggregate=self.aggregate,
            carries_over=self.carries_over,
            unit=self.unit,
        )


class MeterAsked(MeterFacts):
    """Something new to count."""

    code: Annotated[
        str,
        Field(max_length=64, description=N_("Its name for machines, for good; events say it."), examples=["calls"]),
    ]


class MeterShown(Answer):
    """Something that is counted, on which plans can put a charge."""

    id: int
    code: Annotated[str, Field(examples=["calls"])]
    name: Annotated[str, Field(examples=["Calls"])]
    name_hans: str
    name_hant: str
    unit: Annotated[str, Field(examples=["minutes"])]
    aggregate: Aggregate
    carries_over: bool
    created_at: datetime
    archived_at: Annotated[datetime | None, Field(description=N_("Since when no new charge counts it."))]

    @classmethod
    def of(cls, meter: Meter) -> MeterShown:
        return cls(**{name: getattr(meter, name) for name in cls.model_fields})


class MetersAsked(PageAsked):
    """Which meters."""

    is_archived: Annotated[bool, Field(description=N_("Those that are archived, instead of the others."))] = False


@router.get(
    "/meters",
    response=Page[MeterShown],
    operation_id="list_meters",
    summary=N_("List meters"),
    description=N_("What is counted, by code; for the provider."),
)
@scope("plans:read")
def list_meters(request: HttpRequest, response: HttpResponse, asked: Query[MetersAsked]) -> dict[str, Any]:
    rows = meters_of(seller_id=seller_of_key(actor_of(request))).filter(archived_at__isnull=not asked.is_archived)
    return page_of(
        rows,
        request=request,
        response=response,
        asked=asked,
        order=("code", "id"),
        shape=MeterShown.of,
        filters={"is_archived": "true" if asked.is_archived else ""},
    )


@router.post(
    "/meters",
    response={201: MeterShown},
    operation_id="create_meter",
    summary=N_("Count something new"),
    description=N_(
        "Makes a meter: send it events, and put a charge of a plan on it. A code is used once (409 `meter_code_taken`)."
    ),
)
@scope("meters:write")
def create_one_meter(request: HttpRequest, asked: MeterAsked) -> Status[MeterShown]:
    by = actor_of(request)
    made = create_meter(seller_id=seller_of_key(by), details=asked.details(asked.code), by=by, at=clock.now())
    return Status(201, MeterShown.of(made))


@router.post(
    "/meters/{number}/change",
    response=MeterShown,
    operation_id="change_meter",
    summary=N_("Change a meter"),
    description=N_(
        "Its names and its unit at any time; how it counts only while no plan and no event stands on it "
        "(409 `meter_in_use`)."
    ),
)
@scope("meters:write")
def change_one_meter(request: HttpRequest, number: int, asked: MeterFacts) -> MeterShown:
    by = actor_of(request)
    seller_id = seller_of_key(by)
    meter = access_meter(seller_id=seller_id, meter_id=number)
    details = asked.details(meter.code)
    return MeterShown.of(
        change_meter(seller_id=seller_id, meter_id=meter.pk, details=details, by=by, at=clock.now())
    )  # fmt: skip


class MeterArchiveAsked(Given):
    """Off the list for new charges, or back on it."""

    is_archived: bool = True


@router.post(
    "/meters/{number}/archive",
    response=MeterShown,
    operation_id="archive_meter",
    summary=N_("Archive a meter, or put it back"),
    description=N_("No new charge counts an archived one. What counts on it goes on counting."),
)
@scope("meters:write")
def archive_one_meter(request: HttpRequest, number: int, asked: MeterArchiveAsked) -> MeterShown:
    by = actor_of(request)
    return MeterShown.of(
        archive_meter(
            seller_id=seller_of_key(by), meter_id=number, is_archived=asked.is_archived, by=by, at=clock.now()
        )
    )  # fmt: skip


# --- What nobody counts ---


class InboxAsked(PageAsked):
    """Which of them."""

    account_id: AccountAsked = None
    meter: Annotated[str, Field(max_length=64, description=N_("Only those of this meter."), examples=["calls"])] = ""


class EventShown(Answer):
    """An event that is not counted."""

    id: UUID
    account_id: UUID
    account: Annotated[str, Field(examples=["Hengtai Trading"])]
    meter: Annotated[str, Field(examples=["calls"])]
    subscription: Annotated[str, Field(description=N_("The one that it named, if it named one."), examples=["main"])]
    source: Annotated[str, Field(examples=["switch-1"])]
    event_id: Annotated[str, Field(description=N_("The sender’s own name for it."), examples=["call-20261122-0417"])]
    value: Annotated[str, Field(examples=["2.5"])]
    item: str
    is_removal: bool
    at: Annotated[datetime, Field(description=N_("When it happened."))]


class UnmatchedShown(EventShown):
    """An event that no subscription counts."""

    why: Annotated[
        Literal[
            "no_subscription", "unknown_subscription", "not_served", "not_in_plan", "several_subscriptions",
            "other_currency",
        ],
        Field(description=N_("Why nothing counts it.")),
    ]  # fmt: skip
    detail: Annotated[str, Field(description=N_("The same in your language."))]
    received_at: datetime

    @classmethod
    def of(cls, row: UnmatchedEvent) -> UnmatchedShown:
        detail = gettext(WHYS.get(row.why, row.why))
        return cls(**_told(row) | {"why": row.why, "detail": detail, "received_at": row.received_at})


class ConflictShown(EventShown):
    """What was told under the id of an event that says something else: it was refused, and the first one stands."""

    told: Annotated[int, Field(description=N_("How often it was told."), examples=[3])]
    first_told_at: datetime
    last_told_at: datetime

    @classmethod
    def of(cls, row: UsageConflict) -> ConflictShown:
        return cls(
            **_told(row), told=row.told_count, first_told_at=row.first_told_at, last_told_at=row.last_told_at
        )  # fmt: skip


def _told(row: UnmatchedEvent | UsageConflict) -> dict[str, Any]:
    value: Decimal = row.value
    names = ("id", "account_id", "source", "event_id", "item", "is_removal", "at")
    return {
        **{name: getattr(row, name) for name in names},
        "account": row.account.name,
        "meter": row.meter_code,
        "subscription": row.subscription_code,
        "value": f"{value.normalize():f}",
    }


def _filters(asked: InboxAsked) -> dict[str, Any]:
    chosen: dict[str, Any] = {"account_id": asked.account_id, "meter_code": asked.meter}
    return {name: value for name, value in chosen.items() if value}


def _asked_filters(asked: InboxAsked) -> dict[str, str]:
    return {"account_id": str(asked.account_id or ""), "meter": asked.meter}


EventIds = Annotated[list[UUID], Field(min_length=1, max_length=500, description=N_("The `id` of each, as listed."))]


class EventsChosen(Given):
    """Which events."""

    ids: EventIds


class EventsPutAside(Given):
    """Which events, and why."""

    ids: EventIds
    reason: Annotated[str, Field(max_length=200, description=N_("It stands in the history."))]


class EventsReplayed(Answer):
    """What came of it."""

    counted: Annotated[int, Field(description=N_("How many are counted now."), examples=[4])]
    waiting: Annotated[int, Field(description=N_("How many still wait."), examples=[1])]


class EventsDismissed(Answer):
    """What came of it."""

    count: Annotated[int, Field(description=N_("How many are put aside."), examples=[5])]


@router.get(
    "/usage/unmatched",
    response=Page[UnmatchedShown],
    operation_id="list_unmatched_events",
    summary=N_("List events that nobody counts"),
    description=N_("They wait until they are replayed or put aside; the latest first. For the provider."),
)
@scope("meters:write")
def list_unmatched_events(request: HttpRequest, response: HttpResponse, asked: Query[InboxAsked]) -> dict[str, Any]:
    rows = unmatched_of_key(actor_of(request)).filter(**_filters(asked))
    return page_of(
        rows, request=request, response=response, asked=asked, order=("-received_at", "-id"),
        shape=UnmatchedShown.of, filters=_asked_filters(asked),
    )  # fmt: skip


@router.post(
    "/usage/unmatched/replay",
    response=EventsReplayed,
    operation_id="replay_unmatched_events",
    summary=N_("Count events after all"),
    description=N_(
        "Matches them once more, for example after the plan was changed: what finds its subscription now is counted "
        "as of when it happened, the others wait on."
    ),
)
@scope("meters:write")
def replay_unmatched_events(request: HttpRequest, asked: EventsChosen) -> EventsReplayed:
    by = actor_of(request)
    ids = list(unmatched_of_key(by).filter(pk__in=asked.ids).values_list("pk", flat=True))
    done = replay_unmatched(ids=ids, by=by, at=clock.now())
    return EventsReplayed(counted=done.counted, waiting=done.waiting)


@router.post(
    "/usage/unmatched/dismiss",
    response=EventsDismissed,
    operation_id="dismiss_unmatched_events",
    summary=N_("Put events aside"),
    description=N_("They are billed to nobody, for good. Without a reason it is refused."),
)
@scope("meters:write")
def dismiss_unmatched_events(request: HttpRequest, asked: EventsPutAside) -> EventsDismissed:
    by = actor_of(request)
    ids = list(unmatched_of_key(by).filter(pk__in=asked.ids).values_list("pk", flat=True))
    return EventsDismissed(count=dismiss_unmatched(ids=ids, reason=asked.reason, by=by, at=clock.now()))


@router.get(
    "/usage/conflicts",
    response=Page[ConflictShown],
    operation_id="list_usage_conflicts",
    summary=N_("List contradictions"),
    description=N_(
        "What was told under the id of an event that says something else; refused, and what was recorded first "
        "stands. Last told first."
    ),
)
@scope("meters:write")
def list_usage_conflicts(request: HttpRequest, response: HttpResponse, asked: Query[InboxAsked]) -> dict[str, Any]:
    rows = conflicts_of_key(actor_of(request)).filter(**_filters(asked))
    return page_of(
        rows, request=request, response=response, asked=asked, order=("-last_told_at", "-id"),
        shape=ConflictShown.of, filters=_asked_filters(asked),
    )  # fmt: skip


@router.post(
    "/usage/conflicts/dismiss",
    response=EventsDismissed,
    operation_id="dismiss_usage_conflicts",
    summary=N_("Take contradictions off the list"),
    description=N_("What was recorded first stands. Without a reason it is refused."),
)
@scope("meters:write")
def dismiss_usage_conflicts(request: HttpRequest, asked: EventsPutAside) -> EventsDismissed:
    by = actor_of(request)
    ids = list(conflicts_of_key(by).filter(pk__in=asked.ids).values_list("pk", flat=True))
    return EventsDismissed(count=dismiss_conflicts(ids=ids, reason=asked.reason, by=by, at=clock.now()))
