"""SMS: one seam of template and parameters, and who stands behind it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from django.conf import settings

from provider.messages.rules.attempts import Answer
from provider.messages.rules.letters import GatewayAnswer, Sms

from .aliyun import AliyunSms
from .loopback import LoopbackSms
from .twilio import TwilioSms


class SmsBackend(Protocol):
    """Hands one SMS over. The same `sms.reference` comes again when an earlier call stayed without answer.

    `at` is when the try was begun; gateways that sign the time of a call use it.
    """

    def send(self, sms: Sms, *, at: datetime) -> GatewayAnswer: ...


class ConsoleSms:
    """Writes every SMS to the terminal."""

    def send(self, sms: Sms, *, at: datetime) -> GatewayAnswer:
        sys.stdout.write(f"SMS to {sms.to} ({sms.template}, {sms.language}): {sms.text}\n")
        sys.stdout.flush()
        return GatewayAnswer(answer=Answer.ACCEPTED, reference=sms.reference)


def _twilio() -> SmsBackend:
    return TwilioSms(
        base_url=settings.TWILIO_BASE_URL,
        account_sid=settings.TWILIO_ACCOUNT_SID,
        auth_token=settings.TWILIO_AUTH_TOKEN,
        sender=settings.TWILIO_SENDER,
        callback_base_url=settings.SITE_URL,
        timeout_seconds=settings.SMS_TIMEOUT_SECONDS,
    )


def _aliyun() -> SmsBackend:
    return AliyunSms(
        base_url=settings.ALIYUN_SMS_BASE_URL,
        access_key_id=settings.ALIYUN_ACCESS_KEY_ID,
        access_key_secret=settings.ALIYUN_ACCESS_KEY_SECRET,
        sign_name=settings.ALIYUN_SMS_SIGN_NAME,
        templates=settings.ALIYUN_SMS_TEMPLATES,
        timeout_seconds=settings.SMS_TIMEOUT_SECONDS,
    )


_BACKENDS: Final[dict[str, Callable[[], SmsBackend]]] = {
    "aliyun": _aliyun,
    "console": ConsoleSms,
    "loopback": LoopbackSms,
    "twilio": _twilio,
}


def backend_of(gateway: str) -> SmsBackend:
    """The backend that the routes call by this name."""
    return _BACKENDS[gateway]()
