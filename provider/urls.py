"""Every door of the product, by portal."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("provider.accounts.urls")),
    path("", include("provider.kernel.urls")),
    path("look/", include("provider.look.urls")),
    path("dev/look/", include("provider.look.gallery")),  # has no doors in production
    path("", include("provider.messages.urls")),
    path("", include("provider.api.urls")),
    path("", include("plans.urls")),
    path("", include("provider.console.urls")),
    path("", include("provider.portal.urls")),
    path("", include("prepaid_cards.urls")),
    path("", include("resellers.urls")),
    path("", include("invoices.urls")),
    path("", include("crm_tenant.urls")),
]

handler400 = "provider.look.failures.bad_request"
handler403 = "provider.look.failures.not_allowed"
handler404 = "provider.look.failures.not_found"
handler500 = "provider.look.failures.failed"
