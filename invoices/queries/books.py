"""The book of each account that is to be billed, for any number of them in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from invoices.errors import NoSeller
from invoices.models import (
    AppliedCoupon,
    BalanceLot,
    BillingProfile,
    CreditNote,
    CreditNoteLine,
    ExtraLine,
    Invoice,
    InvoiceLine,
    Seller,
)
from invoices.rules.billing import CORRECTED
from invoices.rules.book import Applied, Bill, Book, Buyer, Corrected, Credit, Entry, Extra, Prepaid, Span, Sub
from invoices.rules.totals import Breadth, Coupon, CreditLine, Line
from plans.models import Period, PlanCharge, Stretch
from plans.queries.facts import Known
from plans.rules.charging import MINIMUM, DueLine
from plans.rules.terms import Charge
from provider.accounts.models import Account
from provider.kernel.rows import ask, rows_in
from provider.kernel.sets import among, among_numbers


def books_of(
    *, accounts: Sequence[Account], known: Mapping[UUID, list[Known]], otherwise: Seller | None = None
) -> dict[UUID, Book]:
    """A book for each account, with its subscriptions as they are known; `otherwise` sells to whom nobody sells."""
    ids = [account.id for account in accounts]
    has = _any_of(ids, selling=_selling(known.values()))
    buyers = _buyers_of(accounts, known=known, has=has, otherwise=otherwise)
    subs = subs_of([one for account_id in ids for one in known[account_id]])
    extras = _extras(ids) if has.extras else defaultdict(list)
    credit_left = _credits(ids) if has.credits else defaultdict(list)
    prepaid = _prepaid(ids) if has.lots else defaultdict(list)
    coupons = _coupons(ids) if has.coupons else defaultdict(list)
    return {
        account.id: Book(
            buyer=buyers[account.id],
            subs=[subs[one.row.id] for one in known[account.id]],
            credits=credit_left[account.id],
            prepaid=[lot for currency, lot in prepaid[account.id] if currency == account.currency],
            coupons=[one for currency, one in coupons[account.id] if currency in ("", account.currency)],
            extras=extras[account.id],
        )
        for account in accounts
    }


def charges_at_once(*, account_id: UUID, meters: Sequence[str], at: datetime) -> bool:
    """Whether a subscription of the account, as it is served at the instant, charges one of these meters in advance."""
    served = Q(until_at=None) | Q(until_at__gt=at)
    of_account = Stretch.objects.filter(served, subscription__account_id=account_id).values("version_id")
    in_advance = PlanCharge.objects.filter(timing="in_advance", meter__code__in=meters, version_id__in=of_account)
    return in_advance.exists()


# --- How it is billed ---


def _buyers_of(
    accounts: Sequence[Account], *, known: Mapping[UUID, list[Known]], has: _Any, otherwise: Seller | None
) -> dict[UUID, Buyer]:
    """How each account is billed: as its profile says, else as the seller of its plan does."""
    with_profile = BillingProfile.objects.select_related("seller").filter(
        account_id__in=among([account.id for account in accounts])
    )
    profiles = {row.account_id: row for row in with_profile} if has.profiles else {}
    sellers: dict[UUID, Seller] = {seller.account_id: seller for seller in has.sellers}
    return {
        account.id: buyer_of(
            account,
            profile=profiles.get(account.id),
            seller=next((sellers[one] for one in _selling([known[account.id]]) if one in sellers), otherwise),
        )
        for account in accounts
    }


def _selling(groups: Collection[list[Known]]) -> list[UUID]:
    return [one.current.seller_id for group in groups for one in group]


def buyer_of(account: Account, *, profile: BillingProfile | None, seller: Seller | None) -> Buyer:
    """How one account is billed; raises `NoSeller` where nobody is set up to bill it."""
    seller = profile.seller if profile else seller
    if seller is None:
        raise NoSeller()

    def said(name: str, otherwise: Any) -> Any:
        own = getattr(profile, name, None)
        return otherwise if own is None else own

    return Buyer(
        account_id=account.id,
        seller_id=seller.id,
        currency=account.currency,
        language=account.language,
        tax_rate=said("tax_rate", seller.tax_rate),
        is_tax_inclusive=said("is_tax_inclusive", seller.is_tax_inclusive),
        payment_days=said("payment_days", seller.payment_days),
    )


# --- What it was billed ---


def subs_of(known: Sequence[Known]) -> dict[UUID, Sub]:
    """Each subscription with the lines that were billed and still matter."""
    spans = {period.id: _span(period) for one in known for period in (*one.periods, *one.late)}
    entries: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries_of(_lines(known, period_ids=list(spans)), spans=spans):
        entries[entry.due.subscription].append(entry)
    subs = {one.row.id: sub_of(one, spans=spans, entries=entries[one.facts.name]) for one in known}
    for one in known:
        if one.late:
            _add_late(subs[one.row.id], one=one, spans=spans)
    return subs


def _add_late(sub: Sub, *, one: Known, spans: Mapping[int, Span]) -> None:
    """What late events may change, and what corrections have given back of it."""
    sub.late_from, sub.late = one.row.late_from_at, [spans[period.id] for period in one.late]
    ids = [entry.id for entry in sub.entries if entry.id is not None]
    rows = CreditNoteLine.objects.filter(line_id__in=among_numbers(ids), credit_note__cause=CORRECTED)
    sums = rows.values("line_id").annotate(amount_minor=Sum("amount_minor"), units=Coalesce(Sum("units"), Decimal(0)))
    sub.corrected = {row["line_id"]: Corrected(amount_minor=row["amount_minor"], units=row["units"]) for row in sums}


def entries_of(rows: Sequence[InvoiceLine], *, spans: Mapping[int, Span] | None = None) -> list[Entry]:
    """Lines as the book holds them, with what was credited of each."""
    if not rows:
        return []
    bills = bills_of({row.invoice_id for row in rows})
    credited = credited_of([row.id for row in rows])
    return [
        _entry(
            row,
            bill=bills[row.invoice_id],
            span=(spans or {}).get(row.period_id) if row.period_id else None,
            credited=credited.get(row.id),
        )
        for row in rows
    ]


def sub_of(one: Known, *, spans: Mapping[int, Span], entries: list[Entry]) -> Sub:
    """A subscription in the book."""

    def charge_of(plan: str, code: str) -> Charge | None:
        return one.sold[plan].charge(code)

    def kind_of(stretch: int, code: str) -> str:
        charge = charge_of(one.facts.service.stretches[stretch].plan, code)
        return MINIMUM if charge is None else charge.kind

    return Sub(
        id=one.row.id,
        code=one.row.code,
        facts=one.facts,
        plan_codes={name: sold.plan_code for name, sold in one.sold.items()},
        spans=[spans[period.id] for period in one.periods if period.id in spans],
        entries=entries,
        begun=dict(one.begun),
        kind_of=kind_of,
        charge_of=charge_of,
    )


def _span(period: Period) -> Span:
    return Span(
        id=period.id,
        subscription=period.subscription_id,
        stretch=period.stretch,
        charge=period.charge_code,
        start=period.start_on,
        end=period.end_on,
        whole=(period.whole_start_on, period.whole_end_on),
        units=period.units,
        due_at=period.settled_at,
    )


def _lines(known: Sequence[Known], *, period_ids: list[int]) -> list[InvoiceLine]:
    """The lines of the last spans, and of whole periods that a plan's minimum still has to look at."""
    rows = {}
    if period_ids:
        rows = {row.id: row for row in InvoiceLine.objects.filter(period_id__in=among_numbers(period_ids))}
    with_minimum = [one for one in known if any(p.minimum is not None for p in one.facts.plans.values())]
    if with_minimum:
        wanted = Q()
        for one in with_minimum:
            settled = [period.start_on for period in one.periods if period.charge_code == MINIMUM]
            since = max(settled, default=one.row.first_on) if not one.late else one.row.first_on
            wanted |= Q(subscription_id=one.row.id, start_on__gte=since)
        rows |= {row.id: row for row in InvoiceLine.objects.filter(wanted, period__isnull=False)}
    return [rows[line_id] for line_id in sorted(rows)]


def _entry(row: InvoiceLine, *, bill: Bill, span: Span | None, credited: CreditLine | None) -> Entry:
    due, line = _due(row, bill=bill), line_of(row, bill=bill)
    entry = Entry(id=row.id, invoice=bill, span=span, due=due, line=line, text=row.description)
    if credited is not None:
        entry.credited = credited
    return entry


def _due(row: InvoiceLine, *, bill: Bill) -> DueLine:
    made_on = bill.due_at.date()  # of a line by hand, which has no days
    return DueLine(
        subscription=str(row.subscription_id or ""),
        plan=str(row.version_id or ""),
        charge=row.charge_code,
        kind=row.kind,  # type: ignore[arg-type]
        stretch=row.stretch or 0,
        due_at=bill.due_at,
        units=row.units,
        amount_minor=row.amount_minor,
        tax_rate=row.tax_rate,
        start=row.start_on or made_on,
        end=row.end_on or row.start_on or made_on,
        whole_days=row.whole_days,
        is_creditable=row.is_creditable,
        meter=row.meter_code,
    )


def line_of(row: InvoiceLine, *, bill: Bill) -> Line:
    """The money of a line as it was charged."""
    return Line(
        amount_minor=row.amount_minor,
        tax_rate=row.tax_rate,
        is_tax_inclusive=bill.is_tax_inclusive,
        discount_minor=row.discount_minor,
        tax_minor=row.tax_minor,
    )


def bills_of(ids: Collection[UUID]) -> dict[UUID, Bill]:
    """What a credit note needs to know of each invoice."""
    notes = {
        row["invoice_id"]: row
        for row in CreditNote.objects.filter(invoice_id__in=among(ids))
        .values("invoice_id")
        .annotate(noted=Sum("total_minor"), refunded=Sum("refund_minor"))
    }
    found = {}
    rows = Invoice.objects.filter(id__in=among(ids)).order_by("due_at", "made_at", "number", "id")
    facts = rows.values(
        "id", "number_text", "due_at", "is_tax_inclusive", "total_minor", "status", paid_minor=F("state__paid_minor")
    )
    for order, row in enumerate(facts, start=1):
        sums = notes.get(row["id"], {"noted": 0, "refunded": 0})
        found[row["id"]] = Bill(
            id=row["id"],
            number=row["number_text"],
            due_at=row["due_at"],
            is_tax_inclusive=row["is_tax_inclusive"],
            total_minor=row["total_minor"],
            paid_minor=row["paid_minor"] or 0,
            noted_minor=sums["noted"],
            refunded_minor=sums["refunded"],
            order=(0, order),
            waits=row["status"] == "draft",
        )
    return found


def credited_of(line_ids: Collection[int]) -> dict[int, CreditLine]:
    """What credit notes have taken off each line so far."""
    sums = (
        CreditNoteLine.objects.filter(line_id__in=among_numbers(line_ids))
        .values("line_id")
        .annotate(amount=Sum("amount_minor"), discount=Sum("discount_minor"), tax=Sum("tax_minor"))
    )
    return {row["line_id"]: CreditLine(row["amount"], row["discount"], row["tax"]) for row in sums}


# --- What is left to be used ---


class _Any(NamedTuple):
    """Whether one of the accounts has any of these, most have none; and who sells to them. One question spares six."""

    extras: bool
    credits: bool
    lots: bool
    coupons: bool
    profiles: bool
    sellers: list[Seller]


_ANY_OF = """
select exists (select 1 from invoices_extraline
               where account_id = any(%(ids)s) and invoice_id is null and withdrawn_at is null),
       exists (select 1 from invoices_creditnote where account_id = any(%(ids)s) and credit_minor > 0),
       exists (select 1 from invoices_balancelot where account_id = any(%(ids)s) and unit = 'money'),
       exists (select 1 from invoices_appliedcoupon where account_id = any(%(ids)s)),
       exists (select 1 from invoices_billingprofile where account_id = any(%(ids)s)),
       (select json_agg(t)::text from invoices_seller t where account_id = any(%(selling)s))
"""


def _any_of(account_ids: list[UUID], *, selling: list[UUID]) -> _Any:
    found = ask(_ANY_OF, {"ids": account_ids, "selling": selling})
    told = dict(zip(_Any._fields, found, strict=True))
    return _Any(**told | {"sellers": rows_in(told["sellers"], model=Seller)})


def _credits(account_ids: Collection[UUID]) -> defaultdict[UUID, list[Credit]]:
    used = Coalesce(Sum("uses__amount_minor"), 0)
    rows = CreditNote.objects.filter(account_id__in=among(account_ids), credit_minor__gt=0).annotate(used=used)
    found: defaultdict[UUID, list[Credit]] = defaultdict(list)
    for row in rows.filter(credit_minor__gt=F("used")).order_by("due_at", "made_at", "number", "id"):
        left = row.credit_minor - row.used
        found[row.account_id].append(Credit(id=row.id, number=row.number_text, left_minor=left))
    return found


def _prepaid(account_ids: Collection[UUID]) -> defaultdict[UUID, list[tuple[str, Prepaid]]]:
    used = Coalesce(Sum("uses__amount_minor"), 0)
    rows = BalanceLot.objects.filter(account_id__in=among(account_ids), unit="money").annotate(used=used)
    found: defaultdict[UUID, list[tuple[str, Prepaid]]] = defaultdict(list)
    for row in rows.filter(amount_minor__gt=F("used")).order_by("priority", "topped_up_at", "id"):
        lot = Prepaid(
            id=row.id,
            name=row.name,
            left_minor=row.amount_minor - row.used,
            priority=row.priority,
            topped_up_at=row.topped_up_at,
            expires_at=row.expires_at,
            labels=labels_of(row.only),
        )
        found[row.account_id].append((row.currency, lot))
    return found


def _coupons(account_ids: Collection[UUID]) -> defaultdict[UUID, list[tuple[str, Applied]]]:
    rows = AppliedCoupon.objects.filter(account_id__in=among(account_ids)).select_related("coupon")
    found: defaultdict[UUID, list[tuple[str, Applied]]] = defaultdict(list)
    for row in rows.annotate(used=Count("uses")).order_by("applied_at", "id"):
        offer = row.coupon
        age = len(found[row.account_id])
        applied = Applied(
            id=row.id,
            code=offer.code,
            times_left=None if offer.times is None else max(offer.times - row.used, 0),
            coupon=Coupon(
                breadth=breadth_of(offer.only),
                age=age,
                percent=offer.percent,
                amount_minor=offer.amount_minor,
                labels=labels_of(offer.only),
            ),
            since=row.applied_at,
            until=row.ended_at,
        )
        found[row.account_id].append((offer.currency, applied))
    return found


def _extras(account_ids: Collection[UUID]) -> defaultdict[UUID, list[Extra]]:
    found: defaultdict[UUID, list[Extra]] = defaultdict(list)
    rows = ExtraLine.objects.filter(account_id__in=among(account_ids), invoice=None, withdrawn_at=None)
    for row in rows.order_by("added_at", "id"):
        extra = Extra(
            id=row.id,
            text=row.description,
            units=row.units,
            unit=row.unit_price,
            amount_minor=row.amount_minor,
            tax_rate=row.tax_rate,
            since=row.added_at,
            start=row.start_on,
            end=row.end_on,
        )
        found[row.account_id].append(extra)
    return found


def labels_of(only: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """What a coupon or a balance is limited to, as lines carry it."""
    return frozenset(f"{kind}:{name}" for kind, names in only.items() for name in names)


def breadth_of(only: Mapping[str, Sequence[str]]) -> Breadth:
    """How narrow a coupon is."""
    kinds = {kind for kind, names in only.items() if names}
    if kinds & {"meters", "charges"}:
        return Breadth.CHARGES
    return Breadth.PLANS if kinds else Breadth.ALL
