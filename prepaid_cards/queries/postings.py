"""From a card to the entries of the books that it caused, and from an entry to its cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invoices.models import BalanceLot
from prepaid_cards.models import Card, CardBreakage, CardEvent, CardVerb, Redemption
from provider.kernel.chart import LedgerAccount
from provider.kernel.models import LedgerEntry, LedgerPosting
from provider.kernel.money import Money

ACTIVATION, REVERSAL, REDEMPTION, SERVICE = "activation", "activation_reversal", "card_redemption", "card_service"
POINTS, LOT = "card_points", "balance_lot"
BREAKAGE, REOPENED, REPLACEMENT = "card_breakage", "card_breakage_reopened", "card_replacement"
_OF_SALES: Final = {CardVerb.ACTIVATED: ACTIVATION, CardVerb.REVERSED: REVERSAL}
_CAUSED_BY: Final = {  # from a card to the ids of what its entries of this source were made for
    REDEMPTION: ["redemptions__id"],
    SERVICE: ["redemptions__id"],
    POINTS: ["redemptions__id"],
    BREAKAGE: ["breakages__release_id"],
    REOPENED: ["breakages__id"],
    REPLACEMENT: ["replaced_by__id", "in_place_of__id"],
}
_WORDS: Final[dict[tuple[str, str], Promise]] = {
    (ACTIVATION, ""): _("Sold: owed to whoever holds the card"),
    (REVERSAL, ""): _("Sale taken back: no longer owed"),
    (REDEMPTION, "redeemed"): _("Redeemed: owed as service"),
    (REDEMPTION, "undone"): _("Redemption undone: owed for the card again"),
    (SERVICE, ""): _("Service given: earned"),
    (POINTS, "redeemed"): _("Redeemed: owed as points"),
    (POINTS, "undone"): _("Redemption undone: owed for the card again"),
    (BREAKAGE, ""): _("Not expected to be redeemed any more: earned"),
    (REOPENED, ""): _("Redeemed after all: owed for the card again"),
    (REPLACEMENT, ""): _("Replaced: owed for the card in its place"),
    (LOT, "top_up"): _("Balance topped up"),
    (LOT, "taken_back"): _("Balance taken back"),
    (LOT, "expired"): _("Balance expired: no longer owed"),
}


def words_of_entry(*, source_kind: str, purpose: str) -> Promise | str:
    """What an entry of cards means; nothing for entries of other sources."""
    return _WORDS.get((source_kind, purpose), _WORDS.get((source_kind, ""), ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class CardEntry:
    """An entry that a card caused, and what it moved for this card alone."""

    id: int
    at: datetime
    words: Promise | str
    amount: Money
    tax: Money  # that the same entry owes to the state, beside the amount


def entries_of_card(card: Card) -> list[CardEntry]:
    """Every entry from the sale to the last day of service, the oldest first."""
    acts = CardEvent.objects.filter(
        batch_id=card.batch_id, first=card.counter, last=card.counter, verb__in=_OF_SALES, act_id__isnull=False
    ).values_list("verb", "act_id")  # fmt: skip
    wanted = Q(pk__in=[])
    for verb, act_id in acts:
        wanted |= Q(source_kind=_OF_SALES[CardVerb(verb)], source_id=str(act_id))
        wanted |= Q(source_kind=REPLACEMENT, source_id=str(act_id))
    taxes: dict[tuple[str, str], int] = {}
    for used, tax in Redemption.objects.filter(card=card).values_list("id", "tax_minor"):
        taxes[REDEMPTION, str(used)] = tax
        wanted |= Q(source_kind__in=[REDEMPTION, SERVICE, POINTS], source_id=str(used))
        lots = BalanceLot.objects.filter(source_kind=REDEMPTION, source_id=str(used)).values_list("id", flat=True)
        wanted |= Q(source_kind=LOT, source_id__in=[str(lot) for lot in lots])
    for broken_id, release_id in CardBreakage.objects.filter(card=card).values_list("id", "release_id"):
        wanted |= Q(source_kind=BREAKAGE, source_id=str(release_id)) | Q(source_kind=REOPENED, source_id=str(broken_id))
    rows = LedgerEntry.objects.filter(wanted).order_by("at", "id")
    price = card.batch.price
    earned = _earned([row.id for row in rows if row.source_kind == SERVICE])
    currency, entries = card.batch.currency, []
    for row in rows:
        of_sale = price.tax_at_sale_minor if row.source_kind in _OF_SALES.values() else 0
        of_use = taxes.get((row.source_kind, row.source_id), 0)
        amount = earned.get(row.id, price.liability_minor - of_use)
        words = words_of_entry(source_kind=row.source_kind, purpose=row.purpose)
        entries.append(
            CardEntry(
                id=row.id, at=row.at, words=words, amount=Money(amount, currency), tax=Money(of_sale + of_use, currency)
            )
        )  # fmt: skip
    return entries


def _earned(entry_ids: list[int]) -> dict[int, int]:
    rows = LedgerPosting.objects.filter(entry_id__in=entry_ids, ledger_account=LedgerAccount.DEFERRED_SERVICE)
    sums = rows.values("entry_id").annotate(minor=Sum("amount_minor"))
    return {row["entry_id"]: int(row["minor"]) for row in sums}


def cards_of_entry(*, source_kind: str, source_id: str) -> QuerySet[Card]:
    """The cards for which an entry was made; none for entries of other sources."""
    rows = Card.objects.select_related("batch__product").order_by("id")
    if source_kind == LOT:
        lot = BalanceLot.objects.filter(id=UUID(source_id), source_kind=REDEMPTION).first()
        return rows.filter(redemptions__id=UUID(lot.source_id)) if lot else rows.none()
    if source_kind in _CAUSED_BY:
        wanted = Q()
        for path in _CAUSED_BY[source_kind]:
            wanted |= Q((path, source_id))
        return rows.filter(wanted)
    verbs = {kind: verb for verb, kind in _OF_SALES.items()}
    if source_kind not in verbs:
        return rows.none()
    told = CardEvent.objects.filter(act_id=UUID(source_id), verb=verbs[source_kind]).values_list("batch_id", "first")
    wanted = Q(pk__in=[])
    by_batch: dict[UUID, list[int]] = {}
    for batch_id, counter in told:
        by_batch.setdefault(batch_id, []).append(counter)
    for batch_id, counters in by_batch.items():
        wanted |= Q(batch_id=batch_id, counter__in=counters)
    return rows.filter(wanted)
