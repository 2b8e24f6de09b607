"""Plans and subscriptions as rows, for tests that need them to be there."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

from plans.models import AccessSpell, Meter, Plan, PlanCharge, PlanVersion, Stretch, Subscription
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


def make_meter(code: str, *, seller: Account, aggregate: str = "sum", **facts: Any) -> Meter:
    """A meter of a seller."""
    return Meter.objects.create(
        **{"seller": seller, "code": code, "name": code.title(), "aggregate": aggregate, "created_at": AT} | facts
    )


def make_charge(version: PlanVersion, *, code: str = "", meter: Meter | None = None, **facts: Any) -> PlanCharge:
    """A charge of a draft: per unit of its meter in arrears, or flat in advance without one."""
    usual = {"code": code or (meter.code if meter else "base"), "is_prorated": meter is None}
    usual |= {"model": "per_unit", "timing": "in_arrears"} if meter else {"model": "flat", "timing": "in_advance"}
    return PlanCharge.objects.create(version=version, meter=meter, **usual | facts)


def make_metered_subscription(*meters: str, account: Account | None = None, **facts: Any) -> Subscription:
    """A running subscription whose plan has a charge on each of these meters; `seats` and `records` are levels."""
    plan = make_plan()
    version = make_version(plan=plan)
    for code in meters:
        kind = {"seats": "unique"}.get(code, "sum")
        is_level = code in ("seats", "records")
        make_charge(version, meter=make_meter(code, seller=plan.seller, aggregate=kind, carries_over=is_level))
    return make_subscription(account=account, version=publish_row(version), **facts)


def open_access(account: Account, *, state: str = "active", **facts: Any) -> AccessSpell:
    """Let the account in, or keep it out, from now on, where nothing else does; its subscription is an add-on."""
    AccessSpell.objects.filter(account=account, until_at=None).update(until_at=AT)
    known = AccessSpell.objects.filter(account=account).order_by("from_at").first()
    subscription = known.subscription if known else make_subscription(account=account, code="door", is_main=False)
    return AccessSpell.objects.create(
        account=account, subscription=subscription, state=state, cause="test", from_at=AT, **facts
    )
