"""Twilio and Aliyun, each against a double that checks who asks, and what."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from provider.messages.gateways.aliyun import AliyunSms, authorization_of
from provider.messages.gateways.twilio import TwilioSms, is_signed, signature_of
from provider.messages.rules.attempts import Answer
from provider.messages.rules.letters import Sms

from .double import Call, Double, running

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
REFERENCE = "0193a000-0000-7000-8000-000000000001"
SMS = Sms(
    to="+8613912345678", template="sign_in_code", params={"code": "482913", "minutes": 10}, language="zh-hans",
    text="482913 是您的登录验证码", reference=REFERENCE,
)  # fmt: skip


@pytest.fixture
def double() -> Iterator[Double]:
    with running() as served:
        yield served


# --- Twilio ---


def _twilio(double: Double, **changes: Any) -> TwilioSms:
    facts: dict[str, Any] = {
        "base_url": double.url, "account_sid": "AC123", "auth_token": "token-of-ours", "sender": "+15005550006",
        "callback_base_url": "https://p.example", "timeout_seconds": 5,
    }  # fmt: skip
    return TwilioSms(**facts | changes)


def test_twilio_is_asked_as_it_documents(double: Double) -> None:
    double.status, double.body = 201, {"sid": "SM42", "status": "queued"}

    answer = _twilio(double).send(SMS, at=NOW)

    assert (answer.answer, answer.reference) == (Answer.ACCEPTED, "SM42")
    call = double.calls[0]
    assert call.path == "/2010-04-01/Accounts/AC123/Messages.json"
    assert base64.b64decode(call.headers["authorization"].removeprefix("Basic ")) == b"AC123:token-of-ours"
    assert call.form == {
        "To": "+8613912345678",
        "From": "+15005550006",
        "Body": SMS.text,
        "ValidityPeriod": "14400",
        "StatusCallback": f"https://p.example/messages/receipts/twilio/{REFERENCE}/",
    }


def test_twilio_takes_a_messaging_service_as_sender(double: Double) -> None:
    double.status, double.body = 201, {"sid": "SM42"}

    _twilio(double, sender="MG77").send(SMS, at=NOW)

    assert double.calls[0].form["MessagingServiceSid"] == "MG77"
    assert "From" not in double.calls[0].form


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"code": 21211, "message": "Invalid 'To'"}, Answer.BOUNCED),
        (400, {"code": 21610, "message": "Unsubscribed"}, Answer.OPTED_OUT),
        (400, {"code": 21408, "message": "Region not enabled"}, Answer.ELSEWHERE),
        (400, {"code": 21617, "message": "Body too long"}, Answer.REFUSED),
        (401, {"code": 20003, "message": "Authenticate"}, Answer.ELSEWHERE),
        (429, {"code": 20429, "message": "Too many"}, Answer.AGAIN),
        (503, b"<html>busy</html>", Answer.AGAIN),
        (201, b"not json", Answer.AGAIN),
    ],
)
def test_each_trouble_of_twilio_is_understood(double: Double, status: int, body: Any, expected: Answer) -> None:
    double.status, double.body = status, body

    assert _twilio(double).send(SMS, at=NOW).answer is expected


@pytest.mark.parametrize("make", ["twilio", "aliyun"])
def test_silence_is_asked_again_with_the_same_reference(double: Double, make: str) -> None:
    double.is_silent = True
    backend = {"twilio": _twilio, "aliyun": _aliyun}[make](double, timeout_seconds=0.2)

    answers = [backend.send(SMS, at=NOW) for _ in range(2)]

    assert [(answer.answer, answer.error) for answer in answers] == [(Answer.AGAIN, "no_answer")] * 2
    assert all(REFERENCE in str(call.form | call.query) for call in double.calls)
    assert len(double.calls) == 2


def test_twilios_callbacks_are_known_by_their_signature() -> None:
    url, form = "https://p.example/messages/receipts/twilio/1/?a=b", [("MessageStatus", "sent"), ("MessageSid", "SM1")]
    expected = base64.b64encode(
        hmac.new(b"token", (url + "MessageSidSM1MessageStatussent").encode(), hashlib.sha1).digest()
    ).decode()

    assert signature_of(url=url, form=form, auth_token="token") == expected
    assert is_signed(url=url, form=form, auth_token="token", signature=expected)
    assert not is_signed(url=url + "c", form=form, auth_token="token", signature=expected)
    assert not is_signed(url=url, form=form, auth_token="", signature=signature_of(url=url, form=form, auth_token=""))


# --- Aliyun ---


def _aliyun(double: Double, **changes: Any) -> AliyunSms:
    facts: dict[str, Any] = {
        "base_url": double.url, "access_key_id": "LTAI-ours", "access_key_secret": "secret-of-ours",
        "sign_name": "常青", "templates": {"sign_in_code/zh-hans": "SMS_1", "sign_in_code": "SMS_2"},
        "timeout_seconds": 5,
    }  # fmt: skip
    return AliyunSms(**facts | changes)


def _signature_as_documented(call: Call, *, secret: str) -> str:
    """The signature computed anew from what arrived, written from the description alone."""
    names = call.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    encoded = {quote(name, safe="~"): quote(value, safe="~") for name, value in call.query.items()}
    request = "POST\n/\n" + "&".join(f"{name}={encoded[name]}" for name in sorted(encoded)) + "\n"
    for name in names:
        request += f"{name}:{call.headers[name]}\n"
    request += "\n" + ";".join(names) + "\n" + hashlib.sha256(b"").hexdigest()
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def test_aliyun_is_asked_with_template_and_variables_under_its_signature(double: Double) -> None:
    double.body = {"Code": "OK", "BizId": "9006^0", "Message": "OK"}

    answer = _aliyun(double).send(SMS, at=NOW)

    assert (answer.answer, answer.reference) == (Answer.ACCEPTED, "9006^0")
    call = double.calls[0]
    assert call.query["PhoneNumbers"] == "13912345678"
    assert (call.query["SignName"], call.query["TemplateCode"], call.query["OutId"]) == ("常青", "SMS_1", REFERENCE)
    assert json.loads(call.query["TemplateParam"]) == {"code": "482913", "minutes": "10"}
    assert call.headers["x-acs-action"] == "SendSms"
    assert call.headers["x-acs-date"] == "2026-11-22T09:30:00Z"
    assert "Credential=LTAI-ours" in call.headers["authorization"]
    signed = _signature_as_documented(call, secret="secret-of-ours")
    assert call.headers["authorization"].endswith(f"Signature={signed}")
    assert _signature_as_documented(call, secret="another") != signed


def test_the_signature_equals_the_published_example() -> None:
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}

    header = authorization_of(
        method="POST", path="/", query=query, headers=headers,
        access_key_id="YourAccessKeyId", access_key_secret="YourAccessKeySecret",
    )  # fmt: skip

    assert header.endswith("06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")


def test_another_language_takes_the_general_template_and_none_goes_elsewhere(double: Double) -> None:
    double.body = {"Code": "OK", "BizId": "1"}

    _aliyun(double, templates={"sign_in_code": "SMS_2"}).send(SMS, at=NOW)
    answer = _aliyun(double, templates={}).send(SMS, at=NOW)

    assert [call.query["TemplateCode"] for call in double.calls] == ["SMS_2"]
    assert (answer.answer, answer.error) == (Answer.ELSEWHERE, "no_template")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "bad"}, Answer.BOUNCED),
        (200, {"Code": "isv.BLACK_KEY_CONTROL_LIMIT", "Message": "black"}, Answer.OPTED_OUT),
        (200, {"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": "slow"}, Answer.AGAIN),
        (200, {"Code": "isv.AMOUNT_NOT_ENOUGH", "Message": "empty"}, Answer.ELSEWHERE),
        (403, {"Code": "SignatureDoesNotMatch", "Message": "who"}, Answer.ELSEWHERE),
        (400, {"Code": "Throttling.User", "Message": "slow"}, Answer.AGAIN),
        (502, b"<html>", Answer.AGAIN),
    ],
)
def test_each_trouble_of_aliyun_is_understood(double: Double, status: int, body: Any, expected: Answer) -> None:
    double.status, double.body = status, body

    assert _aliyun(double).send(SMS, at=NOW).answer is expected
