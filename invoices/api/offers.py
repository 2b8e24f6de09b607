"""Coupons and prepaid balances, for machines."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import BaseModel, ConfigDict, Field

from invoices.errors import CouponUnfit, CurrencyUnused, TopUpOfAnother
from invoices.operations import coupons
from invoices.operations.balances import take_back_lot, take_back_rest, top_up_by_hand
from invoices.queries.balances import BY_HAND, access_lot, lots_of_account, usable
from invoices.queries.coupons import access_coupon, coupons_of_account, coupons_open_to
from invoices.queries.extras import access_billed_account
from plans.queries.catalogue import seller_of_key
from provider.accounts.queries import access_account_by_key
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Given, Instant, Page, PageAsked, page_of, scope

from .amounts import Amount, money_of, told

if TYPE_CHECKING:
    from invoices.queries.balances import LotRow
    from invoices.queries.coupons import AppliedRow, CouponRow

router = Router(tags=["Coupons and balances"])
Currency = Annotated[
    str, Field(pattern="^[A-Z]{3}$", description=N_("Three letters, ISO 4217."), examples=["CNY"])
]  # fmt: skip
Names = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=100)]


class Only(BaseModel):
    """On which lines it is used, by the codes of what they bill; all of them empty: on every line."""

    model_config = ConfigDict(extra="forbid")

    plans: Names = []
    charges: Names = []
    meters: Names = []

    def kept(self) -> dict[str, list[str]]:
        """As the books keep it."""
        return {kind: names for kind, names in self.model_dump().items() if names}


# --- Coupons ---


class CouponAsked(Given):
    """A percentage or an amount."""

    code: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
            max_length=64,
            description=N_("Its name, for good: letters, digits, and `_`, `.` or `-`."),
            examples=["SPRING-20"],
        ),
    ]
    percent: Annotated[
        Decimal | None, Field(max_digits=7, decimal_places=4, description=N_("Up to 100."), examples=["20"])
    ] = None
    amount: Annotated[Amount | None, Field(description=N_("Instead of `percent`: off each invoice."))] = None
    currency: Annotated[Currency | None, Field(description=N_("Of the amount."))] = None
    times: Annotated[
        int | None, Field(ge=1, le=10_000, description=N_("On how many invoices; left out, for ever."), examples=[3])
    ] = None
    only: Only = Only()
    starts_at: Annotated[Instant | None, Field(description=N_("Given from then on; left out, at once."))] = None
    expires_at: Annotated[
        Instant | None,
        Field(description=N_("Given to nobody from then on; who has it keeps it. Left out, until it is closed.")),
    ] = None


class TakenOff(Answer):
    """What was taken off in one currency."""

    currency: Annotated[str, Field(examples=["CNY"])]
    amount: Annotated[str, Field(examples=["240.00"])]


class CouponShown(Answer):
    """A percentage or an amount that is taken off the invoices of whoever has it."""

    id: UUID
    code: Annotated[str, Field(examples=["SPRING-20"])]
    percent: Annotated[str | None, Field(examples=["20"])]
    amount: Annotated[str | None, Field(examples=["30.00"])]
    currency: Annotated[str | None, Field(examples=["CNY"])]
    times: Annotated[int | None, Field(description=N_("On how many invoices; null: for ever."))]
    only: dict[str, list[str]]
    accounts: Annotated[int, Field(description=N_("How many accounts have it."), examples=[12])]
    invoices: Annotated[int, Field(description=N_("How many invoices have used it."), examples=[31])]
    taken_off: Annotated[list[TakenOff], Field(description=N_("What it took off them, before tax."))]
    created_at: datetime
    starts_at: datetime | None
    expires_at: datetime | None
    closed_at: Annotated[datetime | None, Field(description=N_("Since when it is given to nobody any more."))]

    @classmethod
    def of(cls, coupon: CouponRow) -> CouponShown:
        minor = coupon.amount_minor
        return cls(
            id=coupon.id,
            code=coupon.code,
            percent=None if coupon.percent is None else f"{coupon.percent.normalize():f}",
            amount=None if minor is None else told(minor, currency=coupon.currency),
            currency=coupon.currency or None,
            times=coupon.times,
            only=coupon.only,
            accounts=coupon.holder_count,
            invoices=coupon.use_count,
            taken_off=[
                TakenOff(currency=one["currency"], amount=told(one["minor"], currency=one["currency"]))
                for one in coupon.taken
            ],
            created_at=coupon.created_at,
            starts_at=coupon.starts_at,
            expires_at=coupon.expires_at,
            closed_at=coupon.closed_at,
        )


class AppliedShown(Answer):
    """A coupon that an account has, and what it took off so far."""

    id: UUID
    coupon_id: UUID
    code: Annotated[str, Field(examples=["SPRING-20"])]
    account_id: UUID
    currency: Annotated[str, Field(examples=["CNY"])]
    applied_at: datetime
    ended_at: datetime | None
    invoices: Annotated[int, Field(description=N_("How many invoices have used it."), examples=[2])]
    taken_off: Annotated[str, Field(description=N_("What it took off them, before tax."), examples=["40.00"])]

    @classmethod
    def of(cls, applied: AppliedRow) -> AppliedShown:
        currency = applied.account.currency
        return cls(
            id=applied.id,
            coupon_id=applied.coupon_id,
            code=applied.coupon.code,
            account_id=applied.account_id,
            currency=currency,
            applied_at=applied.applied_at,
            ended_at=applied.ended_at,
            invoices=applied.use_count,
            taken_off=told(applied.taken_minor, currency=currency),
        )


class CouponsAsked(PageAsked):
    """Which coupons."""

    is_closed: Annotated[bool | None, Field(description=N_("Only closed ones, or only those that can be given."))] = (
        None
    )
    code: Annotated[str, Field(max_length=64, description=N_("Only the one with this code."))] = ""


@router.get(
    "/coupons",
    response=Page[CouponShown],
    operation_id="list_coupons",
    summary=N_("List coupons"),
    description=N_("Newest first; for the provider."),
)
@scope("coupons:read")
def list_coupons(request: HttpRequest, response: HttpResponse, asked: Query[CouponsAsked]) -> dict[str, Any]:
    rows = coupons_open_to(actor_of(request), at=clock.now())
    if asked.is_closed is not None:
        rows = rows.filter(closed_at__isnull=not asked.is_closed)
    if asked.code:
        rows = rows.filter(code=asked.code)
    return page_of(
        rows,
        request=request,
        response=response,
        asked=asked,
        order=("-created_at", "-id"),
        shape=CouponShown.of,
        filters={"is_closed": "" if asked.is_closed is None else str(asked.is_closed).lower(), "code": asked.code},
    )


@router.post(
    "/coupons",
    response={201: CouponShown},
    operation_id="create_coupon",
    summary=N_("Make a coupon"),
    description=N_(
        "A percentage or an amount, on so many invoices or for ever, on all lines or only on some. It takes nothing "
        "off before an account has it. A code is used once (409 `coupon_code_taken`)."
    ),
)
@scope("coupons:write")
def create_one_coupon(request: HttpRequest, asked: CouponAsked) -> Status[CouponShown]:
    by = actor_of(request)
    if (asked.amount is None) != (asked.currency is None):
        raise CouponUnfit(field="currency")
    amount = money_of(asked.amount, currency=asked.currency) if asked.amount is not None and asked.currency else None
    made = coupons.create_coupon(
        seller_account_id=seller_of_key(by), code=asked.code, percent=asked.percent, amount=amount, times=asked.times,
        only=asked.only.kept(), starts_at=asked.starts_at, expires_at=asked.expires_at, by=by, at=clock.now(),
    )  # fmt: skip
    return Status(201, CouponShown.of(access_coupon(coupon_id=made.id, by=by, at=clock.now())))


@router.post(
    "/coupons/{coupon_id}/close",
    response=CouponShown,
    operation_id="close_coupon",
    summary=N_("Close a coupon"),
    description=N_("It is given to nobody any more; whoever has it keeps it."),
)
@scope("coupons:write")
def close_one_coupon(request: HttpRequest, coupon_id: UUID) -> CouponShown:
    by = actor_of(request)
    coupons.close_coupon(seller_account_id=seller_of_key(by), coupon_id=coupon_id, by=by, at=clock.now())
    return CouponShown.of(access_coupon(coupon_id=coupon_id, by=by, at=clock.now()))


class ApplyCouponAsked(Given):
    """Which one, and until when."""

    coupon_id: UUID
    ends_at: Annotated[
        Instant | None,
        Field(description=N_("Invoices due from then on do without it; left out, as the coupon says.")),
    ] = None
    reason: Annotated[str, Field(max_length=300, description=N_("For the history."))] = ""


@router.get(
    "/accounts/{account_id}/coupons",
    response=Page[AppliedShown],
    operation_id="list_coupons_of_account",
    summary=N_("List the coupons of an account"),
    description=N_("Those that it has or had, the first given first, with what each took off."),
)
@scope("coupons:read")
def list_coupons_of_account(
    request: HttpRequest, response: HttpResponse, account_id: UUID, asked: Query[PageAsked]
) -> dict[str, Any]:
    account = access_billed_account(account_id=account_id, by=actor_of(request))
    rows = coupons_of_account(account.id)
    return page_of(
        rows, request=request, response=response, asked=asked, order=("applied_at", "id"), shape=AppliedShown.of
    )


@router.post(
    "/accounts/{account_id}/coupons",
    response={201: AppliedShown},
    operation_id="apply_coupon",
    summary=N_("Give a coupon to an account"),
    description=N_(
        "It takes something off the invoices that become due from now on. An account has a coupon once "
        "(409 `coupon_applied_already`); a closed one is given to nobody (409 `coupon_closed`)."
    ),
)
@scope("coupons:write")
def apply_one_coupon(request: HttpRequest, account_id: UUID, asked: ApplyCouponAsked) -> Status[AppliedShown]:
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    coupon = access_coupon(coupon_id=asked.coupon_id, by=by, at=clock.now())
    applied = coupons.apply_coupon(
        account_id=account.id, seller_account_id=coupon.seller_account_id, coupon_id=coupon.id, by=by,
        at=clock.now_for(test_clock_at=account.test_clock_at), ends_at=asked.ends_at, reason=asked.reason,
    )  # fmt: skip
    return Status(201, AppliedShown.of(coupons_of_account(account.id).get(pk=applied.pk)))


class EndCouponAsked(Given):
    """Why."""

    reason: Annotated[str, Field(max_length=300, description=N_("For the history."))] = ""


@router.post(
    "/accounts/{account_id}/coupons/{applied_id}/end",
    response=AppliedShown,
    operation_id="end_coupon",
    summary=N_("End a coupon of an account"),
    description=N_(
        "Invoices due from now on do without it; what it took off before stays. Once ended it is not ended again "
        "(409 `coupon_ended`). `applied_id` is the `id` in the account’s list of coupons."
    ),
)
@scope("coupons:write")
def end_one_coupon(request: HttpRequest, account_id: UUID, applied_id: UUID, asked: EndCouponAsked) -> AppliedShown:
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    coupons.end_coupon(
        account_id=account.id, applied_id=applied_id, by=by, at=clock.now_for(test_clock_at=account.test_clock_at),
        reason=asked.reason,
    )  # fmt: skip
    return AppliedShown.of(coupons_of_account(account.id).get(pk=applied_id))


# --- Balances ---


class TopUpAsked(Given):
    """Prepaid money that arrived."""

    amount: Annotated[Amount, Field(examples=["500.00"])]
    currency: Annotated[Currency, Field(description=N_("The account’s; another one is refused."))]
    reference: Annotated[
        str,
        Field(
            min_length=1,
            max_length=64,
            description=N_("Of the transfer: told again, it adds nothing and answers the first top-up."),
            examples=["T-20261101-7"],
        ),
    ]
    name: Annotated[str, Field(min_length=1, max_length=64, description=N_("Which balance."))] = "main"
    priority: Annotated[int, Field(ge=0, le=1000, description=N_("The lowest number is used first."))] = 0
    expires_at: Annotated[
        Instant | None, Field(description=N_("What is left then is lost; left out, it is never."))
    ] = None
    only: Only = Only()
    source: Annotated[
        Literal["transfer", "gift"], Field(description=N_("Money that arrived, or that is given away."))
    ] = "transfer"
    reason: Annotated[str, Field(max_length=300, description=N_("For the history."))] = ""


class LotShown(Answer):
    """One top-up, and what is left of it."""

    id: UUID
    account_id: UUID
    name: Annotated[str, Field(examples=["main"])]
    unit: Annotated[Literal["money", "points"], Field(description=N_("Points are counted, not paid out."))]
    currency: Annotated[str, Field(examples=["CNY"])]
    amount: Annotated[str, Field(examples=["500.00"])]
    left: Annotated[str, Field(description=N_("What nothing has used yet."), examples=["182.00"])]
    expired: Annotated[str, Field(description=N_("What nobody used before its last day."), examples=["0.00"])]
    priority: Annotated[int, Field(description=N_("The lowest number is used first."))]
    only: dict[str, list[str]]
    source: Annotated[str, Field(description=N_("What gave it, such as a `transfer`."), examples=["transfer"])]
    topped_up_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, lot: LotRow) -> LotShown:
        def amount(minor: int) -> str:
            return str(minor) if lot.unit == "points" else told(minor, currency=lot.currency)

        names = (
            "id", "account_id", "name", "unit", "currency", "priority", "only", "topped_up_at", "expires_at",
        )  # fmt: skip
        return cls(
            **{name: getattr(lot, name) for name in names},
            amount=amount(lot.amount_minor),
            left=amount(lot.left_minor),
            expired=amount(lot.lapsed_minor),
            source=lot.source_kind,
        )


class LotsAsked(PageAsked):
    """Which lots."""

    is_usable: Annotated[bool, Field(description=N_("Only those of which something is left."))] = False


@router.get(
    "/accounts/{account_id}/balances",
    response=Page[LotShown],
    operation_id="list_balances",
    summary=N_("List the balances of an account"),
    description=N_("Each top-up with what is left of it, in the order in which invoices use them."),
)
@scope("balances:read")
def list_balances(
    request: HttpRequest, response: HttpResponse, account_id: UUID, asked: Query[LotsAsked]
) -> dict[str, Any]:
    account = access_account_by_key(account_id=account_id, by=actor_of(request))
    rows = lots_of_account(account.id)
    if asked.is_usable:
        rows = usable(rows, at=clock.now_for(test_clock_at=account.test_clock_at))
    return page_of(
        rows,
        request=request,
        response=response,
        asked=asked,
        order=("priority", "topped_up_at", "id"),
        shape=LotShown.of,
        filters={"is_usable": "true" if asked.is_usable else ""},
    )


@router.post(
    "/accounts/{account_id}/balances",
    response={201: LotShown},
    operation_id="top_up_balance",
    summary=N_("Top up a balance"),
    description=N_(
        "Adds prepaid money that arrived; invoices use it before they ask for anything. The same reference with "
        "another amount or account is refused (409 `top_up_differs`)."
    ),
)
@scope("balances:write")
def top_up_balance(request: HttpRequest, account_id: UUID, asked: TopUpAsked) -> Status[LotShown]:
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    if asked.currency != account.currency:
        raise CurrencyUnused(field="currency", currency=account.currency)
    lot = top_up_by_hand(
        account_id=account.id,
        amount=money_of(asked.amount, currency=asked.currency),
        kind=asked.source,
        reference=asked.reference,
        reason=asked.reason,
        name=asked.name,
        priority=asked.priority,
        expires_at=asked.expires_at,
        only=asked.only.kept(),
        by=by,
        at=at,
    )
    return Status(201, LotShown.of(lots_of_account(account.id).get(pk=lot.pk)))


@router.post(
    "/balances/{lot_id}/take-back",
    response=LotShown,
    operation_id="take_back_balance",
    summary=N_("Take back a top-up"),
    description=N_(
        "Undoes a top-up by transfer of which nothing was used (409 `balance_spent`). What a card, an order or a "
        "campaign gave is undone there (409 `top_up_of_another`)."
    ),
)
@scope("balances:write")
def take_back_balance(request: HttpRequest, lot_id: UUID) -> LotShown:
    by = actor_of(request)
    lot = access_lot(lot_id=lot_id, by=by)
    if lot.source_kind != BY_HAND:
        raise TopUpOfAnother()
    at = clock.now_for(test_clock_at=lot.account.test_clock_at)
    take_back_lot(source_kind=lot.source_kind, source_id=lot.source_id, by=by, at=at)
    return LotShown.of(lots_of_account(lot.account_id).get(pk=lot.pk))


class TakeBackRestAsked(Given):
    """Why, and how much is seen to be left."""

    reason: Annotated[str, Field(min_length=1, max_length=300, description=N_("For the history."))]
    left: Annotated[
        Amount | None, Field(description=N_("What you take to be left: if it is another amount by now, it is refused."))
    ] = None


@router.post(
    "/balances/{lot_id}/take-back-rest",
    response=LotShown,
    operation_id="take_back_rest_of_balance",
    summary=N_("Take back what is left of a top-up"),
    description=N_(
        "What invoices have used stays used. Invoices that are due by now are made before, for they may still use it. "
        "Only for money that arrived or was given away by hand (409 `top_up_of_another`), of which something is left "
        "(409 `balance_empty`, 409 `balance_expired`)."
    ),
)
@scope("balances:write")
def take_back_rest_of_balance(request: HttpRequest, lot_id: UUID, asked: TakeBackRestAsked) -> LotShown:
    by = actor_of(request)
    lot = access_lot(lot_id=lot_id, by=by)
    left = None if asked.left is None else money_of(asked.left, currency=lot.currency).minor
    take_back_rest(
        account_id=lot.account_id, lot_id=lot.pk, by=by, at=clock.now_for(test_clock_at=lot.account.test_clock_at),
        reason=asked.reason, expected_minor=left,
    )  # fmt: skip
    return LotShown.of(lots_of_account(lot.account_id).get(pk=lot.pk))
