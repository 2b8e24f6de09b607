"""Taking back what was sold, within a day: single cards of a receipt, or all that still stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from prepaid_cards.operations.cards import reverse_activation
from prepaid_cards.operations.words import without_codes
from prepaid_cards.rules.serials import normalise, shown
from provider.kernel import audit, outbox
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.money import Money
from resellers.errors import NothingToReturn, NotOnThisReceipt, NotYourSale, ReturnedBefore
from resellers.events import CardsReturned, SaleUndone
from resellers.models import Sale, SaleLine, SaleReturn
from resellers.rules.returns import is_theirs

from .locks import lock_reseller
from .sales import post_discount

SOURCE: Final = "sale_return"


def undo_sale(*, reseller_id: UUID, sale_id: UUID, reason: str, by: Actor, at: datetime) -> Sale:
    """Take back all that stands on a receipt, within 24 hours and if none of it was redeemed; undone it stays undone.

    Clerks undo their own sales, owners and machines any of the reseller's.
    """
    with transaction.atomic():
        sale = _lock_sale(reseller_id, sale_id=sale_id)
        if sale.undone_at is not None:
            return sale
        _check_is_theirs(sale, by=by)

        made = _take_back(sale, lines=_standing(sale), reason=reason, by=by, at=at)

        _record(made, verb="sale.undone", by=by, at=at)
        return sale


def return_cards(
    *, reseller_id: UUID, sale_id: UUID, serials: Sequence[str], reason: str, by: Actor, at: datetime
) -> SaleReturn:
    """Take back these cards of a receipt, all of them or none, and leave the others sold.

    The rules are those of a whole sale. A card that was taken back before is refused.
    """
    with transaction.atomic():
        sale = _lock_sale(reseller_id, sale_id=sale_id)
        _check_is_theirs(sale, by=by)
        lines = _chosen(sale, serials=serials)

        made = _take_back(sale, lines=lines, reason=reason, by=by, at=at)

        _record(made, verb="sale.cards_returned", by=by, at=at)
        return made


def _lock_sale(reseller_id: UUID, *, sale_id: UUID) -> Sale:
    lock_reseller(reseller_id)
    rows = Sale.objects.select_for_update(of=("self",)).select_related("store", "user")
    sale = rows.filter(id=sale_id, reseller_id=reseller_id).first()
    if sale is None:
        raise NotFound()
    return sale


def _check_is_theirs(sale: Sale, *, by: Actor) -> None:
    if not is_theirs(sold_by=sale.user_id, by=by):
        raise NotYourSale()


def _standing(sale: Sale) -> list[SaleLine]:
    return list(SaleLine.objects.filter(sale=sale, undone_at=None).order_by("position"))


def _chosen(sale: Sale, *, serials: Sequence[str]) -> list[SaleLine]:
    wanted = list(dict.fromkeys(normalise(serial) for serial in serials))
    if not wanted:
        raise NothingToReturn(field="serials")
    lines = {line.serial: line for line in SaleLine.objects.filter(sale=sale).order_by("position")}
    for serial in wanted:
        if serial not in lines:
            raise NotOnThisReceipt(field="serials", serial=serial[:40], receipt=sale.receipt)
        if lines[serial].undone_at is not None:
            raise ReturnedBefore(field="serials", serial=shown(serial))
    return [line for serial, line in lines.items() if serial in wanted]


def _take_back(sale: Sale, *, lines: Sequence[SaleLine], reason: str, by: Actor, at: datetime) -> SaleReturn:
    """The cards on their shelf again, the return on its receipt, and the books without them."""
    why = without_codes(reason.strip())[:200]
    reverse_activation(
        seller_id=sale.reseller_id, serials=[line.serial for line in lines], reason=why, is_told=False, by=by, at=at
    )  # fmt: skip
    made = SaleReturn.objects.create(
        sale=sale, number=SaleReturn.objects.filter(sale=sale).count() + 1, at=at, user_id=by.user_id,
        api_key_id=by.api_key_id, reason=why, count=len(lines), currency=sale.currency,
        face_minor=sum(line.face_minor for line in lines), discount_minor=sum(line.discount_minor for line in lines),
    )  # fmt: skip
    SaleLine.objects.filter(id__in=[line.id for line in lines]).update(undone_at=at, returned=made)
    sale.returned_count += made.count
    sale.returned_minor += made.face_minor
    if sale.returned_count == sale.count:
        sale.undone_at, sale.undone_by_id, sale.undone_reason = at, by.user_id, why
    sale.save(update_fields=["returned_count", "returned_minor", "undone_at", "undone_by", "undone_reason"])
    discount = Money(-made.discount_minor, made.currency)
    post_discount(discount, source_kind=SOURCE, source_id=made.id, reseller_id=sale.reseller_id, at=at)
    outbox.publish(
        SaleUndone(account_id=sale.reseller_id, sale_id=sale.id, store_id=sale.store_id)
        if sale.undone_at is not None
        else CardsReturned(
            account_id=sale.reseller_id, sale_id=sale.id, store_id=sale.store_id, count=made.count,
            face_minor=made.face_minor, currency=sale.currency,
        ),
        at=at,
    )  # fmt: skip
    return made


def _record(made: SaleReturn, *, verb: str, by: Actor, at: datetime) -> None:
    sale = made.sale
    lines = SaleLine.objects.filter(sale=sale, returned=made)
    serials = list(lines.order_by("position").values_list("serial", flat=True))
    audit.record(
        by=by, verb=verb, subject_kind="sale", subject_id=sale.id, account_id=sale.reseller_id, at=at,
        before={"receipt": sale.receipt, "serials": serials, "face_minor": made.face_minor}, reason=made.reason,
    )  # fmt: skip
