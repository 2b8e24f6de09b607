"""Receipts, opt-out by one click, notices and pages, through the doors."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from provider.accounts.models import Account, User
from provider.kernel.clock import now
from provider.messages.documents import texts
from provider.messages.gateways.loopback import Copy, keep
from provider.messages.gateways.twilio import signature_of
from provider.messages.models import Delivery, Message, Preference, Suppression
from provider.messages.operations import messages
from provider.messages.rules import addresses
from provider.messages.rules.signatures import sign

from .conftest import NOW, make_account, make_user


def _sms() -> Delivery:
    message = messages.send(
        key="phone_code", to_phone="+8613912345678", params={"minutes": 10}, secret_params={"code": "482913"}, at=now()
    )
    return message.deliveries.get()


def _mail(user: User, **changes: Any) -> Delivery:
    facts = {"key": "welcome", "user": user, "params": {"name": "Lan", "link": "/"}, "at": now()} | changes
    return messages.send(**facts).deliveries.get(channel="email")


def _status(delivery: Delivery) -> str:
    return Delivery.objects.get(id=delivery.id).status


def test_the_paths_that_lower_rooms_name_are_those_of_the_doors() -> None:
    delivery_id = Delivery().id
    assert addresses.twilio_receipt(str(delivery_id)) == reverse("messages:twilio_receipt", args=[delivery_id])
    assert addresses.HELD_BACK.startswith(reverse("messages:list") + "?")


# --- Twilio ---


def _twilio_says(client: Client, delivery: Delivery, settings: Any, *, status: str, token: str = "ours") -> int:
    settings.TWILIO_AUTH_TOKEN = "ours"
    path = reverse("messages:twilio_receipt", args=[delivery.id])
    form = {"MessageSid": "SM1", "MessageStatus": status}
    signature = signature_of(url=settings.SITE_URL + path, form=form.items(), auth_token=token)
    return client.post(path, form, headers={"X-Twilio-Signature": signature}).status_code


def test_twilios_receipts_climb_in_any_order(client: Client, db: None, settings: Any) -> None:
    delivery = _sms()

    assert _twilio_says(client, delivery, settings, status="delivered") == 204
    assert _twilio_says(client, delivery, settings, status="sent") == 204
    assert _twilio_says(client, delivery, settings, status="undelivered") == 204

    assert _status(delivery) == "delivered"
    assert Message.objects.get().secret is None


def test_a_forged_receipt_moves_nothing(client: Client, db: None, settings: Any) -> None:
    delivery = _sms()

    assert _twilio_says(client, delivery, settings, status="delivered", token="theirs") == 403
    assert _status(delivery) == "queued"


def test_without_a_token_twilios_door_is_closed(client: Client, db: None, settings: Any) -> None:
    delivery = _sms()
    path = reverse("messages:twilio_receipt", args=[delivery.id])
    settings.TWILIO_AUTH_TOKEN = ""
    signature = signature_of(url=settings.SITE_URL + path, form=[("MessageStatus", "sent")], auth_token="")

    answer = client.post(path, {"MessageStatus": "sent"}, headers={"X-Twilio-Signature": signature})

    assert answer.status_code == 403


# --- Aliyun ---


def test_aliyuns_batch_moves_ours_and_leaves_others(client: Client, db: None, settings: Any) -> None:
    settings.ALIYUN_RECEIPT_TOKEN = "a-long-shared-secret"
    good, bad = _sms(), _sms()
    reports = [
        {"out_id": str(good.id), "success": True, "err_code": "DELIVERED", "sms_size": "1"},
        {"out_id": str(bad.id), "success": False, "err_code": "UNDELIV", "err_msg": "off"},
        {"out_id": "of somebody else", "success": True},
    ]

    answer = client.post(
        reverse("messages:aliyun_receipt", args=["a-long-shared-secret"]), reports, content_type="application/json"
    )

    assert answer.json()["code"] == 0
    assert (_status(good), _status(bad)) == ("delivered", "failed")


@pytest.mark.parametrize("configured", ["", "another"])
def test_a_wrong_token_finds_nothing(client: Client, db: None, settings: Any, configured: str) -> None:
    settings.ALIYUN_RECEIPT_TOKEN = configured

    answer = client.post(reverse("messages:aliyun_receipt", args=["guess"]), [], content_type="application/json")

    assert answer.status_code == 404


# --- Mail ---


def _mail_server_says(client: Client, body: Any, *, secret: str = "ours", age: timedelta = timedelta()) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    timestamp = str(int((now() - age).timestamp()))
    signature = sign(message_id="m1", timestamp=timestamp, body=content, secret=secret)
    headers = {"Webhook-Id": "m1", "Webhook-Timestamp": timestamp, "Webhook-Signature": signature}
    return client.post(reverse("messages:email_receipt"), content, content_type="application/json", headers=headers)


@pytest.fixture
def open_door(settings: Any) -> None:
    settings.EMAIL_BOUNCE_SECRET = "ours"


def test_a_bounce_days_later_still_suppresses(client: Client, user: User, open_door: None) -> None:
    delivery = _mail(user)
    for kind in ("delivered", "bounced", "delivered"):
        _mail_server_says(client, {"events": [{"delivery": str(delivery.id), "kind": kind, "reason": "gone"}]})

    assert _status(delivery) == "bounced"
    assert Suppression.objects.get().reason == "bounce"
    assert _status(_mail(user)) == "suppressed"


def test_a_complaint_is_remembered(client: Client, user: User, open_door: None) -> None:
    delivery = _mail(user)

    _mail_server_says(client, {"events": [{"delivery": str(delivery.id), "kind": "complained"}]})

    assert _status(delivery) == "delivered"
    assert Suppression.objects.get().reason == "complaint"


def test_only_a_fresh_and_signed_report_is_read(client: Client, user: User, open_door: None) -> None:
    events = {"events": [{"delivery": str(_mail(user).id), "kind": "bounced"}]}

    assert _mail_server_says(client, events, secret="theirs").status_code == 403
    assert _mail_server_says(client, events, age=timedelta(minutes=6)).status_code == 403
    assert Suppression.objects.count() == 0


@pytest.mark.parametrize("body", [b"not json", {}, {"events": "x"}, {"events": [{"delivery": "x"}]}, [1]])
def test_what_is_no_report_is_refused(client: Client, db: None, open_door: None, body: Any) -> None:
    answer = _mail_server_says(client, body)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_receipt")


# --- One click ---


def _unsubscribe_path(delivery: Delivery) -> str:
    return texts.mail_of(delivery).headers["List-Unsubscribe"].strip("<>").partition("localhost:8000")[2]


def test_one_click_stops_the_category_and_nothing_else(user: User) -> None:
    client = Client(enforce_csrf_checks=True)  # as a mail program posts: no session, no token of ours
    path = _unsubscribe_path(_mail(user))

    assert client.get(path).status_code == 200
    assert Preference.objects.count() == 0  # a scanner that follows links changes nothing
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200

    assert _status(_mail(user)) == "suppressed"
    code = messages.send(key="sign_in_code", user=user, params={"minutes": 10}, secret_params={"code": "1"}, at=NOW)
    assert code.deliveries.get().status == "queued"


def test_undo_takes_the_opt_out_back(client: Client, user: User) -> None:
    path = _unsubscribe_path(_mail(user))
    client.post(path)
    client.post(path, {"back": "1"})

    assert _status(_mail(user)) == "queued"


def test_an_address_without_a_user_can_opt_out_too(client: Client, account: Account) -> None:
    message = messages.send(
        key="welcome", account=account, to_email="x@y.example", params={"name": "X", "link": "/"}, at=now()
    )
    client.post(_unsubscribe_path(message.deliveries.get()))

    assert Suppression.objects.get().address == "x@y.example"


# --- Pages ---


@pytest.fixture
def reader(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def test_the_bell_counts_and_reading_leads_on(reader: Client, user: User, account: Account) -> None:
    messages.send(
        key="account_address_corrected", account=account, user=user, at=now(),
        params={
            "account_name": "Tea", "changed_by": "<b>Ada</b>", "reason": "Typo", "link": "/settings/notifications/",
        },
    )  # fmt: skip
    notice = Delivery.objects.get(channel="notice")
    page = reader.get(reverse("messages:notices")).content.decode()
    assert "1 unread" in page
    assert "&lt;b&gt;Ada&lt;/b&gt;" in page

    answer = reader.post(reverse("messages:read", args=[notice.id]))

    assert answer["Location"] == "/settings/notifications/"
    assert "all read" in reader.get(reverse("messages:bell")).content.decode()


def test_marking_all_leaves_what_came_since(reader: Client, user: User) -> None:
    looked_at = now()
    _mail(user, at=looked_at - timedelta(minutes=1))
    _mail(user, at=looked_at + timedelta(seconds=1))

    reader.post(reverse("messages:read_all"), {"looked_at": looked_at.isoformat()})

    assert Delivery.objects.filter(channel="notice", read_at=None).count() == 1


def test_preferences_are_kept_and_the_fixed_ones_stay(reader: Client, user: User) -> None:
    reader.post(reverse("messages:preferences"), {"work.email": "on", "tips.notice": "on"})

    chosen = {(row.category, row.channel): row.is_on for row in Preference.objects.all()}
    assert chosen == {
        ("work", "email"): True, ("work", "notice"): False, ("tips", "email"): False, ("tips", "notice"): True,
    }  # fmt: skip


def test_the_history_filters_and_the_mail_is_shown_in_a_closed_frame(
    reader: Client, user: User, account: Account
) -> None:
    message = _mail(user, account=account).message
    invitation = messages.send(
        key="invitation", account=account, to_email="new@tea.example", at=now(),
        params={
            "account_name": "Tea", "inviter_name": "Lan", "role": "member", "expires_at": now() + timedelta(days=7),
        },
        secret_params={"link": "/team/join/secret-of-the-link/"},
    )  # fmt: skip

    assert "Welcome" in reader.get(reverse("messages:list"), {"status": "queued"}).content.decode()
    assert "Invitation" not in reader.get(reverse("messages:list"), {"status": "bounced"}).content.decode()
    assert "Invitation" in reader.get(reverse("messages:list"), {"address": "NEW@tea.example"}).content.decode()
    assert reader.get(reverse("messages:list"), {"status": "nonsense", "account": "x"}).status_code == 200
    assert reader.get(reverse("messages:detail", args=[message.id])).status_code == 200
    body = reader.get(reverse("messages:body", args=[invitation.id]))
    assert "secret-of-the-link" not in body.content.decode()
    assert "default-src 'none'" in body["Content-Security-Policy"]
    assert "sandbox" in body["Content-Security-Policy"]
    assert body["X-Frame-Options"] == "SAMEORIGIN"


def test_another_accounts_message_is_not_found(reader: Client) -> None:
    other = make_account(name="Moss", email="m@moss.example")
    foreign = _mail(make_user(email="x@moss.example"), account=other).message

    assert reader.get(reverse("messages:detail", args=[foreign.id])).status_code == 404


def test_the_mailbox_shows_codes_and_is_not_there_in_production(client: Client, db: None, settings: Any) -> None:
    keep(
        Copy(
            id="0193a000-0000-7000-8000-000000000001", channel="email", address="lan@tea.example",
            subject="<b>1234-5678</b>", text="Your code: 1234-5678", html="<p>Hello</p>",
        )
    )  # fmt: skip

    page = client.get(reverse("messages:mailbox")).content.decode()
    assert "1234-5678" in page
    assert "<b>1234" not in page
    same = client.get(
        reverse("messages:mailbox"), {"newest": "0193a000-0000-7000-8000-000000000001"}, headers={"HX-Request": "true"}
    )
    assert same.status_code == 204

    settings.IS_PRODUCTION = True
    assert client.get(reverse("messages:mailbox")).status_code == 404
