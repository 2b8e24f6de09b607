"""Every door of the product, by portal."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/", include("allauth.urls")),
    path("look/", include("provider.look.urls")),
    path("", include("provider.api.urls")),
]
