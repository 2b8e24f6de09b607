"""What an account sold: whether its plans take a share of it, and what does not count for being other money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Sum
from django.db.models.fields.json import KeyTextTransform

from plans.models import PlanCharge, Stretch, UnmatchedEvent
from plans.rules.usage import CURRENCY, SALES
from provider.kernel.money import Money, round_to_minor


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What was won in one other currency, in so many deals."""

    amount: Money
    count: int


def takes_share(*, account_id: UUID) -> bool:
    """Whether any plan of the account, now or before, is paid by what it sells; else that is nobody's business."""
    versions = Stretch.objects.filter(subscription__account_id=account_id).values("version_id")
    return PlanCharge.objects.filter(version_id__in=versions, meter__code=SALES).exists()


def sold_elsewhere(*, account_id: UUID, since: datetime) -> Sequence[Elsewhere]:
    """By currency, what was won since then and waits because the account is billed in another one."""
    rows = UnmatchedEvent.objects.filter(
        account_id=account_id, meter_code=SALES, why="other_currency", settled_at=None, at__gte=since
    )
    found = (
        rows.annotate(currency=KeyTextTransform(CURRENCY, "properties"))
        .values_list("currency")
        .annotate(total=Sum("value"), number=Count("id"))
        .order_by("currency")
    )
    return [
        Elsewhere(Money(round_to_minor(amount=total, currency=currency), currency), number)
        for currency, total, number in found
    ]
