"""Reads of products and batches, for the operators' pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from plans.models import Plan, PlanCharge, PlanVersion, VersionStatus
from plans.rules.paid_seats import METER as SEATS
from prepaid_cards.models import Card, CardBatch, CardEvent, CardExport, CardProduct, ExportStatus
from prepaid_cards.rules import serials
from prepaid_cards.rules.codes import LENGTH as CODE_LENGTH
from provider.accounts.models import Account, Portal
from provider.kernel.errors import NotFound

ROW: Final = 1_000  # cards in a row of the map
ROWS: Final = 20  # rows on a page of it
COLUMN: Final = 10  # cards in a column
_CARDS_PER_ACT: Final = 20  # of a sale, each with an event of its own; a longer one shows its last cards


def products() -> QuerySet[CardProduct]:
    """All kinds of cards."""
    return CardProduct.objects.select_related("plan")


def access_product(product_id: UUID) -> CardProduct:
    """One kind of card."""
    product = products().filter(id=product_id).first()
    if product is None:
        raise NotFound()
    return product


def plans_with_versions() -> QuerySet[Plan]:
    """The plans on which a card can grant time: those with a published version."""
    rows = Plan.objects.filter(versions__status=VersionStatus.PUBLISHED, archived_at=None)
    return rows.distinct().order_by("position", "name")


def charges_for_seats(plan_id: UUID | None) -> bool:
    """Whether the version of the plan that is sold now charges for the seats that are taken."""
    sold = PlanVersion.objects.filter(plan=plan_id, status=VersionStatus.PUBLISHED).order_by("-number")[:1]
    return PlanCharge.objects.filter(
        version__in=sold.values("id"), meter__code=SEATS, meter__carries_over=True
    ).exists()


def batches() -> QuerySet[CardBatch]:
    """All batches, with their product."""
    return CardBatch.objects.select_related("product")


def named_batches(rows: QuerySet[CardBatch], words: str) -> QuerySet[CardBatch]:
    """Those whose number begins so, or whose product or note contains the words."""
    return rows.filter(
        Q(prefix__startswith=words.strip())
        | Q(product__name__icontains=words)
        | Q(product__name_hans__icontains=words)
        | Q(product__name_hant__icontains=words)
        | Q(note__icontains=words)
    )


def access_batch(batch_id: UUID) -> CardBatch:
    """One batch."""
    batch = batches().select_related("ordered_by", "approved_by").filter(id=batch_id).first()
    if batch is None:
        raise NotFound()
    return batch


def access_export(*, batch_id: UUID, export_id: UUID) -> CardExport:
    """One export of a batch."""
    export = CardExport.objects.select_related("batch").filter(id=export_id, batch_id=batch_id).first()
    if export is None:
        raise NotFound()
    return export


def export_of(batch: CardBatch) -> CardExport | None:
    """The batch's export, if one was asked for and not withdrawn."""
    rows = CardExport.objects.select_related("requested_by", "approved_by", "confirmed_by")
    return rows.filter(batch=batch).exclude(status=ExportStatus.WITHDRAWN).first()


def canaries_in(batch: CardBatch) -> list[str]:
    """The serials that are in the printer's file and must never be used."""
    rows = Card.objects.filter(batch=batch, is_canary=True).order_by("counter")
    return [serials.shown(serial) for serial in rows.values_list("serial", flat=True)]


def events_of(batch: CardBatch, *, limit: int = 30) -> list[CardEvent]:
    """What happened to the batch and its cards, the latest first; neighbours of one act are told as one run."""
    rows = CardEvent.objects.filter(batch=batch).select_related("account", "user").order_by("-id")
    told: list[CardEvent] = []
    for row in rows[: limit * _CARDS_PER_ACT]:
        before = told[-1] if told else None
        if before is not None and _continues(row, before):
            before.first = row.first
        else:
            told.append(row)
    return told[:limit]


def _continues(row: CardEvent, after: CardEvent) -> bool:
    """Whether the run of one act goes on with the other."""
    is_one_act = row.act_id is not None and (row.act_id, row.verb) == (after.act_id, after.verb)
    return is_one_act and row.last + 1 == after.first


def resellers() -> QuerySet[Account]:
    """To whom cards can be shipped."""
    return Account.objects.filter(profiles__portal=Portal.RESELLER).order_by("name", "id")


@dataclass(frozen=True, slots=True)
class Cell:
    """So many cards of one state (and holder) in one column of the map."""

    row: int
    column: int
    status: str
    count: int


def map_cells(*, batch_id: UUID, first: int) -> Iterator[Cell]:
    """The cards from `first` on by rows of a thousand and columns of ten; canaries left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select (counter - %(first)s) / %(row)s, (counter - %(first)s) %% %(row)s / %(column)s, status, count(*)"
            " from prepaid_cards_card where batch_id = %(batch)s and not is_canary"
            " and counter between %(first)s and %(last)s group by 1, 2, 3 order by 1, 2",
            {
                "first": first, "row": ROW, "column": COLUMN, "batch": batch_id, "last": first + ROW * ROWS - 1,
            },
        )  # fmt: skip
        for row in cursor.fetchall():
            yield Cell(*row)


def holders_in(*, batch_id: UUID, first: int) -> dict[int, list[str]]:
    """Whose cards lie in each row of the map, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct (c.counter - %(first)s) / %(row)s, a.name from prepaid_cards_card c"
            " join accounts_account a on a.id = c.holder_id where c.batch_id = %(batch)s"
            " and c.counter between %(first)s and %(last)s order by 1, 2",
            {"first": first, "row": ROW, "batch": batch_id, "last": first + ROW * ROWS - 1},
        )
        names: dict[int, list[str]] = {}
        for row, name in cursor.fetchall():
            names.setdefault(row, []).append(name)
    return names


def looks_like_code(typed: str) -> bool:
    """Whether somebody typed a card's secret where a serial belongs."""
    return len(serials.normalise(typed)) == CODE_LENGTH
