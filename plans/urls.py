"""Plans, meters and usage; and what visitors may choose."""

from django.urls import path

from .views import plans, prices, versions

app_name = "plans"

_version = [
    path("", versions.version_page, name="version"),
    path("terms/", versions.terms, name="terms"),
    path("preview/", versions.preview_part, name="preview"),
    path("charges/new/<slug:model>/", versions.charge_new, name="charge_new"),
    path("charges/<slug:code>/", versions.charge_edit, name="charge"),
    path("charges/<slug:code>/remove/", versions.charge_remove, name="charge_remove"),
    path("publish/", versions.publish, name="publish"),
    path("withdraw/", versions.withdraw, name="withdraw"),
    path("offer/", versions.offer_again, name="offer_again"),
    path("discard/", versions.discard, name="discard"),
]

urlpatterns = [
    path("prices/", prices.prices, name="prices"),
    path("operator/plans/", plans.plan_list, name="plans"),
    path("operator/plans/new/", plans.plan_new, name="plan_new"),
    path("operator/plans/<uuid:plan_id>/", plans.plan_page, name="plan"),
    path("operator/plans/<uuid:plan_id>/edit/", plans.plan_edit, name="plan_edit"),
    path("operator/plans/<uuid:plan_id>/archive/", plans.plan_archive, name="plan_archive"),
    path("operator/plans/<uuid:plan_id>/draft/", plans.draft_new, name="draft_new"),
    *[
        path(f"operator/plans/versions/<uuid:version_id>/{part.pattern}", part.callback, name=part.name)
        for part in _version
    ],
]
