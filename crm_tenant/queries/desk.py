"""Whose workspace, and who sits in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_tenant.models import Company, Deal, Person, Salesperson, Seat, Stage, Workspace
from crm_tenant.rules.notices import Notice, notice
from plans.queries.access import Access, access_of
from provider.kernel.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where somebody works: the workspace, as which of its sales people, with what access, at which instant.

    `me` is None for staff who act for the customer: they have no seat and own nothing.
    """

    workspace: Workspace
    me: Salesperson | None
    access: Access
    at: datetime

    @property
    def workspace_id(self) -> UUID:
        return self.workspace.id


def workspace_of(account_id: UUID | None) -> Workspace | None:
    """The workspace of an account, if it has one."""
    return Workspace.objects.filter(account_id=account_id).first() if account_id else None


def notice_of(access: Access, *, at: datetime, zone: ZoneInfo) -> Notice | None:
    """What everybody in the CRM is told above each page: that the access ends, and when."""
    return notice(
        state=access.state, until=access.until, pays=access.pays, paid_until=access.paid_until, at=at, zone=zone
    )


def access_to(account_id: UUID) -> Access:
    """What the account's plan lets it do now."""
    return access_of(account_id=account_id)


def seated(user_id: UUID | None) -> Salesperson | None:
    """The user as one of the sales people, while they have a seat."""
    if user_id is None:
        return None
    has_seat = Seat.objects.filter(user_id=user_id, ended_at=None).values("user_id")
    return Salesperson.objects.filter(user_id__in=has_seat).first()


def had_seat(user_id: UUID) -> bool:
    """Whether the user ever had a seat; one that was taken away is not given back by coming."""
    return bool(Seat.objects.filter(user_id=user_id).exists())


def open_seats() -> list[Seat]:
    """Who has a seat now."""
    return list(Seat.objects.filter(ended_at=None).order_by("began_at", "id"))


def salespeople(*, with_archived: bool = False) -> list[Salesperson]:
    """The names to whom deals belong, in their order; those with a seat first."""
    rows = Salesperson.objects.all() if with_archived else Salesperson.objects.filter(archived_at=None)
    return sorted(rows, key=lambda one: (one.user_id is None, one.name.casefold()))


def usual_stages() -> list[Stage]:
    """The stages of the usual pipeline, in one query."""
    rows = list(Stage.objects.select_related("pipeline").order_by("pipeline__position", "position"))
    return [stage for stage in rows if stage.pipeline_id == rows[0].pipeline_id]


def access_company(company_id: UUID) -> Company:
    """A company of the workspace, put away or not."""
    found = Company.objects.select_related("owner", "parent").filter(pk=company_id).first()
    if found is None:
        raise NotFound()
    company: Company = found
    return company


def access_person(person_id: UUID) -> Person:
    """A person of the workspace."""
    found = Person.objects.select_related("owner", "company").filter(pk=person_id).first()
    if found is None:
        raise NotFound()
    person: Person = found
    return person


def access_deal(deal_id: UUID) -> Deal:
    """A deal of the workspace."""
    found = Deal.objects.select_related("owner", "company", "person", "stage").filter(pk=deal_id).first()
    if found is None:
        raise NotFound()
    deal: Deal = found
    return deal


def is_untouched() -> bool:
    """Whether there is nothing in the workspace yet."""
    return not (Company.objects.exists() or Person.objects.exists() or Deal.objects.exists())
