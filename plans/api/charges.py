"""What a draft says, written by machines: its terms, and its charges with their prices in each currency."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from plans.errors import ChargeMeterUnknown, IntervalUnclear
from plans.models import PlanVersion
from plans.operations import catalogue
from plans.queries.catalogue import access_version, chargeable_meters, content_of, meter_terms, seller_of_key
from plans.rules.calendar import Interval
from plans.rules.catalogue import Charge, Entitlement, Price, Version
from plans.rules.catalogue.members import MOST_PHASES, MOST_TIERS
from plans.rules.catalogue.words import OF_SALES, REVENUE_SHARE
from plans.rules.rating import Tier
from plans.rules.service import Phase, Timing
from plans.rules.terms import MeterTerms
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_, NotFound, Refusal
from provider.kernel.machine_doors import Given, scope

from .catalogue import VersionWithContent, read_plan_version

router = Router(tags=["Plans"])
Code = Annotated[str, Field(max_length=64, examples=["seat"])]
Name = Annotated[str, Field(max_length=80)]
Currency = Annotated[str, Field(min_length=3, max_length=3, examples=["CNY"])]
Number = Annotated[Decimal, Field(examples=["30.00"])]
_MOST_CURRENCIES: Final = 20
_MOST_FEATURES: Final = 100


# --- What comes in ---


class IntervalAsked(Given):
    """A length of time: so many months, or so many days."""

    months: Annotated[int, Field(ge=0, le=120, examples=[1])] = 0
    days: Annotated[int, Field(ge=0, le=3660, examples=[0])] = 0

    def interval(self) -> Interval:
        """As the calendar counts it."""
        if bool(self.months) == bool(self.days):
            raise IntervalUnclear(field="interval")
        return Interval(months=self.months, days=self.days)


class TierAsked(Given):
    """Up to how many units, at how much."""

    up_to: Annotated[
        Decimal | None, Field(description=N_("The last unit of it; left out of the last tier."), examples=["10"])
    ] = None
    unit: Annotated[Number, Field(description=N_("What each unit costs."))] = Decimal(0)
    flat: Annotated[Number, Field(description=N_("What is due once when the tier is reached."))] = Decimal(0)


class PhaseAsked(Given):
    """A fixed price for a while; the last one has no length and stays."""

    price: Number
    days: Annotated[int, Field(ge=0, le=999)] = 0
    months: Annotated[int, Field(ge=0, le=999)] = 0


class PriceAsked(Given):
    """The amounts of a charge in one currency, in major units. Each model has its own; others are refused."""

    price: Annotated[Number, Field(description=N_("Of `flat`, `per_unit`, `package` and `one_time`."))] = Decimal(0)
    tiers: Annotated[
        list[TierAsked],
        Field(max_length=MOST_TIERS, description=N_("Of `graduated` and `volume`, from the first unit.")),
    ] = []
    phases: Annotated[
        list[PhaseAsked],
        Field(max_length=MOST_PHASES, description=N_("Of `flat`: introductory prices, and last the one that stays.")),
    ] = []
    size: Annotated[Number, Field(description=N_("Of `package`: how many units it holds."), examples=["1000"])] = (
        Decimal(1)
    )
    free_units: Annotated[Number, Field(description=N_("Of `package`."), examples=["0"])] = Decimal(0)
    rate: Annotated[
        Decimal | None, Field(description=N_("Of `percentage` and `revenue_share`, in percent."), examples=["2.5"])
    ] = None
    fixed: Annotated[Number, Field(description=N_("Of `percentage`: for each event."), examples=["0"])] = Decimal(0)
    free_events: Annotated[int | None, Field(ge=0, le=10**9, description=N_("Of `percentage`."))] = None
    free_total: Annotated[
        Decimal | None, Field(description=N_("Of `percentage` and `revenue_share`: the value that is free."))
    ] = None
    min_per_event: Annotated[Decimal | None, Field(description=N_("Of `percentage`."))] = None
    max_per_event: Annotated[Decimal | None, Field(description=N_("Of `percentage`."))] = None
    minimum: Annotated[
        Decimal | None, Field(description=N_("What the charge comes to at least in a period, where units count."))
    ] = None

    def value(self) -> Price:
        """As the catalogue keeps it."""
        tiers = tuple(Tier(up_to=one.up_to, unit=one.unit, flat=one.flat) for one in self.tiers)
        phases = tuple(Phase(price=one.price, days=one.days, months=one.months) for one in self.phases)
        return Price(tiers=tiers, phases=phases, **self.model_dump(exclude={"tiers", "phases"}))


class ChargeAsked(Given):
    """One price of a version: what it counts, how, when it is billed, and how much it is in each currency."""

    code: Annotated[Code, Field(description=N_("For machines; the same in every version of the plan."))]
    name: Annotated[Name, Field(min_length=1, examples=["Seats"])]
    name_hans: Annotated[Name, Field(description=N_("In simplified Chinese."), examples=["席位"])] = ""
    name_hant: Annotated[Name, Field(description=N_("In traditional Chinese."), examples=["席位"])] = ""
    model: Annotated[
        Literal[
            "flat", "per_unit", "graduated", "volume", "package", "percentage", "revenue_share", "one_time",
        ],
        Field(
            description=N_(
                "The kind of price. `revenue_share` is a percentage of the deals that the customer wins in the CRM, in "
                "arrears; it is read back as `percentage` of the meter `sales`."
            ),
            examples=["graduated"],
        ),
    ]  # fmt: skip
    meter: Annotated[
        str,
        Field(
            max_length=64,
            description=N_("The code of the meter that counts; none for `flat`, `one_time` and units sold by number."),
            examples=["seats"],
        ),
    ] = ""
    quantity: Annotated[
        Decimal | None,
        Field(description=N_("Of `per_unit` without a meter: how many are sold at the start."), examples=["1"]),
    ] = None
    timing: Annotated[
        Timing | None, Field(description=N_("Left out, in arrears for what a meter counts, else in advance."))
    ] = None
    is_prorated: Annotated[
        bool | None,
        Field(description=N_("Whether part of a period costs a part of the price; left out, only of a fixed price.")),
    ] = None
    is_free_in_trial: Annotated[bool, Field(description=N_("The charge `base` always is."))] = False
    interval: Annotated[IntervalAsked | None, Field(description=N_("Its own, which divides the plan’s."))] = None
    tax_rate: Annotated[Decimal | None, Field(description=N_("In percent; the seller’s if left out."))] = None
    prices: Annotated[
        dict[Currency, PriceAsked],
        Field(
            max_length=_MOST_CURRENCIES,
            description=N_("By currency. What is counted in units or events is the same in all of them."),
            examples=[{"CNY": {"tiers": [{"up_to": "3", "unit": "0"}, {"unit": "30.00"}]}}],
        ),
    ]

    def value(self, *, meters: dict[str, MeterTerms]) -> Charge:
        """As the catalogue keeps it; `meters` are those that it may count on, by code."""
        meter = self._meter(meters)
        return Charge(
            code=self.code,
            names=(self.name, self.name_hans, self.name_hant),
            model="percentage" if self.model == REVENUE_SHARE else self.model,
            meter=meter,
            timing=self.timing or ("in_arrears" if meter else "in_advance"),
            is_prorated=self.model == "flat" if self.is_prorated is None else self.is_prorated,
            is_free_in_trial=self.is_free_in_trial,
            interval=self.interval.interval() if self.interval else None,
            quantity=self.quantity,
            tax_rate=self.tax_rate,
            prices={currency: price.value() for currency, price in self.prices.items()},
        )

    def _meter(self, meters: dict[str, MeterTerms]) -> MeterTerms | None:
        known = {OF_SALES.name: OF_SALES} if self.model == REVENUE_SHARE else meters
        code = self.meter or (OF_SALES.name if self.model == REVENUE_SHARE else "")
        if code and code not in known:
            raise ChargeMeterUnknown(field="meter", meter=code, known=", ".join(sorted(known)))
        return known[code] if code else None


class AllowedAsked(Given):
    """How much of something a plan allows."""

    limit: Annotated[
        int | None, Field(ge=0, le=10**12, description=N_("Null: without limit, or a module that is included."))
    ] = None
    stops_at_limit: Annotated[
        bool, Field(description=N_("Else service goes on above it, with a notice at 80 and 100 percent."))
    ] = False


class TermsAsked(Given):
    """What is to change of the terms. What is left out stays; a list or an object is replaced as a whole."""

    interval: Annotated[IntervalAsked | None, Field(description=N_("How long a period lasts."))] = None
    anchor: Annotated[
        Literal["anniversary", "calendar", "day"] | None,
        Field(
            description=N_(
                "Where periods begin: on the day of the start, with the calendar, or on the `anchor_day` of the month."
            ),
            examples=["anniversary"],
        ),
    ] = None
    anchor_day: Annotated[int | None, Field(ge=1, le=31, description=N_("Of the anchor `day` only."))] = None
    trial_days: Annotated[int | None, Field(ge=0, le=3650, examples=[14])] = None
    grace_days: Annotated[
        int | None, Field(ge=0, le=365, description=N_("Served after the paid end, before the account goes dormant."))
    ] = None
    late_usage_days: Annotated[
        int | None, Field(ge=0, le=365, description=N_("How late usage may come; later usage is refused."))
    ] = None
    bills_last_day: Annotated[bool | None, Field(description=N_("Whether the day of a cancellation is billed."))] = None
    currencies: Annotated[
        list[Currency] | None,
        Field(max_length=_MOST_CURRENCIES, description=N_("In which it is sold."), examples=[["CNY", "TWD"]]),
    ] = None
    minimums: Annotated[
        dict[Currency, Number] | None,
        Field(
            description=N_("What a subscriber pays at least in a period, by currency."), examples=[{"CNY": "100.00"}]
        ),
    ] = None
    entitlements: Annotated[
        dict[Annotated[str, Field(pattern=r"^[-a-z0-9_]{1,64}$")], AllowedAsked] | None,
        Field(
            max_length=_MOST_FEATURES,
            description=N_("What is allowed: `seats`, `records`, `custom_fields`, `sms`, or a module by its code."),
            examples=[{"seats": {"limit": 20, "stops_at_limit": True}}],
        ),
    ] = None
    note: Annotated[str | None, Field(max_length=200, description=N_("For colleagues: why this version is made."))] = (
        None
    )

    def content_with(self, before: Version) -> Version:
        """The version with these terms."""
        names = ("trial_days", "grace_days", "late_usage_days", "bills_last_day", "anchor_day")
        plain = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return replace(before, **(self._when() | plain | self._money() | self._allowed()))

    def _when(self) -> dict[str, Any]:
        found: dict[str, Any] = {} if self.interval is None else {"interval": self.interval.interval()}
        return found | ({} if self.anchor is None else {"anchor": self.anchor, "anchor_day": None})

    def _money(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.currencies is not None:
            found["currencies"] = tuple(dict.fromkeys(self.currencies))
        if self.minimums is not None:
            found["minimums"] = {currency: amount for currency, amount in self.minimums.items() if amount}
        return found

    def _allowed(self) -> dict[str, Any]:
        if self.entitlements is None:
            return {}
        return {"entitlements": {name: Entitlement(**one.model_dump()) for name, one in self.entitlements.items()}}


# --- Where a refusal is at fault ---

_IN_A_CURRENCY: Final = re.compile(r"(?P<member>[a-z_]+)_(?P<currency>[A-Z]{3})(?P<rest>[.a-z_0-9]*)")


@contextmanager
def pointing(place: str) -> Iterator[None]:
    """Have a refusal name the member of the body: price_CNY of a charge is prices.CNY.price there."""
    try:
        yield
    except Refusal as refusal:
        if found := _IN_A_CURRENCY.fullmatch(refusal.field):
            refusal.field = place.format(**found.groupdict())
        raise


@contextmanager
def inside(member: str) -> Iterator[None]:
    """Have a refusal name the member that holds the place at fault."""
    try:
        yield
    except Refusal as refusal:
        refusal.field = f"{member}.{refusal.field}" if refusal.field else member
        raise


OF_CHARGE: Final = "prices.{currency}.{member}{rest}"
_OF_TERMS: Final = "minimums.{currency}"


# --- Endpoints ---


@router.post(
    "/plan-versions/{version_id}/terms",
    response=VersionWithContent,
    operation_id="change_terms",
    summary=N_("Change the terms of a draft"),
    description=N_(
        "Interval, trial, grace, currencies, minimums and what is allowed: what is left out stays. What cannot be is "
        "refused with the member at fault, and nothing is changed; what was published never changes (409 "
        "`not_a_draft`)."
    ),
)
@scope("plans:make")
def change_terms(request: HttpRequest, version_id: UUID, asked: TermsAsked) -> VersionWithContent:
    by = actor_of(request)
    version = access_version(seller_id=seller_of_key(by), version_id=version_id)
    with pointing(_OF_TERMS):
        catalogue.change_draft(version_id=version.id, change=asked.content_with, note=asked.note, by=by, at=clock.now())
    return read_plan_version(request, version_id=version.id)


@router.post(
    "/plan-versions/{version_id}/charges",
    response={201: VersionWithContent},
    operation_id="add_plan_charge",
    summary=N_("Add a charge to a draft"),
    description=N_(
        "One price of the plan, in each currency of the version. What cannot be is refused with the member at fault: "
        "tiers that overlap or end too early, a price below 0 or with more than 8 decimals, a meter that does not fit."
    ),
)
@scope("plans:make")
def add_plan_charge(request: HttpRequest, version_id: UUID, asked: ChargeAsked) -> Status[VersionWithContent]:
    return Status(201, _put(request, version_id=version_id, asked=asked, instead_of=""))


@router.post(
    "/plan-versions/{version_id}/charges/{code}/change",
    response=VersionWithContent,
    operation_id="change_plan_charge",
    summary=N_("Change a charge of a draft"),
    description=N_("Puts a charge in the place of this one, as a whole; its code may change too."),
)
@scope("plans:make")
def change_plan_charge(request: HttpRequest, version_id: UUID, code: str, asked: ChargeAsked) -> VersionWithContent:
    return _put(request, version_id=version_id, asked=asked, instead_of=code)


@router.post(
    "/plan-versions/{version_id}/charges/{code}/remove",
    response=VersionWithContent,
    operation_id="remove_plan_charge",
    summary=N_("Remove a charge from a draft"),
    description=N_("Versions that were published keep theirs."),
)
@scope("plans:make")
def remove_plan_charge(request: HttpRequest, version_id: UUID, code: str) -> VersionWithContent:
    by = actor_of(request)
    version = access_version(seller_id=seller_of_key(by), version_id=version_id)
    _charge_in(version, code=code)
    catalogue.remove_charge(version_id=version.id, code=code, by=by, at=clock.now())
    return read_plan_version(request, version_id=version.id)


def _put(request: HttpRequest, *, version_id: UUID, asked: ChargeAsked, instead_of: str) -> VersionWithContent:
    by = actor_of(request)
    version = access_version(seller_id=seller_of_key(by), version_id=version_id)
    before = _charge_in(version, code=instead_of) if instead_of else None
    charge = asked.value(meters=meters_of(version, before=before))
    with pointing(OF_CHARGE):
        catalogue.put_charge(version_id=version.id, charge=charge, instead_of=instead_of, by=by, at=clock.now())
    return read_plan_version(request, version_id=version.id)


def _charge_in(version: PlanVersion, *, code: str) -> Charge:
    charge = content_of(version).charge(code)
    if charge is None:
        raise NotFound()
    return charge


def meters_of(version: PlanVersion, *, before: Charge | None) -> dict[str, MeterTerms]:
    """What a charge of the version may count on, by code."""
    rows = chargeable_meters(seller_id=version.plan.seller_id, besides=before.meter_name if before else "")
    return {row.code: meter_terms(row) for row in rows}
