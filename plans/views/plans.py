"""The plans of a seller: which there are, which versions each has, who is on them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plans import queries
from plans.forms import PlanForm
from plans.operations import catalogue
from plans.queries import catalogue as reads
from plans.queries.stories import kept_with, played_version
from plans.rules.catalogue import digest_of
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from provider.look import toasts

from .seller import seller_of


@allow("plans.view")
@require_safe
def plan_list(request: HttpRequest) -> HttpResponse:
    """What is sold?"""
    plans = list(reads.plans_of(seller_id=seller_of(request).id))
    versions = [version for plan in plans for version in plan.versions.all()]
    context = {
        "rows": queries.plan_rows(plans, on_version=reads.subscribers_by_version(one.pk for one in versions)),
        "may_change": actor_of(request).may("plans.manage"),
    }
    return render(request, "plans/plans.html", context)


@allow("plans.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def plan_new(request: HttpRequest) -> HttpResponse:
    """What is the new plan called?"""
    form = PlanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            plan = catalogue.create_plan(
                seller_id=seller_of(request).id, code=form.cleaned_data["code"], details=form.details(),
                by=actor_of(request), at=clock.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(refusal.field or None, say(refusal))
        else:
            draft = reads.draft_of(plan)
            toasts.done(request, _("The plan is there, as a draft. Say what it costs, then publish it."))
            return redirect("plans:terms", version_id=draft.pk) if draft else redirect("plans:plan", plan_id=plan.pk)
    return render(request, "plans/plan_form.html", {"form": form})


@allow("plans.view")
@require_safe
def plan_page(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Which version is on sale, which are there besides, and who is on them?"""
    plan = reads.access_plan(seller_id=seller_of(request).id, plan_id=plan_id)
    versions = reads.versions_of(plan)
    contents = reads.contents_of(versions)
    played = played_version(plan)
    context = {
        "plan": plan,
        "history": queries.version_rows(versions, contents, on_version=reads.subscribers_by_version(contents)),
        "draft": next((one for one in versions if one.status == "draft"), None),
        "on_sale": next((one for one in versions if one.status == "published"), None),
        "version": played,
        "kept": kept_with(version=played, digest=digest_of(contents[played.pk])) if played else [],
        "may_change": actor_of(request).may("plans.manage"),
    }
    return render(request, "plans/plan.html", context)


@allow("plans.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def plan_edit(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """How is the plan called and to whom is it shown?"""
    plan = reads.access_plan(seller_id=seller_of(request).id, plan_id=plan_id)
    form = PlanForm(request.POST or None, plan=plan)
    if request.method == "POST" and form.is_valid():
        try:
            catalogue.describe_plan(plan_id=plan.pk, details=form.details(), by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field or None, say(refusal))
        else:
            toasts.done(request, _("Saved. Everybody sees it from now on."))
            return redirect("plans:plan", plan_id=plan.pk)
    return render(request, "plans/plan_form.html", {"form": form, "plan": plan})


@allow("plans.manage")
@require_POST
def plan_archive(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Take a plan out of the lists, or put it back."""
    plan = reads.access_plan(seller_id=seller_of(request).id, plan_id=plan_id)
    is_archived = plan.archived_at is None
    catalogue.archive_plan(plan_id=plan.pk, is_archived=is_archived, by=actor_of(request), at=clock.now())
    toasts.done(request, _("Archived; whoever is on it stays on it.") if is_archived else _("It is in the list again."))
    return redirect("plans:plan", plan_id=plan.pk)


@allow("plans.manage")
@require_POST
def draft_new(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Begin the next version as a copy of the one on sale, or of one that is named."""
    plan = reads.access_plan(seller_id=seller_of(request).id, plan_id=plan_id)
    copied = request.POST.get("copy_of") or ""
    source = next((one for one in reads.versions_of(plan) if str(one.pk) == copied), None)
    draft = catalogue.draft_version(
        plan_id=plan.pk, copy_of=source.pk if source else None, by=actor_of(request), at=clock.now()
    )
    return redirect("plans:version", version_id=draft.pk)
