"""The reseller's stores, for its owners."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.look import toasts
from resellers.forms import NewStoreForm, StaffForm, StoreForm, put
from resellers.models import Store
from resellers.operations.stores import change_store, close_store, open_store, staff_store
from resellers.queries.stores import access_store, stores_of, team_of_reseller


@allow("stores.manage")
@require_safe
def store_list(request: HttpRequest) -> HttpResponse:
    """Where do we sell, and who works there?"""
    stores = list(stores_of(account_of(request).id))
    context = {
        "open": [store for store in stores if store.closed_at is None],
        "closed": [store for store in stores if store.closed_at is not None],
    }
    return render(request, "resellers/stores.html", context)


@allow("stores.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def store_new(request: HttpRequest) -> HttpResponse:
    """Open another store."""
    form = NewStoreForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            store = open_store(
                reseller_id=account_of(request).id,
                code=form.cleaned_data["code"], details=form.details(), by=actor_of(request), at=clock.now(),
            )  # fmt: skip
        except Refusal as refusal:
            put(refusal, form=form)
        else:
            toasts.done(request, _("“%(name)s” is open. Say who works there.") % {"name": store.name})
            return redirect("resellers:store", store_id=store.id)
    return render(request, "resellers/store_new.html", {"form": form})


@allow("stores.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def store_page(request: HttpRequest, store_id: UUID) -> HttpResponse:
    """What does this store's sign say, and who works there?"""
    store = access_store(store_id=store_id, reseller_id=account_of(request).id)
    form = StoreForm(request.POST or None, initial=_sign_of(store))
    if request.method == "POST" and form.is_valid():
        try:
            change_store(
                reseller_id=store.reseller_id, store_id=store.id, details=form.details(), by=actor_of(request),
                at=clock.now(),
            )  # fmt: skip
        except Refusal as refusal:
            put(refusal, form=form)
        else:
            toasts.done(request, _("Saved. New receipts say so."))
            return redirect("resellers:stores")
    return _page(request, store=store, form=form)


@allow("stores.manage")
@require_POST
def store_staff(request: HttpRequest, store_id: UUID) -> HttpResponse:
    """Say who sells in this store."""
    store = access_store(store_id=store_id, reseller_id=account_of(request).id)
    form = StaffForm(request.POST, team=team_of_reseller(store.reseller_id))
    if not form.is_valid():
        return _page(request, store=store, form=StoreForm(initial=_sign_of(store)), staff=form)
    staff_store(
        reseller_id=store.reseller_id, store_id=store.id, user_ids=[UUID(one) for one in form.cleaned_data["people"]],
        by=actor_of(request), at=clock.now(),
    )  # fmt: skip
    toasts.done(request, _("Saved. Their tills show this store."))
    return redirect("resellers:stores")


@allow("stores.manage")
@require_POST
def store_close(request: HttpRequest, store_id: UUID) -> HttpResponse:
    """Close a store for good; its receipts stay."""
    store = access_store(store_id=store_id, reseller_id=account_of(request).id)
    close_store(reseller_id=store.reseller_id, store_id=store.id, by=actor_of(request), at=clock.now())
    toasts.done(request, _("“%(name)s” is closed. Its receipts stay.") % {"name": store.name})
    return redirect("resellers:stores")


def _sign_of(store: Store) -> dict[str, str]:
    return {"name": store.name, "address": store.address, "phone": store.phone}


def _page(request: HttpRequest, *, store: Store, form: StoreForm, staff: StaffForm | None = None) -> HttpResponse:
    if staff is None:
        working = store.members.filter(until_at=None).values_list("user_id", flat=True)
        chosen = [str(user_id) for user_id in working]
        staff = StaffForm(team=team_of_reseller(store.reseller_id), initial={"people": chosen})
    return render(request, "resellers/store.html", {"store": store, "form": form, "staff": staff})
