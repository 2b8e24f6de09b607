"""The rep's day."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from provider.kernel import clock
from provider.kernel.doors import allow


@allow("crm.use")
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """What is to be done today?"""
    return render(request, "crm_tenant/today.html", {"now": clock.now()})
