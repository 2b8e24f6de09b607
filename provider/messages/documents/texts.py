"""A message as its reader sees it: mail, SMS and notice, made from the key's templates in language and brand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import formataddr, parseaddr
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.signing import Signer
from django.template import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils.translation import get_language, gettext, override

from provider.kernel.errors import N_
from provider.look import formats
from provider.look.brand import mail_colours
from provider.messages.models import Delivery, Message
from provider.messages.queries import contents_of, masked_contents_of
from provider.messages.rules.catalogue import CATEGORY_NAMES, Category, is_link, kind_of
from provider.messages.rules.letters import Mail, Sms
from provider.messages.rules.mail_style import styled
from provider.messages.rules.plain_text import from_html

UNSUBSCRIBE_SALT: Final = "provider.messages.unsubscribe"
# System fonts only: what a mail fetches from elsewhere tells somebody that it was read.
_FONTS: Final = {
    "en": "-apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica,Arial,sans-serif",
    "zh-hans": "-apple-system,BlinkMacSystemFont,PingFang SC,Microsoft YaHei,Noto Sans CJK SC,sans-serif",
    "zh-hant": "-apple-system,BlinkMacSystemFont,PingFang TC,Microsoft JhengHei,Noto Sans CJK TC,sans-serif",
}
# Words of the system that are shown by name in the reader's language.
_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "role": {
        "owner": N_("Owner"),
        "operator": N_("Operator"),
        "support": N_("Support"),
        "finance": N_("Finance"),
        "clerk": N_("Clerk"),
        "manager": N_("Manager"),
        "member": N_("Member"),
    },
    "change": {
        "totp_added": N_("authenticator app added"),
        "totp_removed": N_("authenticator app removed"),
        "passkey_added": N_("passkey added"),
        "passkey_removed": N_("passkey removed"),
        "recovery_codes_renewed": N_("recovery codes renewed"),
    },
    "outcome": {
        "done": N_("done"),
        "failed": N_("failed"),
        "cancelled": N_("cancelled"),
    },
}


def mail_of(delivery: Delivery) -> Mail:
    """The mail as it leaves the house."""
    message = delivery.message
    with override(message.language):
        values = _values(message, contents=contents_of(message))
        values["unsubscribe_url"] = _unsubscribe_url(delivery)
        subject = _line(_render(message.key, "subject.txt", values, is_html=False))
        html = _html(message.key, values, subject=subject)
    return Mail(
        to=delivery.address,
        sender=_sender(message),
        reply_to=message.brand.get("email", ""),
        subject=subject,
        text=from_html(html),
        html=html,
        reference=str(delivery.id),
        headers=_headers(message, unsubscribe_url=values["unsubscribe_url"]),
    )


def mail_preview(message: Message) -> str:
    """The mail's HTML for those who look at the history: what was secret is masked."""
    with override(message.language):
        values = _values(message, contents=masked_contents_of(message))
        subject = _line(_render(message.key, "subject.txt", values, is_html=False))
        return _html(message.key, values, subject=subject)


def sms_preview(message: Message) -> str:
    """The SMS's text for those who look at the history."""
    with override(message.language):
        return _line(
            _render(message.key, "sms.txt", _values(message, contents=masked_contents_of(message)), is_html=False)
        )


def subject_preview(message: Message) -> str:
    """The mail's subject for those who look at the history."""
    with override(message.language):
        values = _values(message, contents=masked_contents_of(message))
        return _line(_render(message.key, "subject.txt", values, is_html=False))


def sms_of(delivery: Delivery) -> Sms:
    """The SMS as it leaves the house: template and parameters, and the text for networks that take free text."""
    message = delivery.message
    contents = contents_of(message)
    with override(message.language):
        text = _line(_render(message.key, "sms.txt", _values(message, contents=contents), is_html=False))
    return Sms(
        to=delivery.address,
        template=message.key,
        params={**contents, "brand": message.brand["name"]},
        language=message.language,
        text=text,
        reference=str(delivery.id),
    )


def notice_of(message: Message) -> str:
    """The notice's HTML in the language that is active: a reader who changes it reads the old ones too."""
    return _render(message.key, "notice.html", _values(message, contents=masked_contents_of(message)), is_html=True)


def _html(key: str, values: Mapping[str, Any], *, subject: str) -> str:
    html = _render(key, "body.html", {**values, "subject": subject}, is_html=True)
    return styled(html, colours=values["colours"])


def _render(key: str, name: str, values: Mapping[str, Any], *, is_html: bool) -> str:
    template = get_template(f"messages/{key}/{name}").template  # type: ignore[attr-defined]
    return str(template.render(Context(dict(values), autoescape=is_html))).strip()


def _line(text: str) -> str:
    """One line, whatever a parameter brought along: a subject must not become a second header."""
    return " ".join(text.split())


def _values(message: Message, *, contents: Mapping[str, Any]) -> dict[str, Any]:
    kind = kind_of(message.key)
    return {
        **{name: _shown(name, value, zone=message.time_zone) for name, value in contents.items()},
        "brand": message.brand,
        "brand_name": message.brand["name"],
        "colours": mail_colours(accent=message.brand["accent"], accent_dark=message.brand["accent_dark"]),
        "fonts": _FONTS[message.language],
        "language_tag": formats.language_tag(message.language),
        "site_url": settings.SITE_URL,
        "preferences_url": settings.SITE_URL + reverse("messages:preferences"),
        "category_name": gettext(CATEGORY_NAMES[Category(message.category)]),
        "is_transactional": kind.is_transactional,
        "unsubscribe_url": "",
    }


def _shown(name: str, value: Any, *, zone: str) -> Any:
    """Instants (`*_at`) on the reader's clock, words of the system by name, our own paths as full addresses."""
    if name.endswith("_at") and isinstance(value, str):
        return _instant(value, zone=zone)
    if name in _NAMES:
        return gettext(_NAMES[name].get(str(value), str(value)))
    if is_link(name) and isinstance(value, str) and value.startswith("/"):
        return settings.SITE_URL + value
    return value


def _instant(value: str, *, zone: str) -> str:
    shown = formats.instant(datetime.fromisoformat(value), zone=ZoneInfo(zone), style="long")
    return f"{shown}（{zone}）" if (get_language() or "").startswith("zh") else f"{shown} ({zone})"


def _sender(message: Message) -> str:
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((_line(message.brand["name"]), address))


def _unsubscribe_url(delivery: Delivery) -> str:
    """The link by which the reader ends mails of this category, without signing in; empty where that cannot be."""
    message = delivery.message
    if kind_of(message.key).is_transactional:
        return ""
    token = Signer(salt=UNSUBSCRIBE_SALT).sign_object(
        {"u": str(message.user_id or ""), "a": delivery.address, "c": message.category}
    )
    return settings.SITE_URL + reverse("messages:unsubscribe", args=[token])


def _headers(message: Message, *, unsubscribe_url: str) -> dict[str, str]:
    headers = {"Auto-Submitted": "auto-generated", "Content-Language": message.language}
    if unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
