"""Deals as they stand: the board's columns, and the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from crm_tenant.models import Category, Deal, Stage, Task
from provider.kernel.money import Money, round_half_away

from .desk import usual_stages

CARDS: Final = 20
_ORDER: Final = ("-entered_stage_at", "-id")


@dataclass(slots=True, kw_only=True)
class Card:
    """A deal as the board shows it."""

    deal: Deal
    days: int
    age: str  # '' while young, warn past half of the stage's limit, bad past it
    next_step: Task | None
    is_late: bool


@dataclass(slots=True, kw_only=True)
class Column:
    """A stage, what stands in it altogether, and its first cards."""

    stage: Stage
    count: int = 0
    without_step: int = 0
    sums: list[Money] = field(default_factory=list)
    weighted: list[Money] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)

    @property
    def has_more(self) -> bool:
        return self.count > len(self.cards)


@dataclass(slots=True, kw_only=True)
class Board:
    """The open stages and what was won this month. Sums cover every deal, not only those shown."""

    columns: list[Column]
    stages: list[Stage]

    @property
    def open_columns(self) -> list[Column]:
        return [column for column in self.columns if column.stage.category == Category.OPEN]

    @property
    def count(self) -> int:
        return sum(column.count for column in self.open_columns)

    @property
    def without_step(self) -> int:
        return sum(column.without_step for column in self.open_columns)

    @property
    def sums(self) -> list[Money]:
        return _added(money for column in self.open_columns for money in column.sums)

    @property
    def weighted(self) -> list[Money]:
        return _added(money for column in self.open_columns for money in column.weighted)


def open_step(deal: str = "pk") -> Any:
    """Whether a deal has a next step."""
    return Exists(Task.objects.filter(deal=OuterRef(deal), done_at=None, archived_at=None))


def live_deals(*, owner_id: UUID | None = None) -> QuerySet[Deal]:
    """Deals that are not put away, of everybody or of one of the sales people."""
    rows: QuerySet[Deal] = Deal.objects.filter(archived_at=None)
    return rows.filter(owner_id=owner_id) if owner_id else rows


def board(*, owner_id: UUID | None, at: datetime, month: datetime) -> Board:
    """The board; `month` is the instant from which on won deals are shown."""
    stages = usual_stages()
    shown = [stage for stage in stages if stage.category != Category.LOST]
    columns = {stage.id: Column(stage=stage) for stage in shown}
    rows = live_deals(owner_id=owner_id).filter(stage__in=shown)
    rows = rows.filter(Q(status=Category.OPEN) | Q(closed_at__gte=month))
    _fill_sums(columns, rows)
    _fill_cards(columns, rows, at=at)
    return Board(columns=list(columns.values()), stages=stages)


def column_of(*, stage_id: UUID, owner_id: UUID | None, at: datetime, month: datetime, skip: int) -> Column | None:
    """The further cards of one stage."""
    stage = Stage.objects.filter(pk=stage_id).first()
    if stage is None:
        return None
    rows = live_deals(owner_id=owner_id).filter(stage=stage)
    if stage.category != Category.OPEN:
        rows = rows.filter(closed_at__gte=month)
    count = rows.count()
    ids = list(rows.order_by(*_ORDER).values_list("id", flat=True)[skip : skip + CARDS])
    return Column(stage=stage, count=count, cards=_cards(ids, stages={stage.id: stage}, at=at))


def _fill_sums(columns: dict[UUID, Column], rows: QuerySet[Deal]) -> None:
    chance = Coalesce(F("probability"), F("stage__probability"))
    found = (
        rows.order_by()
        .annotate(has_step=open_step())
        .values("stage_id", "currency")
        .annotate(
            count=Count("id"),
            total=Sum("amount_minor"),
            weighted=Sum(F("amount_minor") * chance),
            without=Count("id", filter=Q(has_step=False, status=Category.OPEN)),
        )
        .order_by("-total")
    )
    for row in found:
        column = columns[row["stage_id"]]
        column.count += row["count"]
        column.without_step += row["without"]
        column.sums.append(Money(int(row["total"]), row["currency"]))
        weighted = round_half_away(numerator=int(row["weighted"]), denominator=100)
        column.weighted.append(Money(weighted, row["currency"]))


def _fill_cards(columns: dict[UUID, Column], rows: QuerySet[Deal], *, at: datetime) -> None:
    parts = [
        rows.filter(stage_id=stage_id).order_by(*_ORDER).values_list("id", flat=True)[:CARDS]
        for stage_id, column in columns.items()
        if column.count
    ]
    if not parts:
        return
    ids = list(parts[0].union(*parts[1:], all=True))
    stages = {stage_id: column.stage for stage_id, column in columns.items()}
    for card in _cards(ids, stages=stages, at=at):
        columns[card.deal.stage_id].cards.append(card)


def _cards(ids: list[UUID], *, stages: dict[UUID, Stage], at: datetime) -> list[Card]:
    deals = Deal.objects.filter(pk__in=ids).select_related("company", "owner").order_by(*_ORDER)
    steps = next_steps(ids)
    return [_card(deal, stage=stages[deal.stage_id], step=steps.get(deal.id), at=at) for deal in deals]


def next_steps(deal_ids: Iterable[UUID]) -> dict[UUID, Task]:
    """The first open step of each of some deals."""
    tasks = Task.objects.filter(deal__in=list(deal_ids), done_at=None, archived_at=None)
    first: dict[UUID, Task] = {}
    for task in tasks.order_by("due_at", "id"):
        first.setdefault(task.deal_id, task)
    return first


def _card(deal: Deal, *, stage: Stage, step: Task | None, at: datetime) -> Card:
    days, limit = deal.days_in_stage(at=at), stage.age_limit_days
    age = ""
    if limit and deal.status == Category.OPEN:
        age = "bad" if days > limit else "warn" if days * 2 > limit else ""
    return Card(deal=deal, days=days, age=age, next_step=step, is_late=step is not None and step.due_at < at)


def _added(amounts: Iterable[Money]) -> list[Money]:
    totals: dict[str, int] = {}
    for money in amounts:
        totals[money.currency] = totals.get(money.currency, 0) + money.minor
    return [Money(minor, currency) for currency, minor in sorted(totals.items(), key=lambda item: -item[1])]


# --- The list ---


def deal_rows() -> QuerySet[Deal]:
    """Every deal that is not put away, with what its row shows."""
    step = Task.objects.filter(deal=OuterRef("pk"), done_at=None, archived_at=None).order_by("due_at")
    return (
        live_deals()
        .select_related("company", "owner", "stage")
        .annotate(next_due_at=Subquery(step.values("due_at")[:1]))
    )


def deal_sums(rows: QuerySet[Deal]) -> list[Money]:
    """The sums of the matching deals, one per currency."""
    found = rows.values("currency").annotate(total=Sum("amount_minor")).order_by("-total")
    return [Money(int(row["total"]), row["currency"]) for row in found]
