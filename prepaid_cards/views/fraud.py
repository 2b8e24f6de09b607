"""The fraud desk: what was frozen by itself and why, who tries codes and waits, and one click to let go again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_POST, require_safe

from prepaid_cards.forms.batches import ReasonForm
from prepaid_cards.models import (
    AlertKind,
    AlertStatus,
    AttemptOutcome,
    CardAlert,
    RedemptionAttempt,
    WaitEnded,
    WaitKind,
)
from prepaid_cards.operations.fraud import end_wait, keep_alert, release_alert
from prepaid_cards.queries.fraud import (
    Wait,
    alerts,
    attempts,
    guessers,
    names_of_waiting,
    tried_within_a_day,
    waits,
    waits_ended,
)
from prepaid_cards.rules.serials import shown
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.look import toasts
from provider.look.formats import number
from provider.look.tables import Badge, Choice, Column, Dates, Table, Text

_LATELY = 20
_OF_NETWORKS: Final = (WaitKind.VISITORS, WaitKind.NETWORK)
_KINDS = {AttemptOutcome.WRONG: "warn", AttemptOutcome.CANARY: "bad", AttemptOutcome.UNSOLD: "bad"}
_ENDED = {AlertStatus.RELEASED: "ok", AlertStatus.KEPT: "bad"}
_MEANS = {
    AlertKind.CANARY: gettext_lazy("Somebody used a code that is only in the printer’s file: the file has leaked."),
    AlertKind.UNSOLD: gettext_lazy("Several cards of one stack were tried with the right code before they were sold."),
    AlertKind.SCAN: gettext_lazy("One network tried several cards of one stack within a day."),
}


def _outcome(row: RedemptionAttempt) -> Badge:
    return Badge(row.get_outcome_display(), _KINDS.get(AttemptOutcome(row.outcome), ""))


def _serial(row: RedemptionAttempt) -> str:
    return shown(row.card.serial) if row.card else ""


TRIES = Table(
    key="card-tries",
    columns=[
        Column("at", gettext_lazy("Tried"), kind="instant", sort="at", is_fixed=True),
        Column("outcome", gettext_lazy("Why refused"), kind="badge", value=_outcome),
        Column(
            "serial", gettext_lazy("Serial"), kind="mono", value=_serial,
            href=lambda row: reverse("prepaid_cards:serial", args=[row.card.serial]) if row.card else "",
        ),
        Column("block", gettext_lazy("Network"), kind="mono"),
    ],
    filters=[
        Choice("outcome", gettext_lazy("Why refused"), options=AttemptOutcome.choices),
        Text("block", gettext_lazy("Network"), where="block__startswith"),
        Dates("at", gettext_lazy("Tried")),
    ],
    sort="-at",
    counted=ngettext_lazy("%(count)s try", "%(count)s tries", "number"),
    empty_title=gettext_lazy("No code was refused"),
    empty_text=gettext_lazy("Every try that is refused stands here, with its network; never the code."),
)  # fmt: skip


@allow("cards.view")
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What is suspicious, and what was frozen because of it?"""
    at = clock.now()
    waiting = waits(at=at)
    context = {
        "alerts": [_told(one) for one in alerts(is_open=True)],
        "ended": [_told(one) for one in alerts(is_open=False)[:_LATELY]],
        "tried": tried_within_a_day(at=at),
        "guessers": guessers(at=at),
        "kept": {one.key for one in waiting if one.whose in _OF_NETWORKS},
        "waiting_count": len(waiting),
    } | _of_waits(waiting[:_LATELY], let=waits_ended()[:_LATELY])
    return render(request, "prepaid_cards/fraud_desk.html", context)


@allow("cards.view")
@require_safe
def tries(request: HttpRequest) -> HttpResponseBase:
    """Which codes were refused, and why?"""
    return TRIES.answer(request, rows=attempts(), template="prepaid_cards/card_tries.html")


@allow("cards.manage")
@require_POST
def alert_release(request: HttpRequest, alert_id: int) -> HttpResponse:
    """A false alarm."""
    alert = release_alert(alert_id=alert_id, by=actor_of(request), at=clock.now())
    toasts.done(request, _("Released. Cards that are as they were: %(count)s.") % {"count": number(alert.frozen_count)})
    return redirect("prepaid_cards:fraud_desk")


@allow("cards.manage")
@require_POST
def alert_keep(request: HttpRequest, alert_id: int) -> HttpResponse:
    """It was fraud."""
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    alert = keep_alert(alert_id=alert_id, reason=reason, by=actor_of(request), at=clock.now())
    toasts.done(request, _("Cards that stay frozen: %(count)s.") % {"count": number(alert.frozen_count)})
    return redirect("prepaid_cards:fraud_desk")


@allow("cards.manage")
@require_POST
def wait_end(request: HttpRequest, whose: str) -> HttpResponse:
    """Somebody may try again at once."""
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    key = request.POST.get("key", "")
    end_wait(whose=whose, key=key, reason=reason, by=actor_of(request), at=clock.now())
    toasts.done(request, _("The wait is over. What was typed wrongly before counts no more."))
    return redirect("prepaid_cards:fraud_desk")


def _of_waits(waiting: Sequence[Wait], *, let: Iterable[WaitEnded]) -> dict[str, Any]:
    """Who waits now, and whom an operator has let try again."""
    ended = list(let)
    keys = [(str(one.whose), one.key) for one in waiting] + [(one.whose, one.key) for one in ended]
    names = names_of_waiting(keys)
    return {
        "waiting": [
            {"wait": one, "id": place, **_who(whose=one.whose, key=one.key, names=names)}
            for place, one in enumerate(waiting, start=1)
        ],
        "let": [{"ended": one, **_who(whose=one.whose, key=one.key, names=names)} for one in ended],
    }  # fmt: skip


def _who(*, whose: str, key: str, names: Mapping[str, str]) -> dict[str, Any]:
    """What to call whoever waits, and where more is known of it."""
    kind, name, href = WaitKind(whose), key, reverse("prepaid_cards:card_tries")
    if kind == WaitKind.ACCOUNT:
        name, href = names.get(key, key), reverse("console:account", args=[key])
    elif kind == WaitKind.SERIAL:
        name, href = shown(key), f"{reverse('prepaid_cards:serial_search')}?{urlencode({'q': key})}"
    elif key:
        href = f"{href}?{urlencode({'block': key})}"
    return {"kind": kind.label, "name": name, "href": href}


def _told(alert: CardAlert) -> dict[str, Any]:
    return {
        "alert": alert,
        "kind": alert.get_kind_display(),
        "means": _MEANS[AlertKind(alert.kind)],
        "serial": shown(alert.serial),
        "state": Badge(alert.get_status_display(), _ENDED.get(AlertStatus(alert.status), "warn")),
    }
