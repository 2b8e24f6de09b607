"""What an account may buy to go on: months of the plan that it has, or had last, with their price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import Sum

from invoices.models import InvoiceLine, TermOrder
from plans.models import PlanCharge
from plans.queries.standing import standing_of
from plans.queries.terms import Sold, sold_version
from plans.rules.paid_terms import period_price
from provider.accounts.models import Account
from provider.kernel.money import Money, round_to_minor

from .accounts import FINALIZED

OFFERED: Final = (1, 3, 6, 12, 24)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermPrice:
    """Months of a plan: so many of its periods at the fixed price of one, before tax."""

    terms: Sold
    months: int
    unit: Decimal  # of a period, in major units
    net: Money

    @property
    def periods(self) -> int:
        """How many of the plan's periods it is."""
        return self.months // self.terms.terms.interval.months


def term_prices(*, account: Account) -> list[TermPrice]:
    """The terms on offer: whole periods of the main plan. None without a plan, or without a fixed price."""
    main = standing_of(account_id=account.id).main
    if main is None or main.version is None:
        return []
    terms = sold_version(version_id=main.version.id, currency=main.row.currency)
    unit, every = period_price(terms.terms), terms.terms.interval.months
    if not unit or not every:
        return []
    found = []
    for months in sorted({every, *(one for one in OFFERED if one % every == 0)}):
        net = Money(round_to_minor(amount=unit * (months // every), currency=main.row.currency), main.row.currency)
        found.append(TermPrice(terms=terms, months=months, unit=unit, net=net))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is billed beside a term as it is used, and what came of it in the newest days that were billed."""

    charges: Sequence[PlanCharge]
    billed: Money | None = None
    start_on: date | None = None
    end_on: date | None = None


def billed_beside(price: TermPrice, *, account: Account) -> Beside | None:
    """The charges of a plan that its terms do not pay for; None where a term pays for all."""
    main = standing_of(account_id=account.id).main
    codes = [charge.due.code for charge in price.terms.terms.charges if not charge.due.is_term]
    if main is None or main.version is None or not codes:
        return None
    charges = list(PlanCharge.objects.filter(version=main.version, code__in=codes).order_by("position", "code"))
    lines = InvoiceLine.objects.filter(
        period__subscription=main.row, period__charge_code__in=codes, invoice__status=FINALIZED
    ).select_related("period")
    newest = lines.order_by("-period__start_on").first()
    if newest is None or newest.period is None:
        return Beside(charges=charges)
    days = newest.period
    minor = lines.filter(period__start_on=days.start_on).aggregate(minor=Sum("amount_minor"))["minor"]
    return Beside(
        charges=charges, billed=Money(minor, newest.currency), start_on=days.start_on, end_on=days.end_on
    )  # fmt: skip


def open_order_of(*, account_id: UUID) -> TermOrder | None:
    """The term that was ordered and is not paid yet."""
    rows = TermOrder.objects.filter(account_id=account_id, granted_at=None, invoice__state__open_minor__gt=0)
    return rows.select_related("invoice__state").order_by("-ordered_at").first()


def order_of(*, invoice_id: UUID) -> TermOrder | None:
    """What an invoice adds when it is paid, if it is one for a term."""
    return TermOrder.objects.filter(invoice_id=invoice_id).first()
