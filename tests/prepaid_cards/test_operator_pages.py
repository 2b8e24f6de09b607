"""The operators' workshop: from a card's description to a shipped carton, in a browser's hands."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from prepaid_cards.models import Card, CardBatch, CardExport, CardProduct
from prepaid_cards.operations.batches import order_batch
from prepaid_cards.operations.exports import request_export
from prepaid_cards.operations.ranges import extend_range
from prepaid_cards.queries.cards import card_history
from prepaid_cards.rules.serials import serial_of
from prepaid_cards.rules.terms import end_of_day
from provider.accounts.models import User
from provider.kernel import clock, jobs
from provider.kernel.clock import local_day
from provider.kernel.models import Job
from provider.kernel.money import Money
from provider.look import formats
from tests.factories import AT, make_account
from tests.prepaid_cards.conftest import House, codes_of, made_batch, opened_batch
from tests.prepaid_cards.factories import make_product, make_redemption
from tests.prepaid_cards.redeeming import sold_card

FORM_KEY = re.compile(r'name="form_key" value="([^"]+)"')


def browser(user_id: Any) -> Client:
    client = Client()
    user = User.objects.get(id=user_id)
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def send(client: Client, url: str, *, form_from: str = "", **typed: Any) -> Any:
    found = FORM_KEY.search(page(client, form_from or url))
    return client.post(url, typed | {"form_key": found[1] if found else ""})


@pytest.fixture
def ann(house: House) -> Client:
    return browser(house.ann.user_id)


@pytest.fixture
def bo(house: House) -> Client:
    return browser(house.bo.user_id)


def test_an_operator_describes_offers_and_orders_a_card(house: House, ann: Client, bo: Client) -> None:
    send(
        ann, "/operator/cards/products/new/", name="100 yuan", kind="top_up", top_up="100.00", face="100.00",
        currency="CNY", tax_class="multi_purpose", tax_rate="6", redeem_by="never",
    )  # fmt: skip
    made = CardProduct.objects.get(name="100 yuan")
    assert made.top_up_minor == 10000
    ann.post(f"/operator/cards/products/{made.id}/offer/")
    answer = send(ann, "/operator/cards/batches/new/", product=made.id, count="1000", kind="printed")
    batch = CardBatch.objects.get(product=made)
    assert answer.url == f"/operator/cards/batches/{batch.id}/"

    assert "Approve" not in page(ann, answer.url)  # a thousand need a second person
    bo.post(f"{answer.url}approve/")
    batch.refresh_from_db()
    jobs.run_to_end(job_id=batch.job_id, at=clock.now())

    assert "Send to the printer" in page(ann, answer.url)
    assert Card.objects.filter(batch=batch).count() == 1003


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"face": "-1"}, "face"),
        ({"face": "98.001"}, "decimals"),
        ({"kind": "points", "points": ""}, "exactly one"),
        ({"redeem_by": "fixed", "redeem_by_on": "2020-01-01"}, "still to come"),
    ],
)
def test_a_card_that_makes_no_sense_is_refused_at_its_field(ann: Client, typed: dict[str, str], sentence: str) -> None:
    given = {
        "name": "Odd", "kind": "top_up", "top_up": "5", "face": "5", "currency": "CNY", "tax_class": "multi_purpose",
        "tax_rate": "0", "redeem_by": "never",
    }  # fmt: skip

    answer = send(ann, "/operator/cards/products/new/", **(given | typed))

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not CardProduct.objects.filter(name="Odd").exists()


def test_ordering_twice_by_a_double_click_orders_once(house: House, ann: Client) -> None:
    url = "/operator/cards/batches/new/"
    found = FORM_KEY.search(page(ann, url))
    assert found
    for _ in range(2):
        ann.post(url, {"product": house.product.id, "count": "5", "kind": "printed", "form_key": found[1]})

    assert CardBatch.objects.count() == 1


def test_the_export_goes_through_two_hands_and_ends_with_the_printers_hash(
    house: House, ann: Client, bo: Client
) -> None:
    batch = made_batch(house)
    url = f"/operator/cards/batches/{batch.id}/"
    send(
        ann, f"{url}export/", printer="Huabei", layout="table", language="en", method="archive", recipient="",
    )  # fmt: skip
    export = CardExport.objects.get(batch=batch)
    own = f"{url}exports/{export.id}/"
    assert ann.post(f"{own}approve/").status_code == 409
    bo.post(f"{own}approve/")
    assert bo.post(f"{own}file/").status_code == 403

    fetched = ann.post(f"{own}file/")
    export.refresh_from_db()
    has_it = {"file_sha256": bytes(export.file_sha256).hex()}
    assert "Nobody has seen the password" in page(bo, url)
    assert "The printer has this file" not in page(bo, url)
    assert bo.post(f"{own}confirm/", has_it).status_code == 409

    shown = ann.post(f"{own}password/")
    assert "The printer has this file" in page(bo, url)

    assert "no-store" in shown.headers["Cache-Control"]
    assert fetched.headers["Content-Disposition"] == f'attachment; filename="cards-{batch.prefix}.zip"'
    bo.post(f"{own}confirm/", has_it)
    batch.refresh_from_db()
    assert batch.status == "open"
    assert batch.wrapped_key is None


def test_the_second_person_sees_the_key_and_who_asked_before_approving(house: House, ann: Client, bo: Client) -> None:
    batch = made_batch(house, count=1)
    key = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudsen6qs5y6uzr"
    request_export(
        batch_id=batch.id, method="age", printer="Huabei", recipient=key, is_recipient_good=True, by=house.ann, at=AT
    )  # fmt: skip

    shown = page(bo, f"/operator/cards/batches/{batch.id}/")

    assert "Approve the export" in shown
    assert key in shown
    assert f"Asked for by {User.objects.get(id=house.ann.user_id)}" in shown


def test_kinds_of_cards_of_one_name_are_told_apart_where_one_is_chosen(house: House, ann: Client) -> None:
    make_product(name=house.product.name, face_minor=58800, top_up_minor=58800)

    for url in ("batches/new/", "campaigns/new/"):
        shown = page(ann, f"/operator/cards/{url}")
        for face_minor in (98000, 58800):
            assert f"12 months of Standard · {formats.money(Money(face_minor, 'CNY'))}" in shown


def test_a_draft_is_withdrawn_from_its_page(house: House, ann: Client) -> None:
    draft = order_batch(product_id=house.product.id, count=5, request_key="twin", by=house.ann, at=AT)
    url = f"/operator/cards/batches/{draft.id}/"
    assert page(ann, url).count("Withdraw the batch") > 2  # in the menu too, not only in its dialog

    ann.post(f"{url}void/", {"reason": "Ordered twice"})

    draft.refresh_from_db()
    assert draft.status == "void"


def test_cards_are_shipped_from_the_page(house: House, ann: Client) -> None:
    batch = opened_batch(house)

    send(
        ann, f"/operator/cards/batches/{batch.id}/ship/", to_account=house.reseller.id, first="1", last="10",
        note="Carton 1",
    )  # fmt: skip

    assert Card.objects.filter(batch=batch, holder=house.reseller).count() >= 7
    assert "Xinghe" in page(ann, f"/operator/cards/batches/{batch.id}/")


def test_an_act_on_a_range_is_shown_before_it_is_done(house: House, ann: Client) -> None:
    batch = opened_batch(house)
    url = f"/operator/cards/batches/{batch.id}/range/"
    typed = {"act": "freeze", "first": "1", "last": "23", "reason": "Carton 7"}

    shown = send(ann, url, **typed)
    assert "20" in shown.content.decode()
    assert not Card.objects.filter(batch=batch, status="frozen").exists()

    send(ann, url, **typed, sure="yes")
    assert Card.objects.filter(batch=batch, status="frozen").count() == 20

    first, other = serial_of(prefix=batch.prefix, counter=1), serial_of(prefix="260099", counter=9)
    assert "different batches" in send(ann, url, **typed | {"last": other}).content.decode()
    assert "from 1 to 23" in send(ann, url, **typed | {"last": "24"}).content.decode()
    assert "is not a serial" in send(ann, url, **typed | {"last": first[:-1] + "x"}).content.decode()
    send(ann, url, **typed | {"act": "release", "first": first, "last": "23"}, sure="yes")
    assert not Card.objects.filter(batch=batch, status="frozen").exists()


def test_extending_a_range_shows_old_and_new_days_and_leaves_cards_without_an_end(house: House, ann: Client) -> None:
    batch = opened_batch(house)
    some = Card.objects.filter(batch=batch, is_canary=False).order_by("counter").values_list("id", flat=True)[:3]
    today = clock.now().date()
    was, zone = clock.now() + timedelta(days=10), ZoneInfo(house.provider.time_zone)
    Card.objects.filter(id__in=list(some)).update(redeem_before=was)
    url = f"/operator/cards/batches/{batch.id}/range/"
    typed = {"act": "extend", "first": "1", "last": "23", "reason": "Late"}

    assert "later than today" in send(ann, url, **typed, last_day=str(today - timedelta(days=2))).content.decode()
    day = today + timedelta(days=60)
    shown = send(ann, url, **typed, last_day=str(day)).content.decode()
    assert f"from now on until {formats.day(day)}" in shown
    assert "without an end: stay as they are" in shown

    send(ann, url, **typed, last_day=str(day), sure="yes")
    extended = Card.objects.filter(batch=batch, redeem_before__gt=clock.now() + timedelta(days=50))
    assert extended.count() == 3
    first = extended.earliest("counter")
    assert first.redeem_before is not None
    told = page(ann, f"/operator/cards/serials/{first.serial}/")
    assert formats.paid_until(local_day(at=first.redeem_before, zone=zone)) in told
    assert formats.paid_until(local_day(at=was, zone=zone)) in told


def test_each_run_of_cards_remembers_its_own_last_day_before_it_was_extended(house: House) -> None:
    batch, now = opened_batch(house, count=6), clock.now()
    mine = Card.objects.filter(batch=batch, is_canary=False).order_by("counter")
    ends = [now + timedelta(days=days) for days in (5, 5, 9, 5, 9, 9)]
    for card, end in zip(mine, ends, strict=False):
        Card.objects.filter(id=card.id).update(redeem_before=end)
    end = end_of_day(last_day=now.date() + timedelta(days=90), zone=ZoneInfo(house.provider.time_zone))

    extend_range(
        batch_id=batch.id, first=1, last=batch.total_count, redeem_before=end, reason="Late", by=house.ann, at=now
    )  # fmt: skip

    for card, was in zip(mine, ends, strict=False):
        [line] = [one for one in card_history(card) if one.verb == "extended"]
        assert (line.end_was, line.end_is, line.reason) == (was, end, "Late")


def test_a_serial_is_found_however_it_is_typed_and_a_secret_is_not_kept(house: House, ann: Client) -> None:
    batch = made_batch(house)
    card = Card.objects.filter(batch=batch).first()
    search = "/operator/cards/serials/"

    assert ann.get(search, {"q": f" {card.serial[:6]}-{card.serial[6:13]} {card.serial[13]} "}).url == (
        f"{search}{card.serial}/"
    )
    assert ann.get(search, {"q": "26000199999990"}).status_code == 404
    assert "Made" in page(ann, f"{search}{card.serial}/")
    secret = codes_of(batch)[1]
    answer = ann.get(search, {"q": secret})
    assert answer.url == search
    assert secret not in page(ann, search)


def test_whoever_has_redeemed_a_card_is_its_holder_and_the_reseller_has_sold_it(ann: Client) -> None:
    shop, fern = make_account(name="Quill Books", portal="reseller"), make_account(name="Fern", portal="subscriber")
    card, _code = sold_card(make_product(), seller=shop)

    sold = page(ann, f"/operator/cards/serials/{card.serial}/")
    assert "whoever bought it" in sold
    assert sold.count("Quill Books") == 2  # in its history, and as the seller

    redeemed = make_redemption(account=fern, seller=shop, prefix="269999").card
    used = page(ann, f"/operator/cards/serials/{redeemed.serial}/")
    assert "whoever bought it" not in used
    assert f"/operator/accounts/{fern.id}/" in used
    assert used.count("Quill Books") == 1


def test_no_page_shows_a_secret_or_its_hash(house: House, ann: Client) -> None:
    batch = made_batch(house)
    card = Card.objects.filter(batch=batch).first()
    secrets = codes_of(batch).values()

    for url in (
        "/operator/cards/", f"/operator/cards/batches/{batch.id}/", f"/operator/cards/serials/{card.serial}/",
        "/operator/audit/",
    ):  # fmt: skip
        text = page(ann, url)
        assert bytes(card.secret_hmac).hex() not in text
        assert not any(secret in text for secret in secrets)


def test_a_batch_page_of_every_state_can_be_opened(house: House, ann: Client) -> None:
    batch = opened_batch(house)
    for status, facts in (("locked", {"locked_at": AT}), ("void", {"voided_at": AT}), ("exported", {})):
        CardBatch.objects.filter(id=batch.id).update(status=status, **facts)
        page(ann, f"/operator/cards/batches/{batch.id}/")


def test_an_operator_reads_the_printers_answer_back_and_orders_cards_in_place_of_spoiled_ones(house: House) -> None:
    batch = opened_batch(house)
    client = browser(house.ann.user_id)
    url = f"/operator/cards/batches/{batch.id}/printed/"
    card = Card.objects.filter(batch=batch, is_canary=False).order_by("counter")[0]
    assert "Choose the file" in client.post(url, {}).content.decode()

    file = ContentFile(f"serial,result\n{card.serial},spoiled\n123,ok\n".encode(), name="results.csv")
    with_job = client.post(url, {"file": file}, follow=True)
    for job_id in Job.objects.filter(kind="prepaid_cards.read_print_report").values_list("id", flat=True):
        jobs.run_to_end(job_id=job_id, at=clock.now())

    assert with_job.status_code == 200
    told = page(client, url)
    assert "no serial of this batch" in told
    assert "Order 1 in place of the spoiled ones" in told
    card.refresh_from_db()
    assert card.status == "void"
    (way,) = re.findall(r'href="(/operator/cards/batches/new/[^"]+)"', told)
    assert f"In place of 1 spoiled cards of batch {batch.prefix}" in page(client, way.replace("&amp;", "&"))


def test_sheets_are_asked_for_in_a_language_and_fetched_when_they_are_made(
    house: House, ann: Client, bo: Client
) -> None:
    batch = made_batch(house, count=2)
    url = f"/operator/cards/batches/{batch.id}/"
    send(
        ann, f"{url}export/", printer="Own office", layout="sheets", language="zh-hant", method="archive", recipient="",
    )  # fmt: skip
    export = CardExport.objects.get(batch=batch)
    assert (export.layout, export.language) == ("sheets", "zh-hant")
    bo.post(f"{url}exports/{export.id}/approve/")
    assert "The sheets are being made" in page(ann, url)
    assert ann.post(f"{url}exports/{export.id}/file/").status_code == 409

    export.refresh_from_db()
    jobs.run_to_end(job_id=export.job_id, at=clock.now())

    assert "Fetch the file" in page(ann, url)
    assert ann.post(f"{url}exports/{export.id}/file/").status_code == 200


def test_a_field_that_does_not_fit_the_kind_neither_counts_nor_refuses(ann: Client) -> None:
    body = page(ann, "/operator/cards/products/new/")
    assert 'data-field="points" data-when="kind" data-fits="points"' in body
    send(
        ann, "/operator/cards/products/new/", name="100 yuan", kind="top_up", top_up="100.00", face="100.00",
        currency="CNY", tax_class="multi_purpose", tax_rate="6", redeem_by="never",
        points="many", months="-3", redeem_by_on="2020-01-01",
    )  # fmt: skip
    made = CardProduct.objects.get(name="100 yuan")
    assert (made.points, made.months, made.redeem_by_on) == (0, 0, None)


def test_a_card_is_called_in_each_readers_language_and_renamed_when_it_is_offered(house: House, ann: Client) -> None:
    url = f"/operator/cards/products/{house.product.id}/"
    assert "No name in 简体中文, 繁體中文" in page(ann, url)

    names = {"name": "12 months of Standard", "name_hans": "12 个月标准版", "name_hant": "12 個月標準版"}
    assert send(ann, f"{url}edit/", **names).url == url
    assert "Names are missing." not in page(ann, url)
    batch = opened_batch(house)
    for language, name in zip(("en", "zh-hans", "zh-hant"), names.values(), strict=True):
        User.objects.update(language=language)
        for told in (url, "/operator/cards/products/", f"/operator/cards/batches/{batch.id}/"):
            assert name in page(ann, told)
    assert str(batch.id) in page(ann, "/operator/cards/?q=個月標準")


def test_a_draft_is_described_anew_and_a_card_is_never_without_an_english_name(house: House, ann: Client) -> None:
    draft = make_product(name="Gold", status="draft", offered_at=None)
    url = f"/operator/cards/products/{draft.id}/edit/"
    shown = page(ann, url)
    assert 'value="Gold"' in shown
    typed = {"kind": "top_up", "face": "50.00", "top_up": "50.00", "currency": "CNY", "tax_class": "multi_purpose"}

    answer = send(ann, url, **typed, name="Silver", tax_rate="0", redeem_by="never")
    assert answer.status_code == 302, answer.content.decode()
    draft.refresh_from_db()
    assert (draft.name, draft.top_up_minor, draft.face_minor) == ("Silver", 5000, 5000)
    assert "This field is required" in send(ann, url, **typed, name="").content.decode()
