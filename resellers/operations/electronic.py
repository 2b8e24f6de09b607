"""Selling an electronic card: made when the buyer has paid, sold on the reseller's terms, its code handed over once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from prepaid_cards.operations.electronic import Issued, check_key_unused, make_electronic, send_card
from provider.kernel.actor import Actor
from resellers.models import Sale

from .locks import lock_reseller
from .sales import Basket, sell


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was bought, how it was paid, and where the code goes; without an address it is in the answer."""

    product_id: UUID
    paid_by: str
    reference: str = ""
    to_email: str = ""
    language: str = ""


def sell_electronic(
    *, reseller_id: UUID, store_id: UUID, wish: Wish, request_key: str, by: Actor, at: datetime
) -> tuple[Sale, Issued]:
    """Make one card and sell it, or nothing. A `request_key` that was used is refused: a code is shown only once."""
    with transaction.atomic():
        reseller = lock_reseller(reseller_id)
        check_key_unused(seller_id=reseller.id, request_key=request_key)
        issued = make_electronic(product_id=wish.product_id, holder_id=reseller.id, by=by, at=at)
        basket = Basket(serials=[issued.card.serial], paid_by=wish.paid_by, reference=wish.reference)
        sale = sell(
            reseller_id=reseller.id, store_id=store_id, basket=basket, request_key=request_key, by=by, at=at
        )  # fmt: skip
        if wish.to_email:
            send_card(issued, seller=reseller, to_email=wish.to_email, language=wish.language, by=by, at=at)
        return sale, issued
