"""Laws that can be asked at any time: each a query for the rows that break it. `manage.py check_laws` asks them all.

Constraints and triggers hold most laws when rows are written. These queries prove it again, and hold what no single
statement can: nothing stuck, nothing forgotten, every wall still standing. A package adds its own in `AppConfig.ready`:

    laws.add("invoice_total_is_sum_of_lines", "select id from ... having ...", says="An invoice's total is its lines'.")
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connections

from .chart import LedgerAccount

EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A promise, in words and as the query that returns whatever breaks it (first column: what)."""

    name: str
    says: str
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found: nothing, when the law holds."""

    law: Law
    count: int
    examples: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return self.count == 0


_laws: dict[str, Law] = {}


def add(name: str, sql: str, *, says: str) -> None:
    """Make a law known."""
    law = Law(name=name, says=says, sql=sql.strip().rstrip(";"))
    if _laws.setdefault(name, law) != law:
        raise RuntimeError(f"The law “{name}” is defined twice.")


def known(names: Iterable[str] = ()) -> list[Law]:
    """All laws, or those of the given names, in the order of their names."""
    wanted = set(names)
    return [_laws[name] for name in sorted(_laws) if not wanted or name in wanted]


def check(law: Law, *, database: str = "default") -> Finding:
    """Ask one law."""
    with connections[database].cursor() as cursor:
        cursor.execute(
            f"select count(*) over (), broken::text from ({law.sql}) broken limit {EXAMPLES}"  # noqa: S608
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return Finding(law=law, count=int(rows[0][0]) if rows else 0, examples=[row[1] for row in rows])


_CODES: Final = ", ".join(f"'{account.value}'" for account in LedgerAccount)
_TENANT_TABLES: Final = """
  select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped
  where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
"""


def add_own() -> None:
    """The kernel's laws."""
    add(
        "ledger_balances",
        "select entry_id, currency, sum(amount_minor) from kernel_ledgerposting"
        " group by entry_id, currency having sum(amount_minor) <> 0",
        says="Debits and credits of every entry are equal in each currency.",
    )
    add(
        "ledger_entry_has_postings",
        "select e.id from kernel_ledgerentry e"
        " where not exists (select from kernel_ledgerposting p where p.entry_id = e.id)",
        says="No entry of the books is empty.",
    )
    add(
        "ledger_accounts_are_in_the_chart",
        f"select distinct ledger_account from kernel_ledgerposting where ledger_account not in ({_CODES})",  # noqa: S608
        says="Everything is posted to an account of the chart.",
    )
    add(
        "outbox_nothing_stuck",
        "select id, name, last_error from kernel_outboxevent where status = 'stuck'",
        says="No event was given up.",
    )
    add(
        "outbox_nothing_forgotten",
        "select id, name from kernel_outboxevent"
        " where status = 'waiting' and next_try_at < now() - interval '15 minutes'",
        says="Every event that is due is delivered within minutes.",
    )
    add(
        "outbox_receipts_have_events",
        "select r.event_id, r.handler from kernel_outboxreceipt r"
        " where not exists (select from kernel_outboxevent e where e.id = r.event_id)",
        says="A receipt belongs to an event.",
    )
    add(
        "jobs_nothing_forgotten",
        "select id, kind, status from kernel_job where"
        " (status = 'running' and lease_until < now() - interval '15 minutes')"
        " or (status = 'queued' and next_try_at < now() - interval '15 minutes')",
        says="Every job that can go on does so within minutes.",
    )
    add(
        "jobs_states_fit_facts",
        "select id, kind, status from kernel_job where (status = 'done' and started_at is null)"
        " or (status = 'cancelled' and cancel_requested_at is null) or (ended_at < started_at)"
        " or (jsonb_array_length(problems) > problem_count)",
        says="A job's state agrees with what it has done.",
    )
    _add_walls()


def _add_walls() -> None:
    add(
        "workspace_tables_are_walled",
        f"select t.relname from ({_TENANT_TABLES}) t where not (t.relrowsecurity and t.relforcerowsecurity)"  # noqa: S608
        " or not exists (select from pg_policy p where p.polrelid = t.oid and p.polcmd = '*'"
        " and pg_get_expr(p.polqual, p.polrelid) like '%perennial.workspace%'"
        " and pg_get_expr(p.polwithcheck, p.polrelid) like '%perennial.workspace%')",
        says="Every table of workspaces has forced row-level security and its policy.",
    )
    add(
        "workspace_tables_have_no_open_policy",
        f"select t.relname, p.polname from ({_TENANT_TABLES}) t join pg_policy p on p.polrelid = t.oid"  # noqa: S608
        " where p.polpermissive"
        " and coalesce(pg_get_expr(p.polqual, p.polrelid), '') not like '%perennial.workspace%'",
        says="No second policy opens a wall.",
    )
    add(
        "workspace_references_stay_inside",
        f"with t as ({_TENANT_TABLES})"  # noqa: S608
        " select c.conrelid::regclass, c.conname from pg_constraint c join t child on child.oid = c.conrelid"
        " where c.contype = 'f' and not exists (select from unnest(c.conkey, c.confkey) k(mine, theirs)"
        " join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.mine and a.attname = 'workspace_id'"
        " join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.theirs and b.attname = 'workspace_id')",
        says="A reference inside a workspace names the workspace on both sides, and none leads out of it.",
    )
    add(
        "application_owns_nothing",
        "select c.relname from pg_class c where c.relowner = (select oid from pg_roles where rolname = current_user)"
        " and c.relnamespace = 'public'::regnamespace union all"
        " select rolname from pg_roles where rolname = current_user and (rolbypassrls or rolsuper)",
        says="The application's role owns no table and passes no wall.",
    )
    add(
        "triggers_are_on",
        "select tgrelid::regclass, tgname from pg_trigger where not tgisinternal and tgenabled <> 'O'",
        says="No law's trigger was switched off.",
    )
    add(
        "constraints_are_proven",
        "select conrelid::regclass, conname from pg_constraint where not convalidated",
        says="Every constraint holds for the old rows too.",
    )
