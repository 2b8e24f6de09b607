"""Electronic cards, one by one: made, sold and handed over in one act; the code is shown once or leaves by e-mail."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from prepaid_cards.forms.batches import IssueForm
from prepaid_cards.models import BatchKind
from prepaid_cards.operations.electronic import issue_card
from prepaid_cards.queries.batches import access_batch
from prepaid_cards.rules.serials import shown
from provider.kernel import clock, idempotency
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say


@allow("cards.manage")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def card_issue(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Who gets an electronic card now?"""
    batch = access_batch(batch_id)
    if batch.kind != BatchKind.ELECTRONIC:
        raise NotFound()
    face = Money(batch.face_minor, batch.currency)
    form = IssueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            issued = issue_card(
                product_id=batch.product_id, request_key=f"page {request.POST.get(idempotency.FORM_FIELD, '')}",
                reference=typed["reference"], to_email=typed["email"], language=typed["language"],
                by=actor_of(request), at=clock.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            context = {
                "batch": issued.card.batch, "card": issued.card, "serial": shown(issued.card.serial), "face": face,
                "to_email": typed["email"], "shown_once": "" if typed["email"] else issued.code_shown,
            }  # fmt: skip
            return render(request, "prepaid_cards/card_issued.html", context)
    context = {"form": form, "batch": batch, "face": face, "is_electronic": True}
    return render(request, "prepaid_cards/card_issue.html", context)
