"""A workspace filled with made-up customers and deals, by the import's own way of writing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from crm_tenant.models import Category, Deal, Task, TaskKind, Workspace
from crm_tenant.queries.desk import usual_stages
from crm_tenant.rules import made_up
from crm_tenant.rules.made_up import Sample
from provider.accounts.models import Account
from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.kernel.clock import local_day
from provider.kernel.ids import new_id
from provider.kernel.tenancy import inside

from .reading_in import ROWS, Batch, write_companies, write_deals, write_people, write_salespeople
from .recording import count_records

_IN_DAYS: Final = (-6, -3, -1, 0, 0, 1, 2, 4, 9, 15)


def fill_with_made_up(
    *, workspace: Workspace, deals: int, by: Actor, at: datetime, language: str = "", seed: int = 1
) -> dict[str, int]:
    """Add so many made-up deals with their companies, people, sales people and next steps; how much of what was made.

    The same seed makes the same, and again makes nothing that is there already.
    """
    zone = ZoneInfo(Account.objects.values_list("time_zone", flat=True).get(pk=workspace.account_id))
    sample = Sample(
        deals=deals, language=language or workspace.language, today=local_day(at=at, zone=zone),
        currency=workspace.currency, seed=seed,
    )  # fmt: skip
    with inside(workspace_id=workspace.id):
        batch = Batch(workspace=workspace, imported_id=None, user_id=by.user_id, zone=zone, at=at)
        teams = sample.words.teams
        named = [{"name": name, "team": teams[place % len(teams)]} for place, name in enumerate(sample.owners)]
        write_salespeople(named, batch=batch)
        for rows in _sets(made_up.companies(sample)):
            write_companies(rows, batch=batch)
        for rows in _sets(made_up.people(sample)):
            write_people(rows, batch=batch)
        for rows in _sets(_with_stages(made_up.deals(sample))):
            write_deals(rows, batch=batch)
        steps = _plan_steps(batch, seed=seed)
        count_records(workspace_id=workspace.id, difference=batch.records, at=at)
        audit.record(
            by=by, verb="workspace.filled", subject_kind="workspace", subject_id=workspace.id,
            account_id=workspace.account_id, at=at, after={"deals": deals, "seed": seed},
        )  # fmt: skip
        return batch.made | {"steps": steps}


def _with_stages(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The deals with the ids of this workspace's stages, as the import gives them."""
    stages = [str(stage.id) for stage in usual_stages()]
    for row in rows:
        yield row | {"stage": stages[min(row["stage"], len(stages) - 1)]}


def _sets(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    left = iter(rows)
    while found := list(islice(left, ROWS)):
        yield found


def _plan_steps(batch: Batch, *, seed: int) -> int:
    """Next steps for three of four of the open deals that were made: some overdue, some today, some later."""
    dice = Random(f"steps {seed}")  # noqa: S311 -- it must repeat
    open_deals = Deal.objects.filter(status=Category.OPEN, created_by=batch.user_id, imported=None, archived_at=None)
    bare = open_deals.exclude(pk__in=Task.objects.exclude(deal=None).values("deal_id")).order_by("external_ref", "id")
    steps = [
        Task(
            id=new_id(), workspace_id=batch.workspace.id, deal_id=deal.id, company_id=deal.company_id,
            person_id=deal.person_id, owner_id=deal.owner_id, kind=dice.choice(TaskKind.values),
            due_at=batch.at + timedelta(days=dice.choice(_IN_DAYS), hours=dice.randrange(1, 6)),
            has_time=dice.random() < 0.5, created_at=batch.at, created_by=batch.user_id,
        )
        for deal in bare.iterator(chunk_size=ROWS)
        if dice.random() < 0.75
    ]  # fmt: skip
    Task.objects.bulk_create(steps, batch_size=ROWS)
    return len(steps)
