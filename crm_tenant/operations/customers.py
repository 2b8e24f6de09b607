"""Companies and people: made, changed, put away and brought back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from crm_tenant.errors import MergedAway, OwnParent
from crm_tenant.models import Company, Person, Salesperson
from crm_tenant.rules.contacts import emails, named, phones
from crm_tenant.rules.texts import clean_line, clean_text, match_key, search_text
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.tenancy import inside

from .recording import apply, check_room_for_records, count_records, lock, lock_current, remember

Customer = Company | Person


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyDetails:
    """What is said of a company; put in order when it is stored."""

    name: str
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    address: str = ""
    about: str = ""
    owner_id: UUID | None = None
    parent_id: UUID | None = None
    tier: str = ""
    industry: str = ""
    website: str = ""
    employee_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDetails:
    """What is said of a person."""

    name: str
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    address: str = ""
    about: str = ""
    owner_id: UUID | None = None
    company_id: UUID | None = None
    title: str = ""


def create_company(*, workspace_id: UUID, details: CompanyDetails, by: Actor, at: datetime) -> Company:
    """Make a company."""
    with inside(workspace_id=workspace_id):
        values = _company_values(details)
        company: Company = Company.objects.create(
            workspace_id=workspace_id, created_at=at, changed_at=at, created_by=by.user_id, **values
        )
        remember("company.created", subject=company, by=by, at=at)
        count_records(workspace_id=workspace_id, difference=1, at=at)
        check_room_for_records(workspace_id=workspace_id)
        return company


def create_person(*, workspace_id: UUID, details: PersonDetails, by: Actor, at: datetime) -> Person:
    """Make a person."""
    with inside(workspace_id=workspace_id):
        values = _person_values(details)
        person: Person = Person.objects.create(
            workspace_id=workspace_id, created_at=at, changed_at=at, created_by=by.user_id, **values
        )
        remember("person.created", subject=person, by=by, at=at)
        count_records(workspace_id=workspace_id, difference=1, at=at)
        check_room_for_records(workspace_id=workspace_id)
        return person


def edit_company(
    *, workspace_id: UUID, company_id: UUID, version: int, details: CompanyDetails, by: Actor, at: datetime
) -> Company:
    """Change a company, unless somebody else has since the form was opened."""
    with inside(workspace_id=workspace_id):
        company = lock_current(Company, company_id, version=version)
        _check_parent(company, parent_id=details.parent_id)
        before = apply(company, _company_values(details), at=at)
        if before:
            remember("company.changed", subject=company, by=by, at=at, facts={"fields": _told(before)})
        return company


def edit_person(
    *, workspace_id: UUID, person_id: UUID, version: int, details: PersonDetails, by: Actor, at: datetime
) -> Person:
    """Change a person, unless somebody else has since the form was opened."""
    with inside(workspace_id=workspace_id):
        person = lock_current(Person, person_id, version=version)
        before = apply(person, _person_values(details), at=at)
        if before:
            remember("person.changed", subject=person, by=by, at=at, facts={"fields": _told(before)})
        return person


def archive_customer(
    *, workspace_id: UUID, model: type[Company] | type[Person], record_id: UUID, by: Actor, at: datetime
) -> Customer:
    """Put a company or a person away: out of lists and of the count, with everything it holds. Twice is once."""
    with inside(workspace_id=workspace_id):
        row = _locked(model, record_id)
        if row.archived_at is not None:
            return row
        apply(row, {"archived_at": at}, at=at)
        remember(f"{_kind(row)}.archived", subject=row, by=by, at=at)
        count_records(workspace_id=workspace_id, difference=-_counts(row), at=at)
        return row


def restore_customer(
    *, workspace_id: UUID, model: type[Company] | type[Person], record_id: UUID, by: Actor, at: datetime
) -> Customer:
    """Bring back what was put away. Twice is once."""
    with inside(workspace_id=workspace_id):
        row = _locked(model, record_id)
        if row.archived_at is None:
            return row
        if row.merged_into_id is not None:
            raise MergedAway(name=row.name)
        apply(row, {"archived_at": None}, at=at)
        remember(f"{_kind(row)}.restored", subject=row, by=by, at=at)
        count_records(workspace_id=workspace_id, difference=_counts(row), at=at)
        check_room_for_records(workspace_id=workspace_id)
        return row


def company_named(*, workspace_id: UUID, name: str, by: Actor, at: datetime) -> Company | None:
    """The company of this name, made if there is none; None for no name. For forms in which one types it."""
    text = clean_line(name)
    if not text:
        return None
    rows = Company.objects.filter(match_key=match_key(text), archived_at=None)
    known: Company | None = rows.order_by("created_at", "id").first()
    return known or create_company(workspace_id=workspace_id, details=CompanyDetails(name=text), by=by, at=at)


def person_named(*, workspace_id: UUID, name: str, company: Company | None, by: Actor, at: datetime) -> Person | None:
    """The person of this name at the company, made if there is none; None for no name."""
    text = clean_line(name)
    if not text:
        return None
    rows = Person.objects.filter(match_key=match_key(text), company=company, archived_at=None)
    known: Person | None = rows.order_by("created_at", "id").first()
    details = PersonDetails(name=text, company_id=company.id if company else None)
    return known or create_person(workspace_id=workspace_id, details=details, by=by, at=at)


def check_owner(owner_id: UUID | None) -> UUID | None:
    """An owner is one of the workspace's sales people."""
    if owner_id is not None and not Salesperson.objects.filter(pk=owner_id).exists():
        raise NotFound()
    return owner_id


def _locked(model: type[Company] | type[Person], record_id: UUID) -> Customer:
    return lock(Company, record_id) if model is Company else lock(Person, record_id)


def _kind(row: Customer) -> str:
    return "company" if isinstance(row, Company) else "person"


def _counts(row: Customer) -> int:
    return int(not row.is_sample and row.merged_into_id is None)


def _told(before: dict[str, Any]) -> list[str]:
    """The fields that a line of history names: those that a reader knows."""
    return sorted(before.keys() - {"search_text", "match_key"})


def _check_parent(company: Company, *, parent_id: UUID | None) -> None:
    seen = {company.id}
    while parent_id is not None:
        if parent_id in seen:
            raise OwnParent(field="parent")
        seen.add(parent_id)
        parent_id = Company.objects.filter(pk=parent_id).values_list("parent_id", flat=True).first()


def _shared(details: CompanyDetails | PersonDetails) -> dict[str, Any]:
    name = named(details.name)
    return {
        "name": name,
        "match_key": match_key(name),
        "phones": phones(details.phones),
        "emails": emails(details.emails),
        "address": clean_text(details.address)[:1000],
        "about": clean_text(details.about)[:4000],
        "owner_id": check_owner(details.owner_id),
    }


def _company_values(details: CompanyDetails) -> dict[str, Any]:
    values = _shared(details) | {
        "parent_id": lock(Company, details.parent_id).id if details.parent_id else None,
        "tier": details.tier,
        "industry": clean_line(details.industry)[:80],
        "website": clean_line(details.website)[:200],
        "employee_count": details.employee_count,
    }
    words = (values["name"], values["industry"], values["website"], values["address"], *values["emails"])
    return values | {"search_text": search_text(*words, phones=values["phones"])}


def _person_values(details: PersonDetails) -> dict[str, Any]:
    company = lock(Company, details.company_id) if details.company_id else None
    values = _shared(details) | {
        "company_id": company.id if company else None,
        "title": clean_line(details.title)[:120],
    }
    words = (values["name"], values["title"], company.name if company else "", *values["emails"])
    return values | {"search_text": search_text(*words, phones=values["phones"])}
