"""An operator starts a subscription: the plan, from when on, and how; what it would bill is shown, then made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from invoices.errors import PreviewOutdated
from invoices.forms.starting import StartForm, StartScene
from invoices.operations.subscriptions import NewSubscription, Outcome, start_subscription
from invoices.queries.acting import access_customer, charges_by_number
from invoices.queries.starting import free_code, plans_to_start
from plans.queries.catalogue import Offer
from plans.queries.terms import Sold, sold_version
from plans.rules.catalogue.naming import in_language
from provider.accounts.models import Account
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.idempotency import FORM_FIELD, once_form
from provider.kernel.wording import say
from provider.look import toasts

from .acts import EXPECTED
from .choices import plan_choices
from .effects import Seen, seen_of_start


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One plan for one account, by whom and when."""

    account: Account
    terms: Sold
    scene: StartScene
    by: Actor
    at: datetime

    @property
    def plan(self) -> str:
        """What the plan is called."""
        return in_language(self.terms.names, get_language() or "en")

    def start(self, wish: NewSubscription, *, reason: str, **more: Any) -> Outcome:
        """The verb with what was chosen."""
        return start_subscription(account_id=self.account.id, wish=wish, by=self.by, at=self.at, reason=reason, **more)


@allow("accounts.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Which plan, from when on, for how much?"""
    account = access_customer(account_id)
    offered = plans_to_start(seller_id=account_of(request).id, currency=account.currency)
    chosen = request.POST.get("version") or request.GET.get("version", "")
    offer = next((one for one in offered if str(one.version.id) == chosen), None)
    if offer is None:
        if chosen:
            raise NotFound()
        return _choose(request, account=account, offered=offered)
    return _answer(request, _case(request, account=account, offer=offer))


def _choose(request: HttpRequest, *, account: Account, offered: list[Offer]) -> HttpResponse:
    choices = plan_choices(offered, currency=account.currency)
    context = {"account": account, "choices": choices, "back": _back(account)}
    return render(request, "invoices/start_choose.html", context)


def _case(request: HttpRequest, *, account: Account, offer: Offer) -> Case:
    at, zone = clock.now_for(test_clock_at=account.test_clock_at), ZoneInfo(account.time_zone)
    terms = sold_version(version_id=offer.version.id, currency=account.currency)
    scene = StartScene(
        version_id=offer.version.id,
        code=free_code(account_id=account.id, plan=offer.plan),
        zone=zone,
        today=local_day(at=at, zone=zone),
        is_main=offer.plan.grants_crm,
        charges=charges_by_number(terms, language=get_language() or "en"),
        usual={charge.code: charge.quantity or Decimal(0) for charge in terms.terms.charges},
    )
    return Case(account=account, terms=terms, scene=scene, by=actor_of(request), at=at)


def _answer(request: HttpRequest, case: Case) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = StartForm(sent, scene=case.scene)
    if not form.is_bound or not form.is_valid() or (sent and "change" in sent):
        return _page(request, case, form)
    wish, reason = form.wish(), form.cleaned_data["reason"]
    try:
        if sent is not None and EXPECTED in sent:
            return _done(request, case, wish, reason=reason)
        outcome = case.start(wish, reason=reason, is_preview=True)
        return _page(request, case, form, seen=seen_of_start(outcome, wish=wish, plan=case.plan, at=case.at))
    except PreviewOutdated as refusal:
        seen = seen_of_start(cast(Outcome, refusal.preview), wish=wish, plan=case.plan, at=case.at)
        return _page(request, case, form, seen=seen, is_outdated=True)
    except Refusal as refusal:
        field = {"starts_at": "on", "ends_at": "until"}.get(refusal.field, refusal.field)
        form.add_error(field if field in form.fields else None, say(refusal))
        return _page(request, case, form)


def _done(request: HttpRequest, case: Case, wish: NewSubscription, *, reason: str) -> HttpResponse:
    """Do it once, however often it is sent."""

    def act() -> str:
        outcome = case.start(wish, reason=reason, expected=request.POST[EXPECTED])
        _tell(request, outcome)
        return _back(case.account)

    name = f"subscription-start-{case.account.id}"
    form_key = request.POST.get(FORM_FIELD, "")
    return redirect(once_form(form=name, form_key=form_key, by=case.by, at=clock.now(), act=act).url)


def _tell(request: HttpRequest, outcome: Outcome) -> None:
    invoices = [one for one in outcome.documents if one.kind == "invoice"]
    if not invoices:
        toasts.done(request, _("Done."))
        return
    text = _("Done. Invoice %(number)s was made.") % {"number": invoices[-1].number}
    href = reverse("invoices:invoice", args=[invoices[-1].id])
    toasts.done(request, text, href=href, label=_("Show it"))


def _back(account: Account) -> str:
    return reverse("console:account_subscription", args=[account.id])


def _page(
    request: HttpRequest, case: Case, form: StartForm, *, seen: Seen | None = None, is_outdated: bool = False
) -> HttpResponse:
    context = {
        "case": case,
        "account": case.account,
        "form": form,
        "seen": seen,
        "is_outdated": is_outdated,
        "kept": [(name, value) for name, value in form.data.items() if name in form.fields] if seen else [],
        "back": _back(case.account),
    }
    return render(request, "invoices/start.html", context)
