"""From a line of an invoice to the events that made it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Max, Q, QuerySet

from invoices.errors import LineCountsNoUsage
from invoices.models import CreditNoteLine, Invoice, InvoiceLine
from plans.models import Meter, PlanCharge, Stretch, Subscription, UsageEvent
from plans.queries.behind import Answered, Question, Seen, answer_again, events_behind, newest_batch
from provider.kernel.clock import first_instant
from provider.kernel.errors import NotFound

_KINDS: Final = ("usage", "recurring", "adjustment")  # a minimum is no count, even where a meter stands beside it
_COUNTED: Final = Q(kind__in=_KINDS, subscription__isnull=False) & ~Q(meter_code="")
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class LineUsage:
    """What a line of an invoice was counted from.

    `is_exact` is whether the line kept what its meter was told; of older ones it is made out from their days, and from
    what had come in when the invoice was made. `follows` an earlier line of the same days, whose events it does not
    list again.
    """

    line: InvoiceLine
    invoice: Invoice
    subscription: Subscription
    charge: PlanCharge
    question: Question
    is_exact: bool
    follows: InvoiceLine | None = None

    @property
    def meter(self) -> Meter:
        """What was counted."""
        return self.question.meter

    @property
    def is_late(self) -> bool:
        """Whether it charges what came after its days had been billed."""
        return self.line.kind == "adjustment"

    @property
    def is_by_day(self) -> bool:
        """Whether each day was billed by what stood there that day."""
        return self.charge.is_prorated and self.charge.timing == "in_arrears"

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its days."""
        return ZoneInfo(self.subscription.time_zone)

    @property
    def quantity(self) -> Decimal | None:
        """What the meter answered when the line was made; None of older lines."""
        return self.line.used_quantity

    @cached_property
    def again(self) -> Answered:
        """The same, from the events."""
        return answer_again(self.question)

    @property
    def ties(self) -> bool | None:
        """Whether the events come to what the line was made from; None where it did not keep that."""
        return None if self.quantity is None else self.quantity == self.again.total

    @property
    def uncharged(self) -> Decimal | None:
        """What was counted and is not on this line: billed before, or paid by a card. None where units are no events.

        A package is so many packages, a percentage of each event so much money.
        """
        if self.charge.model in ("package", "percentage") and self.charge.timing == "in_advance":
            return None
        return self.again.total - self.line.units

    def events(self) -> QuerySet[UsageEvent]:
        """The events."""
        return events_behind(self.question)


def positions_counted(invoice: Invoice) -> set[int]:
    """The lines of an invoice, by their position, behind which there are events."""
    return set(InvoiceLine.objects.filter(_COUNTED, invoice=invoice).values_list("position", flat=True))


def usage_of_line(*, invoice: Invoice, position: int) -> LineUsage:
    """What a line was counted from; refused where it counts nothing. The caller may read the invoice."""
    line = InvoiceLine.objects.filter(invoice=invoice, position=position).select_related("subscription").first()
    if line is None:
        raise NotFound()
    charges = PlanCharge.objects.filter(version_id=line.version_id, code=line.charge_code, meter__isnull=False)
    charge = charges.select_related("meter").first()
    if line.kind not in _KINDS or not line.meter_code or charge is None or line.subscription is None:
        raise LineCountsNoUsage(line=position)
    return _found(line, invoice=invoice, charge=charge, subscription=line.subscription)


class _Asked(NamedTuple):
    """What a line asked its meter; made out where it did not keep that."""

    from_at: datetime
    until_at: datetime
    batch: int
    is_exact: bool


def _found(line: InvoiceLine, *, invoice: Invoice, charge: PlanCharge, subscription: Subscription) -> LineUsage:
    assert charge.meter is not None
    meter = charge.meter
    asked = _asked(line, invoice=invoice, charge=charge, subscription=subscription)
    earlier = _line_before(line)
    from_at, before = asked.from_at, None
    if earlier is not None:
        known = _asked(earlier, invoice=earlier.invoice, charge=charge, subscription=subscription)
        if line.kind == "recurring":  # a level that rose: what happened since the line before it
            from_at = min(max(from_at, known.until_at), asked.until_at)
        else:
            before = Seen(until_at=known.until_at, batch=max(known.batch, _credited_before(line, batch=asked.batch)))
    return LineUsage(
        line=line,
        invoice=invoice,
        subscription=subscription,
        charge=charge,
        question=Question(
            subscription_id=subscription.pk,
            account_id=subscription.account_id,
            meter=meter,
            from_at=from_at,
            until_at=asked.until_at,
            batch=asked.batch,
            is_at_end=charge.is_prorated or charge.timing == "in_advance",
            before=before,
        ),
        is_exact=asked.is_exact,
        follows=earlier,
    )


def _line_before(line: InvoiceLine) -> InvoiceLine | None:
    """The one before it that was counted for the same period."""
    if line.period_id is None:
        return None
    rows = InvoiceLine.objects.filter(_COUNTED, period_id=line.period_id, id__lt=line.pk)
    return rows.select_related("invoice").order_by("-id").first()


def _credited_before(line: InvoiceLine, *, batch: int) -> int:
    """The newest batch that credit for taken back usage of the same period knew, before the line's own; else 0."""
    assert line.period_id is not None, line.pk  # there is a line before it, which is looked for by the period
    credits_ = CreditNoteLine.objects.filter(line__period_id=line.period_id, used_batch_id__lt=batch)
    return credits_.aggregate(newest=Max("used_batch_id"))["newest"] or 0


def _asked(line: InvoiceLine, *, invoice: Invoice, charge: PlanCharge, subscription: Subscription) -> _Asked:
    if line.used_from_at is not None and line.used_until_at is not None and line.used_batch_id is not None:
        return _Asked(line.used_from_at, line.used_until_at, line.used_batch_id, is_exact=True)
    from_at, until_at = _days_of(line, subscription=subscription)
    if charge.timing == "in_advance" and line.kind != "adjustment":
        until_at = max(from_at, min(until_at, invoice.due_at + _TICK))
    batch = newest_batch(account_id=subscription.account_id, at=invoice.made_at)
    return _Asked(from_at, until_at, batch, is_exact=False)


def _days_of(line: InvoiceLine, *, subscription: Subscription) -> tuple[datetime, datetime]:
    """The instants of a line's days, as far as the service under its plan reached."""
    zone = ZoneInfo(subscription.time_zone)
    assert line.start_on is not None, line.pk  # both or neither, by law, and only lines by hand have neither
    assert line.end_on is not None, line.pk
    from_at, until_at = (first_instant(day=day, zone=zone) for day in (line.start_on, line.end_on))
    stretch = Stretch.objects.filter(subscription=subscription, position=line.stretch or 0).first()
    if stretch is None:
        return from_at, until_at
    from_at = max(from_at, stretch.from_at)
    if stretch.until_at is not None and stretch.end_on == line.end_on:
        until_at = stretch.until_at
    return from_at, max(from_at, until_at)
