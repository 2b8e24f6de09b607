"""The names behind the ids that the audit keeps, and the pages that show what they name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model

from invoices.models import BalanceLot, BillingRun, Coupon, CreditNote, Invoice, Payment
from plans.models import Meter, Plan, PlanVersion, Subscription
from prepaid_cards.models import Campaign, CardBatch, CardProduct
from provider.accounts.models import Account, Brand, Membership, User
from provider.kernel.models import AuditRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Where rows of a kind are, which member says their name, and the view that shows one by its key."""

    model: type[Model]
    name: str = "name"
    related: str = ""
    page: str = ""
    key: str = "pk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A row that an act was done to, the value of the member that names it, and the page that shows it."""

    row: Any
    name: Any
    page: tuple[str, object] | None


_KINDS: Final[dict[str, Kind]] = {
    "account": Kind(model=Account, page="console:account"),
    "balance_lot": Kind(model=BalanceLot, page="invoices:balance"),
    "billing_run": Kind(model=BillingRun, name="as_of", page="invoices:run"),
    "brand": Kind(model=Brand),
    "campaign": Kind(model=Campaign, page="prepaid_cards:campaign"),
    "card_batch": Kind(model=CardBatch, name="prefix", page="prepaid_cards:batch"),
    "card_product": Kind(model=CardProduct, name="own_name", page="prepaid_cards:product"),
    "coupon": Kind(model=Coupon, name="code", page="invoices:coupon"),
    "credit_note": Kind(model=CreditNote, name="number_text", page="invoices:credit_note"),
    "invoice": Kind(model=Invoice, name="number_text", page="invoices:invoice"),
    "membership": Kind(model=Membership, name="user", related="user", page="console:account_members", key="account_id"),
    "meter": Kind(model=Meter, page="plans:meter_edit"),
    "payment": Kind(model=Payment, name="reference", page="console:account_money", key="account_id"),
    "plan": Kind(model=Plan, page="plans:plan"),
    "plan_version": Kind(model=PlanVersion, name="plan", related="plan", page="plans:version"),
    "subscription": Kind(
        model=Subscription, name="account", related="account", page="console:account_subscription", key="account_id"
    ),
    "user": Kind(model=User),
}


def subject_of(act: AuditRow) -> Named | None:
    """What an act was done to, where it is of a kind that has a name and is still there."""
    kind = _KINDS.get(act.subject_kind)
    if kind is None:
        return None
    rows = kind.model._default_manager.all()
    try:
        found = (rows.select_related(kind.related) if kind.related else rows).filter(pk=act.subject_id).first()
    except (ValueError, ValidationError):  # the key is of another form than the rows' own
        return None
    if found is None:
        return None
    page = (kind.page, getattr(found, kind.key)) if kind.page else None
    return Named(row=found, name=getattr(found, kind.name), page=page)


def names_of(ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of those of the ids that are people or accounts."""
    wanted = list(ids)
    if not wanted:
        return {}
    named: dict[UUID, str] = {one.id: str(one) for one in User.objects.filter(id__in=wanted)}
    return named | {one.id: one.name for one in Account.objects.filter(id__in=wanted)}
