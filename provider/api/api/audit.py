"""The history, for machines."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from provider.api.queries import history_open_to_key
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import ActorKind, Answer, Page, PageAsked, page_of, scope
from provider.kernel.models import AuditRow

router = Router(tags=["History"])


class Act(Answer):
    """One act: who did what to what, when, on whose behalf and why."""

    id: UUID
    at: Annotated[datetime, Field(description=N_("When it happened."))]
    verb: Annotated[str, Field(description=N_("What was done."), examples=["api_key.revoked"])]
    subject_kind: Annotated[str, Field(description=N_("To what kind of thing."), examples=["api_key"])]
    subject_id: str
    account_id: Annotated[UUID | None, Field(description=N_("Whose history it belongs to."))]
    actor_kind: Annotated[ActorKind, Field(description=N_("Who did it."))]
    user_id: UUID | None
    api_key_id: UUID | None
    acting_for: Annotated[bool, Field(description=N_("Whether staff acted on the account's behalf, by its consent."))]
    before: Annotated[dict[str, Any] | None, Field(description=N_("What changed, as it was."))]
    after: Annotated[dict[str, Any] | None, Field(description=N_("What changed, as it is now."))]
    reason: str

    @classmethod
    def of(cls, row: AuditRow) -> Act:
        return cls(
            id=row.id,
            at=row.at,
            verb=row.verb,
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
            account_id=row.account_id,
            actor_kind=row.actor_kind,
            user_id=row.user_id,
            api_key_id=row.api_key_id,
            acting_for=row.impersonation_id is not None,
            before=row.before,
            after=row.after,
            reason=row.reason,
        )


class ActsAsked(PageAsked):
    """Which acts."""

    verb: Annotated[
        str, Field(max_length=64, description=N_("Only acts of this verb."), examples=["api_key.created"])
    ] = ""
    subject_id: Annotated[str, Field(max_length=64, description=N_("Only acts on the thing with this id."))] = ""


@router.get(
    "/audit",
    response=Page[Act],
    operation_id="list_audit",
    summary=N_("List the history"),
    description=N_("Who did what, newest first. The provider's key reads every account's, any other key its own."),
)
@scope("audit:read")
def list_audit(request: HttpRequest, response: HttpResponse, asked: Query[ActsAsked]) -> dict[str, Any]:
    filters = {"verb": asked.verb, "subject_id": asked.subject_id}
    rows = history_open_to_key(actor_of(request)).filter(**{name: value for name, value in filters.items() if value})
    return page_of(rows, request=request, response=response, asked=asked, order=("-id",), shape=Act.of, filters=filters)
