"""Usage for machines: what happened is recorded once and for good, and read by meter and day or hour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from ninja import Body, Query, Router
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from plans.operations.reports import Report, record_reports
from plans.operations.usage import EventOutcome, NewEvent
from plans.queries.explorer import UsageSeries, usage_by_day, usage_by_hour
from plans.rules.usage import MOST_EVENTS
from provider.accounts.models import Account
from provider.accounts.queries import access_account_by_key
from provider.kernel import clock
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Given, Instant, meets_network, scope

from .days import OfDays, days_asked

router = Router(tags=["Usage"])

# --- What comes in ---

Source = Annotated[
    str,
    Field(
        description=N_("Who tells: always the same for the same sender. Ids of events are unique within it."),
        examples=["switch-1"],
    ),
]
AccountId = Annotated[UUID, Field(description=N_("Whose usage it is."))]
Properties = Annotated[
    dict[str, Any] | None,
    Field(
        description=N_(
            "What else is worth keeping; it is shown with the event. On the meter `sales`, of which plans take a "
            "share, `currency` says of which money the value is: what is not of the subscription’s counts for nobody."
        ),
        examples=[{"currency": "CNY"}],
    ),
]


class Told(Given):
    """What is counted."""

    value: Annotated[
        Decimal, Field(description=N_("How much: a number, or text where it must be exact."), examples=["2.5"])
    ] = Decimal(1)
    item: Annotated[
        str, Field(description=N_("On meters of distinct items: which one came, or went."), examples=[""])
    ] = ""
    is_removal: Annotated[bool, Field(description=N_("It takes back, or the item went."))] = False
    subscription: Annotated[
        str,
        Field(description=N_("The code of the subscription, where more than one could count it."), examples=["main"]),
    ] = ""
    properties: Properties = None


class EventTold(Told):
    """One thing that happened."""

    id: Annotated[
        str,
        Field(
            description=N_("The sender’s own name for it, for good: sent again it is a duplicate and counts once."),
            examples=["0192f6a0-7c1e-7b3a-9f10-2d3c4b5a6978"],
        ),
    ]
    meter: Annotated[str, Field(description=N_("The code of the meter."), examples=["calls"])]
    at: Annotated[
        Instant,
        Field(
            description=N_(
                "When it happened: at most 35 days ago, unless the plan says otherwise, and 5 minutes ahead."
            ),
            examples=["2026-11-22T09:30:00Z"],
        ),
    ]

    def event(self) -> NewEvent:
        """As the meters take it."""
        return NewEvent(
            self.id, self.meter, self.at, self.value, self.item, self.is_removal, self.properties, self.subscription
        )


class UsageTold(EventTold):
    """One event of an account."""

    account_id: AccountId
    source: Source


class BatchTold(Given):
    """Events of one account and one source: all are taken, or none."""

    account_id: AccountId
    source: Source
    events: Annotated[list[EventTold], Field(min_length=1, max_length=MOST_EVENTS)]


class CloudEvent(BaseModel):
    """Usage as a CloudEvent 1.0 in structured mode. Extension attributes are passed over."""

    model_config = ConfigDict(extra="ignore")

    specversion: Annotated[Literal["1.0"], Field(description=N_("The version of CloudEvents."))]
    id: Annotated[str, Field(description=N_("Unique within the source."), examples=["call-20261122-0417"])]
    source: Annotated[str, Field(description=N_("Who tells, as a URI reference."), examples=["/switches/1"])]
    type: Annotated[str, Field(description=N_("The code of the meter."), examples=["calls"])]
    subject: Annotated[UUID, Field(description=N_("The id of the account."))]
    time: Annotated[Instant, Field(description=N_("When it happened."), examples=["2026-11-22T09:30:00Z"])]
    datacontenttype: Annotated[str, Field(examples=["application/json"])] = "application/json"
    data: Annotated[Told | None, Field(description=N_("What is counted; left out, it is 1."))] = None

    def event(self) -> NewEvent:
        """As the meters take it."""
        told = self.data or Told()
        return NewEvent(
            self.id, self.type, self.time, told.value, told.item, told.is_removal, told.properties, told.subscription
        )


def _as_list(body: Any) -> Any:
    """One event is a batch of one."""
    return [body] if isinstance(body, dict) else body


CloudEvents = Annotated[list[CloudEvent], Field(min_length=1, max_length=MOST_EVENTS), BeforeValidator(_as_list)]

# --- What goes out ---


@dataclass(slots=True)
class EventAnswer:
    """What became of one event. Not a model: fifty thousand of them are made for one answer."""

    id: Annotated[str, Field(examples=["0192f6a0-7c1e-7b3a-9f10-2d3c4b5a6978"])]
    outcome: Annotated[
        Literal["recorded", "duplicate", "unmatched"],
        Field(
            description=N_(
                "`recorded`: it counts. `duplicate`: it was told before and counts once. `unmatched`: no subscription "
                "counts it; it waits until an operator replays or dismisses it."
            )
        ),
    ]
    subscription: Annotated[str, Field(description=N_("Whose it is; empty if nobody’s."), examples=["main"])]
    charges: Annotated[
        list[str],
        Field(description=N_("The charges that bill it; none where the plan only keeps count."), examples=[["calls"]]),
    ]
    why: Annotated[
        str,
        Field(
            description=N_(
                "Why nobody counts it: `no_subscription`, `unknown_subscription`, `not_served`, `not_in_plan` or "
                "`several_subscriptions`; else empty."
            ),
            examples=[""],
        ),
    ]

    @classmethod
    def of(cls, event: EventOutcome) -> EventAnswer:
        match = event.match
        return cls(event.id, event.outcome, match.subscription, list(match.charges), match.why)


class UsageAnswer(Answer):
    """What became of the events, in the order in which they were sent."""

    recorded: Annotated[int, Field(examples=[1])]
    duplicates: Annotated[int, Field(examples=[0])]
    unmatched: Annotated[int, Field(examples=[0])]
    events: list[EventAnswer]


def _answer(ends: Sequence[EventOutcome]) -> UsageAnswer:
    outcomes = [end.outcome for end in ends]
    return UsageAnswer.model_construct(
        recorded=outcomes.count("recorded"),
        duplicates=outcomes.count("duplicate"),
        unmatched=outcomes.count("unmatched"),
        events=[EventAnswer.of(end) for end in ends],
    )


# --- Recording ---


def _report(account: Account, *, source: str, events: Sequence[NewEvent]) -> Report:
    at = clock.now_for(test_clock_at=account.test_clock_at)
    return Report(account_id=account.id, source=source, events=events, at=at)


@router.post(
    "/usage",
    response=UsageAnswer,
    operation_id="record_usage",
    summary=N_("Record one event"),
    description=N_(
        "Counts one thing that happened. The answer says whether it counts and which charges bill it. The same id with "
        "other content is refused (409 `event_conflict`) and listed for the operators."
    ),
)
@scope("usage:write")
@meets_network  # no network, but transactions of its own: a refused conflict is noted after it was rolled back
def record_one(request: HttpRequest, told: UsageTold) -> UsageAnswer:
    by = actor_of(request)
    account = access_account_by_key(by=by, account_id=told.account_id)
    (recorded,) = record_reports(reports=[_report(account, source=told.source, events=[told.event()])], by=by)
    return _answer(recorded.events)


@router.post(
    "/usage/batch",
    response=UsageAnswer,
    operation_id="record_usage_batch",
    summary=N_("Record a batch"),
    description=N_(
        "Counts up to 50,000 events of one account, all or none: one that cannot be counted refuses the batch and is "
        "named in `events`. Sent again after a lost answer, nothing counts twice."
    ),
)
@scope("usage:write")
@meets_network
def record_batch(request: HttpRequest, told: BatchTold) -> UsageAnswer:
    by = actor_of(request)
    account = access_account_by_key(by=by, account_id=told.account_id)
    events = [event.event() for event in told.events]
    (recorded,) = record_reports(reports=[_report(account, source=told.source, events=events)], by=by)
    return _answer(recorded.events)


@router.post(
    "/usage/cloudevents",
    response=UsageAnswer,
    operation_id="record_cloudevents",
    summary=N_("Record CloudEvents"),
    description=N_(
        "Usage as CloudEvents 1.0: one (`application/cloudevents+json`) or a batch (`application/cloudevents-batch"
        "+json`), of any number of accounts, all or none. The type names the meter, the subject is the account’s id."
    ),
    openapi_extra={
        "requestBody": {
            "content": {
                "application/cloudevents-batch+json": {
                    "schema": {"type": "array", "items": {"$ref": "#/components/schemas/CloudEvent"}}
                },
                "application/cloudevents+json": {"schema": {"$ref": "#/components/schemas/CloudEvent"}},
            }
        }
    },
)
@scope("usage:write")
@meets_network
def record_cloudevents(request: HttpRequest, events: Annotated[CloudEvents, Body()]) -> UsageAnswer:
    by = actor_of(request)
    groups = _groups(events, key=lambda event: (event.subject, event.source))
    reports = [
        _report(access_account_by_key(by=by, account_id=subject), source=source, events=[one.event() for one in group])
        for (subject, source), group in groups.items()
    ]
    ends = [iter(recorded.events) for recorded in record_reports(reports=reports, by=by)]
    of_group = dict(zip(groups, ends, strict=True))
    return _answer([next(of_group[event.subject, event.source]) for event in events])


def _groups(
    events: Iterable[CloudEvent], *, key: Callable[[CloudEvent], tuple[UUID, str]]
) -> dict[tuple[UUID, str], list[CloudEvent]]:
    groups: dict[tuple[UUID, str], list[CloudEvent]] = {}
    for event in events:
        groups.setdefault(key(event), []).append(event)
    return groups


# --- Reading ---


class UsageAsked(OfDays):
    """Whose usage, and when."""

    step: Annotated[
        Literal["day", "hour"], Field(description=N_("By day, or by hour of the first day."), examples=["day"])
    ] = "day"


class PointShown(Answer):
    """A day or an hour."""

    start: Annotated[str, Field(description=N_("A day, or the instant at which an hour begins."))]
    quantity: Annotated[str, Field(description=N_("How much, exactly."), examples=["41.5"])]
    events: Annotated[int, Field(examples=[12])]


class SeriesShown(Answer):
    """One meter of one subscription."""

    meter: Annotated[str, Field(examples=["calls"])]
    subscription: Annotated[str, Field(examples=["main"])]
    kind: Annotated[
        Literal["level", "flow"],
        Field(description=N_("A level says what stood there, a flow what ran through.")),
    ]
    time_zone: Annotated[str, Field(description=N_("Whose days they are."), examples=["Asia/Shanghai"])]
    total: Annotated[str, Field(description=N_("Of a flow over all points, of a level at the end."), examples=["1240"])]
    points: list[PointShown]

    @classmethod
    def of(cls, series: UsageSeries) -> SeriesShown:
        return cls(
            meter=series.meter.code,
            subscription=series.subscription.code,
            kind="level" if series.meter.carries_over else "flow",
            time_zone=series.subscription.time_zone,
            total=_exact(series.total),
            points=[
                PointShown(start=point.start.isoformat(), quantity=_exact(point.quantity), events=point.event_count)
                for point in series.points
            ],
        )


class UsageShown(Answer):
    """What an account used."""

    account_id: UUID
    series: list[SeriesShown]


def _exact(number: Decimal) -> str:
    return f"{number.normalize():f}"


@router.get(
    "/usage",
    response=UsageShown,
    operation_id="read_usage",
    summary=N_("Read usage"),
    description=N_(
        "What an account used by meter and day, or by the hours of one day: the numbers that its pages show and its "
        "bill counts. At most 366 days."
    ),
)
@scope("usage:read")
def read_usage(request: HttpRequest, asked: Query[UsageAsked]) -> UsageShown:
    by = actor_of(request)
    account = access_account_by_key(by=by, account_id=asked.account_id or by.account_id)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    today = local_day(at=at, zone=ZoneInfo(account.time_zone))
    start, end = days_asked(asked.start, asked.end, today=today)
    if asked.step == "hour":
        found = usage_by_hour(account=account, day=start, at=at)
    else:
        found = usage_by_day(account=account, start=start, end=end, at=at)
    chosen = [one for one in found if asked.meter in ("", one.meter.code)]
    return UsageShown(account_id=account.id, series=[SeriesShown.of(one) for one in chosen])
