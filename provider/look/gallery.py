"""Every component in every state, for developers: /dev/look/, never in production. All data are invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from provider.kernel.doors import public
from provider.kernel.money import Money
from provider.kernel.progress import Progress, measure

from . import failures, toasts
from .charts import Chart, Series
from .tables import Badge, BulkAct, Choice, Column, Table, Text

AT: Final = datetime(2026, 11, 24, 1, 12, 33, tzinfo=UTC)
_FRAMES: Final = {
    "sidebar": "console/shell.html",
    "reseller": "resellers/shell.html",
    "topbar": "portal/shell.html",
    "crm": "crm_tenant/shell.html",
    "bare": "look/bare.html",
}


class SampleForm(forms.Form):
    """One of each kind of field."""

    name = forms.CharField(label="Company name", max_length=80, help_text="As it stands on invoices.")
    email = forms.EmailField(label="E-mail", required=False)
    amount = forms.DecimalField(label="Amount", max_digits=12, decimal_places=2, required=False)
    zone = forms.ChoiceField(label="Time zone", choices=[("sh", "Asia/Shanghai"), ("tp", "Asia/Taipei")])
    pay = forms.ChoiceField(
        label="How it is paid", choices=[("card", "Card"), ("bank", "Bank transfer")], widget=forms.RadioSelect
    )
    note = forms.CharField(label="Note", widget=forms.Textarea({"rows": 2}), required=False)
    file = forms.FileField(label="Proof of payment", required=False, help_text="PDF or picture, at most 20 MB.")
    agreed = forms.BooleanField(label="I accept the terms of 1 November 2026")


@dataclass(frozen=True, slots=True)
class SampleJob:
    """What the job card reads of a job."""

    id: str
    status: str
    problem_count: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    cancel_requested_at: datetime | None = None
    refusal: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    href: str = ""


ROWS_TABLE: Final = Table(  # the kinds of content that every installation has: rows enough for several pages
    key="gallery",
    caption="Kinds of content",
    columns=[
        Column("model", "Kind", sort="model", href=lambda row: f"#{row.pk}", sub=lambda row: row.app_label),
        Column(
            "state",
            "State",
            kind="badge",
            value=lambda row: Badge("Active", "ok") if row.pk % 3 else Badge("Grace", "warn"),
        ),
        Column("id", "Number", kind="number", sort="id"),
        Column("amount", "Amount", kind="money", currency="CNY", value=lambda row: Money(row.pk * 123_45, "CNY")),
        Column("since", "Since", kind="instant", value=lambda row: AT - timedelta(days=row.pk)),
        Column("app_label", "Package", kind="mono", sort="app_label", is_shown=False),
    ],
    filters=[
        Choice("app_label", "Package", options=[("accounts", "Accounts"), ("kernel", "Kernel"), ("auth", "Sign-in")]),
        Text("model", "Kind", where="model__icontains"),
    ],
    search=lambda rows, text: rows.filter(model__icontains=text),
    sort="model",
    page_size=6,
    totals=lambda rows: rows.aggregate(id=Sum("id")),
    bulk=[
        BulkAct("Remind", "/dev/look/done/"),
        BulkAct("Freeze", "/dev/look/done/", kind="danger", consequence="They refuse."),
    ],
    counted="%(count)s kinds",
)


def _jobs() -> list[tuple[SampleJob, Progress, list[tuple[str, int, str]]]]:
    problem = {"subject": "Hengtai Logistics", "text": "There is no tax rate for Taiwan.", "facts": {}}
    ran = {"started_at": AT, "progressed_at": AT + timedelta(minutes=6)}
    running = measure(handled=812_400, total=1_204_300, is_over=False, **ran)
    endless = measure(handled=4_120, total=None, is_over=False, **ran)
    done = measure(handled=20_000, total=20_000, is_over=True, **ran)
    failed = measure(handled=900, total=20_000, is_over=True, **ran)
    return [
        (SampleJob("a", "running", 7, [problem]), running, [("invoiced", 208_311, ""), ("parked", 7, "bad")]),
        (SampleJob("b", "running"), endless, []),
        (SampleJob("c", "done"), done, [("cards printed", 20_000, "ok")]),
        (SampleJob("d", "failed", 1, [problem]), failed, []),
        (SampleJob("e", "failed", refusal={"text": "There are no fonts to print with."}), failed, []),
    ]


def _charts() -> list[Chart]:
    days = [date(2026, 11, 1) + timedelta(days=i) for i in range(24)]
    revenue = [Decimal(2_361_200 + 2_500 * i + 9_000 * (i % 3)) for i in range(24)]
    last = [Decimal(2_310_000 + 2_000 * i) for i in range(24)]
    return [
        Chart(x=days, x_label="Day", series=[Series("this month", revenue, "s1"), Series("last month", last, "s2")]),
        Chart(
            x=[1, 2, 3, 4, 5],
            x_label="Week",
            kind="bars",
            series=[Series("ends", [1_316, 1_508, 921, 688, 379], "s1")],
            hrefs=["#w1", "#w2", "#w3", "#w4", "#w5"],
        ),
    ]


def _context() -> dict[str, Any]:
    faulty = SampleForm({"name": "", "email": "hengtai", "zone": "sh", "pay": "card"})
    faulty.add_error(None, "The account was renewed a minute ago.")
    return {
        "at": AT,
        "day": date(2026, 12, 15),
        "first": date(2026, 11, 1),
        "empty_form": SampleForm(),
        "faulty_form": faulty,
        "jobs": _jobs(),
        "charts": _charts(),
        "steps": [Step("Account", "#"), Step("Plan", "#"), Step("Payment"), Step("Done")],
        "bars": [("automatic", 2614, "s1"), ("by card", 754, "s2"), ("nothing arranged", 1444, "hatch-warn")],
        "facts": [("Seats", "18"), ("Region", "Shanghai"), ("Time zone", "Asia/Shanghai")],
        "amounts": [Money(61_430_00, "CNY"), Money(-17_260_50, "CNY"), Money(472500, "TWD"), Money(1999, "JPY")],
        "frames": list(_FRAMES),
        "statuses": list(failures.WORDS),
    }


@public
@require_safe
def gallery(request: HttpRequest, frame: str = "sidebar") -> HttpResponseBase:
    """Everything, in one of the shells."""
    if frame not in _FRAMES:
        raise Http404
    context = _context() | {"shell": _FRAMES[frame], "frame": frame}
    return ROWS_TABLE.answer(
        request, rows=ContentType.objects.all(), template="look/gallery/page.html", context=context
    )


@public
@require_POST
def done(request: HttpRequest) -> HttpResponse:
    """What any form of the gallery does: a toast."""
    toasts.done(request, "Done. Nothing was changed: this is the gallery.", undo=reverse("gallery:done"))
    return HttpResponseRedirect(reverse("gallery:gallery"))


@public
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Suggestions for the search box."""
    return render(request, "look/gallery/suggestions.html", {"q": request.GET.get("q", "")})


@public
@require_safe
def failure(request: HttpRequest, status: int) -> HttpResponse:
    """An error page."""
    if status not in failures.WORDS:
        raise Http404
    return failures.page(request, status=status)


app_name = "gallery"
urlpatterns = (
    [
        path("", gallery, name="gallery"),
        path("frame/<slug:frame>/", gallery, name="frame"),
        path("done/", done, name="done"),
        path("suggest/", suggest, name="suggest"),
        path("failure/<int:status>/", failure, name="failure"),
    ]
    if settings.MODE != "production"
    else []
)
