"""The whole journey as people walk it, in a real browser: two operators, a clerk, the visitor who becomes a customer,
and a sales rep. Only Stripe's far end is a double; time passes by the account's test clock."""

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
from uuid import UUID

import pytest
import pyzipper
from django.db import transaction
from django.test import Client

from crm_tenant.models import Company, Deal, Workspace
from invoices.models import Payment
from plans.models import PlanVersion
from plans.operations.subscriptions import NewSubscription, start
from plans.queries import access_of
from prepaid_cards.models import Card
from prepaid_cards.rules.serials import shown
from provider.accounts.models import Account
from provider.accounts.operations.accounts import create_subscriber
from provider.kernel import clock
from provider.kernel.actor import SYSTEM
from provider.kernel.models import LedgerEntry
from provider.kernel.tenancy import inside
from tests.accounts.people import PASSWORD, details
from tests.sessions import signed_in
from tests.stripe_double import Running

from .house import broken_laws, code_for, keep_letters, letters_for, link_for, open_house
from .windows import PATIENCE_MS, Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OWNER, REP, CLERK = "mei@willow.example", "jun@willow.example", "lu@lantern.example"
ID = "[0-9a-f-]{36}"


@dataclass(kw_only=True)
class Journey:
    """Who takes part, each with a window, and what they hold by now."""

    operator: Window
    second: Window
    clerk: Window
    owner: Window
    rep: Window
    plan: str = ""
    batch: str = ""
    codes: dict[str, str] = field(default_factory=dict)  # by serial: what stands under the silver layer
    sold: list[str] = field(default_factory=list)

    @property
    def account(self) -> Account:
        """The customer's, as it is now."""
        return Account.objects.get(name="Willow Trading")

    @property
    def id(self) -> UUID:
        """Whose journey it is."""
        return self.account.id


@pytest.fixture
def journey(
    settings: Any,
    tmp_path: Path,
    browser: Any,
    live_server: Any,
    double: Running,
) -> Iterator[Journey]:
    keep_letters(settings, folder=tmp_path)
    settings.SITE_URL = live_server.url
    settings.CONTENT_SECURITY_POLICY = allowing_forms_to(double.address, policy=settings.CONTENT_SECURITY_POLICY)
    house = open_house()
    contexts = [browser.new_context(reduced_motion="reduce", locale="en-GB") for _ in range(5)]
    windows = [Window(context.new_page(), live_server.url) for context in contexts]
    for window, member in zip(windows, (house.operator, house.second), strict=False):
        window.enter(signed_in(member.user))
    for window in windows:
        window.page.set_default_timeout(PATIENCE_MS)
    yield Journey(**dict(zip(("operator", "second", "clerk", "owner", "rep"), windows, strict=True)))
    for context in contexts:
        context.close()


def allowing_forms_to(address: str, *, policy: dict[str, Any]) -> dict[str, Any]:
    """The policy of pages as the settings make it where Stripe has a key: paying leads there from a form of ours."""
    directives = policy["DIRECTIVES"]
    return policy | {"DIRECTIVES": directives | {"form-action": [*directives["form-action"], address]}}


def test_people_walk_it(journey: Journey, double: Running) -> None:
    a_plan_is_made_previewed_and_published(journey)
    a_thousand_cards_are_made_and_leave_for_the_printer(journey)
    a_shop_opens_and_is_sent_some(journey)
    the_clerk_receives_and_sells_them(journey)
    a_visitor_signs_up_and_the_board_answers(journey)
    the_first_card_is_seen_and_redeemed(journey)
    a_colleague_is_invited_and_customers_are_imported(journey)
    the_rep_works_a_deal(journey)
    what_is_due_is_billed(journey)
    the_invoice_is_read_and_paid_online(journey, double)
    time_passes_until_the_account_sleeps(journey)
    the_second_card_wakes_it_as_it_was(journey)
    the_operator_finds_all_of_it(journey)
    assert broken_laws() == []


# --- The provider ---


def a_plan_is_made_previewed_and_published(one: Journey) -> None:
    at = one.operator
    at.open("/operator/plans/")
    at.press("New plan|Make the first plan|Make a plan", to="/plans/new/")
    at.fill(name="Standard", code="standard", position=0, is_offered=True, grants_crm=True)
    at.press("Make the plan", to="/terms/")
    at.fill(interval="m1", anchor="anniversary", trial_days=14, grace_days=7, late_usage_days=35, currencies="CNY")
    at.press("Save the terms", to=f"/versions/{ID}/$")
    version = at.path

    at.open(f"{version}charges/new/flat/")
    at.fill(name="Basic price", code="base", timing="in_advance", is_prorated=True, price_CNY=98)
    at.press("Save the charge", to=f"{version}$")
    at.open(f"{version}charges/new/per_unit/")
    at.fill(name="Seat", code="seat", meter="seats", timing="in_arrears", is_prorated=True, price_CNY=58)
    at.press("Save the charge", to=f"{version}$")
    at.open(f"{version}charges/new/graduated/")
    at.fill(name="Customer records", code="record", meter="records", timing="in_arrears", tier_0_up_to=1000)
    at.fill(tier_0_unit_CNY=0, tier_1_unit_CNY="0.03")
    at.press("Save the charge", to=f"{version}$")

    at.fill(size_0_seats=3, size_0_records=1200)
    at.sees("278.00")  # 98, three seats at 58, two hundred records at 0.03
    at.press("Publish")
    at.confirm("Publish it", to="/operator/plans/")
    at.sees("On sale")
    one.plan = str(PlanVersion.objects.get().plan_id)


def a_thousand_cards_are_made_and_leave_for_the_printer(one: Journey) -> None:
    at, second = one.operator, one.second
    at.open("/operator/cards/products/new/")
    at.fill(name="12 months of Standard", kind="term", plan=one.plan, months=12, face=1176, currency="CNY",
            tax_class="multi_purpose", tax_rate=0, redeem_by="never")  # fmt: skip
    at.press("Keep it as a draft", to=f"/products/{ID}/")
    at.press("Offer it", to=f"/products/{ID}/")
    at.press("Order cards", to="/batches/new/")
    at.fill(count=1000, kind="printed")
    at.press("Order them", to=f"/batches/{ID}/")
    at.sees("Waits for a second person")
    one.batch = at.path
    second.open(one.batch)
    second.press("Approve 1,000 cards", to=one.batch)
    at.open(one.batch)
    at.press("Send to the printer", to="/export/")
    at.fill(printer="Huabei Card Printing", method="archive")
    at.press("Ask for approval", to=f"{one.batch}$")
    second.open(one.batch)
    second.press("Approve the export", to=one.batch)
    the_printer_gets_its_file(one)


def the_printer_gets_its_file(one: Journey) -> None:
    """Once, encrypted, with the password on another way; after that nobody reads a secret here."""
    at = one.operator
    at.open(one.batch)
    at.press("Show the password", to="/password/")
    password = at.page.locator(".secret input, input[readonly]").first.input_value()
    with at.page.expect_download() as download:
        at.press("Fetch the file")
    content = Path(download.value.path()).read_bytes()
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(password.encode())
        lines = list(csv.DictReader(io.StringIO(archive.read("cards.csv").decode())))
    one.codes = {line["serial"]: line["code"] for line in lines}
    at.open(one.batch)
    at.fill(file_sha256=hashlib.sha256(content).hexdigest())
    at.press("The printer has this file", to=one.batch)
    at.sees("The secrets were destroyed on")
    assert Card.objects.count() == len(one.codes) >= 1000


def a_shop_opens_and_is_sent_some(one: Journey) -> None:
    at = one.operator
    at.open("/operator/accounts/new/")
    at.fill(portal="reseller", name="Red Lantern", company_name="Red Lantern Phones", region="shanghai",
            language="en", owner_email=CLERK)  # fmt: skip
    at.press("Open it and invite the owner", to=f"/accounts/{ID}/")
    shop = at.path.split("/")[-2]
    at.open(f"/operator/resellers/{shop}/terms/")
    at.fill(discount_percent=20, credit_limit=50_000, payment_days=30)
    at.press("Put these terms in force", to=f"/operator/resellers/{shop}/")
    at.open(one.batch)
    at.press("Ship cards", to="/ship/")
    at.fill(to_account=shop, first=1, last=400)
    at.press("Ship them", to=one.batch)


# --- The clerk ---


def join(window: Window, *, address: str, name: str) -> None:
    """Somebody new follows the link of their invitation."""
    window.open(link_for(address, to="invitations"))
    window.fill(name=name, password=PASSWORD, terms=True)
    window.press("Join", to="^(?!.*invitations)")


def the_clerk_receives_and_sells_them(one: Journey) -> None:
    at = one.clerk
    join(at, address=CLERK, name="Lu")
    at.open("/reseller/stores/new/")
    at.fill(code="SH1", name="Nanjing Road")
    at.press("Open", to=f"/reseller/stores/{ID}/|/reseller/stores/$")
    at.open("/reseller/shipments/")
    at.page.locator("main td a").first.click()
    at.press("Put it on the shelf", to=f"/reseller/shipments/{ID}/")
    at.sees("12 months of Standard")

    on_shelf = Card.objects.filter(status="received").order_by("counter").values_list("serial", flat=True)
    *one.sold, mistake = [str(serial) for serial in on_shelf[:3]]
    at.open("/reseller/till/")
    for count, serial in enumerate(one.sold, start=1):
        at.page.keyboard.type(serial)  # what a scanner does
        at.page.keyboard.press("Enter")
        at.page.locator("#receipt-title", has_text=str(count)).wait_for()
    at.page.keyboard.press("F2")
    at.sees(re.compile("SH1-"))

    at.press("Next customer", to="/reseller/till/")
    at.page.keyboard.type(mistake)
    at.page.keyboard.press("Enter")
    at.page.locator("#receipt-title", has_text="1").wait_for()
    at.page.keyboard.press("F2")
    at.sees(re.compile("SH1-"))
    at.press("Next customer", to="/reseller/till/")
    at.page.locator("[data-scan]").wait_for()
    at.page.keyboard.press("F4")
    at.confirm("Undo the sale", to=f"/reseller/sales/{ID}/")
    at.page.locator(".receipt-undone").wait_for()
    at.open("/reseller/takings/")
    at.sees(re.compile(r"2,352\.00"))


# --- The subscriber ---


def a_visitor_signs_up_and_the_board_answers(one: Journey) -> None:
    at = one.owner
    at.open("/prices/?currency=CNY")
    at.sees(re.compile(r"98\.00"))
    at.press("Start a free trial|Try it|Start", to="/auth/signup/")
    at.page.get_by_text("Region, language, time zone and currency").click()
    at.fill(name="Mei Lin", contact=OWNER, password=PASSWORD, company_name="Willow Trading", region="shanghai",
            language="en", time_zone="Asia/Shanghai", currency="CNY", terms=True)  # fmt: skip
    at.press("Send me the code", to="/auth/signup/code/")
    at.fill(code=code_for(OWNER))
    at.press("Open my account", to="^(?!.*/auth/)")
    assert access_of(account_id=one.id).state == "trial"
    at.open("/crm/deals/")
    at.sees("Make the first deal")


def the_first_card_is_seen_and_redeemed(one: Journey) -> None:
    at = one.owner
    at.open("/my/")
    at.sees("What happens if you do nothing")
    redeem(one, serial=one.sold[0])
    access = access_of(account_id=one.id)
    assert access.until is not None
    assert access.paid_until == access.until.replace(year=access.until.year + 1)  # the year follows the trial


def redeem(one: Journey, *, serial: str) -> None:
    """Type the code as it stands on the card, see what it does, confirm that."""
    at = one.owner
    at.open("/my/redeem/")
    at.page.locator(".code-groups input").first.press_sequentially(one.codes[serial].replace("-", "").lower())
    at.sees("No typing error.")
    at.press("Check the card")
    at.page.get_by_role("heading", name="What your card does").wait_for()
    at.press("Redeem: paid until", to=f"/my/redeem/{ID}/")
    at.page.get_by_role("heading", name="Card redeemed").wait_for()
    assert Card.objects.get(serial=serial).status == "redeemed"


def a_colleague_is_invited_and_customers_are_imported(one: Journey) -> None:
    at = one.owner
    at.open("/crm/seats/")
    at.press("Invite a colleague", to="/crm/seats/invite/")
    at.sees("58.00")  # what one seat more costs
    at.fill(contact=REP, role="member")
    at.press("Send the invitation", to="/crm/seats/")
    at.sees(REP)
    join(one.rep, address=REP, name="Jun")

    rows = "".join(f"Firm {number:04d},Trade,\n" for number in range(1198))
    companies = f'Company,Industry,Address\n{rows}"Salvation\nHall",Trade,"1 N\nAve"\n'
    rows = "".join(f"Firm {n:04d},Deal {n},New,{n}000\n" for n in range(1, 40))
    deals = f"Company,Deal name,Stage,Amount\n{rows}"
    at.open("/crm/import/")
    at.page.locator("input[name=csv_files]").set_input_files(
        [
            {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": text.encode()}
            for name, text in (("companies", companies), ("deals", deals))
        ]
    )
    at.press("Look at the files", to=f"/crm/import/{ID}/")
    at.press("Import 1,238 rows", to=".*")
    at.open("/crm/companies/")
    at.sees("Firm 0000")
    with inside(workspace_id=workspace(one).id):
        assert (Company.objects.count(), Deal.objects.count()) == (1199, 39)


def workspace(one: Journey) -> Workspace:
    return Workspace.objects.get(account_id=one.id)


def the_rep_works_a_deal(one: Journey) -> None:
    at = one.rep
    at.open("/crm/deals/")
    at.press("New deal", to="/crm/deals/new/")
    at.fill(name="Twelve seats for the shop", company_name="Harbour Lamps", person_name="Ada Reed", amount=4320)
    at.press("Save the deal", to=f"/crm/deals/{ID}/")
    deal = at.path
    at.press("Contacted|Qualified|Proposal", inside="form.stages", to=deal)
    at.fill(text="Wants an offer by Friday")
    at.press("Save the note", to=deal)
    at.sees("Wants an offer by Friday")
    at.press("Plan a step", to="/step/")
    at.fill(title="Call about the offer")
    at.press("Save the step", to=deal)
    at.sees("Call about the offer")
    at.open("/crm/")
    at.sees("Call about the offer")
    at.open("/crm/search/?q=harbour")
    at.sees("Harbour Lamps")


# --- Money ---


def what_is_due_is_billed(one: Journey) -> None:
    """Somebody who subscribed five weeks ago, when nobody billed: two months are due."""
    began = clock.now() - timedelta(days=35)
    mill = create_subscriber(parent=None, details=details("Old Mill", currency="CNY"), by=SYSTEM, at=began)
    wish = NewSubscription(version_id=PlanVersion.objects.get().id)
    with transaction.atomic():
        start(account=mill, wish=wish, by=SYSTEM, at=began)
    at = one.operator
    at.open("/operator/billing/")
    at.sees("1 account is due")
    at.press("Bill now")
    at.confirm("Bill now", to=f"/operator/billing/runs/{ID}/")
    at.sees("The largest invoices")
    at.sees("Old Mill")


def the_invoice_is_read_and_paid_online(one: Journey, double: Running) -> None:
    pass_time(one, "To the next event")  # the trial ends
    pass_time(one, "To the next event")  # the first paid month
    at = one.owner
    at.open("/my/invoices/")
    at.press("PER-", to=f"/my/invoices/{ID}/")
    at.sees(re.compile("Seat"))
    at.sees(re.compile("Customer records"))
    pdf = at.page.context.request.get(at.base + at.page.locator("main a", has_text="PDF").first.get_attribute("href"))
    assert pdf.body()[:5] == b"%PDF-"

    invoice = at.path
    at.press("Pay online", to="/pay/")  # Stripe's page
    at.press("Pay with a card that is declined")
    at.page.get_by_role("alert").wait_for()
    at.press("Pay$", to=f"{invoice}")
    for keep in (True, False):  # each webhook comes twice, beside the browser that came back
        assert set(double.store.deliver(_webhook, keep=keep)) == {200}
    at.open(invoice)
    at.sees("Nothing is left to pay")
    assert Payment.objects.count() == LedgerEntry.objects.filter(source_kind="payment").count() == 1


def _webhook(body: bytes, headers: dict[str, str]) -> int:
    signed = {"Stripe-Signature": headers["Stripe-Signature"]}
    return Client().post("/payments/stripe/", body, content_type="application/json", headers=signed).status_code


# --- Time ---


def pass_time(one: Journey, step: str) -> None:
    """The operator lets the account's clock go on."""
    at = one.operator
    at.open(f"/operator/accounts/{one.id}/clock/")
    before = one.account.test_clock_at
    at.press(step, to="/clock/$")
    assert one.account.test_clock_at != before


def time_passes_until_the_account_sleeps(one: Journey) -> None:
    states = []
    while not states or states[-1] != "dormant":
        until = access_of(account_id=one.id).paid_until
        now = one.account.test_clock_at
        assert until is not None
        assert now is not None
        is_far = until - now > timedelta(days=65)
        pass_time(one, "One month on" if is_far else "To the next event")
        states.append(access_of(account_id=one.id).state)
    assert states[-2:] == ["grace", "dormant"]
    assert sum("paid until" in subject.lower() for subject in letters_for(OWNER)) == 3  # 30, 7 and 1 days before
    at = one.rep
    at.page.goto(f"{at.base}/crm/deals/")
    at.sees("Nothing is lost")
    one.owner.open("/my/")
    one.owner.sees("Your account is asleep")
    one.owner.open("/my/invoices/")
    with inside(workspace_id=workspace(one).id):
        assert (Company.objects.count(), Deal.objects.count()) == (1200, 40)  # nothing is deleted


def the_second_card_wakes_it_as_it_was(one: Journey) -> None:
    redeem(one, serial=one.sold[1])
    assert access_of(account_id=one.id).state == "active"
    at = one.rep
    at.open("/crm/deals/list/?q=Twelve")
    at.sees("Twelve seats for the shop")
    at.press("Twelve seats for the shop", to=f"/crm/deals/{ID}/")
    at.sees("Wants an offer by Friday")


def the_operator_finds_all_of_it(one: Journey) -> None:
    at, serial = one.operator, one.sold[0]
    at.open("/operator/")
    at.page.keyboard.press("/")
    at.page.keyboard.type(serial)
    at.page.keyboard.press("Enter")
    at.page.wait_for_url(re.compile("/operator/cards/serials?/"))
    for happened in ("Red Lantern", "Sold", "Redeemed", "Willow Trading"):
        at.sees(re.compile(happened))
    at.open(f"/operator/accounts/{one.id}/cards/")
    for serial in one.sold:
        at.sees(shown(serial))
    at.open(f"/operator/accounts/{one.id}/history/")
    at.sees("Card redeemed")
