"""What renewal cards can do, paragraph by paragraph, as operators and holders click through it in a real browser.

One house, one server and two operators for all of them; each paragraph has a holder and cards of its own.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pyzipper
from django.test import TransactionTestCase
from pytest_django.live_server_helper import LiveServer

from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription, start_subscription
from plans.models import PlanVersion
from plans.queries import access_of
from plans.rules.story import read_story
from plans.rules.terms_of_story import terms_of
from prepaid_cards.models import Campaign, Card, CardBatch, CardProduct, Redemption
from prepaid_cards.operations.batches import approve_batch, order_batch
from prepaid_cards.operations.electronic import Issued, issue_card
from prepaid_cards.operations.products import ProductWish, create_product, offer_product
from prepaid_cards.queries.redeeming import find_card
from prepaid_cards.rules.codes import draw, grouped
from prepaid_cards.rules.serials import shown
from provider.accounts.models import Account
from provider.accounts.operations.accounts import create_subscriber
from provider.kernel import clock
from provider.kernel.actor import SYSTEM
from provider.kernel.ids import new_id
from provider.workshop.stories.stage import publish_terms
from tests.accounts.people import details, make_member
from tests.journey.house import open_house
from tests.journey.windows import Window
from tests.sessions import signed_in

pytestmark = pytest.mark.browser

ID = "[0-9a-f-]{36}"
STORY = """\
story: What the cards of the house are for
timezone: Asia/Shanghai
currency: CNY
plans: {standard: {interval: month, anchor: anniversary, bill: in_advance, price: "98.00", trial: 14, grace: 7}}
steps: [{at: 2026-01-01, do: bill}]
expect: [{at: 2026-01-01, nothing: true}]
"""


@dataclass(slots=True, kw_only=True)
class Holder:
    """Somebody with an account and a window."""

    account: Account
    window: Window

    @property
    def access(self) -> Any:
        return access_of(account_id=self.account.id)


@dataclass(kw_only=True)
class House:
    """The provider with two operators and a month's card in open electronic batches, and whoever comes."""

    browser: Any
    base: str
    operator: Window
    second: Window
    version: PlanVersion
    product: CardProduct
    contexts: list[Any] = field(default_factory=list)

    def window(self, user: Any, **facts: Any) -> Window:
        context = self.browser.new_context(reduced_motion="reduce", locale="en-GB", **facts)
        self.contexts.append(context)
        made = Window(context.new_page(), self.base)
        made.enter(signed_in(user))
        return made

    def holder(self, name: str, *, days_ago: int = 0, **facts: Any) -> Holder:
        """A customer who began a trial so many days ago."""
        began = clock.now() - timedelta(days=days_ago)
        told = details(name, region_code="shanghai", currency="CNY")
        account = create_subscriber(parent=None, details=told, by=SYSTEM, at=began, is_test=True)
        wish = NewSubscription(version_id=self.version.id, pays="prepaid")
        start_subscription(account_id=account.id, wish=wish, by=SYSTEM, at=began)
        bill_account(account_id=account.id, at=clock.now(), by=SYSTEM)
        owner = make_member(account, f"owner@{name.lower()}.example")
        return Holder(account=account, window=self.window(owner.user, **facts))

    def card(self) -> Issued:
        """A card that was sold."""
        return issue_card(product_id=self.product.id, request_key=str(new_id()), by=SYSTEM, at=clock.now())

    def batch(self, *, kind: str = "printed", count: int = 20) -> CardBatch:
        """Cards that are made: open where they are electronic, else waiting for their printer."""
        at, key = clock.now(), str(new_id())
        batch = order_batch(
            product_id=self.product.id, count=count, kind=kind, request_key=key, by=SYSTEM, at=at
        )  # fmt: skip
        approve_batch(batch_id=batch.id, by=SYSTEM, at=at)
        batch.refresh_from_db()
        return batch


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any, browser: Any) -> Iterator[House]:
    """Committed, and emptied after the last paragraph."""
    with django_db_blocker.unblock():
        server = LiveServer("localhost")
        made = _opened(browser, base=server.url)
        yield made
        for context in made.contexts:
            context.close()
        server.stop()
        TransactionTestCase()._fixture_teardown()  # type: ignore[attr-defined]


def _opened(browser: Any, *, base: str) -> House:
    people, at = open_house(), clock.now() - timedelta(days=90)
    terms = terms_of(read_story(STORY).plans["standard"], read_story(STORY))
    version = publish_terms(
        seller=people.provider, terms=terms, anchor="anniversary", currency="CNY", meters={}, at=at
    )  # fmt: skip
    wish = ProductWish(
        name="A month of Standard", kind="term", plan_id=version.plan_id, months=1, face_minor=9800, currency="CNY",
        tax_class="multi_purpose",
    )  # fmt: skip
    product = create_product(wish=wish, by=SYSTEM, at=at)
    offer_product(product_id=product.id, by=SYSTEM, at=at)
    made = House(browser=browser, base=base, operator=None, second=None, version=version, product=product)  # type: ignore[arg-type]
    made.operator, made.second = made.window(people.operator.user), made.window(people.second.user)
    made.batch(kind="electronic", count=100)
    return made


def check(window: Window, code: str) -> None:
    """Type a code into its four groups and ask what the card does."""
    window.open("/my/redeem/")
    window.page.locator(".code-groups input").first.press_sequentially(code.lower())
    window.sees("No typing error.")
    window.press("Check the card", to="/my/redeem/")


def redeem(holder: Holder, code: str) -> str:
    """See what the card does, and do it; the day that was promised."""
    check(holder.window, code)
    promised = str(holder.window.page.locator(".quote-day.ok").inner_text())
    holder.window.press("Redeem: paid until", to=f"/my/redeem/{ID}/")
    holder.window.page.get_by_role("heading", name="Card redeemed").wait_for()
    return promised


def test_card_products(house: House) -> None:
    at = house.operator
    at.open("/operator/cards/products/")
    at.press("Describe a card", to="/products/new/")
    at.fill(name="Half a year", kind="term", plan=house.version.plan_id, months=6, face=588, currency="CNY")
    at.fill(tax_class="multi_purpose", tax_rate=6, redeem_by="fixed", redeem_by_on="2020-01-01")
    at.press("Keep it as a draft", to="/products/new/")
    at.sees(re.compile("still to come"))

    at.fill(redeem_by="years", redeem_by_years=2)
    at.press("Keep it as a draft", to=f"/products/{ID}/")
    at.sees("Draft")
    at.press("Offer it", to=f"/products/{ID}/")
    at.sees("Offered")

    made = CardProduct.objects.get(name="Half a year")
    assert (made.status, made.months, made.face_minor, made.redeem_by_years) == ("offered", 6, 58_800, 2)


def test_batches(house: House) -> None:
    at, second = house.operator, house.second
    at.open(f"/operator/cards/batches/new/?product={house.product.id}")
    at.fill(count=0, kind="printed")
    at.press("Order them", to="/batches/new/")
    assert at.page.locator("main [name=count]").get_attribute("aria-invalid") == "true"

    at.fill(count=600)
    at.press("Order them", to=f"/batches/{ID}/")
    at.sees("Waits for a second person")
    batch = at.path
    assert at.page.get_by_role("button", name=re.compile("Approve")).count() == 0
    second.open(batch)
    second.press("Approve 600 cards", to=batch)

    at.open(batch)
    at.sees("Every serial, 1,000 a row")
    found = CardBatch.objects.get(id=batch.split("/")[-2])
    assert (found.status, Card.objects.filter(batch=found).count()) == ("generated", 603)  # and its canaries


def test_export(house: House) -> None:
    at, second, batch = house.operator, house.second, house.batch()
    page = f"/operator/cards/batches/{batch.id}/"
    at.open(page)
    at.press("Send to the printer", to="/export/")
    at.fill(printer="Huabei Card Printing", method="archive")
    at.press("Ask for approval", to=page)
    assert at.page.get_by_role("button", name="Approve the export").count() == 0
    second.open(page)
    second.press("Approve the export", to=page)

    at.open(page)
    at.press("Show the password", to="/password/")
    password = at.page.locator(".secret input").input_value()
    with at.page.expect_download() as download:
        at.open(page)
        at.press("Fetch the file")
    content = Path(download.value.path()).read_bytes()
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(password.encode())
        lines = list(csv.DictReader(io.StringIO(archive.read("cards.csv").decode())))
    at.open(page)
    at.fill(file_sha256=hashlib.sha256(content).hexdigest())
    at.press("The printer has this file", to=page)
    at.sees(re.compile("The secrets were destroyed on"))

    assert len(lines) == batch.total_count == Card.objects.filter(batch=batch).count()
    card = find_card(lines[0]["code"].replace("-", ""))
    assert card is not None
    assert card.batch_id == batch.id
    at.open(f"{page}export/")
    at.fill(printer="Another one", method="archive")
    at.press("Ask for approval", to="/export/")
    at.sees(re.compile("has its export already"))


def test_electronic_cards(house: House) -> None:
    at, batch = house.operator, house.batch(kind="electronic", count=3)
    at.open(f"/operator/cards/batches/{batch.id}/")
    at.press("Issue a card", to="/issue/")
    at.fill(reference="Order 4711")
    at.press("Issue the card", to="/issue/")
    at.sees(re.compile("Shown this once"))
    code = at.page.locator(".secret input").input_value()

    card = Card.objects.select_related("activation").get(activation__receipt="Order 4711")
    assert card.status == "active"
    assert find_card(code.replace("-", "")) == card
    at.press(shown(card.serial), to=f"/serials/{card.serial}/")
    at.sees(re.compile("Order 4711"))
    assert code not in at.page.content()


def test_redemption(house: House) -> None:
    one = house.holder("Willow")
    first, second = house.card(), house.card()
    redeem(one, first.code)
    paid = one.access.paid_until

    promised = redeem(one, second.code)  # stacks behind the first

    made = Redemption.objects.get(card=second.card)
    assert made.begins_at == paid
    assert made.ends_at == one.access.paid_until
    last_day = (made.ends_at - timedelta(hours=1)).astimezone(ZoneInfo("Asia/Shanghai")).date()
    assert str(last_day.day) in promised
    one.window.page.get_by_role("button", name="Undo it").first.click()
    one.window.confirm("Undo it", to="/my/redeem/$")
    one.window.page.get_by_text("Undone. The card can be used again.").wait_for()
    assert one.access.paid_until == paid
    assert Card.objects.get(id=second.card.id).status == "active"


def test_guessing(house: House, settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1  # so that this one alone is at another address
    one = house.holder("Magpie", extra_http_headers={"X-Forwarded-For": "203.0.113.9"})
    right = house.card().code
    for wrong in draw(5):
        check(one.window, wrong)
        one.window.sees(re.compile("No card with this code"))
    check(one.window, right)
    one.window.sees(re.compile("15 minutes"))
    assert not Redemption.objects.filter(account=one.account).exists()

    at = house.operator
    at.open("/operator/cards/fraud/")
    at.sees("203.0.113.0/24")
    at.press("203.0.113.0", to="/fraud/tries/")
    assert at.page.locator("main tbody tr").count() == 5


def test_rescue(house: House) -> None:
    one, at = house.holder("Heron"), house.operator
    damaged, lost = house.card(), house.card()
    one.window.open("/my/redeem/")
    one.window.press("Some symbols cannot be read", to="/unreadable/")
    one.window.fill(serial=shown(damaged.card.serial), code=grouped(f"?{damaged.code[1:7]}?{damaged.code[8:]}"))
    one.window.press("Check the card", to="/unreadable/")
    one.window.press("Redeem: paid until", to=f"/my/redeem/{ID}/")
    assert Card.objects.get(id=damaged.card.id).status == "redeemed"

    one.window.open("/my/redeem/help/")
    one.window.fill(kind="damaged", serial=shown(lost.card.serial), receipt="A-17")
    one.window.press("Report the card", to=f"/my/redeem/help/{ID}/")
    one.window.sees("It is being looked at")
    report = one.window.path
    at.open(f"/operator/cards/reports/{report.split('/')[-2]}/")
    at.press("Release the card")
    at.page.locator("dialog[open] [name=reason]").fill("Saw the receipt")
    at.confirm("Release the card", to="/operator/cards/reports/")

    one.window.open(report)
    one.window.press("See what the card does", to="/use/")
    one.window.press("Redeem: paid until", to=f"/my/redeem/{ID}/")
    assert Card.objects.get(id=lost.card.id).status == "redeemed"


def test_range_operations(house: House) -> None:
    at, batch = house.operator, house.batch()
    page = f"/operator/cards/batches/{batch.id}/range/"
    at.open(page)
    at.fill(act="freeze", first=1, last=batch.total_count, reason="Carton 7 is wet")
    at.press("Show what would happen", to=page)
    at.sees(re.compile("will change"))
    assert not Card.objects.filter(batch=batch, status="frozen").exists()
    at.press("Freeze.* · 20", to=f"/batches/{ID}/$")
    at.sees(re.compile("Carton 7 is wet"))
    assert Card.objects.filter(batch=batch, status="frozen", is_canary=False).count() == 20

    at.open(page)
    at.fill(act="release", first=1, last=batch.total_count, reason="Dried")
    at.press("Show what would happen", to=page)
    at.press("Release.* · 20", to=f"/batches/{ID}/$")
    assert not Card.objects.filter(batch=batch, status="frozen").exists()


def test_campaigns(house: House) -> None:
    at, one = house.operator, house.holder("Swallow")
    today = clock.now().date()
    at.open("/operator/cards/campaigns/new/")
    at.fill(name="Spring in Pudong", bonus_kind="months", bonus_amount=2, first_day=today, last_day="2020-01-01")
    at.fill(currency="CNY", budget_count=1)
    at.press("Keep it as a draft", to="/campaigns/new/")
    assert at.page.locator("main [name=last_day]").get_attribute("aria-invalid") == "true"
    at.fill(last_day=today + timedelta(days=30))
    at.press("Keep it as a draft", to=f"/campaigns/{ID}/")
    campaign = at.path
    at.sees("Rehearsal: what it would have done in the past")
    at.press("Launch it", to=campaign)

    redeem(one, house.card().code)
    made = Redemption.objects.get(account=one.account)
    assert one.access.paid_until == made.ends_at
    assert [(use.months, use.campaign.name) for use in made.bonuses.all()] == [(2, "Spring in Pudong")]
    check(one.window, house.card().code)  # the budget was one
    assert "Spring in Pudong" not in one.window.text()
    at.open(campaign)
    at.sees("Swallow")
    at.page.locator("main [data-menu] summary").click()
    at.press("Stop it")
    at.page.locator("dialog[open] [name=reason]").fill("Used up")
    at.confirm("Stop it", to=campaign)
    assert Campaign.objects.get().status == "stopped"


def test_life_of_an_account_on_cards(house: House) -> None:
    one, at = house.holder("Dormouse", days_ago=60), house.operator
    assert one.access.state == "dormant"
    at.open("/operator/cards/win-back/")
    at.sees("Dormouse")
    one.window.open("/my/")
    one.window.sees("Your account is asleep")

    redeem(one, house.card().code)

    assert one.access.state == "active"
    one.window.open("/my/")
    assert "asleep" not in one.window.text()
    at.open("/operator/cards/win-back/")
    assert "Dormouse" not in at.text()


def test_accounting(house: House) -> None:
    at, one = house.operator, house.holder("Ledger")
    owed, used = house.card().card, house.card()
    redeem(one, used.code)
    at.open("/operator/cards/liability/")
    at.sees("What do we owe for cards?")
    assert at.page.locator("main").get_by_text("agree", exact=True).count() == 3
    assert at.page.locator("main").get_by_text("differ", exact=True).count() == 0
    at.press("Serial by serial", to="/liability/serials/")
    at.sees(shown(owed.serial))
    assert shown(used.card.serial) not in at.text()

    at.open(f"/operator/cards/serials/{used.card.serial}/")
    at.page.locator("main a[href^='/operator/ledger/']").last.click()
    at.page.wait_for_url(re.compile("/operator/ledger/[0-9]+/"))
    at.press(shown(used.card.serial), to=f"/serials/{used.card.serial}/")


def test_pages(house: House) -> None:
    one, at, card = (
        house.holder("Phone", viewport={"width": 390, "height": 844}, has_touch=True),
        house.operator,
        house.card(),
    )
    wrong = card.code[:-1] + ("0" if card.code[-1] != "0" else "1")
    one.window.open(f"/my/redeem/#{wrong}")  # as a camera opens the QR code
    one.window.sees(re.compile("One symbol is not right"))
    assert wrong[:4] not in one.window.page.url
    assert one.window.page.evaluate("document.documentElement.scrollWidth") <= 390
    redeem(one, card.code)

    at.open("/operator/")
    at.page.keyboard.press("/")
    at.page.keyboard.type(card.card.serial)
    at.page.keyboard.press("Enter")
    at.page.wait_for_url(re.compile("/operator/cards/serials?/"))
    for happened in ("Sold", "Redeemed"):
        at.sees(re.compile(happened))
    at.press(card.card.batch.prefix, to=f"/operator/cards/batches/{ID}/")
    assert at.page.locator(".shelf svg path.is-redeemed").count() == 1
    at.open("/operator/cards/fraud/")
    at.sees(re.compile("Refused tries|Unknown codes"))
