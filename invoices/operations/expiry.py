"""Prepaid money whose last day is over: no longer owed, in sets, each top-up once.

What was paid for it is earned (breakage, as for cards that nobody redeems); what was given away takes its discount
back. An invoice that was due before the last day may still use it, however late it is made; so nothing is released
while one is to come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from invoices.models import BalanceLot
from invoices.queries.balances import accounts_with_expired, expired_of, given_of
from invoices.queries.revenue import first_open_month
from invoices.queries.runs import provider_account
from provider.accounts.models import Account
from provider.kernel import audit, ledger, together
from provider.kernel.actor import SYSTEM
from provider.kernel.chart import LedgerAccount
from provider.kernel.clock import first_instant
from provider.kernel.copying import copy_rows
from provider.kernel.ledger import Draft, Line
from provider.kernel.money import Money, round_half_away

BATCH: Final = 1_000  # accounts
_USE: Final = {"lot_id": "uuid", "purpose": "text", "currency": "text", "amount_minor": "int8", "at": "timestamptz"}


def release_expired(*, at: datetime) -> int:
    """Take what has expired out of what is owed, by so many accounts at once; the number of top-ups.

    Whoever is being billed just now is left for the next time.
    """
    count, after = 0, None
    while chosen := accounts_with_expired(at=at, after=after, limit=BATCH):
        count += _release(chosen, at=at)
        after = chosen[-1]
    return count


def _release(account_ids: Sequence[UUID], *, at: datetime) -> int:
    with transaction.atomic(), together.held():
        rows = Account.objects.select_for_update(no_key=True, skip_locked=True).filter(id__in=account_ids)
        locked = list(rows.order_by("id").values_list("id", flat=True))
        lots = expired_of(account_ids=locked, at=at)  # asked under the locks: what is left cannot be used any more

        given, floor = given_of(lots), _first_open_instant()
        gone = [(lot, Money(lot.left_minor, lot.currency), _posted_at(lot, floor=floor)) for lot in lots]
        uses = ((lot.pk, "expired", left.currency, left.minor, when) for lot, left, when in gone)
        copy_rows(table="invoices_balanceuse", columns=_USE, rows=uses)
        ledger.post_many([_draft(lot, left=left, given=given, at=when) for lot, left, when in gone])

        for lot, left, _when in gone:
            audit.record(
                by=SYSTEM, verb="balance.expired", subject_kind="balance_lot", subject_id=lot.pk,
                account_id=lot.account_id, at=at,
                after={"name": lot.name, "amount_minor": left.minor, "currency": left.currency},
            )  # fmt: skip
        return len(gone)


def _draft(lot: BalanceLot, *, left: Money, given: Mapping[UUID, int], at: datetime) -> Draft:
    """By the share of the top-up that was a discount; the rest was paid for."""
    discount = round_half_away(numerator=left.minor * given.get(lot.pk, 0), denominator=lot.amount_minor)
    return Draft(
        source_kind="balance_lot",
        source_id=lot.pk,
        purpose="expired",
        at=at,
        lines=[
            Line(LedgerAccount.BALANCE_LIABILITY, left, lot.account_id),
            Line(LedgerAccount.BREAKAGE, Money(discount - left.minor, left.currency)),
            Line(LedgerAccount.DISCOUNT, Money(-discount, left.currency)),
        ],
    )


def _posted_at(lot: BalanceLot, *, floor: datetime | None) -> datetime:
    """The instant at which it expired; what is found later than its month was closed counts in the next one."""
    assert lot.expires_at is not None
    return lot.expires_at if floor is None else max(lot.expires_at, floor)


def _first_open_instant() -> datetime | None:
    provider = provider_account()
    zone = ZoneInfo(provider.time_zone) if provider else None
    month = first_open_month(zone=zone) if zone else None
    return first_instant(day=month, zone=zone) if zone and month else None
