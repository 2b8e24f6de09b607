"""Subscribers of last month and a draft over whom it is replayed, for tests of replays."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client

from plans.models import PlanVersion, Replay, Stretch, Subscription
from plans.operations.usage import NewEvent, record_usage
from provider.kernel import clock, jobs
from provider.kernel.actor import SYSTEM
from tests.factories import AT, make_account

ZONE = ZoneInfo("Asia/Shanghai")
Two = tuple[PlanVersion, PlanVersion]  # on sale, and a draft of the same plan


def last_month() -> date:
    """Its first day."""
    today = clock.now().astimezone(ZONE).date()
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def subscribe(version: PlanVersion, *, name: str, calls: int, since: date | None = None, **facts: Any) -> Subscription:
    """A subscriber who used so many calls on the tenth of last month."""
    first = since or last_month()
    account = make_account(name=name, portal="subscriber")
    one = Subscription.objects.create(
        account=account, status="active", currency=facts.get("currency", "CNY"), time_zone=ZONE.key, pays="on_terms",
        first_on=first, started_at=AT, created_at=AT,
    )  # fmt: skip
    Stretch.objects.create(
        subscription=one, position=0, version=version, cause="start", start_on=first,
        from_at=datetime(first.year, first.month, first.day, tzinfo=ZONE),
    )  # fmt: skip
    used_at = datetime(first.year, first.month, first.day, 12, tzinfo=ZONE)
    event = NewEvent("1", "calls", used_at, Decimal(calls))
    record_usage(account_id=account.id, source="test", events=[event], by=SYSTEM, at=used_at)
    return one


def asked(draft: PlanVersion) -> dict[str, Any]:
    """What the page sends for everybody."""
    return {"month": last_month().isoformat(), "of_plan": str(draft.plan_id), "who": "everybody"}


def run(operator: Client, draft: PlanVersion, **fields: Any) -> Replay:
    """Start it as the operator does, and let it come to its end."""
    wish = asked(draft) | fields
    answer = operator.post(f"/operator/plans/versions/{draft.pk}/replay/", wish)
    assert answer.status_code == 302, answer.content.decode()
    made = Replay.objects.get()
    assert made.job_id is not None
    jobs.run_to_end(job_id=made.job_id, at=clock.now())
    return made
