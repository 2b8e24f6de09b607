"""Plans and subscriptions as rows, for tests that need them to be there."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

from plans.models import Plan, PlanVersion, Stretch, Subscription
from provider.accounts.models import Account
from tests.factories import AT, make_account

_numbers = itertools.count(1)


def make_plan(*, seller: Account | None = None, **facts: Any) -> Plan:
    """A plan of a seller."""
    number = next(_numbers)
    seller = seller or make_account(name="Provider of plans")
    return Plan.objects.create(
        **{"seller": seller, "code": f"plan-{number}", "name": f"Plan {number}", "created_at": AT} | facts
    )


def make_version(*, plan: Plan | None = None, number: int = 1, **facts: Any) -> PlanVersion:
    """A draft of a version."""
    return PlanVersion.objects.create(plan=plan or make_plan(), number=number, created_at=AT, changed_at=AT, **facts)


def publish_row(version: PlanVersion) -> PlanVersion:
    """Publish without asking for stories or prices."""
    PlanVersion.objects.filter(pk=version.pk).update(status="published", published_at=AT, digest="0" * 64)
    version.refresh_from_db()
    return version


def make_subscription(
    *, account: Account | None = None, version: PlanVersion | None = None, **facts: Any
) -> Subscription:
    """A running subscription with one open stretch from 2 March 2026 on."""
    subscription = Subscription.objects.create(
        **{
            "account": account or make_account(),
            "status": "active",
            "currency": "CNY",
            "time_zone": "Asia/Shanghai",
            "pays": "on_terms",
            "first_on": date(2026, 3, 2),
            "started_at": AT,
            "created_at": AT,
        }
        | facts
    )
    Stretch.objects.create(
        subscription=subscription,
        position=0,
        version=version or publish_row(make_version()),
        cause="start",
        start_on=subscription.first_on,
        from_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
    )
    return subscription
