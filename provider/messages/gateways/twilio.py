"""Twilio: one form to Messages.json; receipts come back signed with the account's token."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx

from provider.messages.rules.addresses import twilio_receipt
from provider.messages.rules.attempts import Answer
from provider.messages.rules.letters import GatewayAnswer, Sms

_DEAD_NUMBERS: Final = frozenset({21211, 21217, 21614})
_OPTED_OUT: Final = frozenset({21610})
_OTHER_WAY: Final = frozenset({21408, 21606, 21612, 30034})  # this account cannot reach that network or country
_VALIDITY_SECONDS: Final = 4 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioSms:
    """Hands an SMS to Twilio as text."""

    base_url: str
    account_sid: str
    auth_token: str
    sender: str
    callback_base_url: str
    timeout_seconds: int

    def send(self, sms: Sms, *, at: datetime) -> GatewayAnswer:
        form = {
            "To": sms.to,
            "MessagingServiceSid" if self.sender.startswith("MG") else "From": self.sender,
            "Body": sms.text,
            "ValidityPeriod": str(_VALIDITY_SECONDS),
        }
        if self.callback_base_url.startswith("https://"):  # Twilio calls back to public addresses only
            form["StatusCallback"] = self.callback_base_url + twilio_receipt(sms.reference)
        try:
            answer = httpx.post(
                f"{self.base_url}/2010-04-01/Accounts/{self.account_sid}/Messages.json",
                data=form,
                auth=(self.account_sid, self.auth_token),
                timeout=self.timeout_seconds,
            )
        except httpx.HTTPError as trouble:
            return GatewayAnswer(answer=Answer.AGAIN, error="no_answer", detail=type(trouble).__name__)
        return _answer(status=answer.status_code, body=_json(answer))


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _answer(*, status: int, body: dict[str, Any]) -> GatewayAnswer:
    code, words = body.get("code") or 0, str(body.get("message") or "")
    if status in (200, 201) and body.get("sid"):
        return GatewayAnswer(answer=Answer.ACCEPTED, reference=str(body["sid"]))
    if status == 429 or status >= 500 or status in (200, 201):
        answer = Answer.AGAIN
    elif code in _DEAD_NUMBERS:
        answer = Answer.BOUNCED
    elif code in _OPTED_OUT:
        answer = Answer.OPTED_OUT
    elif code in _OTHER_WAY or status in (401, 403, 404):  # nothing wrong with the number: our account is the trouble
        answer = Answer.ELSEWHERE
    else:
        answer = Answer.REFUSED
    return GatewayAnswer(answer=answer, error=f"twilio_{code or status}", detail=words)


def signature_of(*, url: str, form: Iterable[tuple[str, str]], auth_token: str) -> str:
    """What Twilio writes into X-Twilio-Signature for a form posted to `url`."""
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def is_signed(*, url: str, form: Iterable[tuple[str, str]], auth_token: str, signature: str) -> bool:
    """Whether a callback is Twilio's own; compared in constant time."""
    expected = signature_of(url=url, form=form, auth_token=auth_token)
    return bool(auth_token) and hmac.compare_digest(expected.encode(), signature.encode())
