"""Kinds of cards: described, offered, retired."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plans.rules.catalogue.naming import languages_without
from prepaid_cards.documents.grants import grants
from prepaid_cards.forms.batches import ReasonForm
from prepaid_cards.forms.products import NamesForm, ProductForm
from prepaid_cards.models import CardProduct, ProductStatus
from prepaid_cards.operations.products import (
    change_product,
    create_product,
    offer_product,
    rename_product,
    retire_product,
)
from prepaid_cards.queries.batches import access_product, batches, products
from provider.accounts.models import Language
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import Badge, Choice, Column, Table

_KINDS = {ProductStatus.DRAFT: "warn", ProductStatus.OFFERED: "ok", ProductStatus.RETIRED: ""}


def state(product: CardProduct) -> Badge:
    """The state as a word with its colour."""
    return Badge(product.get_status_display(), _KINDS[ProductStatus(product.status)])


PRODUCTS = Table(
    key="card-products",
    columns=[
        Column(
            "name", gettext_lazy("Card"), value="own_name", sort="name", is_fixed=True,
            href=lambda row: reverse("prepaid_cards:product", args=[row.id]),
        ),
        Column("grants", gettext_lazy("Grants"), value=grants),
        Column("face", gettext_lazy("Face value"), kind="money", value=lambda row: Money(row.face_minor, row.currency)),
        Column("tax_class", gettext_lazy("Tax"), value=lambda row: row.get_tax_class_display()),
        Column("status", gettext_lazy("State"), kind="badge", value=state),
        Column("created_at", gettext_lazy("Since"), kind="date", sort="created_at"),
    ],
    filters=[Choice("status", gettext_lazy("State"), options=ProductStatus.choices)],
    sort="-created_at",
    counted=ngettext_lazy("%(count)s kind of card", "%(count)s kinds of cards", "number"),
    empty_title=gettext_lazy("No kind of card yet"),
    empty_text=gettext_lazy("Describe what a card grants and what it costs, then order cards of it."),
)  # fmt: skip


@allow("cards.view")
@require_safe
def product_list(request: HttpRequest) -> HttpResponseBase:
    """Which kinds of cards are there?"""
    return PRODUCTS.answer(request, rows=products(), template="prepaid_cards/products.html")


@allow("cards.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def product_new(request: HttpRequest) -> HttpResponse:
    """What should the new card grant?"""
    form = ProductForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_product(wish=form.wish(), by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("The card is described. Offer it when it is right."))
            return redirect("prepaid_cards:product", card_product_id=made.id)
    return render(request, "prepaid_cards/product_new.html", {"form": form})


@allow("cards.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def product_edit(request: HttpRequest, card_product_id: UUID) -> HttpResponse:
    """What is it called? And while it is a draft: what should it grant?"""
    found = access_product(card_product_id)
    is_draft = found.status == ProductStatus.DRAFT
    form = ProductForm(request.POST or None, product=found) if is_draft else _names_form(request, product=found)
    if request.method == "POST" and form.is_valid():
        act: dict[str, Any] = {"product_id": found.id, "by": actor_of(request), "at": clock.now()}
        try:
            if isinstance(form, ProductForm):
                change_product(wish=form.wish(), **act)
            else:
                rename_product(names=form.names(), **act)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("Saved. Everybody sees it from now on."))
            return redirect("prepaid_cards:product", card_product_id=found.id)
    return render(request, "prepaid_cards/product_edit.html", {"form": form, "product": found, "is_draft": is_draft})


def _names_form(request: HttpRequest, *, product: CardProduct) -> NamesForm:
    return NamesForm(
        request.POST or None, initial=dict(zip(("name", "name_hans", "name_hant"), product.names, strict=True))
    )


@allow("cards.view")
@require_safe
def product(request: HttpRequest, card_product_id: UUID) -> HttpResponse:
    """What does this card grant, and how many were made?"""
    found = access_product(card_product_id)
    context = {
        "product": found,
        "state": state(found),
        "grants": grants(found),
        "face": Money(found.face_minor, found.currency),
        "batches": list(batches().filter(product=found).order_by("-ordered_at")[:20]),
        "regions": list(found.regions.order_by("code")),
        "brands": list(found.brands.order_by("name")),
        "unnamed": [Language(code).label for code in languages_without(found.names)],
    }
    return render(request, "prepaid_cards/product.html", context)


@allow("cards.manage")
@require_POST
def product_offer(request: HttpRequest, card_product_id: UUID) -> HttpResponse:
    """Let cards of it be ordered."""
    found = offer_product(product_id=access_product(card_product_id).id, by=actor_of(request), at=clock.now())
    toasts.done(request, _("“%(name)s” is offered; what it grants stays from now on.") % {"name": found.name})
    return redirect("prepaid_cards:product", card_product_id=found.id)


@allow("cards.manage")
@require_POST
def product_retire(request: HttpRequest, card_product_id: UUID) -> HttpResponse:
    """Order no more of it."""
    found, form = access_product(card_product_id), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    retire_product(product_id=found.id, reason=reason, by=actor_of(request), at=clock.now())
    toasts.done(request, _("“%(name)s” is retired. Cards that are out stay good.") % {"name": found.name})
    return redirect("prepaid_cards:product", card_product_id=found.id)
