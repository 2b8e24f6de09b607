"""Which accounts end before long unless they are renewed: trials that nobody pays yet, paid time, and grace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import JSONObject

from plans.models import AccessSpell, AccessState, PaidTerm, Stretch

DAYS_AHEAD: Final = 30
BY_CARD: Final = "card_redemption"
_PLAN_NAMES: Final = JSONObject(
    name="version__plan__name", name_hans="version__plan__name_hans", name_hant="version__plan__name_hant"
)
KINDS: Final = ("trial", "card", "online", "grace")  # what ends


@dataclass(frozen=True, slots=True)
class Week:
    """How many accounts have their last day in [from_at, until_at), by what ends."""

    from_at: datetime
    until_at: datetime
    counts: dict[str, int]

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.counts.values())


def renewals_due(*, at: datetime, days: int = DAYS_AHEAD) -> QuerySet[AccessSpell]:
    """The open spells of prepaid accounts that end within days from now; `ending` says what does, `last_at` when: an
    instant of the last day served.

    Whoever has renewed already ends later and is not among them, be it during a trial; nor who pays by invoice, for
    that goes on by itself.
    """
    last_paid = PaidTerm.objects.filter(subscription_id=OuterRef("subscription_id"), taken_back_at=None)
    served = Stretch.objects.filter(subscription_id=OuterRef("subscription_id")).order_by("-position")
    soon = AccessSpell.objects.filter(
        until_at=None, ends_at__gt=at, ends_at__lte=at + timedelta(days=days), subscription__pays="prepaid"
    ).exclude(state=AccessState.TRIAL, subscription__paid_until__gt=F("ends_at"))
    return soon.annotate(
        paid_by=Subquery(last_paid.order_by("-ends_at").values("source_kind")[:1]),
        last_at=ExpressionWrapper(F("ends_at") - timedelta(seconds=1), output_field=DateTimeField()),
        plan_names=Subquery(served.values(names=_PLAN_NAMES)[:1]),
        ending=Case(
            When(state=AccessState.GRACE, then=Value("grace")),
            When(state=AccessState.TRIAL, then=Value("trial")),
            When(paid_by=BY_CARD, then=Value("card")),
            default=Value("online"),
            output_field=CharField(),
        ),
    )


def renewals_by_week(*, at: datetime, days: int = DAYS_AHEAD) -> list[Week]:
    """The same, counted in weeks from `at`, the first instant of a day; the last one is shorter. One question."""
    edges = [at + timedelta(days=min(first, days)) for first in range(0, days + 7, 7)]
    weeks = [(start, end) for start, end in pairwise(edges) if start < end]
    counts = {
        f"{number}_{kind}": Count("id", filter=Q(last_at__gte=start, last_at__lt=end, ending=kind))
        for number, (start, end) in enumerate(weeks)
        for kind in KINDS
    }
    found = renewals_due(at=at, days=days).order_by().aggregate(**counts)
    return [
        Week(start, end, {kind: found[f"{number}_{kind}"] for kind in KINDS})
        for number, (start, end) in enumerate(weeks)
    ]


def named(rows: QuerySet[AccessSpell], text: str) -> QuerySet[AccessSpell]:
    """Those whose account or company is called so."""
    return rows.filter(Q(account__name__icontains=text) | Q(account__company_name__icontains=text))
