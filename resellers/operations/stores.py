"""The reseller's stores: opened, described, staffed, closed."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from prepaid_cards.operations.places import note_place
from provider.accounts.models import Membership, MembershipStatus, Portal
from provider.kernel import audit, outbox
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from resellers.errors import BadStoreCode, NotAMember, StoreClosed, StoreCodeTaken, StoreNameTaken
from resellers.events import StoreOpened, StoreShut
from resellers.models import Store, StoreMember

from .locks import lock_reseller

_CODE: Final = re.compile(r"[A-Z0-9]{1,8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDetails:
    """What a store's sign and receipts say."""

    name: str
    address: str = ""
    phone: str = ""


def open_store(*, reseller_id: UUID, code: str, details: StoreDetails, by: Actor, at: datetime) -> Store:
    """Open a store with a till of its own."""
    code = code.strip().upper()
    if not _CODE.fullmatch(code):
        raise BadStoreCode(field="code")
    with transaction.atomic():
        reseller = lock_reseller(reseller_id)
        if Store.objects.filter(reseller=reseller, code=code).exists():
            raise StoreCodeTaken(field="code", code=code)
        _check_name(reseller.id, name=details.name)

        store = Store.objects.create(
            reseller=reseller, code=code, name=details.name.strip(), address=details.address.strip(),
            phone=details.phone.strip(), opened_at=at,
        )  # fmt: skip
        _note(store)

        audit.record(
            by=by, verb="store.opened", subject_kind="store", subject_id=store.id, account_id=reseller.id, at=at,
            after=_facts(store) | {"store_number": code},
        )  # fmt: skip
        outbox.publish(StoreOpened(account_id=reseller.id, store_id=store.id, code=code), at=at)
        return store


def change_store(*, reseller_id: UUID, store_id: UUID, details: StoreDetails, by: Actor, at: datetime) -> Store:
    """Put a store's name, address or telephone right; receipts that were printed keep what they say."""
    with transaction.atomic():
        lock_reseller(reseller_id)
        store = _open_store(reseller_id, store_id)
        _check_name(reseller_id, name=details.name, but=store.id)

        before = _facts(store)
        store.name, store.address, store.phone = details.name.strip(), details.address.strip(), details.phone.strip()
        store.save(update_fields=["name", "address", "phone"])
        _note(store)

        audit.record(
            by=by, verb="store.changed", subject_kind="store", subject_id=store.id, account_id=reseller_id, at=at,
            before=before, after=_facts(store),
        )  # fmt: skip
        return store


def close_store(*, reseller_id: UUID, store_id: UUID, by: Actor, at: datetime) -> Store:
    """Close a store: nothing more is sold there; its sales and receipts stay."""
    with transaction.atomic():
        lock_reseller(reseller_id)
        store = _open_store(reseller_id, store_id)

        store.closed_at = at
        store.save(update_fields=["closed_at"])
        _note(store)
        store.members.filter(until_at=None).update(until_at=at)

        audit.record(
            by=by, verb="store.closed", subject_kind="store", subject_id=store.id, account_id=reseller_id, at=at
        )  # fmt: skip
        outbox.publish(StoreShut(account_id=reseller_id, store_id=store.id), at=at)
        return store


def staff_store(*, reseller_id: UUID, store_id: UUID, user_ids: Collection[UUID], by: Actor, at: datetime) -> Store:
    """Say who sells in a store: these people of the team and nobody else."""
    wanted = set(user_ids)
    with transaction.atomic():
        lock_reseller(reseller_id)
        store = _open_store(reseller_id, store_id)
        team = Membership.objects.filter(
            account_id=reseller_id, portal=Portal.RESELLER, status=MembershipStatus.ACTIVE, user_id__in=wanted
        )
        if wanted - set(team.values_list("user_id", flat=True)):
            raise NotAMember(field="people")

        working = store.members.filter(until_at=None)
        before = sorted(str(user_id) for user_id in working.values_list("user_id", flat=True))
        working.exclude(user_id__in=wanted).update(until_at=at)
        stay = set(working.values_list("user_id", flat=True))
        StoreMember.objects.bulk_create(
            StoreMember(store=store, user_id=user_id, from_at=at) for user_id in sorted(wanted - stay)
        )

        audit.record(
            by=by, verb="store.staffed", subject_kind="store", subject_id=store.id, account_id=reseller_id, at=at,
            before={"people": before}, after={"people": sorted(str(user_id) for user_id in wanted)},
        )  # fmt: skip
        return store


def _open_store(reseller_id: UUID, store_id: UUID) -> Store:
    store = Store.objects.filter(id=store_id, reseller_id=reseller_id).first()
    if store is None:
        raise NotFound()
    if store.closed_at is not None:
        raise StoreClosed(name=store.name)
    return store


def _check_name(reseller_id: UUID, *, name: str, but: UUID | None = None) -> None:
    rows = Store.objects.filter(reseller_id=reseller_id, closed_at=None, name=name.strip())
    if (rows.exclude(id=but) if but else rows).exists():
        raise StoreNameTaken(field="name", name=name.strip())


def _note(store: Store) -> None:
    """Promotions of cards are for stores too, and know them by what is noted here."""
    note_place(
        place_id=store.id, seller_id=store.reseller_id, code=store.code, name=store.name,
        is_open=store.closed_at is None,
    )  # fmt: skip


def _facts(store: Store) -> dict[str, object]:
    return {"name": store.name, "address": store.address, "phone": store.phone}
