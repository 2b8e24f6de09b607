"""Notes and next steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crm_tenant.errors import EmptyNote
from crm_tenant.models import Company, Deal, Note, Person, Task
from crm_tenant.rules.texts import clean_line, clean_text
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.tenancy import inside

from .customers import check_owner
from .recording import Subject, lock, lock_current, remember

_KINDS: dict[str, Any] = {"company": Company, "person": Person, "deal": Deal}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDetails:
    """What is to be done, by whom, by when."""

    kind: str
    due_at: datetime
    has_time: bool = False
    title: str = ""
    owner_id: UUID | None = None


def write_note(*, workspace_id: UUID, kind: str, record_id: UUID, text: str, by: Actor, at: datetime) -> Note:
    """Write something down about a company, a person or a deal."""
    with inside(workspace_id=workspace_id):
        about = _about(kind, record_id)
        words = clean_text(text)[:10_000]
        if not words:
            raise EmptyNote(field="text")
        note: Note = Note.objects.create(
            workspace_id=workspace_id, text=words, user_id=by.user_id, created_at=at, changed_at=at, **about
        )
        remember("note.written", subject=note, by=by, at=at)
        return note


def plan_task(
    *, workspace_id: UUID, kind: str, record_id: UUID | None, details: TaskDetails, by: Actor, at: datetime
) -> Task:
    """Set a next step, about something or on its own."""
    with inside(workspace_id=workspace_id):
        about = _about(kind, record_id) if record_id else {}
        task: Task = Task.objects.create(
            workspace_id=workspace_id,
            kind=details.kind,
            title=clean_line(details.title)[:200],
            owner_id=check_owner(details.owner_id),
            due_at=details.due_at,
            has_time=details.has_time,
            created_at=at,
            created_by=by.user_id,
            **about,
        )
        remember("task.planned", subject=task, by=by, at=at, facts=_facts(task))
        return task


def edit_task(
    *, workspace_id: UUID, task_id: UUID, version: int, details: TaskDetails, by: Actor, at: datetime
) -> Task:
    """Change a next step, unless somebody else has since the form was opened."""
    with inside(workspace_id=workspace_id):
        task = lock_current(Task, task_id, version=version)
        task.kind, task.title = details.kind, clean_line(details.title)[:200]
        task.owner_id = check_owner(details.owner_id)
        task.due_at, task.has_time = details.due_at, details.has_time
        task.version += 1
        task.save(update_fields=["kind", "title", "owner_id", "due_at", "has_time", "version"])
        remember("task.changed", subject=task, by=by, at=at, facts=_facts(task))
        return task


def finish_task(*, workspace_id: UUID, task_id: UUID, by: Actor, at: datetime) -> Task:
    """Tick a step off. Twice is once."""
    with inside(workspace_id=workspace_id):
        task = lock(Task, task_id)
        if task.done_at is not None:
            return task
        _set(task, done_at=at)
        remember("task.done", subject=task, by=by, at=at, facts=_facts(task))
        return task


def reopen_task(*, workspace_id: UUID, task_id: UUID, by: Actor, at: datetime) -> Task:
    """Take the tick back. Twice is once."""
    with inside(workspace_id=workspace_id):
        task = lock(Task, task_id)
        if task.done_at is None:
            return task
        _set(task, done_at=None)
        remember("task.reopened", subject=task, by=by, at=at, facts=_facts(task))
        return task


def _set(task: Task, *, done_at: datetime | None) -> None:
    task.done_at = done_at
    task.version += 1
    task.save(update_fields=["done_at", "version"])


def _about(kind: str, record_id: UUID) -> dict[str, UUID | None]:
    """The record, and the company and person that it belongs to."""
    if kind not in _KINDS:
        raise NotFound()
    row: Subject = lock(_KINDS[kind], record_id)
    if isinstance(row, Company):
        return {"company_id": row.id}
    if isinstance(row, Person):
        return {"person_id": row.id, "company_id": row.company_id}
    return {"deal_id": row.id, "company_id": row.company_id, "person_id": row.person_id}


def _facts(task: Task) -> dict[str, object]:
    return {"kind": task.kind, "title": task.title, "due_at": task.due_at, "has_time": task.has_time}
