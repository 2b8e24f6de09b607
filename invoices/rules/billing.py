"""The difference between what an account was served and what it was billed, as documents.

Pure: works on a book in memory. `bill_now` bills one instant; `next_overdue` tells the oldest instant at which
something was due. An act bills what was overdue first, so that late and punctual billing make the same documents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from plans.rules.charging import DueLine, first_due, lines_due
from plans.rules.cuts import Cut, cuts_of, end_of_span
from provider.kernel.clock import first_instant, local_day

from .book import Applied, Bill, Book, Credit, Entry, Extra, Given, Invoiced, Noted, Owed, Span, Sub, Unused
from .late import Changes, changes_of, is_ready
from .totals import (
    Line,
    Lot,
    add_tax,
    credit_amount,
    credit_unused,
    take_coupons,
    use_balances,
    use_credits,
)

TICK = timedelta(microseconds=1)
BY_HAND: Final = "by_hand"  # the charge of a line that no plan has
RISE: Final = "rise"  # the cause of an invoice for an event that is billed at once
CORRECTED: Final = "corrected"  # the cause of a credit note for usage that was taken back
NewId = Callable[[], UUID]


def next_overdue(book: Book, *, at: datetime, rise: datetime | None = None) -> datetime | None:
    """The oldest instant until `at` at which a line was due that is not billed yet; before the `rise`, if there is one.

    What an event has made due is not among them: it has its own instant.
    """
    until = at if rise is None else min(at, rise)
    found = (first_due(facts=sub.facts, billed=sub.billed(), at=until, begun=sub.begun) for sub in book.subs)
    return min((instant for instant in found if instant is not None), default=None)


def end_of_due_day(book: Book, *, instant: datetime, at: datetime, rise: datetime | None = None) -> datetime:
    """Until when the lines of one due day go together: its last instant, but neither beyond `at` nor past a rise."""
    zone = book.subs[0].facts.service.zone
    tomorrow = local_day(at=instant, zone=zone) + timedelta(days=1)
    end = min(at, first_instant(day=tomorrow, zone=zone) - TICK)
    return end if rise is None else min(end, rise)


def first_rise(book: Book, *, at: datetime) -> datetime | None:
    """The instant, until `at` and with it, of the oldest event that is billed at once and has not been yet.

    Units that are charged in advance are billed at the event that makes them rise, on an invoice of their own; a run
    that comes late walks from event to event, so it makes what would have been made then.
    """
    found = [
        instant
        for sub in book.subs
        if _has_metered_in_advance(sub)
        for line in _due(sub, at=at + TICK)
        if (instant := _instant_of_rise(sub, line=line, at=at)) is not None
    ]
    return min(found, default=None)


def _has_metered_in_advance(sub: Sub) -> bool:
    stretch = sub.facts.service.stretches[-1]
    return any(c.meter and c.due.timing == "in_advance" for c in sub.facts.plans[stretch.plan].charges)


def _instant_of_rise(sub: Sub, *, line: DueLine, at: datetime) -> datetime | None:
    charge = sub.charge_of(line.plan, line.charge)
    span = next((span for span in sub.spans if span.holds(line)), None)
    if charge is None or charge.meter is None or charge.due.timing != "in_advance" or span is None:
        return None
    opened = first_instant(day=span.start, zone=sub.facts.service.zone)
    since = max([opened, *(entry.due.due_at for entry in sub.entries if entry.span is span)])
    for instant in sub.facts.usage.instants(charge.meter, from_at=since, until_at=at + TICK):
        if any(due.charge == line.charge for due in _due(sub, at=instant + TICK)):
            return instant
    return None


def _due(sub: Sub, *, at: datetime) -> list[DueLine]:
    """The lines that are due. A price that falls while its span runs bills and gives back nothing."""
    lines = []
    for line in lines_due(facts=sub.facts, billed=sub.billed(), at=at, begun=sub.begun):
        if line.amount_minor > 0 or (line.amount_minor == 0 and line.units >= 0):
            lines.append(line)
        elif not any(span.holds(line) for span in sub.spans):
            lines.append(replace(line, amount_minor=0))  # taken back more than was used: settled with nothing
    return lines


def bill_now(
    book: Book,
    *,
    at: datetime,
    due_at: datetime,
    made_at: datetime,
    cause: str,
    new_id: NewId,
    unused: Mapping[UUID, Unused] | None = None,
) -> None:
    """Credit what the service was cut short of, then bill everything that is due at `at` on one invoice.

    Lines by hand that wait join it; alone they make none here.
    """
    _credit_cuts(book, due_at=due_at, made_at=made_at, unused=unused or {}, new_id=new_id)
    found = [(sub, line) for sub in book.subs for line in _due(sub, at=at)]
    spans = [_settle(sub, line=line) for sub, line in found]
    shown = [(sub, line, span) for (sub, line), span in zip(found, spans, strict=True) if line.amount_minor]
    shown += _late(book, has_others=bool(shown), at=at, due_at=due_at, made_at=made_at, new_id=new_id)
    if shown:
        extras = [extra for extra in book.extras if extra.since <= due_at]
        _issue(book, shown=shown, extras=extras, due_at=due_at, made_at=made_at, cause=cause, new_id=new_id)


def waits_for_no_other(sub: Sub, *, at: datetime) -> bool:
    """Whether late usage is billed by itself: what is not served any more has no next invoice."""
    end = sub.facts.service.stretches[-1].end
    return is_ready(sub) and end is not None and end <= local_day(at=at, zone=sub.facts.service.zone)


def _late(
    book: Book, *, has_others: bool, at: datetime, due_at: datetime, made_at: datetime, new_id: NewId
) -> list[tuple[Sub, DueLine, Span]]:
    """What late usage adds to this invoice; what was taken back is credited first, so that the invoice may use it."""
    ready = [sub for sub in book.subs if is_ready(sub) and (has_others or waits_for_no_other(sub, at=at))]
    found = [changes_of(sub, at=at) for sub in ready]
    for sub in ready:
        sub.late_from, sub.is_late_settled = None, True
    for bill, lines in _by_bill(found):
        note(
            book,
            of=bill,
            lines=lines,
            is_refund=False,
            cause=CORRECTED,
            due_at=due_at,
            made_at=made_at,
            new_id=new_id,
        )
    return [line for changes in found for line in changes.lines]


def _by_bill(found: Sequence[Changes]) -> list[tuple[Bill, list[Given]]]:
    """What is given back, by the invoice that charged it, the oldest first."""
    bills: dict[UUID, tuple[Bill, list[Given]]] = {}
    for back in (one for changes in found for one in changes.credits):
        entry = back.entry
        credit = credit_amount(charged=entry.charged, amount_minor=back.amount_minor)
        entry.credit(credit)
        given = Given(entry=entry, credit=credit, units=back.units, batch=back.batch)
        bills.setdefault(entry.invoice.id, (entry.invoice, []))[1].append(given)
    return sorted(bills.values(), key=lambda one: one[0].order)


def bill_extras(book: Book, *, at: datetime, new_id: NewId) -> None:
    """An invoice of the lines by hand alone, at once."""
    if book.extras:
        _issue(book, shown=[], extras=book.extras, due_at=at, made_at=at, cause="manual", new_id=new_id)


def _settle(sub: Sub, *, line: DueLine) -> Span:
    """Remember that the line's span was opened, and the units that were billed in it."""
    span = next((span for span in sub.spans if span.holds(line)), None)
    if span is None:
        span = Span(
            id=None,
            subscription=sub.id,
            stretch=line.stretch,
            charge=line.charge,
            start=line.start,
            end=line.end,
            whole=line.covers or (line.start, line.end),
            units=line.units,
            due_at=line.due_at,
        )
        sub.spans = [old for old in sub.spans if (old.stretch, old.charge) != (span.stretch, span.charge)] + [span]
        sub.begun[line.stretch, line.charge] = line.start
        sub.opened.append(span)
    elif line.kind != "minimum" and line.units > 0:
        span.units += line.units
        sub.touch(span)
    return span


# --- Credits for cuts ---


def _credit_cuts(
    book: Book, *, due_at: datetime, made_at: datetime, unused: Mapping[UUID, Unused], new_id: NewId
) -> None:
    given: dict[UUID, list[Given]] = {}
    bills: dict[UUID, Bill] = {}
    choice: dict[UUID, Unused] = {}
    for sub in book.subs:
        wish = unused.get(sub.id, "credit")
        for cut in cuts_of(facts=sub.facts, billed=sub.billed()):
            entry = sub.entries[cut.billed.number]
            if entry.invoice.waits:
                book.owed += [] if wish == "none" else [_owed(entry, cut)]
                continue
            if wish != "none" and (gift := _gift(entry, cut)).credit.amount_minor:
                entry.credit(gift.credit)
                given.setdefault(entry.invoice.id, []).append(gift)
                bills[entry.invoice.id], choice[entry.invoice.id] = entry.invoice, wish
        _shorten(sub)
    for bill_id in sorted(given, key=lambda bill_id: bills[bill_id].order):
        note(
            book,
            of=bills[bill_id],
            lines=given[bill_id],
            is_refund=choice[bill_id] == "refund",
            cause="unused",
            due_at=due_at,
            made_at=made_at,
            new_id=new_id,
        )


def _gift(entry: Entry, cut: Cut) -> Given:
    credit = credit_unused(charged=entry.charged, unused_days=cut.unused_days, days=cut.days)
    end = cut.billed.reach
    return Given(entry=entry, credit=credit, start=end - timedelta(days=cut.unused_days), end=end)


def _owed(entry: Entry, cut: Cut) -> Owed:
    """What a cut gives back of a line whose invoice is a draft yet."""
    end = cut.billed.reach
    return Owed(entry=entry, unused_days=cut.unused_days, days=cut.days, end=end)


def gift_of(owed: Owed) -> Given:
    """What is given back, now that its invoice is made."""
    credit = credit_unused(charged=owed.entry.charged, unused_days=owed.unused_days, days=owed.days)
    owed.entry.credit(credit)
    start = owed.end - timedelta(days=owed.unused_days)
    return Given(entry=owed.entry, credit=credit, start=start, end=owed.end)


def _shorten(sub: Sub) -> None:
    """Spans end where the service does."""
    for span in sub.spans:
        end = end_of_span(sub.facts, span.stretch, span.charge, since=span.start)
        if end is not None and span.end > max(end, span.start):
            span.end = max(end, span.start)
            sub.touch(span)


def note(
    book: Book,
    *,
    of: Bill,
    lines: Sequence[Given],
    is_refund: bool,
    cause: str,
    due_at: datetime,
    made_at: datetime,
    new_id: NewId,
    reason: str = "",
) -> Noted | None:
    """A credit note against one invoice; pays back at most what was paid beyond what of the invoice stays due."""
    note_id = new_id()
    made = Noted(
        id=note_id,
        of=of,
        cause=cause,
        reason=reason,
        due_at=due_at,
        made_at=made_at,
        lines=[given for given in lines if given.credit.net_minor],
        refund_minor=0,
        kept=Credit(id=note_id, number="", left_minor=0),
    )
    if not made.lines:
        return None
    of.noted_minor += made.total_minor
    if is_refund:
        paid_beyond = of.paid_minor - of.refunded_minor - (of.total_minor - of.noted_minor)
        made.refund_minor = min(made.total_minor, max(paid_beyond, 0))
        of.refunded_minor += made.refund_minor
    made.kept.left_minor = made.credit_minor
    book.credits.append(made.kept)
    book.made.append(made)
    return made


# --- Invoices ---


def _issue(
    book: Book,
    *,
    shown: Sequence[tuple[Sub, DueLine, Span]],
    extras: Sequence[Extra],
    due_at: datetime,
    made_at: datetime,
    cause: str,
    new_id: NewId,
) -> None:
    lines = [_line(book, sub=sub, due=due) for sub, due, _ in shown]
    lines += [_line_by_hand(book, extra) for extra in extras]
    live = [coupon for coupon in book.coupons if coupon.is_live(due_at)]
    lines, taken = take_coupons(lines=lines, coupons=[coupon.coupon for coupon in live])
    lines, taxes = add_tax(lines)
    bill = Bill(
        id=new_id(),
        number="",
        due_at=due_at,
        is_tax_inclusive=book.buyer.is_tax_inclusive,
        total_minor=sum(line.gross_minor for line in lines),
        order=(1, len(book.made)),
    )
    made = Invoiced(bill=bill, cause=cause, due_at=due_at, made_at=made_at, entries=[], taxes=taxes)
    for (sub, due, span), line in zip(shown, lines, strict=False):
        before = sum(entry.span is span and entry.due.kind == due.kind for entry in sub.entries)
        entry = Entry(id=None, invoice=bill, span=span, due=due, line=line, ordinal=before)
        sub.entries.append(entry)
        made.entries.append(entry)
    for extra, line in zip(extras, lines[len(shown) :], strict=True):
        due = _due_by_hand(extra, due_at=due_at)
        made.entries.append(Entry(id=None, invoice=bill, span=None, due=due, line=line, extra=extra, text=extra.text))
    book.extras = [extra for extra in book.extras if extra not in extras]
    made.coupons = [_take(live[take.index], take.amount_minor) for take in taken]
    _hold(book, made=made)
    if not bill.waits:
        apply(book, made=made, lines=lines)
    book.made.append(made)


def _hold(book: Book, *, made: Invoiced) -> None:
    """Have an invoice wait for approval where a rule says so; credit and balances are used when it is approved."""
    if book.watch is None:
        return
    made.last_minor = book.watch.last_minor
    made.reasons = book.watch.judge(
        total_minor=made.total_minor, currency=book.buyer.currency, is_rise=made.cause == RISE
    )
    made.bill.waits = bool(made.reasons)


def _line(book: Book, *, sub: Sub, due: DueLine) -> Line:
    return Line(
        amount_minor=due.amount_minor,
        tax_rate=book.buyer.tax_rate if due.tax_rate is None else due.tax_rate,
        is_tax_inclusive=book.buyer.is_tax_inclusive,
        labels=labels_of_line(charge=due.charge, plan=sub.plan_codes[due.plan], meter=due.meter),
    )


def labels_of_line(*, charge: str, plan: str, meter: str) -> frozenset[str]:
    """What a coupon or a balance may be limited to."""
    return frozenset({f"charges:{charge}", f"plans:{plan}", f"meters:{meter}"})


def _line_by_hand(book: Book, extra: Extra) -> Line:
    return Line(
        amount_minor=extra.amount_minor,
        tax_rate=book.buyer.tax_rate if extra.tax_rate is None else extra.tax_rate,
        is_tax_inclusive=book.buyer.is_tax_inclusive,
        labels=frozenset({f"charges:{BY_HAND}"}),
    )


def _due_by_hand(extra: Extra, *, due_at: datetime) -> DueLine:
    day = due_at.date()
    return DueLine(
        subscription="",
        plan="",
        charge=BY_HAND,
        kind="one_time",
        stretch=0,
        due_at=due_at,
        units=extra.units,
        amount_minor=extra.amount_minor,
        tax_rate=extra.tax_rate,
        start=extra.start or day,
        end=extra.end or day,
        whole_days=0,
        is_creditable=False,
    )


def _take(applied: Applied, amount_minor: int) -> tuple[Applied, int]:
    if applied.times_left is not None:
        applied.times_left -= 1
    return applied, amount_minor


def apply(book: Book, *, made: Invoiced, lines: Sequence[Line]) -> None:
    """Credit from credit notes, oldest first, then balances as they were when the invoice was due."""
    for take in use_credits(due_minor=made.total_minor, left_minor=[credit.left_minor for credit in book.credits]):
        credit = book.credits[take.index]
        credit.left_minor -= take.amount_minor
        made.credits.append((credit, take.amount_minor))
    live = [lot for lot in book.prepaid if lot.left_minor and lot.is_live(made.due_at)]
    lots = [Lot(lot.left_minor, lot.priority, age, lot.labels) for age, lot in enumerate(live)]
    for take in use_balances(due_minor=made.due_minor, lines=lines, lots=lots):
        live[take.index].left_minor -= take.amount_minor
        made.balances.append((live[take.index], take.amount_minor))
