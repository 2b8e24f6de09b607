"""What a rep has to do: overdue, today, next; deals that nobody works on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import DurationField, ExpressionWrapper, F, QuerySet, Sum, Value

from crm_tenant.models import Category, Deal, Salesperson, Task
from provider.kernel.money import Money

from .board import live_deals, open_step

MOST: Final = 30
_AHEAD: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A rep's day; `more` says that there is more than is shown."""

    overdue: list[Task]
    today: list[Task]
    ahead: list[Task]
    without_step: list[Deal]
    without_step_count: int
    stale: list[Deal]
    won: list[Money]

    @property
    def count(self) -> int:
        """What there is to do today."""
        return len(self.overdue) + len(self.today)


def day_of(me: Salesperson | None, *, at: datetime, start: datetime, end: datetime, month: datetime) -> Day:
    """The day from `start` to `end`, of one of the sales people, or of all for who is none of them."""
    tasks = list(_tasks(me).filter(due_at__lt=end + _AHEAD)[:200])
    deals = live_deals(owner_id=me.id if me else None)
    bare = deals.filter(status=Category.OPEN).exclude(open_step())
    bare_count = bare.count()
    return Day(
        overdue=[task for task in tasks if _is_overdue(task, at=at, start=start)],
        today=[task for task in tasks if task.due_at < end and not _is_overdue(task, at=at, start=start)],
        ahead=[task for task in tasks if task.due_at >= end][:MOST],
        without_step=list(_shown(bare).order_by("-amount_minor", "-id")[:5]) if bare_count else [],
        without_step_count=bare_count,
        stale=list(_stale(deals, at=at)[:5]),
        won=_won(deals, month=month),
    )


def _is_overdue(task: Task, *, at: datetime, start: datetime) -> bool:
    return task.due_at < (at if task.has_time else start)


def _tasks(me: Salesperson | None) -> QuerySet[Task]:
    rows: QuerySet[Task] = Task.objects.filter(done_at=None, archived_at=None)
    rows = rows.filter(owner=me) if me else rows
    return rows.select_related("deal", "company", "person").order_by("due_at", "id")


def _shown(rows: QuerySet[Deal]) -> QuerySet[Deal]:
    return rows.select_related("company", "person", "stage")


def _stale(deals: QuerySet[Deal], *, at: datetime) -> QuerySet[Deal]:
    """Open deals that have stood in their stage longer than it allows, the longest first."""
    day = ExpressionWrapper(Value(timedelta(days=1)), output_field=DurationField())
    limit: Any = ExpressionWrapper(F("stage__age_limit_days") * day, output_field=DurationField())
    rows = deals.filter(status=Category.OPEN, stage__age_limit_days__isnull=False)
    return _shown(rows.filter(entered_stage_at__lt=Value(at) - limit)).order_by("entered_stage_at", "id")


def _won(deals: QuerySet[Deal], *, month: datetime) -> list[Money]:
    rows = deals.filter(status=Category.WON, closed_at__gte=month)
    sums = rows.order_by().values("currency").annotate(total=Sum("amount_minor")).order_by("-total")
    return [Money(int(row["total"]), row["currency"]) for row in sums]


def task_rows() -> QuerySet[Task]:
    """Every step that is not put away."""
    rows: QuerySet[Task] = Task.objects.filter(archived_at=None)
    return rows.select_related("deal", "company", "person", "owner")
