"""One recorded event: what it counted, what taking it back would change on the bill, and the act."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from invoices.errors import PreviewOutdated
from invoices.forms.corrections import CorrectionForm
from invoices.operations.corrections import correct_usage
from invoices.rules.changes import Foreseen
from plans.queries.corrections import Corrected, access_event
from plans.queries.volume import access_counted_account
from provider.accounts.models import Account
from provider.kernel import clock
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import toasts

from .shown import shown_change


@allow("usage.view")
@require_safe
def usage_event(request: HttpRequest, account_id: UUID, number: int) -> HttpResponse:
    """What was recorded, and what becomes of the bill without it?"""
    account = access_counted_account(account_id)
    known = access_event(account_id=account.pk, number=number)
    return _page(request, account=account, known=known)


@allow("usage.manage")
@require_POST
def usage_correct(request: HttpRequest, account_id: UUID, number: int) -> HttpResponse:
    """Take it back, as the page has shown."""
    account = access_counted_account(account_id)
    known = access_event(account_id=account.pk, number=number)
    form = CorrectionForm(request.POST)
    if not form.is_valid():
        return _page(request, account=account, known=known, form=form)
    try:
        made = _correct(request, account=account, known=known, **form.cleaned_data)
    except PreviewOutdated as outdated:
        toasts.warn(request, say(outdated))
        return _page(request, account=account, known=known, form=_again(form))
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        return _page(request, account=account, known=known, form=form)
    assert made.result.correction is not None
    toasts.done(request, _("The event is taken back."))
    return redirect("invoices:usage_event", account_id=account.pk, number=number)


def _correct(
    request: HttpRequest, *, account: Account, known: Corrected, reason: str = "", expected: str | None = None
) -> Foreseen[Corrected]:
    """The correction; a preview until something is expected."""
    return correct_usage(
        known=known,
        reason=reason,
        by=actor_of(request),
        at=clock.now_for(test_clock_at=account.test_clock_at),
        expected=expected,
        is_preview=expected is None,
    )


def _again(form: CorrectionForm) -> CorrectionForm:
    """The reason as it was typed, for what is shown now."""
    return CorrectionForm(initial={"reason": form.cleaned_data["reason"]})


def _page(
    request: HttpRequest, *, account: Account, known: Corrected, form: CorrectionForm | None = None
) -> HttpResponse:
    zone = ZoneInfo(account.time_zone)
    context: dict[str, Any] = {
        "account": account,
        "known": known,
        "event": known.event,
        "value": -known.event.value if known.event.is_removal else known.event.value,
        "day": local_day(at=known.event.at, zone=zone),
    }
    if known.correction is None and known.corrects is None:
        context |= _effect(request, account=account, known=known, form=form)
    return render(request, "invoices/usage_event.html", context)


def _effect(request: HttpRequest, *, account: Account, known: Corrected, form: CorrectionForm | None) -> dict[str, Any]:
    try:
        seen = _correct(request, account=account, known=known)
    except Refusal as refusal:  # it cannot be taken back: whoever looks is told why
        return {"trouble": say(refusal)}
    form = form or CorrectionForm()
    form.initial["expected"] = seen.fingerprint
    return {
        "seen": seen,
        "form": form,
        "changes": [shown_change(change, currency=seen.currency) for change in seen.changes],
        "difference": Money(seen.difference_minor, seen.currency),
    }
