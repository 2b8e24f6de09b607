"""The printer's file: asked for, approved, fetched once by one person, confirmed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from prepaid_cards.documents.printer_file import is_public_key
from prepaid_cards.errors import HashDiffers, PasswordNotShown
from prepaid_cards.flows.exports import fetch_export
from prepaid_cards.forms.batches import ConfirmForm, ExportForm
from prepaid_cards.operations.exports import (
    approve_export,
    confirm_export,
    request_export,
    show_password,
    withdraw_export,
)
from prepaid_cards.queries.batches import access_batch, access_export
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from provider.look import toasts

from .batches import batch_page


@allow("cards.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def export_new(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Who prints these cards?"""
    batch = access_batch(batch_id)
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed: dict[str, Any] = form.cleaned_data
        recipient = typed["recipient"].strip()
        try:
            request_export(
                batch_id=batch.id, method=typed["method"], printer=typed["printer"], recipient=recipient,
                is_recipient_good=is_public_key(recipient), sheets_in=form.sheets_in,
                by=actor_of(request), at=clock.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("Now another operator approves; then you fetch the file here."))
            return redirect("prepaid_cards:batch", batch_id=batch.id)
    return render(request, "prepaid_cards/export_new.html", {"form": form, "batch": batch})


@allow("cards.manage")
@require_POST
def export_approve(request: HttpRequest, batch_id: UUID, export_id: UUID) -> HttpResponse:
    """Let the secrets go to the printer."""
    export = access_export(batch_id=batch_id, export_id=export_id)
    approve_export(export_id=export.id, by=actor_of(request), at=clock.now())
    toasts.done(request, _("Approved. Whoever asked for it can fetch the file now."))
    return redirect("prepaid_cards:batch", batch_id=batch_id)


@allow("cards.manage")
@require_POST
def export_withdraw(request: HttpRequest, batch_id: UUID, export_id: UUID) -> HttpResponse:
    """Take the request back."""
    export = access_export(batch_id=batch_id, export_id=export_id)
    withdraw_export(export_id=export.id, by=actor_of(request), at=clock.now())
    toasts.done(request, _("The export is withdrawn."))
    return redirect("prepaid_cards:batch", batch_id=batch_id)


@allow("cards.manage")
@never_cache
@require_POST
def export_password(request: HttpRequest, batch_id: UUID, export_id: UUID) -> HttpResponse:
    """The password of the archive, for whoever asked for it."""
    export = access_export(batch_id=batch_id, export_id=export_id)
    password = show_password(export_id=export.id, by=actor_of(request), at=clock.now())
    return render(
        request, "prepaid_cards/export_password.html", {"export": export, "batch": export.batch, "shown_once": password}
    )


@allow("cards.manage")
@never_cache
@require_POST
def export_file(request: HttpRequest, batch_id: UUID, export_id: UUID) -> HttpResponse:
    """The encrypted file itself."""
    export = access_export(batch_id=batch_id, export_id=export_id)
    name, content = fetch_export(export_id=export.id, by=actor_of(request), at=clock.now())
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@allow("cards.manage")
@require_POST
def export_confirm(request: HttpRequest, batch_id: UUID, export_id: UUID) -> HttpResponse:
    """The printer read out the hash of its file."""
    export = access_export(batch_id=batch_id, export_id=export_id)
    form = ConfirmForm(request.POST)
    typed = form.cleaned_data["file_sha256"] if form.is_valid() else ""
    try:
        confirm_export(export_id=export.id, file_sha256=typed, by=actor_of(request), at=clock.now())
    except (HashDiffers, PasswordNotShown) as refusal:
        form.add_error("file_sha256", say(refusal))
        return batch_page(request, access_batch(batch_id), confirm_form=form, status=refusal.status)
    toasts.done(request, _("The printer has the file. The secrets are destroyed here and the batch is open."))
    return redirect("prepaid_cards:batch", batch_id=batch_id)
