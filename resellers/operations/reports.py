"""A sale that the till forgot: the holder reported it with the receipt, and the shop books it after all."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from prepaid_cards.operations.reports import sale_registered
from prepaid_cards.queries.reports import access_report_for_shop
from provider.kernel.actor import Actor
from resellers.models import Sale

from .sales import Basket, sell


def register_reported_sale(
    *, reseller_id: UUID, report_id: UUID, store_id: UUID, paid_by: str, by: Actor, at: datetime
) -> Sale:
    """Sell the reported card as the till would have; its holder is told. A second time gives the same sale."""
    with transaction.atomic():
        report = access_report_for_shop(shop_id=reseller_id, report_id=report_id)
        basket = Basket(serials=[report.serial], paid_by=paid_by, reference=report.receipt)
        sale = sell(
            reseller_id=reseller_id, store_id=store_id, basket=basket, request_key=f"report {report.id}", by=by, at=at
        )
        sale_registered(serials=[report.serial], at=at)
        return sale
