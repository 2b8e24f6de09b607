"""One act on a subscription in two steps: choose and see what it would make, then confirm exactly that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from invoices.errors import PreviewOutdated
from invoices.forms.acts import ActForm, AnchorForm, CancelForm, ExtendForm, LaterForm, PlanForm, QuantityForm, Scene
from invoices.operations import subscriptions
from invoices.operations.extending import extend_access
from invoices.operations.subscriptions import Outcome
from invoices.queries.acting import (
    access_customer,
    acts_of,
    charges_by_number,
    plans_for,
    quantities_at,
    terms_of,
)
from invoices.rules.acts import TITLES
from plans.errors import SubscriptionStateForbids
from plans.models import SubscriptionStatus
from plans.queries.standing import Served, access_subscription, period_end_of
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

from .choices import plan_choices
from .effects import Seen, seen_of

FORMS: Final[Mapping[str, type[ActForm]]] = {
    "plan": PlanForm,
    "quantity": QuantityForm,
    "anchor": AnchorForm,
    "pause": ActForm,
    "resume": ActForm,
    "reactivate": ActForm,
    "withdraw": ActForm,
    "extend": ExtendForm,
    "cancel": CancelForm,
}
VERBS: Final[Mapping[str, Callable[..., Outcome]]] = {
    "plan": subscriptions.change_plan,
    "quantity": subscriptions.set_quantity,
    "anchor": subscriptions.set_anchor,
    "pause": subscriptions.pause,
    "resume": subscriptions.resume,
    "reactivate": subscriptions.reactivate,
    "withdraw": subscriptions.withdraw,
    "extend": extend_access,
    "cancel": subscriptions.cancel,
}
EXPECTED: Final = "expected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One act on one subscription, by whom and when."""

    act: str
    account: Account
    served: Served
    is_operator: bool
    by: Actor
    at: datetime

    @property
    def back(self) -> str:
        """Where the page came from, and leads to when it is done."""
        if self.is_operator:
            return reverse("console:account_subscription", args=[self.account.id])
        return reverse("invoices:own_subscription")

    def form(self, data: Mapping[str, Any] | None) -> ActForm:
        """The choice, empty or as it was sent."""
        return FORMS[self.act](data, scene=self.scene())

    def scene(self) -> Scene:
        """What the form shows."""
        row = self.served.row
        terms = terms_of(self.served)
        language = get_language() or "en"
        is_paid = row.pays == "prepaid" and row.paid_until is not None and row.paid_until > self.at
        is_served = row.status == SubscriptionStatus.ACTIVE
        zone = ZoneInfo(row.time_zone)
        ends_at = self.served.access_ends_at
        return Scene(
            is_operator=self.is_operator,
            zone=zone,
            today=local_day(at=self.at, zone=zone),
            access_end=local_day(at=ends_at, zone=zone) if ends_at else None,
            period_end=period_end_of(row, at=self.at) if is_served else None,
            paid_until=row.paid_until if is_paid else None,
            plans=plan_choices(plans_for(self.served, is_operator=self.is_operator), currency=row.currency),
            charges=charges_by_number(terms, language=language) if terms else (),
            quantities=quantities_at(self.served, at=self.at),
        )

    def do(self, form: ActForm, **more: Any) -> Outcome:
        """The verb with what was chosen."""
        return VERBS[self.act](
            account_id=self.account.id,
            subscription_id=self.served.row.id,
            by=self.by,
            at=self.at,
            reason=form.cleaned_data.get("reason", ""),
            **form.facts(),
            **more,
        )


@allow("subscription.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def own_act(request: HttpRequest, subscription_id: UUID, act: str) -> HttpResponse:
    """What would this change of our subscription do? Then: do it."""
    account = account_of(request)
    return _answer(request, _case(request, account=account, subscription_id=subscription_id, act=act))


@allow("accounts.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def operators_act(request: HttpRequest, account_id: UUID, subscription_id: UUID, act: str) -> HttpResponse:
    """What would this change of a customer's subscription do? Then: do it, with a reason."""
    account = access_customer(account_id)
    return _answer(request, _case(request, account=account, subscription_id=subscription_id, act=act, is_operator=True))


def _case(
    request: HttpRequest, *, account: Account, subscription_id: UUID, act: str, is_operator: bool = False
) -> Case:
    served = access_subscription(account_id=account.id, subscription_id=subscription_id)
    if act not in VERBS:
        raise NotFound()
    if act not in acts_of(served, is_operator=is_operator):
        raise SubscriptionStateForbids(status=served.row.status)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    return Case(act=act, account=account, served=served, is_operator=is_operator, by=actor_of(request), at=at)


def _answer(request: HttpRequest, case: Case) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = case.form({} if sent is None and not case.form(None).fields else sent)
    if not form.is_bound or not form.is_valid() or (sent and "change" in sent):
        return _page(request, case, form)
    try:
        if sent is not None and EXPECTED in sent:
            return _done(request, case, form)
        return _page(request, case, form, seen=_look(case, form))
    except PreviewOutdated as refusal:
        seen = _seen(cast(Outcome, refusal.preview), case=case, form=form)
        return _page(request, case, form, seen=seen, is_outdated=True)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        return _page(request, case, form)


def _look(case: Case, form: ActForm) -> Seen:
    return _seen(case.do(form, is_preview=True), case=case, form=form)


def _seen(outcome: Outcome, *, case: Case, form: ActForm) -> Seen:
    return seen_of(outcome, act=case.act, served=case.served, facts=form.facts(), at=case.at)


def _done(request: HttpRequest, case: Case, form: ActForm) -> HttpResponse:
    """Do it once, however often it is sent."""
    sent = request.POST

    def act() -> str:
        outcome = case.do(form, expected=sent[EXPECTED])
        _tell(request, case, outcome)
        return case.back

    name = f"subscription-{case.act}-{case.served.row.id}"
    outcome = once_form(form=name, form_key=sent.get(FORM_FIELD, ""), by=case.by, at=clock.now(), act=act)
    return redirect(outcome.url)


def _tell(request: HttpRequest, case: Case, outcome: Outcome) -> None:
    invoices = [one for one in outcome.documents if one.kind == "invoice"]
    if not invoices:
        toasts.done(request, _("Done."))
        return
    name = "invoices:invoice" if case.is_operator else "invoices:own_invoice"
    text = _("Done. Invoice %(number)s was made.") % {"number": invoices[-1].number}
    toasts.done(request, text, href=reverse(name, args=[invoices[-1].id]), label=_("Show it"))


def _page(
    request: HttpRequest, case: Case, form: ActForm, *, seen: Seen | None = None, is_outdated: bool = False
) -> HttpResponse:
    context = {
        "case": case,
        "account": case.account,
        "served": case.served,
        "title": _(TITLES[case.act]),
        "form": form,
        "seen": seen,
        "is_outdated": is_outdated,
        "others": _others(case, form) if seen else [],
        "kept": [(name, value) for name, value in form.data.items() if name in form.fields] if seen else [],
        "back": case.back,
    }
    return render(request, "invoices/act.html", context)


def _others(case: Case, form: ActForm) -> list[tuple[str, Seen, list[tuple[str, Any]]]]:
    """The other times at which it could be done, each with what it would make then: chosen, not guessed."""
    if not isinstance(form, LaterForm):
        return []
    found = []
    for when, label in form.times():
        if when in ("on", form.cleaned_data["when"]):
            continue
        data = {name: form.data[name] for name in form.fields if name in form.data} | {"when": when}
        other = case.form(data)
        if not other.is_valid():
            continue
        try:
            found.append((label, _look(case, other), list(data.items())))
        except Refusal:
            continue  # at that time it cannot be done
    return found
