"""One version of a plan: what it costs, on which terms, what customers would pay; and, while a draft, the editor."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plans.errors import ChargeGone
from plans.forms import ChargeForm, TermsForm
from plans.forms.charges import SPARE_TIERS
from plans.models import PlanVersion, VersionStatus
from plans.operations import catalogue
from plans.queries import catalogue as reads
from plans.queries.stories import kept_with
from plans.rules.catalogue import (
    Charge,
    Unnamed,
    Version,
    differences_of,
    digest_of,
    faults_in_charge,
    gaps_in,
    unlike_in,
    unnamed_in,
)
from plans.rules.catalogue.words import MODEL_NAMES, model_of
from plans.templatetags.catalogue import own_name
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.wording import say
from provider.look import toasts

from .preview import figures_of, size_rows
from .seller import seller_of


@allow("plans.view")
@require_safe
def version_page(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """What does this version cost, and whom does what it changes touch?"""
    version = _version(request, version_id)
    content = reads.content_of(version)
    on_sale = reads.version_on_sale(version.plan)
    digest = digest_of(content)
    before = reads.compared_with(version)
    context = _context(request, version=version, content=content) | {
        "before": before,
        "differences": differences_of(reads.content_of(before), content) if before else [],
        "gaps": [say(gap) for gap in (*unlike_in(content), *gaps_in(content))],
        "unnamed": _unnamed(version, content) if _is_draft(version) else [],
        "kept": (kept := kept_with(version=version, digest=digest)),
        "unproven": [one for one in kept if one.state != "passed"] if _is_draft(version) else [],
        "subscriber_count": reads.subscribers_by_version([version.pk]).get(version.pk, 0),
        "on_sale": on_sale,
        "on_sale_count": reads.subscribers_by_version([on_sale.pk]).get(on_sale.pk, 0) if on_sale else 0,
        "elsewhere_count": reads.subscribers_of_other_versions(version),
        "models": list(MODEL_NAMES),
    }
    return render(request, "plans/version.html", context)


@allow("plans.view")
@require_POST
def preview_part(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """What would the three customers pay, with what is typed at this moment?"""
    version = _version(request, version_id)
    content = reads.content_of(version)
    typed = _typed_charge(request, version=version, content=content)
    if typed is not None:
        content = content.with_charge(typed, instead_of=request.POST.get("instead_of", ""))
    context = _figures(request, version=version, content=content)
    context["is_behind"] = "model" in request.POST and typed is None
    return render(request, "plans/parts/figures.html", context)


@allow("plans.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """How long is a period, in which currencies, with which trial, grace and limits?"""
    version = _draft(request, version_id)
    content = reads.content_of(version)
    usual = seller_of(request).currency
    form = TermsForm(request.POST or None, content=content, usual_currency=usual, note=version.note)
    if request.method == "POST" and form.is_valid():
        try:
            catalogue.change_draft(
                version_id=version.pk, change=form.content_with, note=form.cleaned_data["note"],
                by=actor_of(request), at=clock.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("Saved."))
            return redirect("plans:version", version_id=version.pk)
    return render(request, "plans/terms.html", _context(request, version=version, content=content) | {"form": form})


@allow("plans.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def charge_new(request: HttpRequest, version_id: UUID, model: str) -> HttpResponse:
    """What does the new charge cost?"""
    if model not in MODEL_NAMES:
        raise NotFound()
    version = _draft(request, version_id)
    return _edit_charge(request, version=version, model=model, charge=None)


@allow("plans.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def charge_edit(request: HttpRequest, version_id: UUID, code: str) -> HttpResponse:
    """What does this charge cost from this version on?"""
    version = _draft(request, version_id)
    charge = reads.content_of(version).charge(code)
    if charge is not None:
        return _edit_charge(request, version=version, model=model_of(charge), charge=charge)
    model = request.POST.get("model", "")
    if model not in MODEL_NAMES:
        raise NotFound()
    return _removed_meanwhile(request, version=version, model=model, gone=ChargeGone(charge=code))


def _removed_meanwhile(request: HttpRequest, *, version: PlanVersion, model: str, gone: ChargeGone) -> HttpResponse:
    """What was typed stays on the page; saved from there it is a new charge."""
    content = reads.content_of(version)
    form = _charge_form(request, version=version, content=content, model=model, charge=None)
    form.add_error(None, say(gone))
    context = {"form": form, "charge": None, "model": model, "is_gone": True}
    return render(
        request, "plans/charge.html", _context(request, version=version, content=content) | context, status=gone.status
    )


def _edit_charge(request: HttpRequest, *, version: PlanVersion, model: str, charge: Charge | None) -> HttpResponse:
    content = reads.content_of(version)
    form = _charge_form(request, version=version, content=content, model=model, charge=charge)
    wants_rows = "more" in request.POST
    if request.method == "POST" and not wants_rows and form.is_valid():
        try:
            catalogue.put_charge(
                version_id=version.pk, charge=form.value(), instead_of=charge.code if charge else "",
                by=actor_of(request), at=clock.now(),
            )  # fmt: skip
        except ChargeGone as gone:
            return _removed_meanwhile(request, version=version, model=model, gone=gone)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("Saved."))
            return redirect("plans:version", version_id=version.pk)
    context = _context(request, version=version, content=content) | {"form": form, "charge": charge, "model": model}
    unlike = [one for one in unlike_in(content) if charge and one.facts["charge"] == charge.code]
    return render(request, "plans/charge.html", context | {"unlike": unlike[0].facts if unlike else None})


@allow("plans.manage")
@require_POST
def charge_remove(request: HttpRequest, version_id: UUID, code: str) -> HttpResponse:
    """Take a charge out of the draft."""
    version = _draft(request, version_id)
    catalogue.remove_charge(version_id=version.pk, code=code, by=actor_of(request), at=clock.now())
    toasts.done(request, _("The charge is out of the draft."))
    return redirect("plans:version", version_id=version.pk)


@allow("plans.manage")
@require_POST
def publish(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Make the draft what new subscribers get."""
    version = _version(request, version_id)
    catalogue.publish_version(version_id=version.pk, by=actor_of(request), at=clock.now())
    toasts.done(request, _("Version %(number)s is on sale.") % {"number": version.number})
    return redirect("plans:plan", plan_id=version.plan_id)


@allow("plans.manage")
@require_POST
def withdraw(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Sell a version no more."""
    version = _version(request, version_id)
    reason = request.POST.get("reason", "").strip()[:400]
    catalogue.withdraw_version(version_id=version.pk, reason=reason, by=actor_of(request), at=clock.now())
    toasts.done(request, _("Version %(number)s is sold no more.") % {"number": version.number})
    return redirect("plans:plan", plan_id=version.plan_id)


@allow("plans.manage")
@require_POST
def offer_again(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Sell a withdrawn version again."""
    version = _version(request, version_id)
    reason = request.POST.get("reason", "").strip()[:400]
    catalogue.offer_version_again(version_id=version.pk, reason=reason, by=actor_of(request), at=clock.now())
    toasts.done(request, _("Version %(number)s is on sale.") % {"number": version.number})
    return redirect("plans:plan", plan_id=version.plan_id)


@allow("plans.manage")
@require_POST
def discard(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Throw a draft away."""
    version = _version(request, version_id)
    catalogue.discard_draft(version_id=version.pk, by=actor_of(request), at=clock.now())
    toasts.done(request, _("The draft is gone."))
    return redirect("plans:plan", plan_id=version.plan_id)


# --- Shared ---


def _version(request: HttpRequest, version_id: UUID) -> PlanVersion:
    return reads.access_version(seller_id=seller_of(request).id, version_id=version_id)


def _draft(request: HttpRequest, version_id: UUID) -> PlanVersion:
    """The version, if it can still be edited; the operation refuses a published one by name."""
    version = _version(request, version_id)
    if not _is_draft(version) and request.method != "POST":
        raise NotFound()
    return version


def _is_draft(version: PlanVersion) -> bool:
    return version.status == VersionStatus.DRAFT


def _context(request: HttpRequest, *, version: PlanVersion, content: Version) -> dict[str, Any]:
    return {
        "plan": version.plan,
        "version": version,
        "content": content,
        "charges": _with_meters(version, content),
        "is_draft": _is_draft(version),
        "may_change": actor_of(request).may("plans.manage"),
        **_figures(request, version=version, content=content),
    }


def _figures(request: HttpRequest, *, version: PlanVersion, content: Version) -> dict[str, Any]:
    data = request.POST if "currency" in request.POST else request.GET
    wanted = data.get("currency", "")
    currency = wanted if wanted in content.currencies else next(iter(content.currencies), "")
    meters = _meters_shown(version, content)
    sizes = size_rows(meters, data=data, entitlements=content.entitlements)
    return {
        "currency": currency,
        "sizes": sizes,
        "figures": figures_of(content, currency=currency, sizes=sizes, on_sale=_compared_with(version))
        if currency and content.charges
        else None,
    }


def _with_meters(version: PlanVersion, content: Version) -> list[tuple[Charge, str]]:
    """The charges, each with what it is measured by, as the reader calls it."""
    names = {row.code: own_name(row) for row in reads.meters_of(seller_id=version.plan.seller_id)}
    return [(charge, names.get(charge.meter_name, charge.meter_name)) for charge in content.charges]


def _meters_shown(version: PlanVersion, content: Version) -> list[Any]:
    """Seats and records always, for they are what a CRM is sold by, and whatever else is priced."""
    shown = {"seats", "records"} | {charge.meter_name for charge in content.charges}
    rows = reads.meters_of(seller_id=version.plan.seller_id)
    return sorted((row for row in rows if row.code in shown), key=lambda row: (row.code != "seats", row.code))


def _unnamed(version: PlanVersion, content: Version) -> list[Unnamed]:
    plan = version.plan
    meters = {row.code: (row.name, row.name_hans, row.name_hant) for row in _meters_shown(version, content)}
    return list(unnamed_in(content, plan=(plan.code, (plan.name, plan.name_hans, plan.name_hant)), meters=meters))


def _compared_with(version: PlanVersion) -> tuple[int, Version] | None:
    on_sale = reads.version_on_sale(version.plan)
    if on_sale is None or on_sale.pk == version.pk:
        return None
    return on_sale.number, reads.content_of(on_sale)


def _charge_form(
    request: HttpRequest, *, version: PlanVersion, content: Version, model: str, charge: Charge | None
) -> ChargeForm:
    meters = {
        row.code: (own_name(row), reads.meter_terms(row))
        for row in reads.chargeable_meters(
            seller_id=version.plan.seller_id, besides=charge.meter_name if charge else ""
        )
    }
    return ChargeForm(
        request.POST or None, model=model, content=content, meters=meters, charge=charge,
        spare=SPARE_TIERS + (3 if "more" in request.POST else 0),
    )  # fmt: skip


def _typed_charge(request: HttpRequest, *, version: PlanVersion, content: Version) -> Charge | None:
    """The charge that is being edited, as far as it makes sense already."""
    model = request.POST.get("model", "")
    if model not in MODEL_NAMES:
        return None
    instead_of = request.POST.get("instead_of", "")
    charge = content.charge(instead_of)
    if instead_of and charge is None:  # a colleague has removed it: saving says so
        return None
    form = _charge_form(request, version=version, content=content, model=model, charge=charge)
    form.fields["name"].required = False
    form.fields["code"].required = False
    if not form.is_valid():
        return None
    form.cleaned_data["code"] = form.cleaned_data["code"] or "new"
    typed = form.value()
    return None if any(faults_in_charge(typed, interval=content.interval)) else typed
