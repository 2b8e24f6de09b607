"""Finance makes a coupon, gives it after a look at the next invoice, sees what it took, ends it and closes it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import translation

from invoices.documents.offers import says
from invoices.models import AppliedCoupon, Coupon
from invoices.rules.offers import CouponTerms
from provider.accounts.models import Account
from provider.kernel.models import AuditRow
from provider.kernel.money import Money
from tests.factories import AT, make_account
from tests.invoices.factories import make_coupon, make_coupon_use, make_held, make_invoice, make_seller

pytestmark = pytest.mark.django_db
TYPED = {"code": "SPRING-20", "kind": "percent", "percent": "20", "lasts": "times", "times": "3", "on": "all"}
QUERIES = 10


@pytest.fixture
def seller(finance: Client) -> Account:
    return make_seller().account


def test_a_coupon_is_said_in_words_while_it_is_typed_and_made(finance: Client, seller: Account) -> None:
    said = finance.get("/operator/coupons/new/says/", TYPED).content.decode()
    assert "Takes 20% off each of the next 3 invoices of whoever has it, before tax." in said
    assert "said here in words" in finance.get("/operator/coupons/new/says/", {"kind": "amount"}).content.decode()

    made = finance.post("/operator/coupons/new/", TYPED, follow=True).content.decode()

    assert "The coupon is made" in made
    coupon = Coupon.objects.get()
    assert (coupon.code, coupon.percent, coupon.times, coupon.only) == ("SPRING-20", 20, 3, {})
    again = finance.post("/operator/coupons/new/", TYPED).content.decode()
    assert "There is a coupon with this code already" in again


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"percent": "120"}, "above 0 and up to 100"),
        ({"kind": "amount", "amount": "5.001", "currency": "CNY"}, "so many decimal places"),
        ({"kind": "amount", "amount": "1e2", "currency": "CNY"}, "plain figures"),
        ({"times": ""}, "Enter the number of invoices"),
        ({"on": "some"}, "Choose the lines"),
        ({"code": "a b"}, "Letters, digits"),
        ({"first_on": "2026-12-05", "last_on": "2026-12-01"}, "comes before the first"),
        ({"last_on": "2020-01-01"}, "Nobody could get this coupon"),
        ({"last_on": "9999-12-31"}, "between the years 1900 and 2999"),
    ],
)
def test_what_cannot_be_is_refused_at_the_field(finance: Client, seller: Account, typed: dict, said: str) -> None:
    answer = finance.post("/operator/coupons/new/", TYPED | typed)

    assert said in answer.content.decode()
    assert not Coupon.objects.exists()


def test_it_is_given_after_a_look_and_ended_with_a_reason(finance: Client, seller: Account, account: Account) -> None:
    coupon = make_coupon(seller=seller, code="SPRING-20")
    chosen = finance.get(f"/operator/coupons/{coupon.pk}/give/?q=heng").content.decode()
    page = f"/operator/accounts/{account.pk}/coupons/give/"
    assert f"{page}?coupon={coupon.pk}" in chosen
    typed = {"coupon": str(coupon.pk), "reason": "Agreed on the phone", "last_on": ""}

    seen = finance.post(page, typed).content.decode()
    assert "No invoice is to come as things stand" in seen
    assert not AppliedCoupon.objects.exists()
    money = finance.post(page, typed | {"confirm": "yes"}, follow=True).content.decode()

    assert "The account has the coupon from now on." in money
    held = AppliedCoupon.objects.get(account=account)
    assert f"end-{held.pk}" in money
    assert "No coupon can be given" in finance.get(page).content.decode()
    end = f"/operator/accounts/{account.pk}/coupons/{held.pk}/end/"
    ended = finance.post(end, {"reason": "By mistake"}, follow=True)
    assert "What it took off stays" in ended.content.decode()
    history = AuditRow.objects.filter(subject_kind="coupon").order_by("id").values_list("verb", "reason")
    assert list(history) == [("coupon.applied", "Agreed on the phone"), ("coupon.ended", "By mistake")]


def test_no_other_coupon_is_chosen_for_one_that_is_not_offered(
    finance: Client, seller: Account, account: Account
) -> None:
    make_coupon(seller=seller, code="OFFERED")
    closed = make_coupon(seller=seller, code="CLOSED", closed_at=AT)
    page = f"/operator/accounts/{account.pk}/coupons/give/"

    seen = finance.get(f"{page}?coupon={closed.pk}").content.decode()

    assert "The coupon that you came with is not offered" in seen
    assert seen.index("Choose a coupon") < seen.index("OFFERED")
    assert "selected" not in seen[seen.index("Choose a coupon") : seen.index("OFFERED")]
    answer = finance.post(page, {"coupon": "", "reason": "Agreed", "last_on": "", "confirm": "yes"})
    assert "OFFERED" in answer.content.decode()
    assert not AppliedCoupon.objects.exists()


def test_its_page_names_who_has_it_and_what_it_took_where(finance: Client, seller: Account, account: Account) -> None:
    coupon = make_coupon(seller=seller, code="SPRING-20")
    held = make_held(account, coupon=coupon)
    make_held(make_account(name="Moss"), coupon=coupon, ended_at=datetime(2026, 11, 2, tzinfo=UTC))
    invoice = make_invoice(account=account)
    make_coupon_use(held, invoice=invoice, amount_minor=6000)

    page = finance.get(f"/operator/coupons/{coupon.pk}/").content.decode()
    took = finance.get(f"/operator/coupons/{coupon.pk}/invoices/").content.decode()

    assert all(words in page for words in ("Hengtai", "Moss", "60.00"))
    assert "Moss" not in finance.get(f"/operator/coupons/{coupon.pk}/?held=running").content.decode()
    assert all(words in took for words in (f"/operator/invoices/{invoice.pk}/", invoice.number_text))
    listed = finance.get("/operator/coupons/?q=spring&state=open&export=csv")
    assert b"SPRING-20" in b"".join(listed.streaming_content if listed.streaming else [listed.content])


def test_closed_it_is_given_to_nobody_any_more(finance: Client, seller: Account, account: Account) -> None:
    coupon = make_coupon(seller=seller)

    closed = finance.post(f"/operator/coupons/{coupon.pk}/close/", {"reason": "Over"}, follow=True).content.decode()

    assert "Whoever has it keeps it" in closed
    assert "No coupon can be given" in finance.get(f"/operator/accounts/{account.pk}/coupons/give/").content.decode()
    assert finance.get("/operator/coupons/?state=closed").content.decode().count(coupon.code) > 0


@pytest.mark.parametrize("count", [1, 30])
def test_however_many_there_are_pages_ask_few_questions(
    finance: Client, seller: Account, account: Account, count: int, django_assert_max_num_queries
) -> None:
    coupons = [make_coupon(seller=seller) for _ in range(count)]
    for coupon in coupons:
        make_coupon_use(make_held(account, coupon=coupon), invoice=make_invoice(account=account))
    for number in range(count):
        make_held(make_account(name=f"Customer {number}"), coupon=coupons[0])

    one = f"/operator/coupons/{coupons[0].pk}/"
    for page in ("/operator/coupons/", one, f"{one}invoices/"):
        finance.get(page)  # the first of a session writes it down
        with django_assert_max_num_queries(QUERIES):
            assert finance.get(page).status_code == 200
    with django_assert_max_num_queries(15):  # the account's page asks for all its money
        assert finance.get(f"/operator/accounts/{account.pk}/money/").status_code == 200


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (CouponTerms(percent=Decimal("12.5")), "Takes 12.5% off every invoice of whoever has it, before tax."),
        (CouponTerms(amount=Money(3000, "CNY"), times=1), "Takes CNY 30.00 off the next invoice of whoever has it"),
        (CouponTerms(percent=Decimal(5), only={"plans": ["team"]}), "Only lines of the plan Team count"),
        (CouponTerms(percent=Decimal(5), expires_at=datetime(2026, 12, 31, 16, tzinfo=UTC)), "until 31 December 2026"),
        (CouponTerms(percent=Decimal(5), starts_at=AT), "on, until it is closed."),
    ],
)
def test_the_sentence_says_what_it_does(terms: CouponTerms, said: str) -> None:
    lines = {"plans": {"team": ("Team", "团队版", "團隊版")}}
    with translation.override("en"):
        assert said in " ".join(says(terms, lines=lines, zone=ZoneInfo("Asia/Shanghai")))
