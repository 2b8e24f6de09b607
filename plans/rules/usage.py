"""What is told about usage: an event, what is wrong with one, and by which digest the same one is known again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from json import dumps
from typing import Any, Final, Literal, NamedTuple

LATEST: Final = timedelta(days=35)  # how late an event may come where no plan says otherwise
AHEAD: Final = timedelta(minutes=5)  # how far the clock of whoever counts may be ahead
LONGEST_NAME: Final = 120
MOST_VALUE: Final = Decimal(10) ** 16
MOST_DECIMALS: Final = 8
CORRECTION: Final = "correction"  # the source of events that take others back; their id is that of the other row
MOST_EVENTS: Final = 50_000  # in one call: more is told in several
# What a customer sold, in major units of money, so that a share of it is a percentage like any other. Only money in the
# currency that the subscription is billed in adds up; an event names its own in this property.
SALES: Final = "sales"
CURRENCY: Final = "currency"

_ONE: Final = Decimal(1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class NewEvent(NamedTuple):
    """One thing that happened and is counted.

    `item` is what came or, with `is_removal`, went on a meter of distinct items (a seat's user); on any other meter a
    removal takes `value` back. `subscription` is the code of the one that it belongs to, where more than one could be.
    """

    id: str
    meter: str
    at: datetime
    value: Decimal = _ONE
    item: str = ""
    is_removal: bool = False
    properties: Mapping[str, Any] | None = None
    subscription: str = ""


@dataclass(frozen=True, slots=True)
class MeterFacts:
    """What matching and checking need to know of a meter."""

    id: int
    code: str
    aggregate: Literal["count", "sum", "max", "latest", "unique"]
    carries_over: bool


Fault = Literal["id", "value", "item", "removal"]


def digest_of(event: NewEvent) -> bytes:
    """16 bytes that two events share only if they say the same: 1 and 1.0 do, and an instant in two zones does."""
    said = (
        f"{event.meter}\x1f{(event.at - _EPOCH) // _MICROSECOND}\x1f{event.value.normalize()}\x1f{event.item}"
        f"\x1f{event.is_removal:d}\x1f{event.subscription}"
    )
    if event.properties:
        said += "\x1f" + dumps(event.properties, sort_keys=True, default=str)
    return blake2b(said.encode(), digest_size=16).digest()


def fault_in(event: NewEvent, *, meter: MeterFacts) -> Fault | None:
    """The member of the event that cannot be taken, if one cannot."""
    if not 0 < len(event.id) <= LONGEST_NAME or not event.id.isprintable():
        return "id"
    if event.value is not _ONE and not is_countable(event.value):
        return "value"
    if len(event.item) > LONGEST_NAME or (meter.aggregate == "unique" and not event.item):
        return "item"
    if event.is_removal and meter.aggregate in ("max", "latest"):
        return "removal"
    return None


def is_countable(value: Decimal) -> bool:
    """Whether a meter can hold the number: finite, not beyond all measure, with at most 8 decimals."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MOST_DECIMALS and abs(value) < MOST_VALUE


# --- Whose event ---


@dataclass(frozen=True, slots=True)
class Stay:
    """A time [from_at, until_at) in which a subscription was served by one version.

    `charges` are the codes of the version's charges by meter, `limited` the meters that an entitlement speaks of.
    """

    subscription: str
    subscription_key: Any
    is_main: bool
    from_at: datetime
    until_at: datetime | None
    late_days: int
    charges: Mapping[str, tuple[str, ...]]
    limited: frozenset[str] = frozenset()
    currency: str = ""

    def serves(self, at: datetime) -> bool:
        """Whether the instant lies in this time."""
        return self.from_at <= at and (self.until_at is None or at < self.until_at)

    def counts(self, meter: str) -> bool:
        """Whether the version prices or limits what the meter counts."""
        return meter in self.charges or meter in self.limited


Why = Literal[
    "",
    "no_subscription",
    "unknown_subscription",
    "not_served",
    "not_in_plan",
    "several_subscriptions",
    "other_currency",
]


@dataclass(frozen=True, slots=True)
class Match:
    """Whose event it is and which charges count it; where `why` says why it is nobody's, which would."""

    subscription: str = ""
    subscription_key: Any = None
    charges: tuple[str, ...] = ()
    why: Why = ""
    late_days: int = LATEST.days

    @property
    def is_found(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True)
class Route:
    """The stays among which the events of one meter, for one subscription if it is named, find theirs."""

    meter: MeterFacts
    stays: tuple[Stay, ...]
    is_named: bool
    exists: bool  # whether there is any subscription at all (of that name)
    _found: dict[int, Match] = field(default_factory=dict, init=False, repr=False, compare=False)  # one of each stay

    def match(self, at: datetime) -> Match:
        """Whose an event of this instant is.

        A flow belongs to who is served at that moment. A level (seats, records) is a state: it is kept through pauses
        and under plans that do not price it, so that the next plan finds the right number.
        """
        if not self.exists:
            return Match(why="unknown_subscription" if self.is_named else "no_subscription")
        if self.meter.carries_over:
            return self._match_level(at)
        served = [stay for stay in self.stays if stay.serves(at)]
        counting = [stay for stay in served if stay.counts(self.meter.code)] or self._keeping(served)
        if len(counting) == 1:
            return self._of(counting[0])
        if counting:
            return Match(why="several_subscriptions")
        return Match(why="not_in_plan" if served else "not_served")

    def match_money(self, event: NewEvent) -> Match:
        """Whose an event of money is: of who is billed in its currency, or nobody's."""
        found = self.match(event.at)
        currency = (event.properties or {}).get(CURRENCY)
        if currency is None or not found.is_found:
            return found
        mine = next(stay for stay in self.stays if stay.subscription_key == found.subscription_key)
        return found if mine.currency == currency else replace(found, subscription_key=None, why="other_currency")

    def _keeping(self, served: Sequence[Stay]) -> list[Stay]:
        """Sales are kept under plans that take no share too, so that a plan that would can be played over them."""
        return [stay for stay in served if stay.is_main] if self.meter.code == SALES else []

    def _match_level(self, at: datetime) -> Match:
        latest = _latest_of_each(self.stays, at=at)
        counting = [stay for stay in latest if stay.counts(self.meter.code)]
        keeping = counting or (latest if self.is_named else [stay for stay in latest if stay.is_main])
        keeping = [stay for stay in keeping if stay.serves(at)] or keeping[-1:]
        if len(keeping) == 1:
            return self._of(keeping[0])
        if keeping:
            return Match(why="several_subscriptions")
        return Match(why="not_in_plan" if latest else "not_served")

    def _of(self, stay: Stay) -> Match:
        """The match of a stay, made once for all its events."""
        found = self._found.get(id(stay))
        if found is None:
            charges = stay.charges.get(self.meter.code, ())
            found = Match(stay.subscription, stay.subscription_key, charges, "", stay.late_days)
            self._found[id(stay)] = found
        return found


def _latest_of_each(stays: Sequence[Stay], *, at: datetime) -> list[Stay]:
    """Of each subscription the stay that began last, at or before the instant; in the order of beginning."""
    latest: dict[Any, Stay] = {}
    for stay in stays:
        known = latest.get(stay.subscription_key)
        if stay.from_at <= at and (known is None or stay.from_at >= known.from_at):
            latest[stay.subscription_key] = stay
    return sorted(latest.values(), key=lambda stay: stay.from_at)
