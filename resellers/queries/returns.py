"""Receipts by what of them can still be taken back, and what was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from prepaid_cards.models import CardReplacement
from prepaid_cards.rules.serials import shown
from provider.kernel.errors import NotFound
from resellers.models import Sale, SaleLine, SaleReturn
from resellers.rules.returns import SOLD, Piece, state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """A line of a receipt with where it stands."""

    line: SaleLine
    shown: str
    state: str

    @property
    def piece(self) -> Piece:
        """The line in the rules' terms."""
        return Piece(serial=self.line.serial, state=self.state, face_minor=self.line.face_minor)


def receipt_lines(sale: Sale) -> list[ReceiptLine]:
    """The cards of a receipt, each with where it stands."""
    rows = list(SaleLine.objects.filter(sale=sale).select_related("card").order_by("position"))
    replaced = CardReplacement.objects.filter(old__in=[row.card_id for row in rows]).values_list("old_id", flat=True)
    gone = set(replaced)
    return [
        ReceiptLine(
            line=row,
            shown=shown(row.serial),
            state=state_of(
                is_returned=row.undone_at is not None, is_replaced=row.card_id in gone, card_status=row.card.status
            ),
        )
        for row in rows
    ]


def is_whole(lines: Sequence[ReceiptLine]) -> bool:
    """Whether everything on the receipt stands and could be taken back."""
    return all(line.state == SOLD for line in lines)


def returns_of(sale: Sale) -> QuerySet[SaleReturn]:
    """What was taken back of a receipt, the first first."""
    return SaleReturn.objects.filter(sale=sale).select_related("user", "sale__store").order_by("number")


def access_return(*, sale: Sale, number: int) -> SaleReturn:
    """One of them."""
    found = returns_of(sale).filter(number=number).first()
    if found is None:
        raise NotFound()
    return found


def lines_of_return(made: SaleReturn) -> list[SaleLine]:
    """The cards that came back with it."""
    return list(SaleLine.objects.filter(sale_id=made.sale_id, returned=made).order_by("position"))
