"""Double entry: post, post many, reverse; balances and statements are computed from the postings.

A debit is positive, a credit negative (`chart.LedgerAccount` says where what stands). An entry balances per currency:
asserted here before writing, and refused by the database at the end of the statement (`entry_balances_per_currency`).
So the postings of an entry come in one statement: never write them with the ORM row by row.

Nothing that all postings share is ever updated, no running balance least of all: it would make every sale wait for the
one before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connections
from django.db.models import F, QuerySet, Sum, Window

from .chart import LedgerAccount
from .copying import copy_rows
from .errors import N_, Refusal
from .models import LedgerPosting
from .money import Money, totals_by_currency

_REVERSAL: Final = "reversal"
ENTRY_COLUMNS: Final = {
    "id": "int8",
    "source_kind": "text",
    "source_id": "text",
    "purpose": "text",
    "at": "timestamptz",
}
POSTING_COLUMNS: Final = {
    "entry_id": "int8",
    "position": "int2",
    "ledger_account": "text",
    "account_id": "uuid",
    "currency": "text",
    "amount_minor": "int8",
}


class AlreadyPosted(Refusal):
    """The same source was posted for the same purpose before; nothing was written."""

    code = "already_posted"
    status = 409
    text = N_("This was entered into the books before. Nothing was changed; reload the page.")


class Unbalanced(AssertionError):
    """Debits and credits of an entry differ: a mistake in the code, found before anything is written."""


@dataclass(frozen=True, slots=True)
class Line:
    """A debit (positive) or credit (negative), of a party where the ledger account has parties."""

    ledger_account: LedgerAccount
    amount: Money
    account_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry before it is posted."""

    source_kind: str
    source_id: object
    purpose: str
    at: datetime
    lines: Sequence[Line]


def post(*, source_kind: str, source_id: object, purpose: str, at: datetime, lines: Sequence[Line]) -> int:
    """Write one entry and return its id. Lines of nothing are left out; raises `AlreadyPosted` the second time."""
    legs = _legs(lines)
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "with entry as (insert into kernel_ledgerentry (source_kind, source_id, purpose, at)"
            " values (%s, %s, %s, %s) on conflict on constraint ledger_entry_once do nothing returning id),"
            " legs as (insert into kernel_ledgerposting"
            " (entry_id, position, ledger_account, account_id, currency, amount_minor)"
            " select entry.id, leg.* from entry,"
            " unnest(%s::smallint[], %s::text[], %s::uuid[], %s::text[], %s::bigint[]) leg)"
            " select id from entry",
            [source_kind, str(source_id), purpose, at, *(list(column) for column in zip(*legs, strict=True))],
        )
        row = cursor.fetchone()
    if row is None:
        raise AlreadyPosted()
    return int(row[0])


def post_many(drafts: Sequence[Draft]) -> list[int]:
    """Write many entries in two COPYs and return their ids in order.

    One that was posted before fails all, with the database's IntegrityError `ledger_entry_once`. A bulk worker sets
    `enable_seqscan = off` for its session: its first foreign-key checks otherwise cache the plan of an empty table.
    """
    if not drafts:
        return []
    legs_of = [_legs(draft.lines) for draft in drafts]
    ids = take_ids(len(drafts))
    entries = (
        (entry_id, draft.source_kind, str(draft.source_id), draft.purpose, draft.at)
        for entry_id, draft in zip(ids, drafts, strict=True)
    )
    postings = ((entry_id, *leg) for entry_id, legs in zip(ids, legs_of, strict=True) for leg in legs)
    copy_rows(table="kernel_ledgerentry", columns=ENTRY_COLUMNS, rows=entries)
    copy_rows(table="kernel_ledgerposting", columns=POSTING_COLUMNS, rows=postings)
    return ids


def take_ids(count: int) -> list[int]:
    """A block of entry ids, in one round trip; gaps are of no consequence."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence('kernel_ledgerentry', 'id')) from generate_series(1, %s)", [count]
        )
        return [int(row[0]) for row in cursor.fetchall()]


def reverse(*, entry_id: int, at: datetime) -> int:
    """Post the mirror of an entry: the correction of what is never changed. An entry is reversed once."""
    legs = LedgerPosting.objects.filter(entry_id=entry_id).order_by("position")
    lines = [
        Line(LedgerAccount(leg.ledger_account), Money(-leg.amount_minor, leg.currency), leg.account_id) for leg in legs
    ]
    assert lines, f"There is no entry {entry_id}."
    return post(source_kind="ledger_entry", source_id=entry_id, purpose=_REVERSAL, at=at, lines=lines)


def balance(
    *,
    of: LedgerAccount,
    currency: str,
    account_id: UUID | None = None,
    as_of: datetime | None = None,
) -> Money:
    """What stands on a ledger account (of one party, if named) up to and including the instant `as_of`."""
    rows = _postings(of=of, account_id=account_id, as_of=as_of).filter(currency=currency)
    return Money(int(rows.aggregate(total=Sum("amount_minor"))["total"] or 0), currency)


def balances(*, account_id: UUID | None = None, as_of: datetime | None = None) -> dict[tuple[str, str], Money]:
    """The balance of every ledger account and currency (of one party, if named) that is not nothing."""
    rows = _postings(of=None, account_id=account_id, as_of=as_of).values("ledger_account", "currency")
    sums = rows.annotate(total=Sum("amount_minor")).order_by("ledger_account", "currency")
    return {
        (row["ledger_account"], row["currency"]): Money(int(row["total"]), row["currency"])
        for row in sums
        if row["total"]
    }


def statement(*, account_id: UUID, of: LedgerAccount, currency: str) -> QuerySet[LedgerPosting]:
    """The postings of a party on a ledger account in the order of their instants, each with `running_minor`.

    Slice or filter by `entry__at` outside: the running sum is of the whole history.
    """
    rows = _postings(of=of, account_id=account_id, as_of=None).filter(currency=currency).select_related("entry")
    order = [F("entry__at").asc(), F("entry_id").asc(), F("position").asc()]
    return rows.annotate(running_minor=Window(Sum("amount_minor"), order_by=order)).order_by(*order)


def _postings(*, of: LedgerAccount | None, account_id: UUID | None, as_of: datetime | None) -> QuerySet[LedgerPosting]:
    rows = LedgerPosting.objects.all()
    if of is not None:
        rows = rows.filter(ledger_account=of)
    if account_id is not None:
        rows = rows.filter(account_id=account_id)
    if as_of is not None:
        rows = rows.filter(entry__at__lte=as_of)
    return rows


_Leg = tuple[int, str, UUID | None, str, int]


def _legs(lines: Sequence[Line]) -> list[_Leg]:
    """Position, ledger account, party, currency, amount of each line that is not nothing; asserts the balance."""
    kept = [line for line in lines if line.amount]
    if not kept:
        raise Unbalanced("An entry has at least two lines that are not nothing.")
    off = {currency: total for currency, total in totals_by_currency(line.amount for line in kept).items() if total}
    if off:
        raise Unbalanced(f"Debits and credits differ by {off}.")
    return [
        (
            position,
            LedgerAccount(line.ledger_account).value,
            line.account_id,
            line.amount.currency,
            line.amount.minor,
        )
        for position, line in enumerate(kept, start=1)
    ]
