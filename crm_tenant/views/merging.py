"""Merging: which record is the same as this one, and parting them again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm_tenant.models import Company, Person
from crm_tenant.operations.merging import merge_customers, undo_merge
from crm_tenant.queries.desk import Desk, access_company, access_person
from crm_tenant.queries.merging import doubles, twins_of
from provider.kernel.doors import actor_of
from provider.kernel.errors import NotFound
from provider.look import toasts
from provider.look.tables.spec import clean_text

from .desk import at_desk

_MODELS: dict[str, type[Company] | type[Person]] = {"company": Company, "person": Person}
_ACCESS: dict[str, Any] = {"company": access_company, "person": access_person}


@at_desk
@require_safe
def double_list(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Who is there twice?"""
    context = {"desk": desk, "companies": doubles(Company), "people": doubles(Person)}
    return render(request, "crm_tenant/doubles.html", context)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def customer_merge(request: HttpRequest, desk: Desk, kind: str, record_id: UUID) -> HttpResponseBase:
    """Which other record is the same as this one?"""
    if kind not in _MODELS:
        raise NotFound()
    kept = _ACCESS[kind](record_id)
    if request.method == "POST":
        return _merged(request, desk, kind=kind, kept_id=kept.id)
    words = clean_text(request.GET.get("q", ""))
    context = {"desk": desk, "record": kept, "kind": kind, "words": words, "twins": twins_of(kept, words=words)}
    return render(request, "crm_tenant/merge.html", context)


def _merged(request: HttpRequest, desk: Desk, *, kind: str, kept_id: UUID) -> HttpResponseBase:
    try:
        gone_id = UUID(request.POST.get("gone", "") or request.GET.get("gone", ""))
    except ValueError:
        raise NotFound() from None
    gone = _ACCESS[kind](gone_id)
    merge = merge_customers(
        workspace_id=desk.workspace_id, model=_MODELS[kind], kept_id=kept_id, gone_id=gone_id, by=actor_of(request),
        at=desk.at,
    )  # fmt: skip
    undo = reverse("crm_tenant:merge_undo", args=[merge.id])
    toasts.done(request, _("%(name)s is merged into this one.") % {"name": gone.name}, undo=undo)
    return redirect(reverse(f"crm_tenant:{kind}", args=[kept_id]))


@at_desk
@require_POST
def merge_undo(request: HttpRequest, desk: Desk, merge_id: UUID) -> HttpResponseBase:
    """Part two records that were merged."""
    gone = undo_merge(workspace_id=desk.workspace_id, merge_id=merge_id, by=actor_of(request), at=desk.at)
    toasts.done(request, _("%(name)s stands by itself again.") % {"name": gone.name})
    kind = "company" if isinstance(gone, Company) else "person"
    return redirect(reverse(f"crm_tenant:{kind}", args=[gone.id]))
