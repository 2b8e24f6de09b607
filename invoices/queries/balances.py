"""Prepaid balances: whose, what is left of each, and which invoice used it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypedDict
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from invoices.models import BalanceLot, BalanceUse, WaitingInvoice
from invoices.models.approvals import WaitingState
from plans.models import Subscription
from provider.accounts.queries import by_own_clock
from provider.kernel.actor import Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.errors import NotFound
from provider.kernel.models import LedgerPosting
from provider.kernel.money import Money

BY_HAND: Final = "transfer"  # the source of what people and machines top up: money that arrived
GIFT: Final = "gift"  # the source of what people give away


class Left(TypedDict):
    """What the queries count of a lot."""

    left_minor: int
    lapsed_minor: int


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    LotRow = WithAnnotations[BalanceLot, Left]


# --- Lots ---


def lots_open_to(by: Actor) -> QuerySet[LotRow]:
    """The top-ups of all accounts that the provider bills, with `left_minor`; for a test key those of test accounts."""
    rows = BalanceLot.objects.select_related("account")
    if by.kind == "api_key":
        rows = rows.filter(account__is_test=by.is_test)
    return with_left(rows if by.portal == "provider" else rows.none())


def lots_of_account(account_id: UUID) -> QuerySet[LotRow]:
    """The lots of an account; sorted by priority, topped_up_at and id they stand as invoices take from them."""
    return with_left(BalanceLot.objects.filter(account_id=account_id))


def with_left(rows: QuerySet[BalanceLot]) -> QuerySet[LotRow]:
    """Lots with `left_minor`: what nothing has used yet, and `lapsed_minor`: what expired and is owed no more."""
    used = BalanceUse.objects.filter(lot=OuterRef("pk")).order_by().values("lot")
    sums = Subquery(used.annotate(sum=Sum("amount_minor")).values("sum"))
    lapsed = Subquery(used.filter(purpose="expired").annotate(sum=Sum("amount_minor")).values("sum"))
    return rows.annotate(left_minor=F("amount_minor") - Coalesce(sums, 0), lapsed_minor=Coalesce(lapsed, 0))


def access_lot(*, lot_id: UUID, by: Actor) -> LotRow:
    """One of them."""
    lot = lots_open_to(by).filter(pk=lot_id).first()
    if lot is None:
        raise NotFound()
    return lot


def usable(rows: QuerySet[LotRow], *, at: datetime) -> QuerySet[LotRow]:
    """Those of which something is left that has not expired."""
    return lots_in_state(rows, states=["usable"], at=at)


def lots_in_state(rows: QuerySet[LotRow], *, states: Sequence[str], at: datetime) -> QuerySet[LotRow]:
    """Those that stand so by the clock of their account, as `invoices.rules.offers.lot_state` says.

    What lapsed had expired, so the day is looked at before what is left is added up.
    """
    clock = by_own_clock(at)
    where = {
        "usable": (Q(expires_at=None) | Q(expires_at__gt=clock)) & Q(left_minor__gt=0),
        "expired": Q(expires_at__lte=clock) & (Q(left_minor__gt=0) | Q(lapsed_minor__gt=0)),
        "empty": Q(left_minor=0, lapsed_minor=0),
    }
    wanted = Q(pk__in=[])
    for state in states:
        wanted |= where[state]
    return rows.filter(wanted)


def left_of(lot: BalanceLot) -> Money:
    """What nothing has used yet of a lot that is locked."""
    used = lot.uses.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return Money(lot.amount_minor - int(used), lot.currency)


# --- Expired ---


def accounts_with_expired(*, at: datetime, after: UUID | None, limit: int) -> list[UUID]:
    """Some of the accounts that have something to release, in the order of their ids."""
    rows = _to_release(at=at)
    rows = rows if after is None else rows.filter(account_id__gt=after)
    return list(rows.order_by("account_id").values_list("account_id", flat=True).distinct()[:limit])


def expired_of(*, account_ids: Sequence[UUID], at: datetime) -> list[LotRow]:
    """What is to be released of these accounts."""
    return list(_to_release(at=at).filter(account_id__in=account_ids).order_by("account_id", "expires_at", "id"))


def _to_release(*, at: datetime) -> QuerySet[LotRow]:
    """Money that has expired by its account's clock, and that no invoice may use any more that was due before."""
    rows = BalanceLot.objects.filter(unit="money", expires_at__lte=by_own_clock(at))
    mine = {"account_id": OuterRef("account_id")}
    unbilled = Subscription.objects.filter(**mine, next_due_at__lt=OuterRef("expires_at"))
    drafts = WaitingInvoice.objects.filter(**mine, invoice__due_at__lt=OuterRef("expires_at"))
    waiting = drafts.exclude(state=WaitingState.APPROVED)  # what was set aside may still be approved
    return with_left(rows).filter(~Exists(unbilled), ~Exists(waiting), left_minor__gt=0)


def given_of(lots: Sequence[BalanceLot]) -> dict[UUID, int]:
    """How much of each top-up was given away, as the books say: of its own entry, and of that of what gave it."""
    own = {("balance_lot", str(lot.pk)): lot for lot in lots}
    cause = {(lot.source_kind, lot.source_id): lot for lot in lots}
    of = own | cause
    legs = LedgerPosting.objects.filter(
        ledger_account=LedgerAccount.DISCOUNT,
        entry__source_kind__in={kind for kind, _ in of},
        entry__source_id__in=[source for _, source in of],
    )
    sums = legs.values_list("entry__source_kind", "entry__source_id", "currency").annotate(sum=Sum("amount_minor"))
    given: Counter[UUID] = Counter()
    for kind, source, currency, minor in sums:
        lot = of.get((kind, source))
        if lot is not None and lot.currency == currency:
            given[lot.pk] += int(minor)
    return {lot.pk: min(max(given[lot.pk], 0), lot.amount_minor) for lot in lots}


# --- Uses ---


def uses_of_lot(lot_id: UUID) -> QuerySet[BalanceUse]:
    """What became of a lot: which invoice took how much, and what was taken back."""
    return BalanceUse.objects.filter(lot_id=lot_id).select_related("invoice", "lot")
