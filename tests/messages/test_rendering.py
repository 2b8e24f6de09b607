"""Every message in every language: complete, escaped, one line where it must be."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template.loader import get_template
from django.utils.translation import override

from provider.kernel import post
from provider.messages.documents import texts
from provider.messages.models import Delivery, Message
from provider.messages.rules.catalogue import Channel, all_kinds, kind_of

from .conftest import NOW
from .samples import params_of, secrets_of

LANGUAGES = ("en", "zh-hans", "zh-hant")
BRAND = {"name": "Perennial", "accent": "#4350b5", "accent_dark": "#5f6cd6", "email": "help@p.example", "phone": ""}
KINDS = [pytest.param(kind, id=kind.key) for kind in all_kinds()]
_HAN = re.compile("[一-鿿]")
_LEFTOVER = re.compile(r"%\(\w+\)|\{\{|\{%|\bNone\b")


def _delivery(key: str, *, channel: str, language: str, **changes: Any) -> Delivery:
    kind = kind_of(key)
    message = Message(
        key=key, category=kind.category, language=language, time_zone="Asia/Shanghai", brand=BRAND, created_at=NOW,
        params=params_of(kind, **changes) | secrets_of(kind),
    )  # fmt: skip
    address = "lan@tea.example" if channel == "email" else "+8613912345678"
    return Delivery(message=message, channel=channel, address=address, created_at=NOW)


@pytest.fixture(autouse=True)
def _secrets_in_params(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rendering alone: the secret parameters lie open beside the others."""
    monkeypatch.setattr(texts, "contents_of", lambda message: message.params)


def _texts(kind: Any, language: str) -> list[str]:
    made = []
    if Channel.EMAIL in kind.channels:
        mail = texts.mail_of(_delivery(kind.key, channel="email", language=language))
        made += [mail.subject, mail.text]
    if Channel.SMS in kind.channels:
        made.append(texts.sms_of(_delivery(kind.key, channel="sms", language=language)).text)
    if Channel.NOTICE in kind.channels:
        with override(language):
            made.append(texts.notice_of(_delivery(kind.key, channel="notice", language=language).message))
    return made


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_text_of_every_kind_is_filled_in_every_language(kind: Any, language: str) -> None:
    made = _texts(kind, language)

    assert made
    for text in made:
        assert text.strip()
        assert not _LEFTOVER.search(text), text


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_is_translated(kind: Any) -> None:
    english, hans, hant = (_texts(kind, language) for language in LANGUAGES)

    for ours, simplified, traditional in zip(english, hans, hant, strict=True):
        assert not _HAN.search(ours)
        bare = {"job_finished"}  # its subject is made of words that the caller gives
        if kind.key not in bare or "\n" in ours:
            assert _HAN.search(simplified), simplified
            assert _HAN.search(traditional), traditional


@pytest.mark.parametrize("kind", KINDS)
def test_no_template_is_missing_and_none_is_idle(kind: Any) -> None:
    names = {Channel.EMAIL: "body.html", Channel.SMS: "sms.txt", Channel.NOTICE: "notice.html"}
    for channel in kind.channels:
        get_template(f"messages/{kind.key}/{names[channel]}")
    get_template(f"messages/{kind.key}/subject.txt")


def test_every_letter_of_lower_storeys_has_its_text() -> None:
    for letter in post.declared().values():
        kind = kind_of(letter.key)
        assert (kind.params, kind.secret_params) == (letter.params, letter.secret_params), letter.key


def test_markup_in_a_parameter_is_shown_and_does_nothing() -> None:
    delivery = _delivery("invitation", channel="email", language="en", account_name="<script>alert(1)</script><p>")

    mail = texts.mail_of(delivery)

    assert "<script" not in mail.html
    assert "&lt;script&gt;" in mail.html
    assert "<script>alert(1)</script>" in mail.text  # plain text shows it as it was written


def test_a_line_break_in_a_parameter_makes_no_second_header() -> None:
    delivery = _delivery("invitation", channel="email", language="en", inviter_name="Wei\r\nBcc: all@tea.example")

    mail = texts.mail_of(delivery)

    assert mail.subject == "Wei Bcc: all@tea.example invites you to Tea House & Sons"


def test_a_mail_shows_instants_on_the_readers_clock_and_links_in_full(settings: Any) -> None:
    mail = texts.mail_of(_delivery("invitation", channel="email", language="en"))

    assert "29 November 2026, 17:12 (Asia/Shanghai)" in mail.text
    assert f"Accept the invitation: {settings.SITE_URL}/somewhere/to/look/" in mail.text


def test_the_text_part_reads_like_a_letter() -> None:
    mail = texts.mail_of(_delivery("sign_in_code", channel="email", language="en"))

    assert mail.subject == "482913 is your sign-in code"
    assert mail.text.startswith("Perennial\n\nYour sign-in code\n\nEnter this code")
    assert "\n482913\n" in mail.text
    assert "<" not in mail.text
    assert "\n\n\n" not in mail.text


def test_only_mails_that_can_be_switched_off_carry_the_way_to_do_so() -> None:
    tips = texts.mail_of(_delivery("welcome", channel="email", language="en"))
    code = texts.mail_of(_delivery("sign_in_code", channel="email", language="en"))

    assert tips.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/messages/unsubscribe/" in tips.headers["List-Unsubscribe"]
    assert "Stop these mails" in tips.text
    assert "List-Unsubscribe" not in code.headers
    assert "cannot be switched off" in code.text
