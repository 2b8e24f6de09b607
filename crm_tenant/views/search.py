"""One search over companies, people and deals; and names to choose from while one types."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm_tenant.models import Company, Person
from crm_tenant.queries.desk import Desk
from crm_tenant.queries.records import find, names_like
from provider.look.tables.spec import clean_text

from .desk import at_desk

_MODELS: dict[str, type[Company] | type[Person]] = {"company": Company, "person": Person}


@at_desk
@require_safe
def search(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Where is it?"""
    words = clean_text(request.GET.get("q", ""))
    return render(request, "crm_tenant/search.html", {"desk": desk, "words": words, "found": find(words)})


@at_desk
@require_safe
def suggest(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The first that fit, while one types."""
    words = clean_text(request.GET.get("q", ""))
    return render(request, "crm_tenant/parts/suggestions.html", {"found": find(words, limit=5)})


@at_desk
@require_safe
def names(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    """Names of companies or people, for a field in which one types."""
    found = names_like(_MODELS[kind], clean_text(request.GET.get("q", ""))) if kind in _MODELS else []
    return render(request, "crm_tenant/parts/names.html", {"names": found})
