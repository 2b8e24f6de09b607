"""A billing engine on paper: plays a story with the pure rules alone, no database.

It is the oracle of the rules: small, slow, everything in memory. What the product bills through its operations and
tables must equal what this computes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from invoices.rules.totals import (
    Breadth,
    Charged,
    Coupon,
    CreditLine,
    Line,
    Lot,
    add_tax,
    credit_amount,
    credit_unused,
    take_coupons,
    use_balances,
    use_credits,
)
from plans.rules.calendar import schedule_of
from plans.rules.charging import Billed, DueLine, Facts, lines_due
from plans.rules.cuts import cuts_of
from plans.rules.open_periods import cost_of_open_periods
from plans.rules.service import ScheduleFrom, Service, Stretch
from plans.rules.story import Step, Story
from plans.rules.terms import MeterTerms, PlanTerms
from plans.rules.terms_of_story import terms_of
from provider.kernel.clock import first_instant, local_day
from provider.kernel.money import exact_minor

TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Event:
    at: datetime
    value: Decimal = Decimal(1)
    item: str = ""
    is_removal: bool = False


@dataclass
class PaperUsage:
    """All events of one subscription in a list; every question is answered by reading all of them."""

    zone: ZoneInfo
    events: dict[str, list[Event]] = field(default_factory=dict)

    def record(self, meter: str, event: Event) -> None:
        self.events.setdefault(meter, []).append(event)

    def _within(self, meter: MeterTerms, from_at: datetime, until_at: datetime) -> list[Event]:
        return [e for e in self.events.get(meter.name, []) if from_at <= e.at < until_at]

    def instants(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Sequence[datetime]:
        return sorted({e.at for e in self._within(meter, from_at, until_at)})

    def values(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Sequence[Decimal]:
        return [e.value for e in self._within(meter, from_at, until_at)]

    def total(self, meter: MeterTerms, *, from_at: datetime, until_at: datetime) -> Decimal:
        events = self._within(meter, from_at, until_at)
        if meter.carries_over and meter.aggregate != "unique":
            return self.level(meter, until_at=until_at)
        if meter.aggregate == "unique":
            there = self._items(meter, until_at=from_at) if meter.carries_over else set()
            return Decimal(len(there | {e.item for e in events if not e.is_removal}))
        values = [e.value for e in events]
        return {
            "count": Decimal(len(values)),
            "sum": sum(values, Decimal(0)),
            "max": max(values, default=Decimal(0)),
            "latest": values[-1] if values else Decimal(0),
        }[meter.aggregate]

    def _items(self, meter: MeterTerms, *, until_at: datetime) -> set[str]:
        there: set[str] = set()
        for event in self.events.get(meter.name, []):
            if event.at < until_at:
                (there.discard if event.is_removal else there.add)(event.item)
        return there

    def level(self, meter: MeterTerms, *, until_at: datetime) -> Decimal:
        if meter.aggregate == "unique":
            return Decimal(len(self._items(meter, until_at=until_at)))
        signed = [-e.value if e.is_removal else e.value for e in self.events.get(meter.name, []) if e.at < until_at]
        return sum(signed, Decimal(0))

    def daily(self, meter: MeterTerms, *, start: date, end: date, until_at: datetime) -> Sequence[Decimal]:
        days = [start + timedelta(days=n) for n in range((end - start).days)]
        return [self._of_day(meter, day=day, until_at=until_at) for day in days]

    def _of_day(self, meter: MeterTerms, *, day: date, until_at: datetime) -> Decimal:
        opens = first_instant(day=day, zone=self.zone)
        closes = min(first_instant(day=day + timedelta(days=1), zone=self.zone), max(until_at, opens))
        if meter.aggregate != "unique":
            return self.level(meter, until_at=closes)
        there = self._items(meter, until_at=opens)
        added = {e.item for e in self._within(meter, opens, closes) if not e.is_removal}
        return Decimal(len(there | added))


@dataclass
class Sub:
    name: str
    facts: Facts
    usage: PaperUsage
    billed: list[Billed] = field(default_factory=list)
    pending: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)


@dataclass
class Document:
    kind: str
    n: int
    at: datetime
    lines: list[tuple[DueLine, Line]]
    of: int = 0
    discount: int = 0
    tax: int = 0
    total: int = 0
    credit_applied: int = 0
    balance_applied: int = 0
    refund: int = 0
    paid: int = 0
    credited: dict[int, CreditLine] = field(default_factory=dict)
    credit_left: int = 0

    @property
    def subtotal(self) -> int:
        return sum(line.amount_minor for _, line in self.lines)

    @property
    def due(self) -> int:
        return self.total - self.credit_applied - self.balance_applied


class Paper:
    """One account; `play` walks the steps of a story and fills `documents`."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.plans: dict[str, PlanTerms] = {name: terms_of(plan, story) for name, plan in story.plans.items()}
        self.subs: dict[str, Sub] = {}
        self.documents: list[Document] = []
        self.coupons: list[dict[str, Any]] = []
        self.top_ups: list[dict[str, Any]] = []
        self.usage_at: dict[datetime, dict[str, int]] = {}
        self.balances_at: dict[datetime, dict[str, int]] = {}
        self.at = story.steps[0].at

    # --- walking ---

    def play(self) -> list[Document]:
        for step in self.story.steps:
            self.take(step)
            self.usage_at[self.at] = self._usage()
            self.balances_at[self.at] = self._balances()
        return self.documents

    def take(self, step: Step) -> None:
        self.at = step.at
        facts = dict(step.facts)
        if step.do in ("subscribe", "set_quantity", "change_plan", "set_anchor", "pause", "resume", "cancel", "bill"):
            self.bill()
        getattr(self, f"do_{step.do}")(facts)

    def minor(self, amount: Decimal) -> int:
        return exact_minor(amount=amount, currency=self.story.currency)

    def today(self) -> date:
        return local_day(at=self.at, zone=self.story.zone)

    def sub_of(self, facts: dict[str, Any]) -> Sub:
        if "as" in facts:
            return self.subs[facts["as"]]
        meter = facts.get("meter")
        found = [
            sub
            for sub in self.subs.values()
            if meter is None
            or any(
                c.meter and c.meter.name == meter
                for stretch in sub.facts.service.stretches[-1:]
                for c in sub.facts.plans[stretch.plan].charges
            )
        ]
        assert len(found) == 1, f"which subscription? {[sub.name for sub in found]}"
        return found[0]

    def _usage(self) -> dict[str, int]:
        costs: dict[str, int] = {}
        for sub in self.subs.values():
            costs |= cost_of_open_periods(facts=sub.facts, at=self.at)
        return costs

    def _balances(self) -> dict[str, int]:
        names = {top_up["balance"] for top_up in self.top_ups}
        return {name: sum(t["left"] for t in self.top_ups if t["balance"] == name) for name in names}

    # --- steps ---

    def do_subscribe(self, facts: dict[str, Any]) -> None:
        terms = self.plans[facts["plan"]]
        plan = self.story.plans[facts["plan"]]
        day = self.today()
        schedule = schedule_of(interval=terms.interval, anchor=plan.anchor, start=day)
        end, until_at = self._fixed_end(facts.get("ends"), terms)
        service = Service(
            first_day=day,
            zone=self.story.zone,
            stretches=(Stretch(terms.name, day, self.at, end, until_at),),
            schedules=(ScheduleFrom(day, schedule),),
        )
        name = facts.get("as", "main")
        usage = PaperUsage(self.story.zone)
        quantities = {code: [(self.at, value)] for code, value in facts.get("quantities", {}).items()}
        self.subs[name] = Sub(name, Facts(name, self.story.currency, service, self.plans, usage, quantities), usage)
        self.bill_now()

    def _fixed_end(self, ends: datetime | None, terms: PlanTerms) -> tuple[date | None, datetime | None]:
        if ends is None:
            return None, None
        day = local_day(at=ends, zone=self.story.zone)
        if first_instant(day=day, zone=self.story.zone) == ends or not terms.bills_last_day:
            return day, ends
        return day + timedelta(days=1), ends

    def do_use(self, facts: dict[str, Any], *, is_removal: bool = False) -> None:
        sub = self.sub_of(facts)
        bills_at_once = self._bills_at_once(sub, facts["meter"])
        if bills_at_once:  # an event that bills changes the subscription: what was due before comes first
            self.bill()
        event = Event(self.at, facts.get("value", Decimal(1)), facts.get("item", ""), is_removal)
        for _ in range(facts.get("count", 1)):
            sub.usage.record(facts["meter"], event)
        if bills_at_once:
            self.bill_now(at=self.at + TICK)

    def _bills_at_once(self, sub: Sub, meter: str) -> bool:
        charges = sub.facts.plans[sub.facts.service.stretches[-1].plan].charges
        return any(c.meter and c.meter.name == meter and c.due.timing == "in_advance" for c in charges)

    do_add = do_use

    def do_remove(self, facts: dict[str, Any]) -> None:
        self.do_use(facts, is_removal=True)

    def do_set_quantity(self, facts: dict[str, Any]) -> None:
        sub = self.sub_of(facts)
        at = self.at if facts.get("when", "now") == "now" else self._period_end(sub)
        history = [*sub.facts.quantities.get(facts["charge"], ()), (at, facts["quantity"])]
        sub.facts = replace(sub.facts, quantities={**sub.facts.quantities, facts["charge"]: history})
        self.bill_now()

    def _period_end(self, sub: Sub) -> datetime:
        schedule = sub.facts.service.schedule_on(self.today())
        return first_instant(day=schedule.whole_period(self.today())[1], zone=self.story.zone)

    def do_change_plan(self, facts: dict[str, Any]) -> None:
        sub = self.sub_of(facts)
        when = facts.get("when", "now")
        if when == "now":
            self._change(sub, facts["plan"], at=self.at)
            self._bill_opening(sub)
            return
        at = self._period_end(sub) if when == "period_end" else when
        sub.pending.append((at, lambda: self._change(sub, facts["plan"], at=at)))

    def _change(self, sub: Sub, plan: str, *, at: datetime) -> None:
        day = local_day(at=at, zone=self.story.zone)
        service = self._cut(sub, day=day, at=at)
        terms = self.plans[plan]
        old = service.schedule_on(day)
        schedules = service.schedules
        if terms.interval != old.interval:
            before = [one for one in schedules if one.day <= day]
            later = [one for one in schedules if one.day > day]  # an anchor that is still to come stays
            moved = [(day, old), *((one.day, one.schedule) for one in later)]
            schedules = (*before, *(ScheduleFrom(on, replace(one, interval=terms.interval)) for on, one in moved))
        stretches = (*service.stretches, Stretch(plan, day, at))
        sub.facts = replace(sub.facts, service=replace(service, stretches=stretches, schedules=schedules))

    def _cut(self, sub: Sub, *, day: date, at: datetime) -> Service:
        service = sub.facts.service
        last = replace(service.stretches[-1], end=day, until_at=at)
        return replace(service, stretches=(*service.stretches[:-1], last))

    def do_set_anchor(self, facts: dict[str, Any]) -> None:
        sub = self.sub_of(facts)
        service = sub.facts.service
        now = service.schedule_on(self.today())
        day = now.whole_period(self.today())[1] if facts.get("when", "period_end") == "period_end" else self.today()
        anchored = schedule_of(interval=now.interval, anchor=facts["day"], start=day)
        before = [one for one in service.schedules if one.day < day]  # the last wish wins over those still to come
        sub.facts = replace(sub.facts, service=replace(service, schedules=(*before, ScheduleFrom(day, anchored))))

    def do_pause(self, facts: dict[str, Any]) -> None:
        sub = self.sub_of(facts)
        sub.facts = replace(sub.facts, service=self._cut(sub, day=self.today(), at=self.at))
        self.bill_now()

    def do_resume(self, facts: dict[str, Any]) -> None:
        sub = self.sub_of(facts)
        service = sub.facts.service
        stretch = Stretch(service.stretches[-1].plan, self.today(), self.at)
        sub.facts = replace(sub.facts, service=replace(service, stretches=(*service.stretches, stretch)))
        self._bill_opening(sub)

    def _bill_opening(self, sub: Sub) -> None:
        """What opens now, and then what events of this very instant are billed at once: they count from it on."""
        self.bill_now()
        if any(
            e.at == self.at and self._bills_at_once(sub, meter)
            for meter in sub.usage.events
            for e in sub.usage.events[meter]
        ):
            self.bill_now(at=self.at + TICK)

    def do_cancel(self, facts: dict[str, Any]) -> None:
        sub = self.sub_of(facts)
        terms = self.plans[sub.facts.service.stretches[-1].plan]
        if facts.get("when", "now") == "period_end":
            at = self._period_end(sub)
            day = local_day(at=at, zone=self.story.zone)
            sub.facts = replace(sub.facts, service=self._cut(sub, day=day, at=at))
            return
        day = self.today() + timedelta(days=1 if terms.bills_last_day else 0)
        sub.facts = replace(sub.facts, service=self._cut(sub, day=day, at=self.at))
        self.bill_now(unused=facts.get("unused", "credit"))

    def do_bill(self, facts: dict[str, Any]) -> None:
        """Everything that is due has been billed before the step."""

    def do_pay(self, facts: dict[str, Any]) -> None:
        self._invoice(facts["invoice"]).paid += self.minor(facts["amount"])

    def do_coupon(self, facts: dict[str, Any]) -> None:
        self.coupons.append({**facts, "left": facts.get("times"), "age": len(self.coupons)})

    def do_top_up(self, facts: dict[str, Any]) -> None:
        self.top_ups.append({**facts, "left": self.minor(facts["amount"]), "age": len(self.top_ups)})

    def do_credit_note(self, facts: dict[str, Any]) -> None:
        invoice = self._invoice(facts["invoice"])
        index = next(
            i
            for i, (due, _) in enumerate(invoice.lines)
            if due.charge == facts["charge"] and facts.get("as", due.subscription) == due.subscription
        )
        credit = credit_amount(charged=self._charged(invoice, index), amount_minor=self.minor(facts["amount"]))
        self._note(invoice, {index: credit}, is_refund=False)

    def _invoice(self, number: int) -> Document:
        return next(d for d in self.documents if d.kind == "invoice" and d.n == number)

    # --- billing ---

    def bill(self) -> None:
        """All scheduled work that is due: one invoice a local day, the oldest first."""
        while instant := self._next_due():
            for sub in self.subs.values():
                for entry in [p for p in sub.pending if p[0] <= instant]:
                    sub.pending.remove(entry)
                    entry[1]()
            day = local_day(at=instant, zone=self.story.zone)
            end_of_day = first_instant(day=day + timedelta(days=1), zone=self.story.zone) - TICK
            self.bill_now(at=min(self.at, end_of_day))

    def _next_due(self) -> datetime | None:
        due = [line.due_at for sub in self.subs.values() for line in self._lines(sub, self.at)]
        due += [at for sub in self.subs.values() for at, _ in sub.pending if at <= self.at]
        return min(due, default=None)

    def _lines(self, sub: Sub, at: datetime) -> list[DueLine]:
        return lines_due(facts=sub.facts, billed=sub.billed, at=at)

    def bill_now(self, *, at: datetime | None = None, unused: str = "credit") -> None:
        self._credit_cuts(unused=unused)
        lines: list[DueLine] = []
        for sub in self.subs.values():
            for line in self._lines(sub, at or self.at):
                sub.billed.append(Billed(line=line, number=len(sub.billed)))
                lines.append(line)
        shown = [line for line in lines if line.amount_minor]
        if shown:
            self._issue(shown)

    def _issue(self, due: list[DueLine]) -> None:
        lines = [
            Line(
                amount_minor=line.amount_minor,
                tax_rate=self.story.tax_rate if line.tax_rate is None else line.tax_rate,
                is_tax_inclusive=self.story.is_tax_inclusive,
                labels=frozenset({f"charges:{line.charge}", f"plans:{line.plan}", f"meters:{line.meter}"}),
            )
            for line in due
        ]
        coupons = [self._coupon(c) for c in self.coupons if c["left"] != 0]
        live = [c for c in self.coupons if c["left"] != 0]
        lines, taken = take_coupons(lines=lines, coupons=coupons)
        for take in taken:
            if live[take.index]["left"]:
                live[take.index]["left"] -= 1
        lines, sums = add_tax(lines)
        document = Document("invoice", self._count("invoice") + 1, self.at, list(zip(due, lines, strict=True)))
        document.discount = sum(line.discount_minor for line in lines)
        document.tax = sum(s.tax_minor for s in sums)
        document.total = sum(line.gross_minor for line in lines)
        self._apply(document, lines)
        self.documents.append(document)

    def _coupon(self, coupon: dict[str, Any]) -> Coupon:
        labels = frozenset(f"{kind}:{name}" for kind, names in coupon.get("only", {}).items() for name in names)
        kinds = set(coupon.get("only", {}))
        breadth = Breadth.CHARGES if kinds & {"meters", "charges"} else Breadth.PLANS if kinds else Breadth.ALL
        amount = self.minor(coupon["amount"]) if "amount" in coupon else None
        return Coupon(breadth, coupon["age"], coupon.get("percent"), amount, labels)

    def _apply(self, document: Document, lines: list[Line]) -> None:
        notes = [d for d in self.documents if d.kind == "credit_note"]
        for take in use_credits(due_minor=document.total, left_minor=[note.credit_left for note in notes]):
            notes[take.index].credit_left -= take.amount_minor
            document.credit_applied += take.amount_minor
        live = [t for t in self.top_ups if t.get("expires") is None or t["expires"] > self.at]
        lots = [
            Lot(
                left_minor=t["left"],
                priority=t.get("priority", 0),
                age=t["age"],
                labels=frozenset(f"{kind}:{name}" for kind, names in t.get("only", {}).items() for name in names),
            )
            for t in live
        ]
        for take in use_balances(due_minor=document.due, lines=lines, lots=lots):
            live[take.index]["left"] -= take.amount_minor
            document.balance_applied += take.amount_minor

    def _count(self, kind: str) -> int:
        return sum(d.kind == kind for d in self.documents)

    def _credit_cuts(self, *, unused: str) -> None:
        given: dict[int, dict[int, CreditLine]] = {}
        for sub in self.subs.values():
            for cut in cuts_of(facts=sub.facts, billed=sub.billed):
                invoice, index = self._find(cut.billed.line)
                if invoice is None:
                    continue
                credit = credit_unused(
                    charged=self._charged(invoice, index), unused_days=cut.unused_days, days=cut.days
                )
                position = sub.billed.index(cut.billed)
                given_minor = cut.billed.credited_minor + (0 if unused == "none" else credit.amount_minor)
                until = max(sub.facts.service.stretches[cut.billed.line.stretch].end or date.max, cut.billed.line.start)
                sub.billed[position] = replace(cut.billed, credited_minor=given_minor, until=until)
                given.setdefault(invoice.n, {})[index] = credit
        for number in sorted(given):
            if unused != "none":
                self._note(self._invoice(number), given[number], is_refund=unused == "refund")

    def _find(self, line: DueLine) -> tuple[Document | None, int]:
        for document in self.documents:
            for index, (due, _) in enumerate(document.lines):
                if due is line and document.kind == "invoice":
                    return document, index
        return None, 0

    def _charged(self, invoice: Document, index: int) -> Charged:
        credited = invoice.credited.get(index, CreditLine(0, 0, 0))
        return Charged(line=invoice.lines[index][1], credited=credited)

    def _note(self, invoice: Document, given: dict[int, CreditLine], *, is_refund: bool) -> None:
        for index, credit in given.items():
            before = invoice.credited.get(index, CreditLine(0, 0, 0))
            invoice.credited[index] = CreditLine(
                before.amount_minor + credit.amount_minor,
                before.discount_minor + credit.discount_minor,
                before.tax_minor + credit.tax_minor,
            )
        lines = [(invoice.lines[i][0], Line(amount_minor=c.net_minor)) for i, c in given.items() if c.net_minor]
        if not lines:
            return
        note = Document("credit_note", self._count("credit_note") + 1, self.at, lines, of=invoice.n)
        note.tax = sum(c.tax_minor for c in given.values())
        note.total = note.subtotal if self.story.is_tax_inclusive else note.subtotal + note.tax
        stays = invoice.total - sum(d.total for d in self.documents if d.of == invoice.n) - note.total
        note.refund = min(note.total, max(invoice.paid - stays, 0)) if is_refund else 0
        note.credit_left = note.total - note.refund
        self.documents.append(note)
