"""The whole journey by HTTP: by API where a machine would do it, else by the pages' own forms."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import pyzipper
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from crm_tenant.models import Company, Deal, Workspace
from invoices.models import Payment, PaymentAttempt
from plans.queries import access_of
from prepaid_cards.models import Card, CardBatch, CardExport
from provider.accounts.models import Account
from provider.kernel import clock
from provider.kernel.idempotency import new_form_key
from provider.kernel.models import LedgerEntry
from provider.kernel.tenancy import inside
from tests.api.conftest import Caller
from tests.sessions import signed_in
from tests.stripe_double import Running

from .house import TERMS, House, broken_laws, code_for, join, keep_letters, letters_for, open_house

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

OWNER, COLLEAGUE = "mei@willow.example", "jun@willow.example"
BOUGHT = ("3", "1200")  # seats and customer records of the preview, and of the bill


@dataclass(kw_only=True)
class Journey:
    """Who takes part, and what they hold by now."""

    house: House
    operator: Client
    second: Client
    plan_id: str = ""
    batch: CardBatch | None = None
    shop: Account | None = None
    till: Caller = field(default_factory=Caller)
    codes: dict[str, str] = field(default_factory=dict)  # by serial: what stands under the silver layer
    sold: list[str] = field(default_factory=list)
    owner: Client = field(default_factory=Client)
    account: Account | None = None

    @property
    def id(self) -> UUID:
        """Whose journey it is."""
        assert self.account is not None
        return self.account.id


@pytest.fixture
def journey(settings: Any, tmp_path: Any) -> Journey:
    keep_letters(settings, folder=tmp_path)
    house = open_house()
    return Journey(house=house, operator=signed_in(house.operator.user), second=signed_in(house.second.user))


def test_a_card_makes_its_whole_journey(journey: Journey, double: Running) -> None:
    a_plan_is_made_previewed_and_published(journey)
    a_thousand_cards_are_made_and_leave_for_the_printer(journey)
    a_shop_opens_and_receives_them(journey)
    its_own_till_sells_two_by_api(journey)
    a_visitor_signs_up_and_works(journey)
    the_first_card_is_quoted_and_redeemed(journey)
    a_colleague_joins_and_customers_are_imported(journey)
    the_month_is_billed_for_what_was_used(journey)
    the_invoice_is_read_by_api_and_paid_once(journey, double)
    the_paid_year_ends_with_three_reminders(journey)
    nobody_renews_and_the_account_goes_dormant(journey)
    the_second_card_wakes_it_as_it_was(journey)
    assert broken_laws() == []


# --- The provider ---


def a_plan_is_made_previewed_and_published(one: Journey) -> None:
    made = send(one.operator, "/operator/plans/new/", name="Standard", code="standard", position=0, is_offered="on",
                grants_crm="on")  # fmt: skip
    version = made.removesuffix("terms/")
    one.plan_id = re.findall(r"/operator/plans/([0-9a-f-]{36})/", page(one.operator, version))[0]
    terms = {"interval": "m1", "anchor": "anniversary", "trial_days": 14, "grace_days": 7, "late_usage_days": 35,
             "currencies": "CNY"}  # fmt: skip
    send(one.operator, f"{version}terms/", **terms)
    metered = {"timing": "in_arrears", "is_prorated": "on"}
    send(one.operator, f"{version}charges/new/flat/", name="Basic price", code="base", timing="in_advance",
         is_prorated="on", price_CNY=98)  # fmt: skip
    send(one.operator, f"{version}charges/new/per_unit/", name="Seat", code="seat", meter="seats", price_CNY=58,
         **metered)  # fmt: skip
    send(one.operator, f"{version}charges/new/graduated/", name="Customer records", code="record", meter="records",
         timing="in_arrears", tier_0_up_to=1000, tier_0_unit_CNY=0, tier_1_unit_CNY="0.03")  # fmt: skip

    seats, records = BOUGHT
    sizes = {"currency": "CNY", "size_0_seats": seats, "size_0_records": records}
    previewed = one.operator.post(f"{version}preview/", sizes).content.decode()
    assert "278.00" in previewed  # 98, three seats at 58, two hundred records at 0.03

    send(one.operator, f"{version}publish/")
    assert "On sale" in page(one.operator, f"/operator/plans/{one.plan_id}/")
    assert one.operator.get(f"{version}terms/").status_code == 404  # published: unchangeable


def a_thousand_cards_are_made_and_leave_for_the_printer(one: Journey) -> None:
    product = send(one.operator, "/operator/cards/products/new/", name="12 months of Standard", kind="term",
                   plan=one.plan_id, months=12, face=1176, currency="CNY", tax_class="multi_purpose", tax_rate=0,
                   redeem_by="never")  # fmt: skip
    send(one.operator, f"{product}offer/")
    batch = send(one.operator, "/operator/cards/batches/new/", product=product.split("/")[-2], count=1000,
                 kind="printed", form_key="order-1")  # fmt: skip
    assert one.operator.post(f"{batch}approve/").status_code in (403, 409)  # by a second person only
    send(one.second, f"{batch}approve/")
    one.batch = CardBatch.objects.get()
    assert Card.objects.count() == one.batch.total_count >= 1000

    send(one.operator, f"{batch}export/", printer="Huabei Card Printing", layout="table", language="en",
         method="archive", recipient="")  # fmt: skip
    export = f"{batch}exports/{CardExport.objects.get().id}/"
    send(one.second, f"{export}approve/")
    password = secret_on(one.operator.post(f"{export}password/").content.decode())
    content = one.operator.post(f"{export}file/").content
    assert one.second.post(f"{export}file/").status_code == 403  # not even by who approved it
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(password.encode())
        lines = list(csv.DictReader(io.StringIO(archive.read("cards.csv").decode())))
    one.codes = {line["serial"]: line["code"] for line in lines}
    assert len(one.codes) >= 1000
    send(one.operator, f"{export}confirm/", file_sha256=hashlib.sha256(content).hexdigest())
    assert one.operator.post(f"{export}file/").status_code == 409  # the secrets are destroyed here
    one.batch.refresh_from_db()
    assert one.batch.status == "open"


# --- The reseller ---


def a_shop_opens_and_receives_them(one: Journey) -> None:
    opened = {
        "portal": "reseller", "name": "Red Lantern", "company_name": "Red Lantern Phones",
        "region": "shanghai", "language": "en", "owner_email": "lu@lantern.example",
    }  # fmt: skip
    place = send(one.operator, "/operator/accounts/new/", **opened)
    one.shop = shop = Account.objects.get(pk=place.split("/")[-2])
    today = clock.local_day(at=clock.now(), zone=ZoneInfo(shop.time_zone))
    send(one.operator, f"/operator/resellers/{shop.id}/terms/", from_day=today, currency="CNY",
         discount_percent=20, credit_limit=50_000, payment_days=30)  # fmt: skip
    keeper = join("lu@lantern.example", name="Lu")
    send(keeper, "/reseller/stores/new/", code="SH1", name="Nanjing Road")

    batch = one.batch
    assert batch is not None
    send(one.operator, f"/operator/cards/batches/{batch.id}/ship/", to_account=shop.id, first=1, last=400,
         form_key="ship-1")  # fmt: skip
    sent = re.findall(r"/reseller/shipments/[0-9a-f-]{36}/", page(keeper, "/reseller/shipments/"))[0]
    send(keeper, f"{sent}receive/")
    assert "12 months of Standard" in page(keeper, "/reseller/stock/")

    made = keeper.post("/settings/api-keys/new/", {"name": "Till", "scopes": ["sales:write", "sales:read"]})
    one.till = Caller(secret=secret_on(made.content.decode()))


def its_own_till_sells_two_by_api(one: Journey) -> None:
    on_shelf = Card.objects.filter(status="received").order_by("counter").values_list("serial", flat=True)
    one.sold, mistake = [str(serial) for serial in on_shelf[:2]], str(on_shelf[2])
    sale = {"serials": one.sold, "request_key": "till-1", "reference": "R-1042", "paid_by": "wechat_pay"}
    first, again = (one.till.post("/cards/activate", sale) for _ in range(2))
    assert (first.status_code, first.json()["count"], first.json()["face_minor"]) == (200, 2, 2352_00)
    assert first.json()["id"] == again.json()["id"]

    one.till.post("/cards/activate", {"serials": [mistake], "request_key": "till-2"})
    undone = one.till.post("/cards/reverse", {"request_key": "till-2", "reason": "Wrong card"})
    assert undone.json()["undone_at"] is not None
    assert one.till.get("/takings").json()["totals"] == [{"currency": "CNY", "amount_minor": 2352_00}]
    assert "shelf" in one.till.get("/stock").content.decode()


# --- The subscriber ---


def a_visitor_signs_up_and_works(one: Journey) -> None:
    assert "98.00" in page(Client(), "/prices/?currency=CNY")
    typed = {
        "name": "Mei Lin", "contact": OWNER, "company_name": "Willow Trading", "region": "shanghai",
        "language": "en", "time_zone": "Asia/Shanghai", "currency": "CNY", "plan": "standard",
    }  # fmt: skip
    send(one.owner, "/auth/signup/", **(TERMS | typed))
    send(one.owner, "/auth/signup/code/", code=code_for(OWNER))
    one.account = Account.objects.get(name="Willow Trading")
    assert access_of(account_id=one.account.id).state == "trial"
    assert "Make the first deal" in page(one.owner, "/crm/deals/")


def the_first_card_is_quoted_and_redeemed(one: Journey) -> None:
    assert "Check the code" in one.owner.post("/my/redeem/", {"code": "0000-0000-0000-0000"}).content.decode()
    redeem(one, serial=one.sold[0])
    access = access_of(account_id=one.id)
    assert (access.state, access.paid_until) == ("trial", year_after(access.until))  # the year follows the trial
    used = one.owner.post("/my/redeem/", {"code": one.codes[one.sold[0]]}).content.decode()
    assert 'name="digest"' not in used


def year_after(at: datetime | None) -> datetime | None:
    return at and at.replace(year=at.year + 1)


def redeem(one: Journey, *, serial: str) -> None:
    """Type the code as people do, read the quote, confirm it."""
    typed = one.codes[serial].lower().replace("-", " ")
    quote = one.owner.post("/my/redeem/", {"code": typed}).content.decode()
    kept = {name: re.findall(rf'name="{name}" value="([^"]+)"', quote)[0] for name in ("ticket", "digest")}
    done = send(one.owner, "/my/redeem/confirm/", **kept)
    assert "12 months of Standard" in page(one.owner, done)
    assert Card.objects.get(serial=serial).status == "redeemed"


def a_colleague_joins_and_customers_are_imported(one: Journey) -> None:
    for name, address in (("Jun", COLLEAGUE), ("Ana", "ana@willow.example")):
        send(one.owner, "/team/invite/", contact=address, role="member", language="en")
        assert join(address, name=name).get("/crm/deals/").status_code == 200

    rows = "".join(f"Firm {number:04d},Trade,\n" for number in range(1198))
    companies = f"Company,Industry,Address\n{rows}" + '"Salvation\nHall",Trade,"1 N\nAve"\n'
    rows = "".join(f"Firm {n:04d},Deal {n},New,{n}000\n" for n in range(1, 40))
    deals = f"Company,Deal name,Stage,Amount\n{rows}"
    files = [_csv("companies", companies), _csv("deals", deals)]
    batch = send(one.owner, "/crm/import/", csv_files=files)
    send(one.owner, f"{batch}start/")
    with inside(workspace_id=workspace(one).id):
        assert (Company.objects.count(), Deal.objects.count()) == (1199, 39)
    person = send(one.owner, "/crm/people/new/", name="Ada Reed", phones="138 0013 8000", form_key=new_form_key())
    assert 'href="tel:' in page(one.owner, person)
    for name in ("Firm 0007", "Deal 7", "Ada Reed"):
        assert name in page(one.owner, f"/crm/search/?q={name}")
    assert workspace(one).record_count == int(BOUGHT[1])


def workspace(one: Journey) -> Workspace:
    return Workspace.objects.get(account_id=one.id)


# --- Money ---


def the_month_is_billed_for_what_was_used(one: Journey) -> None:
    pass_time(one, "To the next event")  # the trial ends
    pass_time(one, "To the next event")  # the first paid month
    assert access_of(account_id=one.id).state == "active"


def the_invoice_is_read_by_api_and_paid_once(one: Journey, double: Running) -> None:
    made = one.owner.post("/settings/api-keys/new/", {"name": "Books", "scopes": ["invoices:read"]})
    books = Caller(secret=secret_on(made.content.decode()))
    newest = books.get("/invoices").json()["items"][0]
    lines = books.get(f"/invoices/{newest['id']}").json()["lines"]
    assert {line["title"]: line["amount"] for line in lines} == {"Seat": "174.00", "Customer records": "6.00"}
    assert all(line["arithmetic"] for line in lines)
    documents = [books.get(f"/invoices/{newest['id']}/pdf") for _ in range(2)]
    assert {document.status_code for document in documents} == {200}, documents[0].content
    first, second = (b"".join(document.streaming_content) for document in documents)
    assert first[:5] == b"%PDF-"
    assert first == second

    invoice = f"/my/invoices/{newest['id']}/"
    send(one.owner, f"{invoice}pay/")
    attempt = PaymentAttempt.objects.get()
    double.store.decline(attempt.session_id)
    double.store.pay(attempt.session_id)
    for keep in (True, False):  # each webhook comes twice, and the browser comes back as well
        assert set(double.store.deliver(_webhook, keep=keep)) == {200}
    send_back = one.owner.get(f"/my/payments/{attempt.id}/back/")
    assert send_back["Location"] == invoice
    assert "Nothing is left to pay" in page(one.owner, invoice)
    assert Payment.objects.count() == 1
    assert LedgerEntry.objects.filter(source_kind="payment").count() == 1


def _webhook(body: bytes, headers: dict[str, str]) -> int:
    signed = {"Stripe-Signature": headers["Stripe-Signature"]}
    return Client().post("/payments/stripe/", body, content_type="application/json", headers=signed).status_code


# --- Time ---


def the_paid_year_ends_with_three_reminders(one: Journey) -> None:
    end = access_of(account_id=one.id).until
    assert end is not None
    assert reminders() == 0
    for days in (30, 7, 1):
        pass_time_to(one, end - timedelta(days=days))
        assert reminders() == {30: 1, 7: 2, 1: 3}[days]


def nobody_renews_and_the_account_goes_dormant(one: Journey) -> None:
    states = []
    while not states or states[-1] != "dormant":
        pass_time(one, "To the next event")
        states.append(access_of(account_id=one.id).state)
    assert states == ["grace", "grace", "dormant"]  # on the last day of grace it is said once more
    assert one.owner.get("/crm/deals/").status_code == 402
    for open_still in ("/my/", "/my/redeem/", "/my/invoices/"):
        assert one.owner.get(open_still).status_code == 200
    with inside(workspace_id=workspace(one).id):
        assert (Company.objects.count(), Deal.objects.count()) == (1199, 39)  # nothing is deleted


def the_second_card_wakes_it_as_it_was(one: Journey) -> None:
    redeem(one, serial=one.sold[1])
    assert access_of(account_id=one.id).state == "active"
    assert one.owner.get("/crm/deals/").status_code == 200
    assert "Deal 7" in page(one.owner, "/crm/deals/list/?q=Deal+7")
    assert "Firm 0007" in page(one.owner, "/crm/search/?q=Firm+0007")
    redeemed = page(one.operator, f"/operator/accounts/{one.id}/cards/")
    assert all(serial in redeemed for serial in one.sold)


def reminders() -> int:
    """How many letters have said by now that the paid time ends."""
    return sum("paid until" in subject.lower() for subject in letters_for(OWNER))


def pass_time(one: Journey, step: str) -> None:
    """The operator lets the account's clock go on."""
    address = f"/operator/accounts/{one.id}/clock/"
    body = page(one.operator, address)
    steps = re.findall(r'name="to" value="([^"]+)".*?<button[^>]*>(.*?)</button>', body, re.DOTALL)
    send(one.operator, address, to=next(to for to, label in steps if step in label))


def pass_time_to(one: Journey, end: datetime) -> None:
    """From event to event, until it is that time or later."""
    while Account.objects.get(pk=one.id).test_clock_at < end:  # type: ignore[operator]
        pass_time(one, "To the next event")


# --- Forms ---


def secret_on(page_text: str) -> str:
    """What is shown this once."""
    found = re.search(r'<code class="secret"[^>]*>([^<]+)<|value="([^"]+)" readonly', page_text)
    assert found is not None
    return html.unescape(found[1] or found[2])


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def send(client: Client, address: str, **fields: Any) -> str:
    """Send a form; where it leads."""
    answer = client.post(address, fields)
    refused = re.findall(r'class="form-error".*?<span>(.*?)</span>', answer.content.decode(), re.DOTALL)
    assert answer.status_code == 302, (address, answer.status_code, refused)
    return str(answer["Location"])


def _csv(name: str, text: str) -> Any:
    return SimpleUploadedFile(f"{name}.csv", text.encode(), content_type="text/csv")
