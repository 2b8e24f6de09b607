"""Who sends our invoices, for machines: read, and changed for the documents to come."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from invoices.models import InvoiceSeries, Seller
from invoices.operations import sellers
from invoices.operations.sellers import SellerDetails
from invoices.queries.sellers import seller_of, series_of
from plans.queries.catalogue import seller_of_key
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_, NotFound
from provider.kernel.machine_doors import Answer, Given, scope

router = Router(tags=["Invoices"])


class SellerAsked(Given):
    """What the next documents say. What is left out stays."""

    legal_name: Annotated[
        str | None,
        Field(max_length=200, description=N_("As it stands in the register."), examples=["Perennial Ltd"]),
    ] = None
    address: Annotated[str | None, Field(max_length=1000)] = None
    country: Annotated[str | None, Field(max_length=2, description=N_("Two letters, or none."), examples=["CN"])] = None
    tax_id: Annotated[str | None, Field(max_length=32)] = None
    bank_details: Annotated[
        str | None, Field(max_length=1000, description=N_("How to pay; it stands at the foot of every open invoice."))
    ] = None
    number_prefix: Annotated[
        str | None, Field(max_length=12, description=N_("Numbers are PREFIX-year-000001."), examples=["PER"])
    ] = None
    time_zone: Annotated[
        str | None, Field(max_length=64, description=N_("Whose days issue dates are."), examples=["Asia/Shanghai"])
    ] = None
    tax_rate: Annotated[
        Decimal | None,
        Field(ge=0, le=100, description=N_("In percent, where neither plan nor customer has its own."), examples=["6"]),
    ] = None
    is_tax_inclusive: Annotated[bool | None, Field(description=N_("Whether prices include the tax."))] = None
    payment_days: Annotated[int | None, Field(ge=0, le=365, examples=[14])] = None


_NAMES: Final = tuple(SellerDetails.__dataclass_fields__)


class SeriesShown(Answer):
    """A series of numbers without a gap."""

    kind: Annotated[str, Field(description=N_("`invoice` or `credit_note`."), examples=["invoice"])]
    year: Annotated[int, Field(examples=[2026])]
    next_number: Annotated[str, Field(description=N_("The number that comes next."), examples=["PER-2026-000042"])]

    @classmethod
    def of(cls, row: InvoiceSeries, *, following: str) -> SeriesShown:
        return cls(kind=row.kind, year=row.year, next_number=following)


class SellerShown(Answer):
    """Who stands on the head of an invoice; documents that were made keep what they said."""

    account_id: UUID
    legal_name: str
    address: str
    country: str
    tax_id: str
    bank_details: str
    number_prefix: str
    time_zone: str
    tax_rate: Annotated[str, Field(description=N_("In percent."), examples=["6"])]
    is_tax_inclusive: bool
    payment_days: int
    series: Annotated[list[SeriesShown], Field(description=N_("The newest first."))]

    @classmethod
    def of(cls, seller: Seller) -> SellerShown:
        facts: dict[str, Any] = {name: getattr(seller, name) for name in _NAMES}
        return cls(
            account_id=seller.account_id,
            **facts | {"tax_rate": f"{seller.tax_rate.normalize():f}"},
            series=[SeriesShown.of(row, following=number) for row, number in series_of(seller)],
        )


@router.get(
    "/seller",
    response=SellerShown,
    operation_id="read_seller",
    summary=N_("Read who sends invoices"),
    description=N_("Name, tax, days to pay and the numbers that come next. Not found before it is set up."),
)
@scope("seller:read")
def read_seller(request: HttpRequest) -> SellerShown:
    found = seller_of(seller_of_key(actor_of(request)))
    if found is None:
        raise NotFound()
    return SellerShown.of(found)


@router.post(
    "/seller/change",
    response=SellerShown,
    operation_id="change_seller",
    summary=N_("Change who sends invoices"),
    description=N_(
        "From the next document on; what is left out stays. The first time it sets the seller up, with a name, a "
        "prefix of numbers and a time zone. A prefix is of one seller (409 `seller_prefix_taken`)."
    ),
)
@scope("seller:write")
def change_seller(request: HttpRequest, asked: SellerAsked) -> SellerShown:
    by = actor_of(request)
    account_id = seller_of_key(by)
    changes = asked.model_dump(exclude_none=True)
    return SellerShown.of(sellers.change_seller(account_id=account_id, changes=changes, by=by, at=clock.now()))
