"""Giving an account a coupon, and ending one that it has; first seen on its next invoice."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from invoices.documents.offers import lasting, worth
from invoices.documents.previews import previewed
from invoices.forms.coupons import GiveCouponForm
from invoices.operations.coupons import apply_coupon, end_coupon
from invoices.operations.upcoming import Ahead, ahead_with
from invoices.queries.coupons import coupons_to_give, terms_of
from invoices.queries.extras import access_billed_account
from provider.accounts.models import Account
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import toasts


@allow("credits.issue")
@require_http_methods(["GET", "HEAD", "POST"])
def give_coupon(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Which coupon does this account get, and what does it do to its next invoice?"""
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    offered = coupons_to_give(by=by, account=account, at=at)
    choices = [(str(one.pk), f"{one.code} · {worth(terms_of(one))} {lasting(one.times)}") for one in offered]
    form = GiveCouponForm(
        request.POST if request.method == "POST" else None,
        coupons=choices,
        zone=ZoneInfo(account.time_zone),
        initial={"coupon": request.GET.get("coupon", "")},
    )
    context: dict[str, Any] = {"account": account, "form": form, "has_coupons": bool(offered)}

    seller_id = account_of(request).pk

    def act() -> None:
        apply_coupon(
            account_id=account.pk, seller_account_id=seller_id, coupon_id=UUID(form.cleaned_data["coupon"]),
            ends_at=form.ends_at, reason=form.cleaned_data["reason"], by=by, at=at,
        )  # fmt: skip

    if form.is_bound and form.is_valid() and "change" not in request.POST:
        try:
            if "confirm" in request.POST:
                act()
                toasts.done(request, _("The account has the coupon from now on."))
                return redirect("console:account_money", account_id=account.pk)
            context |= foreseen(ahead_with(account_id=account.pk, act=act, by=by, at=at), account=account)
            context["kept"] = [(name, value) for name, value in form.data.items() if name in form.fields]
        except Refusal as refusal:
            field = {"ends_at": "last_on"}.get(refusal.field, refusal.field)
            form.add_error(field if field in form.fields else None, say(refusal))
    return render(request, "invoices/give_coupon.html", context)


def foreseen(ahead: Ahead, *, account: Account) -> dict[str, Any]:
    """The next invoice without and with an act, for its page."""
    shown: dict[str, Any] = {"is_seen": True, "trouble": say(ahead.trouble) if ahead.trouble else ""}
    if ahead.before is None or ahead.after is None:
        return shown
    before, after = ahead.before, ahead.after
    (document,) = previewed([after.document], currency=after.currency)
    return shown | {
        "document": document,
        "due_before": Money(before.document.due_minor, before.currency),
        "due_after": Money(after.document.due_minor, after.currency),
        "less": Money(after.document.due_minor - before.document.due_minor, after.currency),
        "due_on": local_day(at=after.due_at, zone=ZoneInfo(account.time_zone)),
    }


@allow("credits.issue")
@require_POST
def end_held(request: HttpRequest, account_id: UUID, applied_id: UUID) -> HttpResponse:
    """Take a coupon from the account."""
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    reason = request.POST.get("reason", "").strip()[:300]
    applied = end_coupon(account_id=account.pk, applied_id=applied_id, by=by, at=at, reason=reason)
    toasts.done(
        request, _("%(code)s is ended for this account. What it took off stays.") % {"code": applied.coupon.code}
    )
    return redirect("console:account_money", account_id=account.pk)
