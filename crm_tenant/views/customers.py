"""Companies and people: lists, pages, forms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm_tenant.forms import CompanyForm, NoteForm, PersonForm
from crm_tenant.models import Company, Person, Tier
from crm_tenant.operations.customers import (
    archive_customer,
    company_named,
    create_company,
    create_person,
    edit_company,
    edit_person,
    restore_customer,
)
from crm_tenant.queries import records
from crm_tenant.queries.desk import Desk, access_company, access_person, is_untouched, salespeople
from crm_tenant.queries.merging import merge_of
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import Refusal
from provider.kernel.idempotency import FORM_FIELD, once_form
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import Choice, Column, Table

from .desk import at_desk
from .wording import lines_of_history


def _of_somebody() -> Choice:
    people = [(str(one.id), one.name) for one in salespeople(with_archived=True)]
    return Choice("owner", _("Owned by"), options=people, where="owner_id")


def _first(values: list[str]) -> str:
    return values[0] if values else ""


COMPANIES = Table(
    key="crm-companies",
    columns=[
        Column(
            "name", gettext_lazy("Company"), sort="name", is_fixed=True,
            href=lambda row: reverse("crm_tenant:company", args=[row.id]), sub=lambda row: row.industry,
        ),
        Column("phone", gettext_lazy("Telephone"), value=lambda row: _first(row.phones)),
        Column("email", gettext_lazy("E-mail"), value=lambda row: _first(row.emails), is_shown=False),
        Column("tier", gettext_lazy("Kind of customer"), value=lambda row: row.get_tier_display()),
        Column("owner", gettext_lazy("Owned by"), value="owner.name"),
        Column("parent", gettext_lazy("Belongs to the company"), value="parent.name", is_shown=False),
        Column("employee_count", gettext_lazy("Employees"), kind="number", sort="employee_count"),
        Column("website", gettext_lazy("Website"), is_shown=False),
        Column("address", gettext_lazy("Address"), is_shown=False),
        Column("changed_at", gettext_lazy("Changed"), kind="date", sort="changed_at"),
    ],
    search=records.containing,
    search_label=gettext_lazy("Name, telephone, e-mail"),
    sort="name",
    counted=ngettext_lazy("%(count)s company", "%(count)s companies", "number"),
    empty_title=gettext_lazy("No companies yet"),
    empty_text=gettext_lazy("Make the first one, or import what you have from a file."),
    empty_act=gettext_lazy("New company"),
    empty_href=reverse_lazy("crm_tenant:company_new"),
)  # fmt: skip

PEOPLE = Table(
    key="crm-people",
    columns=[
        Column(
            "name", gettext_lazy("Person"), sort="name", is_fixed=True,
            href=lambda row: reverse("crm_tenant:person", args=[row.id]), sub=lambda row: row.title,
        ),
        Column("company", gettext_lazy("Company"), value="company.name"),
        Column("phone", gettext_lazy("Telephone"), value=lambda row: _first(row.phones)),
        Column("email", gettext_lazy("E-mail"), value=lambda row: _first(row.emails)),
        Column("owner", gettext_lazy("Owned by"), value="owner.name"),
        Column("changed_at", gettext_lazy("Changed"), kind="date", sort="changed_at"),
    ],
    search=records.containing,
    search_label=gettext_lazy("Name, telephone, e-mail"),
    sort="name",
    counted=ngettext_lazy("%(count)s person", "%(count)s people", "number"),
    empty_title=gettext_lazy("No people yet"),
    empty_text=gettext_lazy("People are those you talk to: add the first one, alone or to a company."),
    empty_act=gettext_lazy("New person"),
    empty_href=reverse_lazy("crm_tenant:person_new"),
)  # fmt: skip


@at_desk
@require_safe
def company_list(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """Which companies are there?"""
    context = {"desk": desk, "is_untouched": desk.workspace.record_count == 0 and is_untouched()}
    filters = [Choice("tier", _("Kind of customer"), options=Tier.choices), _of_somebody()]
    return replace(COMPANIES, filters=filters).answer(
        request, rows=records.company_rows(), template="crm_tenant/companies.html", context=context
    )


@at_desk
@require_safe
def person_list(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """Which people are there?"""
    return replace(PEOPLE, filters=[_of_somebody()]).answer(
        request, rows=records.person_rows(), template="crm_tenant/people.html", context={"desk": desk}
    )


@at_desk
@require_safe
def company(request: HttpRequest, desk: Desk, company_id: UUID) -> HttpResponse:
    """Who is this company, and what is going on with it?"""
    found = access_company(company_id)
    related = {"people": records.people_of(found), "children": records.children_of(found)}
    return render(request, "crm_tenant/company.html", _page_of(found, desk) | related | {"company": found})


@at_desk
@require_safe
def person(request: HttpRequest, desk: Desk, person_id: UUID) -> HttpResponse:
    """Who is this person, and what is going on with them?"""
    found = access_person(person_id)
    return render(request, "crm_tenant/person.html", _page_of(found, desk) | {"person": found})


def _page_of(subject: Company | Person, desk: Desk) -> dict[str, Any]:
    history = records.history_of(subject)
    deals, deal_count = records.deals_of(subject)
    return {
        "record": subject,
        "merge": merge_of(subject) if subject.merged_into_id else None,
        "desk": desk,
        "deals": deals,
        "deal_count": deal_count,
        "steps": history.steps,
        "history": lines_of_history(history, people=salespeople(with_archived=True)),
        "has_more": history.has_more,
        "note_form": NoteForm(),
    }


# --- Making and changing ---


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def company_new(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """Make a company."""
    form = CompanyForm(request.POST or None, people=salespeople(), initial=_mine(desk))
    return _saved(request, desk, form, record=None) or _form_page(request, desk, form, record=None)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def company_edit(request: HttpRequest, desk: Desk, company_id: UUID) -> HttpResponseBase:
    """Change a company."""
    found = access_company(company_id)
    form = CompanyForm(request.POST or None, people=salespeople(with_archived=True), initial=_company_values(found))
    return _saved(request, desk, form, record=found) or _form_page(request, desk, form, record=found)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def person_new(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """Make a person."""
    first = _mine(desk) | _company_asked(request)
    form = PersonForm(request.POST or None, people=salespeople(), initial=first)
    return _saved(request, desk, form, record=None) or _form_page(request, desk, form, record=None)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def person_edit(request: HttpRequest, desk: Desk, person_id: UUID) -> HttpResponseBase:
    """Change a person."""
    found = access_person(person_id)
    form = PersonForm(request.POST or None, people=salespeople(with_archived=True), initial=_person_values(found))
    return _saved(request, desk, form, record=found) or _form_page(request, desk, form, record=found)


def _form_page(request: HttpRequest, desk: Desk, form: Any, *, record: Any) -> HttpResponse:
    is_company = isinstance(form, CompanyForm)
    context = {"form": form, "desk": desk, "record": record, "is_company": is_company}
    return render(request, "crm_tenant/customer_form.html", context)


def _saved(request: HttpRequest, desk: Desk, form: CompanyForm | PersonForm, *, record: Any) -> HttpResponseBase | None:
    """The way on after a form that could be saved; None where it has to be shown again."""
    if request.method != "POST" or not form.is_valid() or _warned(form, record=record):
        return None
    try:
        outcome = once_form(
            form="crm.customer", form_key=request.POST.get(FORM_FIELD, ""), by=actor_of(request), at=clock.now(),
            act=lambda: _save(request, desk, form, record=record),
        )  # fmt: skip
    except Refusal as refusal:
        field = {"parent": "parent_name"}.get(refusal.field, refusal.field)
        form.add_error(field if field in form.fields else None, say(refusal))
        return None
    return redirect(outcome.url)


def _warned(form: CompanyForm | PersonForm, *, record: Any) -> bool:
    """Whether something alike is there and the typist has not said yet that it is another one."""
    if record is not None or form.cleaned_data["is_sure"]:
        return False
    model: type[Company] | type[Person] = Company if isinstance(form, CompanyForm) else Person
    data = form.cleaned_data
    form.alike = list(records.alike(model, name=data["name"], phones=data["phones"], emails=data["emails"]))
    return bool(form.alike)


def _save(request: HttpRequest, desk: Desk, form: CompanyForm | PersonForm, *, record: Any) -> str:
    by, data = actor_of(request), form.cleaned_data
    given: dict[str, Any] = {"workspace_id": desk.workspace_id, "by": by, "at": desk.at}
    named = data["parent_name"] if isinstance(form, CompanyForm) else data["company_name"]
    other = company_named(name=named, **given)
    saved: Company | Person
    if isinstance(form, CompanyForm):
        details = form.details(parent_id=other.id if other else None)
        if record is None:
            saved = create_company(details=details, **given)
        else:
            saved = edit_company(company_id=record.id, version=data["version"] or 0, details=details, **given)
    else:
        about = form.details(company_id=other.id if other else None)
        if record is None:
            saved = create_person(details=about, **given)
        else:
            saved = edit_person(person_id=record.id, version=data["version"] or 0, details=about, **given)
    toasts.done(request, _("Saved."))
    return reverse(f"crm_tenant:{'company' if isinstance(saved, Company) else 'person'}", args=[saved.id])


def _mine(desk: Desk) -> dict[str, Any]:
    return {"owner": desk.me.id if desk.me else ""}


def _company_asked(request: HttpRequest) -> dict[str, Any]:
    asked = request.GET.get("company", "")
    try:
        return {"company_name": access_company(UUID(asked)).name} if asked else {}
    except ValueError:
        return {}


def _shared_values(found: Company | Person) -> dict[str, Any]:
    names = ("name", "phones", "emails", "address", "about", "version")
    return {name: getattr(found, name) for name in names} | {"owner": found.owner_id or ""}


def _company_values(found: Company) -> dict[str, Any]:
    names = ("tier", "industry", "website", "employee_count")
    own = {name: getattr(found, name) for name in names}
    return _shared_values(found) | own | {"parent_name": found.parent.name if found.parent else ""}


def _person_values(found: Person) -> dict[str, Any]:
    company_name = found.company.name if found.company else ""
    return _shared_values(found) | {"title": found.title, "company_name": company_name}


# --- Put away, brought back ---


@at_desk
@require_POST
def company_archive(request: HttpRequest, desk: Desk, company_id: UUID) -> HttpResponseBase:
    """Put a company away."""
    return _archived(request, desk, Company, company_id)


@at_desk
@require_POST
def company_restore(request: HttpRequest, desk: Desk, company_id: UUID) -> HttpResponseBase:
    """Bring a company back."""
    return _restored(request, desk, Company, company_id)


@at_desk
@require_POST
def person_archive(request: HttpRequest, desk: Desk, person_id: UUID) -> HttpResponseBase:
    """Put a person away."""
    return _archived(request, desk, Person, person_id)


@at_desk
@require_POST
def person_restore(request: HttpRequest, desk: Desk, person_id: UUID) -> HttpResponseBase:
    """Bring a person back."""
    return _restored(request, desk, Person, person_id)


def _archived(
    request: HttpRequest, desk: Desk, model: type[Company] | type[Person], record_id: UUID
) -> HttpResponseBase:
    found = archive_customer(
        workspace_id=desk.workspace_id, model=model, record_id=record_id, by=actor_of(request), at=desk.at
    )
    kind = "company" if model is Company else "person"
    undo = reverse(f"crm_tenant:{kind}_restore", args=[record_id])
    toasts.done(request, _("%(name)s is put away.") % {"name": found.name}, undo=undo)
    return redirect(f"crm_tenant:{kind}_list")


def _restored(
    request: HttpRequest, desk: Desk, model: type[Company] | type[Person], record_id: UUID
) -> HttpResponseBase:
    found = restore_customer(
        workspace_id=desk.workspace_id, model=model, record_id=record_id, by=actor_of(request), at=desk.at
    )
    toasts.done(request, _("%(name)s is back.") % {"name": found.name})
    kind = "company" if model is Company else "person"
    return redirect(reverse(f"crm_tenant:{kind}", args=[record_id]))
