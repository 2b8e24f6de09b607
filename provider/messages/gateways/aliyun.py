"""Aliyun: only approved templates under an approved signature name; requests are signed by ACS3-HMAC-SHA256."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx

from provider.messages.rules.attempts import Answer
from provider.messages.rules.letters import GatewayAnswer, Sms

_ALGORITHM: Final = "ACS3-HMAC-SHA256"
_VERSION: Final = "2017-05-25"
_LATER: Final = frozenset({"isp.SYSTEM_ERROR", "isv.BUSINESS_LIMIT_CONTROL", "ServiceUnavailable", "InternalError"})
_DEAD_NUMBERS: Final = frozenset({"isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT"})
_OPTED_OUT: Final = frozenset({"isv.BLACK_KEY_CONTROL_LIMIT", "isv.CUSTOMER_REFUSED"})
_PARAM_LENGTH_MAX: Final = 35  # what a template's variable may hold


@dataclass(frozen=True, slots=True, kw_only=True)
class AliyunSms:
    """Hands an SMS to Aliyun as template code and variables."""

    base_url: str
    access_key_id: str
    access_key_secret: str
    sign_name: str
    templates: Mapping[str, str]
    timeout_seconds: int

    def send(self, sms: Sms, *, at: datetime) -> GatewayAnswer:
        code = self.templates.get(f"{sms.template}/{sms.language}") or self.templates.get(sms.template)
        if code is None:
            detail = f"No approved template for {sms.template} in {sms.language}"
            return GatewayAnswer(answer=Answer.ELSEWHERE, error="no_template", detail=detail)
        query = {
            "PhoneNumbers": sms.to.removeprefix("+86") if sms.to.startswith("+86") else sms.to.removeprefix("+"),
            "SignName": self.sign_name,
            "TemplateCode": code,
            "TemplateParam": json.dumps(_variables(sms.params), ensure_ascii=False, separators=(",", ":")),
            "OutId": sms.reference,
        }
        try:
            answer = httpx.post(
                f"{self.base_url}/?{canonical_query(query)}",
                headers=self._headers(query, at=at),
                timeout=self.timeout_seconds,
            )
        except httpx.HTTPError as trouble:
            return GatewayAnswer(answer=Answer.AGAIN, error="no_answer", detail=type(trouble).__name__)
        return _answer(answer)

    def _headers(self, query: Mapping[str, str], *, at: datetime) -> dict[str, str]:
        headers = {
            "host": urlsplit(self.base_url).netloc,
            "x-acs-action": "SendSms",
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
            "x-acs-date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-version": _VERSION,
        }
        authorization = authorization_of(
            method="POST",
            path="/",
            query=query,
            headers=headers,
            access_key_id=self.access_key_id,
            access_key_secret=self.access_key_secret,
        )
        return {**headers, "Authorization": authorization}


def _variables(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value)[:_PARAM_LENGTH_MAX] for name, value in params.items()}


def canonical_query(query: Mapping[str, str]) -> str:
    """The query in the order and encoding in which it is signed."""
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(query.items()))


def authorization_of(
    *,
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    access_key_id: str,
    access_key_secret: str,
) -> str:
    """The Authorization header for a request whose given headers are all signed."""
    names = sorted(headers)
    canonical = "\n".join(
        [
            method,
            path,
            canonical_query(query),
            "".join(f"{name}:{headers[name].strip()}\n" for name in names),
            ";".join(names),
            headers["x-acs-content-sha256"],
        ]
    )
    to_sign = f"{_ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(access_key_secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{_ALGORITHM} Credential={access_key_id},SignedHeaders={';'.join(names)},Signature={signature}"


def _answer(answer: httpx.Response) -> GatewayAnswer:
    try:
        body = answer.json()
    except ValueError:
        return GatewayAnswer(answer=Answer.AGAIN, error=f"aliyun_{answer.status_code}", detail="The answer is not JSON")
    code, words = str(body.get("Code") or answer.status_code), str(body.get("Message") or "")
    if code == "OK":
        return GatewayAnswer(answer=Answer.ACCEPTED, reference=str(body.get("BizId") or ""))
    if code in _LATER or code.startswith("Throttling") or answer.status_code >= 500:
        kind = Answer.AGAIN
    elif code in _DEAD_NUMBERS:
        kind = Answer.BOUNCED
    elif code in _OPTED_OUT:
        kind = Answer.OPTED_OUT
    else:
        kind = Answer.ELSEWHERE  # the template, the signature name, the balance: our account, not the number
    return GatewayAnswer(answer=kind, error=f"aliyun_{code}", detail=words)
