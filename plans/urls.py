"""Plans, meters and usage; and what visitors may choose."""

from django.urls import path

from .views import inbox, meters, plans, prices, replays, stories, usage, versions

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
    path("replay/", replays.replay_new, name="replay_new"),
    path("replay/who/", replays.replay_who, name="replay_who"),
    path("stories/", stories.stories_part, name="stories_part"),
]

urlpatterns = [
    path("prices/", prices.prices, name="prices"),
    path("my/usage/", usage.own_usage, name="own_usage"),
    path("my/usage/csv/", usage.own_usage_csv, name="own_usage_csv"),
    path("my/usage/<slug:meter>/<slug:day>/", usage.own_usage_day, name="own_usage_day"),
    path("operator/meters/", meters.meter_list, name="meters"),
    path("operator/meters/new/", meters.meter_new, name="meter_new"),
    path("operator/meters/<int:number>/", meters.meter_edit, name="meter_edit"),
    path("operator/meters/<int:number>/archive/", meters.meter_archive, name="meter_archive"),
    path("operator/usage/", usage.usage, name="usage"),
    path("operator/usage/unmatched/", inbox.unmatched, name="unmatched"),
    path("operator/usage/unmatched/replay/", inbox.unmatched_replay, name="unmatched_replay"),
    path("operator/usage/unmatched/put-aside/", inbox.unmatched_dismiss, name="unmatched_dismiss"),
    path("operator/usage/contradictions/", inbox.conflicts, name="conflicts"),
    path("operator/usage/contradictions/put-aside/", inbox.conflicts_dismiss, name="conflicts_dismiss"),
    path("operator/usage/<uuid:account_id>/csv/", usage.usage_csv, name="usage_csv"),
    path("operator/usage/<uuid:account_id>/<slug:meter>/<slug:day>/", usage.usage_day, name="usage_day"),
    path("operator/plans/", plans.plan_list, name="plans"),
    path("operator/plans/new/", plans.plan_new, name="plan_new"),
    path("operator/plans/<uuid:plan_id>/", plans.plan_page, name="plan"),
    path("operator/plans/<uuid:plan_id>/edit/", plans.plan_edit, name="plan_edit"),
    path("operator/plans/<uuid:plan_id>/archive/", plans.plan_archive, name="plan_archive"),
    path("operator/plans/<uuid:plan_id>/draft/", plans.draft_new, name="draft_new"),
    path("operator/plans/<uuid:plan_id>/stories/new/", stories.story_new, name="story_new"),
    path("operator/plans/<uuid:plan_id>/stories/play/", stories.stories_play, name="stories_play"),
    path("operator/plans/replays/<uuid:replay_id>/", replays.replay_page, name="replay"),
    path("operator/plans/stories/<uuid:story_id>/", stories.story_page, name="story"),
    path("operator/plans/stories/<uuid:story_id>/part/", stories.story_part, name="story_part"),
    path("operator/plans/stories/<uuid:story_id>/edit/", stories.story_edit, name="story_edit"),
    path("operator/plans/stories/<uuid:story_id>/drop/", stories.story_drop, name="story_drop"),
    *[
        path(f"operator/plans/versions/<uuid:version_id>/{part.pattern}", part.callback, name=part.name)
        for part in _version
    ],
]
