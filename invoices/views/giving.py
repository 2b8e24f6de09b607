"""Giving an account a coupon or prepaid money, and taking it away again; first seen on its next invoice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from invoices.documents.offers import lasting, line_choices, worth
from invoices.documents.previews import previewed
from invoices.errors import PreviewOutdated
from invoices.forms.balances import TakeBackForm, TopUpForm
from invoices.forms.coupons import GiveCouponForm
from invoices.models import BalanceLot, Coupon
from invoices.operations.balances import take_back_rest, top_up_by_hand
from invoices.operations.coupons import apply_coupon, end_coupon
from invoices.operations.upcoming import ahead_with
from invoices.queries.balances import BY_HAND, GIFT, access_lot
from invoices.queries.coupons import coupons_to_give, lines_sold, terms_of
from invoices.queries.extras import access_billed_account
from provider.accounts.models import Account
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.idempotency import FORM_FIELD
from provider.kernel.ids import new_id
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import formats, toasts


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page of two steps says: its title, its act, what is good to know, and what is told when it is done."""

    title: str
    submit: str
    notes: Sequence[str]
    back: str
    done: str = ""
    fields: tuple[tuple[str, str], ...] = ()  # what a refusal calls a field, and what the form does


@allow("credits.issue")
@require_http_methods(["GET", "HEAD", "POST"])
def give_coupon(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Which coupon does this account get, and what does it do to its next invoice?"""
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    offered = coupons_to_give(by=by, account=account, at=at)
    asked = request.GET.get("coupon", "")
    form = GiveCouponForm(
        request.POST if request.method == "POST" else None,
        coupons=[(str(one.pk), f"{one.code} · {worth(terms_of(one))} {lasting(one.times)}") for one in offered],
        zone=ZoneInfo(account.time_zone),
        initial={"coupon": asked},
    )
    seller_id = account_of(request).pk

    def act() -> None:
        apply_coupon(
            account_id=account.pk, seller_account_id=seller_id, coupon_id=UUID(form.cleaned_data["coupon"]),
            ends_at=form.ends_at, reason=form.cleaned_data["reason"], by=by, at=at,
        )  # fmt: skip

    page = Page(
        title=_("Give a coupon"),
        submit=_("Give it"),
        back=_money_of(account),
        done=_("The account has the coupon from now on."),
        fields=(("ends_at", "last_on"),),
        notes=[
            *_not_offered(asked, offered=offered),
            _("First you see what it does to the next invoice. Nothing is changed until you confirm it."),
            _("Invoices that are made already stay as they are."),
            _("The customer sees the coupon on their pages and on each invoice that uses it."),
        ],
    )
    if not offered:
        return render(request, "invoices/two_steps.html", {"account": account, "page": page})
    return _two_steps(request, account=account, form=form, act=act, page=page)


def _not_offered(asked: str, *, offered: Sequence[Coupon]) -> list[str]:
    """Why the coupon that somebody came with is not among those to choose from."""
    if not asked or asked in {str(one.pk) for one in offered}:
        return []
    return [
        _(
            "The coupon that you came with is not offered: it has ended or not begun, is in another currency, "
            "or the account has it already."
        )
    ]


@allow("payments.record")
@require_http_methods(["GET", "HEAD", "POST"])
def top_up(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """How much prepaid money does this account get, and what does it do to its next invoice?"""
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    form = TopUpForm(
        request.POST if request.method == "POST" else None,
        currency=account.currency,
        zone=ZoneInfo(account.time_zone),
        lines=line_choices(lines_sold(account_of(request).pk)),
    )

    def act() -> BalanceLot:
        given = form.cleaned_data
        gift_key = request.POST.get(FORM_FIELD, "")[:64] or str(new_id())  # the same form a second time adds nothing
        return top_up_by_hand(
            account_id=account.pk, amount=form.money, kind=given["kind"], name=given["name"].strip(),
            reference=given["reference"].strip() if given["kind"] == BY_HAND else gift_key, only=form.only(),
            priority=given["priority"], expires_at=form.expires_at, reason=given["reason"], by=by, at=at,
        )  # fmt: skip

    page = Page(
        title=_("Top up by hand"),
        submit=_("Top it up"),
        back=_money_of(account),
        done=_("The money is on the account. Invoices use it before they ask for anything."),
        fields=(("expires_at", "last_on"),),
        notes=[
            _("First you see what it does to the next invoice. Nothing is changed until you confirm it."),
            _("Invoices use it on the day that they are made, in the order that you give here. Open ones stay open."),
            _("What nothing has used can be taken back from its page."),
        ],
    )
    return _two_steps(request, account=account, form=form, act=act, page=page, rows=list(form.rows))


@allow("payments.record")
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """What is left of this top-up, and what does taking it back do to the next invoice?"""
    by = actor_of(request)
    lot = access_lot(lot_id=lot_id, by=by)
    if lot.unit != "money" or lot.source_kind not in (BY_HAND, GIFT):
        raise NotFound()
    account, left = lot.account, Money(lot.left_minor, lot.currency)
    form = TakeBackForm(request.POST if request.method == "POST" else None)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    seen = request.POST.get("expected", "")
    expected = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 19 else None

    def act() -> None:
        take_back_rest(
            account_id=account.pk, lot_id=lot.pk, by=by, at=at, reason=form.cleaned_data["reason"],
            expected_minor=expected,
        )  # fmt: skip

    arrived = lot.source_kind == BY_HAND
    page = Page(
        title=_("Take back what is left"),
        submit=_("Take back %(amount)s") % {"amount": formats.money(left)},
        back=reverse("invoices:balance", args=[lot.pk]),
        done=_("What was left is taken back."),
        notes=[
            _("What invoices have used stays used; only %(left)s is taken back.") % {"left": formats.money(left)},
            _("Pay the money back by bank: the books say that it leaves cash.")
            if arrived
            else _("The books say that less is given away."),
            _("Invoices that are due by now are made first, for they may still use it."),
        ],
    )
    hidden = [("expected", str(lot.left_minor))]
    return _two_steps(request, account=account, form=form, act=act, page=page, hidden=hidden)


def _two_steps(
    request: HttpRequest,
    *,
    account: Account,
    form: forms.Form,
    act: Callable[[], object],
    page: Page,
    rows: Sequence[tuple[forms.BoundField, str, str]] = (),
    hidden: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """First what it does to the next invoice, then exactly that."""
    context: dict[str, Any] = {"account": account, "form": form, "page": page, "rows": rows, "hidden": hidden}
    if form.is_bound and form.is_valid() and "change" not in request.POST:
        try:
            if "confirm" in request.POST:
                act()
                toasts.done(request, page.done)
                return redirect(page.back)
            context |= _foreseen(account=account, act=act, by=actor_of(request))
            context["kept"] = [(name, value) for name in form.fields for value in request.POST.getlist(name)]
        except PreviewOutdated as outdated:
            toasts.warn(request, say(outdated))
            return redirect(request.path)
        except Refusal as refusal:
            field = dict(page.fields).get(refusal.field, refusal.field)
            form.add_error(field if field in form.fields else None, say(refusal))
    return render(request, "invoices/two_steps.html", context)


def _foreseen(*, account: Account, act: Callable[[], object], by: Actor) -> dict[str, Any]:
    """The next invoice without and with an act, for its page."""
    at = clock.now_for(test_clock_at=account.test_clock_at)
    ahead = ahead_with(account_id=account.pk, act=act, by=by, at=at)
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


def _money_of(account: Account) -> str:
    return reverse("console:account_money", args=[account.pk])


@allow("credits.issue")
@require_POST
def end_held(request: HttpRequest, account_id: UUID, applied_id: UUID) -> HttpResponse:
    """Take a coupon from the account."""
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    reason = request.POST.get("reason", "").strip()[:300]
    applied = end_coupon(account_id=account.pk, applied_id=applied_id, by=by, at=at, reason=reason)
    words = {"code": applied.coupon.code}
    toasts.done(request, _("%(code)s is ended for this account. What it took off stays.") % words)
    return redirect("console:account_money", account_id=account.pk)
