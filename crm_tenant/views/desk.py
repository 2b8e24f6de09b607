"""The one way into the CRM: signed in, allowed, the plan running, with a seat, inside of one's own workspace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from crm_tenant.errors import NoSeat
from crm_tenant.operations.workspaces import open_workspace, take_seat
from crm_tenant.queries.desk import Desk, access_to, had_seat, notice_of, seated, workspace_of
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.doors import actor_of, allow
from provider.kernel.tenancy import inside

Page = Callable[..., HttpResponseBase]


def at_desk(page: Page, *, permission: str = "crm.use", when_dormant: bool = False) -> Page:
    """A page of the CRM: called as `page(request, desk, ...)` inside of the workspace.

    While the account is dormant, or never subscribed, it is answered with 402, why, and what to do. `when_dormant` is
    for what an owner of a dormant account may still reach, such as the export.
    """

    @wraps(page)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        by = actor_of(request)
        account = account_of(request)
        at = clock.now_for(test_clock_at=account.test_clock_at)
        access = access_to(account.id)
        if access.state == "":
            return render(request, "crm_tenant/unopened.html", status=402)
        if access.state == "dormant" and not when_dormant:
            return render(request, "crm_tenant/dormant.html", {"access": access}, status=402)
        request.crm_notice = notice_of(access, at=at, zone=zone_of_reader())  # type: ignore[attr-defined]
        workspace = workspace_of(account.id) or open_workspace(account_id=account.id, by=by, at=at)
        with inside(workspace_id=workspace.id):
            me = seated(by.user_id)
            if me is None and access.state != "dormant":  # while it rests, nobody takes a seat
                me = _sit_down(workspace.id, by=by, at=at, request=request)
            return page(request, Desk(workspace=workspace, me=me, access=access, at=at), *args, **kwargs)

    return allow(permission)(guard)


def managed(page: Page) -> Page:
    """A page for those who manage the CRM."""
    return at_desk(page, permission="crm.manage")


def _sit_down(workspace_id: UUID, *, by: Actor, at: datetime, request: HttpRequest) -> Any:
    """Whoever joined a moment ago has a seat that nobody has written yet; one that was taken away stays away."""
    if by.impersonation_id is not None or by.user_id is None:
        return None
    if had_seat(by.user_id):
        raise NoSeat()
    take_seat(workspace_id=workspace_id, user_id=by.user_id, name=str(request.user), by=SYSTEM, at=at)
    return seated(by.user_id)


def zone_of_reader() -> ZoneInfo:
    """The account's zone, as the middleware has set it."""
    zone = timezone.get_current_timezone()
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")


def day_bounds(at: datetime) -> tuple[datetime, datetime]:
    """When the reader's day begins and ends."""
    zone = zone_of_reader()
    today = clock.local_day(at=at, zone=zone)
    return clock.first_instant(day=today, zone=zone), clock.first_instant(day=today + timedelta(days=1), zone=zone)


def month_start(at: datetime) -> datetime:
    """When the reader's month began."""
    zone = zone_of_reader()
    return clock.first_instant(day=clock.local_day(at=at, zone=zone).replace(day=1), zone=zone)


def back(request: HttpRequest, *, to: str) -> HttpResponseBase:
    """To the page of the CRM that the form came from, else to `to`."""
    wanted = request.POST.get("next", "")
    return redirect(wanted if wanted.startswith("/crm/") else to)
