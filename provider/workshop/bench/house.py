"""The house that visitors come to: a provider with one plan on sale, accounts that sleep, and cards to wake them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.contrib.auth.hashers import make_password

from invoices.operations.billing import bill_account
from invoices.operations.sellers import SellerDetails, set_up_seller
from plans.models import Meter, Plan
from plans.operations.catalogue import ensure_standard_meters
from plans.queries import access_of
from plans.rules.story import read_story
from plans.rules.terms_of_story import terms_of
from prepaid_cards.models import GrantKind, TaxClass
from prepaid_cards.operations.batches import approve_batch, order_batch
from prepaid_cards.operations.electronic import issue_card
from prepaid_cards.operations.products import ProductWish, create_product, offer_product
from provider.accounts.models import Account
from provider.accounts.operations.accounts import AccountDetails, create_provider
from provider.accounts.operations.users import NewUser, sign_up
from provider.accounts.rules.phones import Contact
from provider.kernel import clock, outbox
from provider.kernel.actor import SYSTEM
from provider.workshop.stories.stage import publish_terms

PASSWORD: Final = "a password of the measurement"  # noqa: S105 - of people who are dropped with their database
_STORY: Final = """\
story: What is measured
timezone: Asia/Shanghai
currency: CNY
meters: {seats: {aggregate: unique, property: user, carries_over: true}}
plans:
  standard:
    {interval: month, anchor: anniversary, bill: in_advance, price: "98.00", trial: 14, grace: 7, charges: [
    {code: seat, model: per_unit, meter: seats, price: "58", prorate: true}]}
steps: [{at: 2026-01-01, do: bill}]
expect: [{at: 2026-01-01, nothing: true}]
"""


def open_house() -> None:
    """A provider with one plan on sale."""
    at = clock.now() - timedelta(days=90)
    details = AccountDetails(name="Perennial", region_code="shanghai", country="CN", email="office@perennial.example")
    provider = create_provider(details=details, by=SYSTEM, at=at, is_test=True)
    seller = SellerDetails(
        legal_name="Perennial", number_prefix="B", time_zone="Asia/Shanghai", country="CN", address="1 Bench Road",
        bank_details="-", tax_rate=Decimal(6),
    )  # fmt: skip
    set_up_seller(account_id=provider.id, details=seller, by=SYSTEM, at=at)
    story = read_story(_STORY)
    terms = terms_of(story.plans["standard"], story)
    ensure_standard_meters(seller_id=provider.id, at=at)
    meters = {one.code: one for one in Meter.objects.filter(seller=provider)}
    publish_terms(seller=provider, terms=terms, anchor="anniversary", currency="CNY", meters=meters, at=at)


def put_to_sleep(number: int) -> str:
    """An account whose trial and grace are over; the address of its owner."""
    at, address = clock.now() - timedelta(days=60), f"sleeper{number}@bench.example"
    person = NewUser(
        contact=Contact(email=address, phone=None), name="Mei Lin", language="en", password_hash=make_password(PASSWORD)
    )
    details = AccountDetails(name=f"Willow {number}", region_code="shanghai", currency="CNY", language="en")
    provider = Account.objects.get(name="Perennial")
    sign_up(person=person, details=details, parent=provider, address="192.0.2.1", at=at, plan="standard")
    outbox.drain()
    account = Account.objects.get(name=details.name)
    bill_account(account_id=account.id, at=clock.now(), by=SYSTEM)
    assert access_of(account_id=account.id).state == "dormant"
    return address


def issue_cards(count: int) -> list[str]:
    """So many electronic cards of a year, each with its secret."""
    at: datetime = clock.now()
    plan = Plan.objects.get()
    wish = ProductWish(
        name="12 months", kind=GrantKind.TERM, plan_id=plan.id, months=12, face_minor=117600, currency="CNY",
        tax_class=TaxClass.MULTI_PURPOSE,
    )  # fmt: skip
    product = create_product(wish=wish, by=SYSTEM, at=at)
    offer_product(product_id=product.id, by=SYSTEM, at=at)
    batch = order_batch(product_id=product.id, count=count, kind="electronic", request_key="bench", by=SYSTEM, at=at)
    approve_batch(batch_id=batch.id, by=SYSTEM, at=at)
    return [
        issue_card(product_id=product.id, request_key=f"bench-{number}", by=SYSTEM, at=at).code
        for number in range(count)
    ]
