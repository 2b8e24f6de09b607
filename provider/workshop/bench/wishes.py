"""The cards that are measured, as they are described."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from prepaid_cards.models import GrantKind, TaxClass
from prepaid_cards.operations.products import ProductWish

BALANCE: Final = ProductWish(
    name="100 yuan", kind=GrantKind.TOP_UP, top_up_minor=100_00, face_minor=100_00, currency="CNY",
    tax_class=TaxClass.MULTI_PURPOSE,
)  # fmt: skip


def month_of(plan_id: UUID) -> ProductWish:
    """A month of a plan."""
    return replace(BALANCE, name="A month", kind=GrantKind.TERM, plan_id=plan_id, months=1, top_up_minor=0)
