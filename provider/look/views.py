"""Choosing a language and a theme, on every page and for everybody."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from provider.kernel.doors import public

from . import preferences


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Show everything in the chosen language from now on."""
    return _choose(request, name="language", known=tuple(code for code, _ in settings.LANGUAGES))


@public
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or what the system says."""
    return _choose(request, name="theme", known=preferences.THEMES)


def _choose(request: HttpRequest, *, name: str, known: tuple[str, ...]) -> HttpResponse:
    value = request.POST.get("value", "")
    is_quiet = "application/json" in request.headers.get("Accept", "")
    answer: HttpResponse = HttpResponse(status=204) if is_quiet else HttpResponseRedirect(_back(request))
    if value in known:
        preferences.choose(request=request, answer=answer, name=name, value=value)
    return answer


def _back(request: HttpRequest) -> str:
    """The page the reader came from, if it is ours."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours and wanted else "/"
