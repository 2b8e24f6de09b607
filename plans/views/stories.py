"""Stories kept with a plan: what a customer goes through, what was billed, and what was expected instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plans.forms import StoryForm
from plans.models import Plan, PlanVersion, Story
from plans.operations import stories
from plans.queries import catalogue as reads
from plans.queries.stories import Kept, access_story, given_with, kept_with, played_version
from plans.rules.calendar import Interval
from plans.rules.catalogue import digest_of
from plans.rules.story import StoryTrouble, read_story
from plans.rules.story.sample import sample_story
from plans.rules.usage import SALES
from provider.kernel import clock
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.wording import say
from provider.look import toasts

from .seller import seller_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A difference as the page shows it."""

    line: int
    subject: str
    expected: str
    got: str
    text: str


@allow("plans.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def story_new(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """What does a customer of this plan go through?"""
    plan = reads.access_plan(seller_id=seller_of(request).id, plan_id=plan_id)
    form = StoryForm(request.POST or None, request.FILES or None, initial={"content": _sample(plan)})
    if request.method == "POST" and form.is_valid():
        try:
            story = stories.keep_story(
                plan_id=plan.pk, content=form.cleaned_data["content"], by=actor_of(request), at=clock.now()
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, say(refusal))
        else:
            toasts.done(request, _("Kept. It is played now."))
            return redirect("plans:story", story_id=story.pk)
    return render(request, "plans/story_form.html", {"plan": plan, "form": form})


@allow("plans.view")
@require_safe
def story_page(request: HttpRequest, story_id: UUID) -> HttpResponse:
    """What was billed in this story, and is it what was expected?"""
    return render(request, "plans/story.html", _context(request, _story(request, story_id)))


@allow("plans.view")
@require_safe
def story_part(request: HttpRequest, story_id: UUID) -> HttpResponse:
    """The same, while it is waited for."""
    return render(request, "plans/parts/story.html", _context(request, _story(request, story_id)))


@allow("plans.view")
@require_safe
def stories_part(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """How did the stories of a version end, while it is waited for?"""
    version = reads.access_version(seller_id=seller_of(request).id, version_id=version_id)
    kept = kept_with(version=version, digest=digest_of(reads.content_of(version)))
    waits = any(one.state == "waiting" for one in kept)
    if not waits and version.status == "draft" and "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})  # what may be published has changed with it
    context = {"version": version, "plan": version.plan, "kept": kept, "is_draft": version.status == "draft"}
    return render(request, "plans/parts/stories.html", context | {"may_change": actor_of(request).may("plans.manage")})


@allow("plans.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def story_edit(request: HttpRequest, story_id: UUID) -> HttpResponse:
    """What does the story tell from now on?"""
    story = _story(request, story_id)
    form = StoryForm(request.POST or None, request.FILES or None, initial={"content": story.content})
    if request.method == "POST" and form.is_valid():
        try:
            stories.change_story(
                story_id=story.pk, content=form.cleaned_data["content"], by=actor_of(request), at=clock.now()
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, say(refusal))
        else:
            toasts.done(request, _("Saved. It is played now."))
            return redirect("plans:story", story_id=story.pk)
    return render(request, "plans/story_form.html", {"plan": story.plan, "story": story, "form": form})


@allow("plans.manage")
@require_POST
def story_drop(request: HttpRequest, story_id: UUID) -> HttpResponse:
    """Keep the story no more."""
    story = _story(request, story_id)
    reason = request.POST.get("reason", "").strip()[:400]
    stories.drop_story(story_id=story.pk, reason=reason, by=actor_of(request), at=clock.now())
    toasts.done(request, _("The story is gone."))
    return _back(story.plan)


@allow("plans.manage")
@require_POST
def stories_play(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Play all stories of the plan once more."""
    plan = reads.access_plan(seller_id=seller_of(request).id, plan_id=plan_id)
    stories.play_again(plan_id=plan.pk, by=actor_of(request), at=clock.now())
    toasts.done(request, _("The stories are played once more."))
    return _back(plan)


def _back(plan: Plan) -> HttpResponse:
    version = played_version(plan)
    return redirect("plans:version", version_id=version.pk) if version else redirect("plans:plan", plan_id=plan.pk)


def _story(request: HttpRequest, story_id: UUID) -> Story:
    return access_story(seller_id=seller_of(request).id, story_id=story_id)


def _context(request: HttpRequest, story: Story) -> dict[str, Any]:
    version = played_version(story.plan)
    kept = _kept(story, version) if version else None
    result = kept.result if kept else None
    zone = _zone_of(story)
    return {
        "story": story,
        "plan": story.plan,
        "version": version,
        "kept": kept,
        "wrong": list(_wrong(result.differences)) if result else [],
        "documents": _documents(result.told, zone=zone) if result else [],
        "wrong_lines": {one["line"] for one in result.differences} if result else set(),
        "lines": list(enumerate(story.content.splitlines(), start=1)),
        "poll": reverse("plans:story_part", args=[story.pk]) if kept and kept.state == "waiting" else "",
        "may_change": actor_of(request).may("plans.manage"),
    }


def _kept(story: Story, version: PlanVersion) -> Kept:
    found = kept_with(version=version, digest=digest_of(reads.content_of(version)))
    mine = next((one for one in found if one.story.pk == story.pk), None)
    if mine is None:
        raise NotFound()
    return mine


def _zone_of(story: Story) -> ZoneInfo:
    try:
        return read_story(story.content, given=given_with(story.plan)).zone
    except StoryTrouble:  # it was readable when it was kept: a meter has gone since, and its result says so
        return ZoneInfo(story.plan.seller.time_zone)


def _documents(told: dict[str, Any], *, zone: ZoneInfo) -> list[dict[str, Any]]:
    """What was billed, with days of the story's zone."""
    return [
        document
        | {
            "day": _day(document["at"], zone),
            "lines": [
                line | {"start": _day(line["from"], zone), "end": _day(line["to"], zone)} for line in document["lines"]
            ],
        }
        for document in told.get("documents", [])
    ]


def _day(instant: str | None, zone: ZoneInfo) -> date | None:
    return local_day(at=datetime.fromisoformat(instant), zone=zone) if instant else None


def _wrong(differences: list[dict[str, Any]]) -> Iterator[Wrong]:
    for one in differences:
        subject = " · ".join(part for part in (one["of"], one["key"]) if part)
        sentence: str = one["text"]
        text = sentence and translation.gettext(sentence)
        yield Wrong(
            line=one["line"], subject=subject, expected=one["expected"], got=one["got"],
            text=text % one["facts"] if one["facts"] else text,
        )  # fmt: skip


def _sample(plan: Plan) -> str:
    version = played_version(plan)
    content = reads.content_of(version) if version else None
    today = clock.now().date()
    meters = {charge.meter_name for charge in content.charges} if content else set()
    currencies = content.currencies if content else ()
    return sample_story(
        plan=plan.code,
        currency=next(iter(currencies), plan.seller.currency),
        zone=plan.seller.time_zone,
        start=today.replace(day=1),
        interval=content.interval if content else Interval(months=1),
        has_seats="seats" in meters,
        has_sales=SALES in meters,
        has_trial=bool(content and content.trial_days),
    )
