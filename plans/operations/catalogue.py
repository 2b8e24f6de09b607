"""What is sold is written here: meters, plans, drafts of their versions, and what makes a draft a promise.

A draft is changed as a whole: what it says is read, the change is made on values, what cannot be is refused, and the
rows are written anew. A published version never changes; a new price is a new version.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from plans.errors import (
    DraftExists,
    MeterCodeTaken,
    MeterShapeUnfit,
    NotADraft,
    PlanCodeBad,
    PlanCodeTaken,
    PlanNameMissing,
)
from plans.events import PlanPublished, PlanWithdrawn
from plans.models import ChargePrice, Entitlement, Meter, Plan, PlanCharge, PlanMinimum, PlanVersion, VersionStatus
from plans.models.catalogue import TRANSITIONS
from plans.queries.catalogue import content_of, draft_of, version_on_sale
from plans.queries.stories import obstacles
from plans.rules.catalogue import (
    Charge,
    Difference,
    Price,
    Version,
    differences_of,
    digest_of,
    faults_in_change,
    with_fitting,
)
from plans.rules.catalogue.content import plain_price
from plans.rules.usage import SALES
from provider.accounts.rules.defaults import CURRENCIES
from provider.kernel import audit, outbox
from provider.kernel.actor import Actor
from provider.kernel.errors import ForbiddenMove, NotFound
from provider.kernel.state import move

from .stories import ask_for_stories

_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
Names = tuple[str, str, str]  # in English, Simplified and Traditional Chinese


# --- Meters ---


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterDetails:
    """What a meter is."""

    code: str
    names: Names
    aggregate: str
    carries_over: bool = False
    unit: str = ""
    property: str = ""


# What every seller of a CRM counts: who works in it, how many customers it keeps, and what was won with it.
STANDARD_METERS: Final = (
    MeterDetails(code="seats", names=("Seats", "席位", "席位"), aggregate="unique", carries_over=True, property="user"),
    MeterDetails(
        code="records", names=("Customer records", "客户记录", "客戶紀錄"), aggregate="sum", carries_over=True
    ),
    MeterDetails(code=SALES, names=("Sales won", "成交金额", "成交金額"), aggregate="sum"),
)


def create_meter(*, seller_id: UUID, details: MeterDetails, by: Actor, at: datetime) -> Meter:
    """Add something that plans may count. What it counts and how stays for good: amounts were computed from it."""
    if not _CODE.fullmatch(details.code):
        raise PlanCodeBad(field="code")
    if not details.names[0]:
        raise PlanNameMissing(field="name")
    if details.carries_over and details.aggregate not in ("sum", "unique"):
        raise MeterShapeUnfit(field="carries_over")
    with transaction.atomic():
        meter = _meter_row(seller_id, details, at=at)
        try:
            with transaction.atomic():
                meter.save(force_insert=True)
        except IntegrityError as trouble:
            raise MeterCodeTaken(field="code", meter=details.code) from trouble

        audit.record(
            by=by, verb="meter.created", subject_kind="meter", subject_id=meter.pk, account_id=seller_id, at=at,
            after={"meter": meter.code, "aggregate": meter.aggregate, "carries_over": meter.carries_over},
        )  # fmt: skip
        return meter


def rename_meter(*, seller_id: UUID, meter_id: int, names: Names, unit: str, by: Actor, at: datetime) -> Meter:
    """Give a meter other names; they stand on what is shown from now on."""
    if not names[0]:
        raise PlanNameMissing(field="name")
    with transaction.atomic():
        meter = Meter.objects.select_for_update().filter(seller_id=seller_id, pk=meter_id).first()
        if meter is None:
            raise NotFound()

        before = {"name": meter.name, "unit": meter.unit}
        meter.name, meter.name_hans, meter.name_hant = names
        meter.unit = unit
        meter.save(update_fields=["name", "name_hans", "name_hant", "unit"])

        audit.record(
            by=by, verb="meter.renamed", subject_kind="meter", subject_id=meter.pk, account_id=seller_id, at=at,
            before=before, after={"name": meter.name, "unit": meter.unit},
        )  # fmt: skip
        return meter


def ensure_standard_meters(*, seller_id: UUID, at: datetime) -> None:
    """Make seats, customer records and sales countable; what is there stays."""
    rows = [_meter_row(seller_id, details, at=at) for details in STANDARD_METERS]
    Meter.objects.bulk_create(rows, ignore_conflicts=True)


def _meter_row(seller_id: UUID, details: MeterDetails, *, at: datetime) -> Meter:
    name, hans, hant = details.names
    return Meter(
        seller_id=seller_id,
        code=details.code,
        name=name,
        name_hans=hans,
        name_hant=hant,
        unit=details.unit,
        aggregate=details.aggregate,
        property=details.property,
        carries_over=details.carries_over,
        created_at=at,
    )


# --- Plans ---


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDetails:
    """What a plan is called and to whom it is shown: what may change while people are on it."""

    names: Names
    summaries: Names = ("", "", "")
    grants_crm: bool = True
    is_offered: bool = True
    position: int = 0


def create_plan(*, seller_id: UUID, code: str, details: PlanDetails, by: Actor, at: datetime) -> Plan:
    """A new plan with an empty draft of its first version."""
    if not _CODE.fullmatch(code):
        raise PlanCodeBad(field="code")
    with transaction.atomic():
        ensure_standard_meters(seller_id=seller_id, at=at)
        plan = Plan(seller_id=seller_id, code=code, created_at=at)
        _describe(plan, details)
        try:
            with transaction.atomic():
                plan.save(force_insert=True)
        except IntegrityError as trouble:
            raise PlanCodeTaken(field="code", plan=code) from trouble
        PlanVersion.objects.create(plan=plan, number=1, created_at=at, changed_at=at)

        audit.record(
            by=by, verb="plan.created", subject_kind="plan", subject_id=plan.id, account_id=seller_id, at=at,
            after={"plan": code, "name": plan.name},
        )  # fmt: skip
        return plan


def describe_plan(*, plan_id: UUID, details: PlanDetails, by: Actor, at: datetime) -> Plan:
    """Change the names of a plan, and whether visitors are offered it."""
    with transaction.atomic():
        plan = lock_plan(plan_id)

        before = _description(plan)
        _describe(plan, details)
        plan.save()

        audit.record(
            by=by, verb="plan.described", subject_kind="plan", subject_id=plan.id, account_id=plan.seller_id, at=at,
            before=before, after=_description(plan),
        )  # fmt: skip
        return plan


def archive_plan(*, plan_id: UUID, is_archived: bool, by: Actor, at: datetime) -> Plan:
    """Take a plan out of the lists, or put it back. Whoever is on it stays on it."""
    with transaction.atomic():
        plan = lock_plan(plan_id)

        plan.archived_at = at if is_archived else None
        plan.save(update_fields=["archived_at"])

        audit.record(
            by=by, verb="plan.archived" if is_archived else "plan.restored", subject_kind="plan",
            subject_id=plan.id, account_id=plan.seller_id, at=at,
        )  # fmt: skip
        return plan


def lock_plan(plan_id: UUID) -> Plan:
    """The plan, locked: its versions are numbered, published and withdrawn one after the other."""
    plan = Plan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        raise NotFound()
    return plan


def _describe(plan: Plan, details: PlanDetails) -> None:
    if not details.names[0]:
        raise PlanNameMissing(field="name")
    plan.name, plan.name_hans, plan.name_hant = details.names
    plan.summary, plan.summary_hans, plan.summary_hant = details.summaries
    plan.grants_crm, plan.is_offered, plan.position = details.grants_crm, details.is_offered, details.position


def _description(plan: Plan) -> dict[str, Any]:
    shown = ("name", "name_hans", "name_hant", "summary", "grants_crm", "is_offered", "position")
    return {name: getattr(plan, name) for name in shown}


# --- Drafts ---


def draft_version(*, plan_id: UUID, copy_of: UUID | None = None, by: Actor, at: datetime) -> PlanVersion:
    """A draft of the next version, a copy of `copy_of`, else of the one on sale; a plan has one draft at a time."""
    with transaction.atomic():
        plan = lock_plan(plan_id)
        if draft := draft_of(plan):
            raise DraftExists(number=draft.number)
        source = plan.versions.filter(pk=copy_of).first() if copy_of else version_on_sale(plan)
        source = source or plan.versions.order_by("-number").first()

        last = plan.versions.order_by("-number").values_list("number", flat=True).first() or 0
        draft = PlanVersion.objects.create(plan=plan, number=last + 1, created_at=at, changed_at=at)
        if source is not None:
            _write(draft, content_of(source), at=at)

        audit.record(
            by=by, verb="plan_version.drafted", subject_kind="plan_version", subject_id=draft.id,
            account_id=plan.seller_id, at=at, after={"number": draft.number, "from": source.number if source else None},
        )  # fmt: skip
        ask_for_stories(plan=plan, at=at)
        return draft


def discard_draft(*, version_id: UUID, by: Actor, at: datetime) -> None:
    """Throw a draft away; nobody was ever promised what it says. The first version of a plan is emptied instead."""
    with transaction.atomic():
        draft = _lock_draft(version_id)

        if draft.plan.versions.count() > 1:
            draft.delete()
        else:
            _write(draft, Version(), at=at)

        audit.record(
            by=by, verb="plan_version.discarded", subject_kind="plan_version", subject_id=version_id,
            account_id=draft.plan.seller_id, at=at, before={"number": draft.number},
        )  # fmt: skip


def put_charge(*, version_id: UUID, charge: Charge, instead_of: str = "", by: Actor, at: datetime) -> PlanVersion:
    """Add a charge to a draft, or put it in the place of the one with the code `instead_of`."""

    return change_draft(
        version_id=version_id, change=lambda content: with_fitting(content, charge, instead_of=instead_of), by=by, at=at
    )


def remove_charge(*, version_id: UUID, code: str, by: Actor, at: datetime) -> PlanVersion:
    """Take a charge out of a draft."""
    return change_draft(version_id=version_id, change=lambda content: content.without_charge(code), by=by, at=at)


def change_draft(
    *, version_id: UUID, change: Callable[[Version], Version], by: Actor, at: datetime, note: str | None = None
) -> PlanVersion:
    """Have a draft say what `change` makes of it; refuses what cannot be."""
    with transaction.atomic():
        draft = _lock_draft(version_id)
        before = content_of(draft)
        after = change(before)
        was = differences_of(before, after)
        for fault in faults_in_change(before, after, currencies=CURRENCIES):
            raise fault

        if note is not None:
            draft.note = note
        _write(draft, after, at=at)

        audit.record(
            by=by, verb="plan_version.changed", subject_kind="plan_version", subject_id=draft.id,
            account_id=draft.plan.seller_id, at=at, before=_places(was, "before"), after=_places(was, "after"),
        )  # fmt: skip
        ask_for_stories(plan=draft.plan, at=at)
        return draft


def _places(differences: list[Difference], side: str) -> dict[str, Any]:
    """What differs, by its place such as "seat.price.CNY"."""
    return {
        ".".join(part for part in (one.charge, one.member, one.currency) if part): getattr(one, side)
        for one in differences
        if one.member != "code"
    }


def _lock_draft(version_id: UUID) -> PlanVersion:
    version = PlanVersion.objects.select_for_update(of=("self",)).select_related("plan").filter(pk=version_id).first()
    if version is None:
        raise NotFound()
    if version.status != VersionStatus.DRAFT:
        raise NotADraft()
    return version


def _write(draft: PlanVersion, content: Version, *, at: datetime) -> None:
    draft.interval_months, draft.interval_days = content.interval.months, content.interval.days
    draft.anchor, draft.anchor_day = content.anchor, content.anchor_day
    draft.trial_days, draft.grace_days = content.trial_days, content.grace_days
    draft.late_usage_days, draft.bills_last_day = content.late_usage_days, content.bills_last_day
    draft.currencies, draft.changed_at = list(content.currencies), at
    draft.save()
    _write_charges(draft, content)
    draft.minimums.all().delete()
    PlanMinimum.objects.bulk_create(
        PlanMinimum(version=draft, currency=currency, amount=amount)
        for currency, amount in content.minimums.items()
        if amount
    )
    draft.entitlements.all().delete()
    Entitlement.objects.bulk_create(
        Entitlement(version=draft, feature=feature, limit=allowed.limit, stops_at_limit=allowed.stops_at_limit)
        for feature, allowed in content.entitlements.items()
    )


def _write_charges(draft: PlanVersion, content: Version) -> None:
    draft.charges.all().delete()
    if any(charge.meter_name == SALES for charge in content.charges):  # a seller may be older than this meter
        ensure_standard_meters(seller_id=draft.plan.seller_id, at=draft.changed_at)
    meters = {meter.code: meter for meter in Meter.objects.filter(seller_id=draft.plan.seller_id)}
    for position, charge in enumerate(content.charges):
        row = PlanCharge.objects.create(
            version=draft,
            position=position,
            code=charge.code,
            name=charge.names[0],
            name_hans=charge.names[1],
            name_hant=charge.names[2],
            model=charge.model,
            meter=meters[charge.meter_name] if charge.meter else None,
            timing=charge.timing,
            is_prorated=charge.is_prorated,
            interval_months=charge.interval.months if charge.interval else 0,
            interval_days=charge.interval.days if charge.interval else 0,
            quantity=charge.quantity,
            tax_rate=charge.tax_rate,
            is_free_in_trial=charge.is_free_in_trial,
        )
        prices = {currency: price for currency, price in charge.prices.items() if currency in content.currencies}
        ChargePrice.objects.bulk_create(_price_row(row, currency, price) for currency, price in prices.items())


def _price_row(charge: PlanCharge, currency: str, price: Price) -> ChargePrice:
    plain = plain_price(price)
    written = {"tiers": plain.get("tiers", []), "phases": plain.get("phases", [])}
    amounts = {one.name: getattr(price, one.name) for one in fields(Price) if one.name not in written}
    return ChargePrice(charge=charge, currency=currency, **amounts, **written)


# --- Publishing ---


def publish_version(*, version_id: UUID, by: Actor, at: datetime) -> PlanVersion:
    """Make a draft what new subscribers get, for good. The version before it is sold no more; who has it keeps it."""
    with transaction.atomic():
        plan = lock_plan(_plan_of(version_id))
        draft = _lock_draft(version_id)
        content = content_of(draft)
        digest = _check_publishable(draft, content)

        before = version_on_sale(plan)
        if before is not None:
            move(before, to=VersionStatus.WITHDRAWN, transitions=TRANSITIONS)
        move(draft, to=VersionStatus.PUBLISHED, transitions=TRANSITIONS, digest=digest, published_at=at, changed_at=at)

        audit.record(
            by=by, verb="plan_version.published", subject_kind="plan_version", subject_id=draft.id,
            account_id=plan.seller_id, at=at, after={"plan": plan.code, "number": draft.number, "digest": digest},
        )  # fmt: skip
        outbox.publish(
            PlanPublished(account_id=plan.seller_id, plan_id=plan.id, version_id=draft.id, number=draft.number), at=at
        )
        return draft


def withdraw_version(*, version_id: UUID, reason: str, by: Actor, at: datetime) -> PlanVersion:
    """Sell a version no more. Whoever has it keeps it, at its prices."""
    return _move_published(version_id, to=VersionStatus.WITHDRAWN, reason=reason, by=by, at=at)


def offer_version_again(*, version_id: UUID, reason: str, by: Actor, at: datetime) -> PlanVersion:
    """Sell a withdrawn version again, in the place of the one on sale."""
    return _move_published(version_id, to=VersionStatus.PUBLISHED, reason=reason, by=by, at=at)


def _move_published(version_id: UUID, *, to: str, reason: str, by: Actor, at: datetime) -> PlanVersion:
    with transaction.atomic():
        plan = lock_plan(_plan_of(version_id))
        version = plan.versions.get(pk=version_id)
        if version.status == VersionStatus.DRAFT:  # a draft becomes a promise by `publish_version` alone
            raise ForbiddenMove(now=version.status, to=to)
        on_sale = version_on_sale(plan)

        if to == VersionStatus.PUBLISHED and on_sale is not None and on_sale.pk != version.pk:
            move(on_sale, to=VersionStatus.WITHDRAWN, transitions=TRANSITIONS)
        move(version, to=to, transitions=TRANSITIONS)

        audit.record(
            by=by, verb=f"plan_version.{to}", subject_kind="plan_version", subject_id=version.id,
            account_id=plan.seller_id, at=at, after={"plan": plan.code, "number": version.number}, reason=reason,
        )  # fmt: skip
        event = PlanPublished if to == VersionStatus.PUBLISHED else PlanWithdrawn
        outbox.publish(
            event(account_id=plan.seller_id, plan_id=plan.id, version_id=version.id, number=version.number), at=at
        )
        return version


def _plan_of(version_id: UUID) -> UUID:
    plan_id = PlanVersion.objects.filter(pk=version_id).values_list("plan_id", flat=True).first()
    if plan_id is None:
        raise NotFound()
    return plan_id


def _check_publishable(draft: PlanVersion, content: Version) -> str:
    """The digest of what is published; refuses what stands in the way."""
    for obstacle in obstacles(draft, content=content, currencies=CURRENCIES):
        raise obstacle
    return digest_of(content)
