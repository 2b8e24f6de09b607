"""The facts of subscriptions as rating sees them, for any number of accounts in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Model, Q

from plans.models import (
    AccessExtension,
    AccessSpell,
    AgreedPrice,
    ExtendedState,
    PaidTerm,
    PendingChange,
    Period,
    Stretch,
    Subscription,
    SubscriptionQuantity,
    SubscriptionSchedule,
    SubscriptionStatus,
)
from plans.rules import agreed, paid_seats, service
from plans.rules.agreed import Agreed
from plans.rules.calendar import Interval, Schedule
from plans.rules.charging import Facts
from plans.rules.counted import CountedUsage
from plans.rules.service import trial_edges
from provider.kernel.clock import first_instant, local_day
from provider.kernel.sets import among

from .few import FEW, rows_of_account, rows_of_few
from .terms import Sold, Wanted, sold
from .usage import usage_of

M = TypeVar("M", bound=Model)
Behind = Mapping[type[Model], "defaultdict[UUID, list[Any]]"]  # rows by kind and subscription


@dataclass(slots=True, kw_only=True)
class Known:
    """One subscription: its row, its facts, and the last span that was opened of each charge in each stretch.

    `stretches`, `schedules` and `terms` are the rows behind the facts, for whoever adds to them.
    """

    row: Subscription
    facts: Facts
    sold: dict[str, Sold]  # by the name of the terms
    pending: list[PendingChange]
    periods: list[Period]
    stretches: list[Stretch]
    schedules: list[SubscriptionSchedule]
    terms: list[PaidTerm]
    begun: dict[tuple[int, str], date] = field(default_factory=dict)
    spell: AccessSpell | None = None  # the account's open one, where it follows this subscription
    graces: tuple[tuple[datetime, date], ...] = ()  # extensions of a grace: given at, to which day
    agreed: list[AgreedPrice] = field(default_factory=list)  # prices instead of the plan's
    late: list[Period] = field(default_factory=list)  # settled, of which events came late or were taken back

    @property
    def access(self) -> str:
        """The account's access, where it follows this subscription."""
        return self.spell.state if self.spell else ""

    @property
    def access_since(self) -> datetime | None:
        """When that access began."""
        return self.spell.from_at if self.spell else None

    @property
    def access_ends_at(self) -> datetime | None:
        """When that access ends by itself."""
        return self.spell.ends_at if self.spell else None

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its days."""
        return self.facts.service.zone

    @property
    def trial_until(self) -> date | None:
        """The first day after its trial, as it was extended; None: it never had one."""
        days, first = self.current.terms.trial_days, self.facts.service.first_day
        return (
            trial_edges(first_day=first, trial_days=days, extended=self.facts.service.trial_ends)[-1] if days else None
        )

    def charged_until(self, at: datetime) -> date | None:
        """The first day after those that flat prices are charged for, or will be, whatever is paid ahead now.

        What is overdue at `at` counts as billed: whoever acts on the account bills it first. In arrears it is the
        period that runs. None where nothing is.
        """
        service = self.facts.service
        index, last = len(service.stretches) - 1, service.stretches[-1]
        today = local_day(at=at, zone=self.zone)
        flat = [one.due for one in self.current.terms.charges if one.due.is_term]
        codes = {one.code for one in flat if one.timing == "in_advance"}
        ends = [one.end_on for one in self.periods if one.charge_code in codes]
        for one in flat:
            if one.timing == "in_advance":
                spans = self.facts.spans(
                    one, stretch=index, start=self.begun.get((index, one.code), last.start), until=at
                )
                ends += [span.end for span in spans if span.due_at <= at]
            elif last.end is None or today < last.end:
                ends.append(service.schedule_on(today).whole_period(today)[1])
        return max(ends, default=None)

    def facts_under(self, terms: Sold) -> Facts:
        """The facts, with what was agreed of these terms too."""
        sold_ = {**self.sold, terms.terms.name: terms}
        return _with_edges(self.facts, rows=self.agreed, sold_=sold_, periods=self.periods)

    @property
    def current(self) -> Sold:
        """What it has now, or had last."""
        return self.sold[self.facts.service.stretches[-1].plan]


def known_of(*, account_ids: Collection[UUID]) -> dict[UUID, list[Known]]:
    """The subscriptions of each account that may have something due, in the order in which they began.

    Those that have ended and have been billed to the end are left out.
    """
    if len(account_ids) == 1:
        (account_id,) = account_ids
        of_account, behind = rows_of_account(account_id)
        return {account_id: _known(of_account, found=_by_subscription(behind))}
    open_ones = ~Q(status=SubscriptionStatus.ENDED) | Q(next_due_at__isnull=False)
    rows = list(Subscription.objects.filter(open_ones, account_id__in=among(account_ids)).order_by("created_at", "id"))
    found: dict[UUID, list[Known]] = {account_id: [] for account_id in account_ids}
    for known in known_subscriptions(rows):
        found[known.row.account_id].append(known)
    return found


def known_subscriptions(rows: Sequence[Subscription]) -> list[Known]:
    """The facts of these subscriptions."""
    return _known(rows, found=_rows_behind([row.id for row in rows]))


def _known(rows: Sequence[Subscription], *, found: Behind) -> list[Known]:
    stretches, schedules, quantities = found[Stretch], found[SubscriptionSchedule], found[SubscriptionQuantity]
    pending, paid, periods = found[PendingChange], found[PaidTerm], found[Period]
    extended, agreed_prices = found[AccessExtension], found[AgreedPrice]
    spells = {spell.subscription_id: spell for group in found[AccessSpell].values() for spell in group}
    terms = sold(_wanted(rows, stretches=stretches))
    made = []
    for row in rows:
        of_row = {str(s.version_id): terms[s.version_id, row.currency] for s in stretches[row.id]}
        made.append(
            Known(
                row=row,
                facts=_facts(
                    row,
                    sold_=of_row,
                    stretches=stretches[row.id],
                    schedules=schedules[row.id],
                    quantities=quantities[row.id],
                    paid=paid[row.id],
                    extended=extended[row.id],
                    agreed_prices=agreed_prices[row.id],
                    periods=periods[row.id],
                ),
                sold=of_row,
                pending=pending[row.id],
                periods=periods[row.id],
                stretches=stretches[row.id],
                schedules=schedules[row.id],
                terms=[term for term in paid[row.id] if term.taken_back_at is None],
                agreed=agreed_prices[row.id],
                begun=_begun(periods[row.id]),
                spell=spells.get(row.id),
                graces=tuple(
                    (one.given_at, one.end_on) for one in extended[row.id] if one.state == ExtendedState.GRACE
                ),
            )
        )
    _add_usage(made)
    return made


def _rows_behind(ids: list[UUID]) -> Behind:
    """The rows of each kind by subscription, each in its order."""
    read = rows_of_few if len(ids) <= FEW else _rows_of_many
    return _by_subscription(read(ids))


def _by_subscription(found: Mapping[type[Model], Iterable[Any]]) -> Behind:
    return {model: _grouped(rows) for model, rows in found.items()}


def _rows_of_many(ids: list[UUID]) -> dict[type[Model], Iterable[Any]]:
    wanted, of_charge = among(ids), ("subscription_id", "charge_code", "stretch")
    return {
        Stretch: Stretch.objects.filter(subscription_id__in=wanted).order_by("position"),
        SubscriptionSchedule: SubscriptionSchedule.objects.filter(subscription_id__in=wanted).order_by("position"),
        SubscriptionQuantity: SubscriptionQuantity.objects.filter(subscription_id__in=wanted).order_by("from_at", "id"),
        PendingChange: PendingChange.objects.filter(subscription_id__in=wanted, settled_at=None).order_by(
            "due_at", "id"
        ),
        PaidTerm: PaidTerm.objects.filter(Q(taken_back_at=None) | Q(seats__gt=0), subscription_id__in=wanted).order_by(
            "start_on"
        ),
        # the last span of each charge in each stretch: those before it are settled for good
        Period: Period.objects.filter(subscription_id__in=wanted)
        .order_by(*of_charge, "-start_on")
        .distinct(*of_charge),
        AccessSpell: AccessSpell.objects.filter(subscription_id__in=wanted, until_at=None),
        AccessExtension: AccessExtension.objects.filter(subscription_id__in=wanted).order_by("given_at", "id"),
        AgreedPrice: AgreedPrice.objects.filter(subscription_id__in=wanted, withdrawn_at=None).order_by(
            "start_on", "id"
        ),
    }


def _grouped(rows: Iterable[M]) -> defaultdict[UUID, list[M]]:
    groups: defaultdict[UUID, list[M]] = defaultdict(list)
    for row in rows:
        groups[row.subscription_id].append(row)  # type: ignore[attr-defined]
    return groups


def _wanted(rows: Sequence[Subscription], *, stretches: dict[UUID, list[Stretch]]) -> set[Wanted]:
    return {(stretch.version_id, row.currency) for row in rows for stretch in stretches[row.id]}


def _facts(
    row: Subscription,
    *,
    sold_: dict[str, Sold],
    stretches: list[Stretch],
    schedules: list[SubscriptionSchedule],
    quantities: list[SubscriptionQuantity],
    paid: list[PaidTerm],
    extended: list[AccessExtension],
    agreed_prices: list[AgreedPrice],
    periods: list[Period],
) -> Facts:
    history: dict[str, list[tuple[datetime, Decimal]]] = {}
    for entry in quantities:
        history.setdefault(entry.charge_code, []).append((entry.from_at, entry.quantity))
    no_usage: Any = None  # comes with one query for all
    facts = Facts(
        name=str(row.id),
        currency=row.currency,
        service=service.Service(
            first_day=row.first_on,
            zone=ZoneInfo(row.time_zone),
            stretches=tuple(
                service.Stretch(str(s.version_id), s.start_on, s.from_at, s.end_on, s.until_at, s.is_free)
                for s in stretches
            ),
            schedules=service.that_stand(service.ScheduleFrom(s.from_on, schedule_of_row(s)) for s in schedules),
            paid=tuple((term.start_on, term.end_on) for term in paid if term.taken_back_at is None),
            is_prepaid=row.pays == "prepaid",
            trial_ends=tuple(one.end_on for one in extended if one.state == ExtendedState.TRIAL),
            seats=tuple(_paid_seats(term) for term in paid if term.seats),
        ),
        plans={name: one.terms for name, one in sold_.items()},
        usage=no_usage,
        quantities=history,
    )
    has_shortened = any(period.end_on < period.whole_end_on for period in periods)
    is_plain = not agreed_prices and not facts.service.seats and not has_shortened
    return facts if is_plain else _with_edges(facts, rows=agreed_prices, sold_=sold_, periods=periods)


def _paid_seats(term: PaidTerm) -> service.PaidSeats:
    """What was taken back pays for nothing, and its days remain apart."""
    return service.PaidSeats(term.start_on, term.end_on, 0 if term.taken_back_at else term.seats)


def _with_edges(facts: Facts, *, rows: list[AgreedPrice], sold_: dict[str, Sold], periods: Sequence[Period]) -> Facts:
    """The facts with the prices that were agreed, for each version of the plan that still prices the charge so.

    And with the days on which seats that a term pays for begin or end, and to which periods were settled.
    """
    found: defaultdict[tuple[str, str], list[Agreed]] = defaultdict(list)
    for name, terms in sold_.items():
        for row in rows:
            charge = terms.charge(row.charge_code) if terms.plan_id == row.plan_id else None
            if charge is None or charge.model != row.charge_model:
                continue
            priced_as = agreed.with_amounts(charge, agreed.read(row.amounts))
            if priced_as is not None:
                found[name, row.charge_code].append(Agreed(row.start_on, row.end_on, priced_as))
    edges: paid_seats.Edges = {
        key: agreed.edges_of(some) for key, some in found.items() if agreed.is_parted(some[0].charge)
    }
    seats = paid_seats.edges_of(facts.service.seats, plans={name: one.terms for name, one in sold_.items()})
    edges = paid_seats.with_edges(paid_seats.with_edges(edges, seats), _settled_edges(facts, periods=periods))
    return replace(facts, agreed=dict(found), service=replace(facts.service, edges=edges))


def _settled_edges(facts: Facts, *, periods: Sequence[Period]) -> paid_seats.Edges:
    """The days to which the last periods in advance were billed, though the service goes on.

    An end was planned there, and withdrawn: what is left of the period is a span of its own. What is not shared by time
    was charged in full.
    """
    found: paid_seats.Edges = {}
    for period in periods:
        stretch = facts.service.stretches[period.stretch]
        charges = facts.plans[stretch.plan].charges
        charge = next((one for one in charges if one.code == period.charge_code), None)
        if charge is None or not charge.due.is_prorated or charge.due.timing != "in_advance":
            continue
        if period.end_on >= period.whole_end_on:
            continue
        if stretch.end is None or period.end_on < stretch.end:
            found = paid_seats.with_edges(found, {(stretch.plan, charge.code): (period.end_on,)})
    return found


def schedule_of_row(row: SubscriptionSchedule) -> Schedule:
    """The schedule that a row says."""
    interval = Interval(months=row.interval_months, days=row.interval_days)
    return Schedule(interval=interval, anchor=row.anchor_on, day_of_month=row.day_of_month)


def _begun(periods: list[Period]) -> dict[tuple[int, str], date]:
    return {(period.stretch, period.charge_code): period.start_on for period in periods}


def _add_usage(made: list[Known]) -> None:
    """Read the events of all that are metered, flows from their first open span on."""
    metered = [known for known in made if any(c.meter for p in known.facts.plans.values() for c in p.charges)]
    _add_late([known for known in metered if known.row.late_from_at is not None])
    usage = usage_of(
        since={known.row.id: _flows_since(known) for known in metered},
        zones={known.row.id: known.zone for known in metered},
    )
    for known in made:
        mine = usage.get(known.row.id) or CountedUsage(zone=known.zone)
        known.facts = replace(known.facts, usage=mine, usage_batch=mine.batch)


def _add_late(made: list[Known]) -> None:
    """The settled periods of metered charges that reach beyond the first event that came late."""
    for known in made:
        rows = Period.objects.filter(subscription_id=known.row.id, ends_at__gt=known.row.late_from_at)
        known.late = [row for row in rows.order_by("start_on", "id") if _is_metered(known, row)]


def _is_metered(known: Known, period: Period) -> bool:
    plan = known.facts.service.stretches[period.stretch].plan
    charge = known.sold[plan].charge(period.charge_code)
    return charge is not None and charge.meter is not None


def _flows_since(known: Known) -> datetime:
    """The first instant of which a flow's events may still matter: the start of the last settled span, or before."""
    days = [
        known.begun.get((index, charge.code), stretch.start)
        for index, stretch in enumerate(known.facts.service.stretches)
        for charge in known.facts.plans[stretch.plan].charges
        if charge.meter is not None and not charge.meter.carries_over
    ]
    first = min([*days, *(period.start_on for period in known.late)], default=known.row.first_on)
    return first_instant(day=first, zone=known.zone)
