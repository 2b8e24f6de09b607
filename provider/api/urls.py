"""The machines' doors: the health of the product, and the API with its pages."""

from collections.abc import Sequence

from django.urls import URLPattern, URLResolver, include, path, re_path

from provider.api import views
from provider.api.api.openapi import document
from provider.api.api.root import api


def _marked(patterns: Sequence[URLPattern | URLResolver]) -> Sequence[URLPattern | URLResolver]:
    """ninja's addresses, marked like every door; which scope opens which of them stands in the OpenAPI document."""
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)
        pattern.callback.access = "api key"  # type: ignore[attr-defined]
    return patterns


_api = [
    path("docs", views.docs, {"document": document}, name="docs"),
    path("problems/", views.problems_page, name="problems"),
    path("problems/<slug:code>", views.problem_page, name="problem"),
    path("openapi.json", views.openapi, {"document": document}, name="openapi"),
    *_marked(api.urls[0]),
]

urlpatterns = [
    path("health/live", views.live, name="health_live"),
    path("health/ready", views.ready, name="health_ready"),
    path("api/v1/", include((_api, "api"))),
    re_path(r"^api/", views.unknown, name="api_unknown"),
]
