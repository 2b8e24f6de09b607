"""What a version would ask of a customer, and what it promises otherwise than another one, for machines."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext
from ninja import Query, Router
from pydantic import BaseModel, Field

from plans.errors import ChargeGone, ChargeMeterUnknown, CurrencyNotSold, NotADraft
from plans.models import PlanVersion, VersionStatus
from plans.queries.catalogue import (
    access_version,
    access_version_by_key,
    compared_with,
    content_of,
    meters_of,
    seller_of_key,
    version_on_sale,
)
from plans.rules.catalogue import (
    Difference,
    Part,
    Version,
    beyond,
    differences_of,
    faults_in_change,
    preview,
    with_fitting,
)
from plans.templatetags.catalogue import charge_name, member_name
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Given, scope
from provider.kernel.money import Money
from provider.look.why import Why, why_of

from .charges import OF_CHARGE, ChargeAsked, inside, pointing
from .charges import meters_of as meters_open_to

router = Router(tags=["Plans"])
MOST_UNITS = 10**12


# --- What a customer would pay ---


class UnsavedAsked(Given):
    """A charge as it would be saved, and what it would replace."""

    charge: ChargeAsked
    instead_of: Annotated[
        str, Field(max_length=64, description=N_("The code of the charge that it replaces; left out, it is a new one."))
    ] = ""


class PreviewAsked(Given):
    """How large the customer is."""

    currency: Annotated[str, Field(min_length=3, max_length=3, examples=["CNY"])]
    units: Annotated[
        dict[str, Annotated[Decimal, Field(ge=0, le=MOST_UNITS, decimal_places=8)]],
        Field(
            max_length=100,
            description=N_("How much of each meter in a period, on each day of it if it is a level; else none."),
            examples=[{"seats": "12"}],
        ),
    ] = {}
    unsaved: Annotated[
        UnsavedAsked | None, Field(description=N_("Of a draft, for the provider: a charge that is not saved yet."))
    ] = None


class PartShown(Answer):
    """What one charge comes to."""

    charge: Annotated[str, Field(description=N_("Its code, or `minimum` of the plan."), examples=["seat"])]
    name: Annotated[str, Field(description=N_("In your language."), examples=["Seats"])]
    amount: Annotated[str, Field(examples=["270.00"])]
    why: Annotated[list[Why], Field(description=N_("How, in your language: one for each line of the invoice."))]


class BeyondShown(Answer):
    """What the customer has more of than the plan allows."""

    feature: Annotated[str, Field(examples=["seats"])]
    limit: Annotated[int, Field(examples=[10])]
    stops_at_limit: Annotated[bool, Field(description=N_("Else service goes on above it, with a notice."))]


class ComparedShown(Answer):
    """The same customer with what is on sale."""

    version_id: UUID
    number: Annotated[int, Field(examples=[2])]
    total: Annotated[str, Field(examples=["358.00"])]
    difference: Annotated[str, Field(description=N_("How much more the version asked about is."), examples=["30.00"])]


class PreviewShown(Answer):
    """What a customer pays for a whole period, before discounts and tax, by the rules that bill it.

    The trial is left out, and of introductory prices the one that stays is taken.
    """

    currency: Annotated[str, Field(examples=["CNY"])]
    total: Annotated[str, Field(examples=["388.00"])]
    parts: list[PartShown]
    once: Annotated[list[PartShown], Field(description=N_("What is due at the start alone; not in the total."))]
    beyond: list[BeyondShown]
    on_sale: Annotated[
        ComparedShown | None, Field(description=N_("Null where nothing else is on sale in this currency."))
    ]


def _parts(content: Version, parts: tuple[Part, ...]) -> list[PartShown]:
    return [
        PartShown(
            charge=part.charge,
            name=charge_name(charge) if (charge := content.charge(part.charge)) else gettext("Minimum"),
            amount=str(part.amount.amount),
            why=[why_of(explanation) for explanation in part.explanations],
        )
        for part in parts
    ]


def _compared(version: PlanVersion, *, asked: PreviewAsked, total: Money) -> ComparedShown | None:
    on_sale = version_on_sale(version.plan)
    if on_sale is None or on_sale.pk == version.pk or asked.currency not in (content := content_of(on_sale)).currencies:
        return None
    there = preview(content, currency=asked.currency, units=asked.units).total
    return ComparedShown(
        version_id=on_sale.id,
        number=on_sale.number,
        total=str(there.amount),
        difference=str((total - there).amount),
    )


@router.post(
    "/plan-versions/{version_id}/preview",
    response=PreviewShown,
    operation_id="preview_version",
    summary=N_("Ask what a customer would pay"),
    description=N_(
        "A customer of a size that you say, for one whole period, charge by charge; nothing is written. A draft may be "
        "asked as well as what is on sale, also with a charge that is not saved yet: what could not be saved is "
        "refused at its place."
    ),
)
@scope("plans:read")
def preview_one_version(request: HttpRequest, version_id: UUID, asked: PreviewAsked) -> PreviewShown:
    version = access_version_by_key(by=actor_of(request), version_id=version_id)
    content = _with_unsaved(version, asked=asked)
    _check(version, content=content, asked=asked)
    seen = preview(content, currency=asked.currency, units=asked.units)
    return PreviewShown(
        currency=asked.currency,
        total=str(seen.total.amount),
        parts=_parts(content, seen.parts),
        once=_parts(content, seen.once),
        beyond=[
            BeyondShown(feature=feature, limit=limit, stops_at_limit=content.entitlements[feature].stops_at_limit)
            for feature, limit in beyond(content, units=asked.units).items()
        ],
        on_sale=_compared(version, asked=asked, total=seen.total),
    )


def _with_unsaved(version: PlanVersion, *, asked: PreviewAsked) -> Version:
    """What the version says, and what it would say with the charge that is sent along."""
    content, unsaved = content_of(version), asked.unsaved
    if unsaved is None:
        return content
    if version.status != VersionStatus.DRAFT:
        raise NotADraft(field="unsaved")
    before = content.charge(unsaved.instead_of)
    if unsaved.instead_of and before is None:
        raise ChargeGone(field="unsaved.instead_of", charge=unsaved.instead_of)
    with inside("unsaved.charge"), pointing(OF_CHARGE):
        charge = unsaved.charge.value(meters=meters_open_to(version, before=before))
        changed = with_fitting(content, charge, instead_of=unsaved.instead_of)
        for fault in faults_in_change(content, changed, currencies=content.currencies):
            raise fault
    return changed


def _check(version: PlanVersion, *, content: Version, asked: PreviewAsked) -> None:
    if asked.currency not in content.currencies:
        raise CurrencyNotSold(field="currency", currency=asked.currency)
    known = set(meters_of(seller_id=version.plan.seller_id).values_list("code", flat=True))
    for code in asked.units:
        if code not in known:
            raise ChargeMeterUnknown(field=f"units.{code}", meter=code, known=", ".join(sorted(known)))


# --- What two versions promise otherwise ---


class DifferenceShown(Answer):
    """One place that differs."""

    charge: Annotated[str, Field(description=N_("The code of the charge; empty for the terms."), examples=["seat"])]
    member: Annotated[str, Field(description=N_("`charge` itself where it is new or gone."), examples=["price"])]
    name: Annotated[str, Field(description=N_("The same in your language."), examples=["Amount of the price"])]
    currency: Annotated[str, Field(description=N_("Empty where it holds for all."), examples=["CNY"])]
    before: Annotated[Any, Field(examples=["30"])]
    after: Annotated[Any, Field(examples=["33"])]

    @classmethod
    def of(cls, one: Difference) -> DifferenceShown:
        return cls(
            charge=one.charge,
            member=one.member,
            name=member_name(one),
            currency=one.currency,
            before=one.before,
            after=one.after,
        )


class DifferencesShown(Answer):
    """How a version differs from another one."""

    version_id: UUID
    compared_with: Annotated[
        UUID | None, Field(description=N_("Null where there is nothing yet to compare the version with."))
    ]
    differences: list[DifferenceShown]


class ComparisonAsked(BaseModel):
    """With which version."""

    other: Annotated[
        UUID | None,
        Field(
            description=N_("Left out, a draft is compared with what is on sale, any other version with the one before.")
        ),
    ] = None


@router.get(
    "/plan-versions/{version_id}/differences",
    response=DifferencesShown,
    operation_id="read_differences",
    summary=N_("Compare two versions"),
    description=N_("Place by place: what it was, and what it is in this version. For the provider."),
)
@scope("plans:read")
def read_differences(request: HttpRequest, version_id: UUID, asked: Query[ComparisonAsked]) -> DifferencesShown:
    seller_id = seller_of_key(actor_of(request))
    version = access_version(seller_id=seller_id, version_id=version_id)
    if asked.other is None:
        other = compared_with(version)
    else:
        other = access_version(seller_id=seller_id, version_id=asked.other)
    found = differences_of(content_of(other), content_of(version)) if other else []
    return DifferencesShown(
        version_id=version.id,
        compared_with=other.id if other else None,
        differences=[DifferenceShown.of(one) for one in found],
    )
