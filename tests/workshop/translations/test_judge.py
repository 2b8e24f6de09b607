"""What the check says of one translation."""

from __future__ import annotations

import pytest

from provider.workshop.translations.collect import Text
from provider.workshop.translations.judge import faults


@pytest.mark.parametrize(
    ("msgid", "translation", "language", "fault"),
    [
        ("Team", "", "zh_Hans", "is not translated"),
        ("Renew %(name)s", "续费", "zh_Hans", "other placeholders"),
        ("Renew <b>now</b>", "立即<b>续费", "zh_Hans", "other tags"),
        ("It is paid.", "已付款", "zh_Hans", "should end with 。"),
        ("Paid until ", "有效期至", "zh_Hans", "other blanks"),
        ("Account", "帳户", "zh_Hans", "the other script: 帳"),
        ("Account", "帐户", "zh_Hans", "says 帐户, where its readers say 账户"),
        ("Account", "账戶", "zh_Hant", "the other script: 账"),
        ("Card", "充值卡", "zh_Hant", "where its readers say 儲值卡"),
        ("Set aside", "搁置", "zh_Hans", "does not say 暂缓"),
        ("Set many invoices aside", "擱置多張帳單", "zh_Hant", "does not say 暫緩"),
        ("How many are put aside.", "已搁置的个数。", "zh_Hans", "does not say 忽略"),
        ("Parked accounts", "暫緩的帳戶", "zh_Hant", "does not say 擱置"),
        ("Bank card", "銀行卡", "zh_Hant", "does not say 信用卡"),
        ("Paid, thanks", "已付款, 谢谢", "zh_Hans", "narrow punctuation"),
        ("Paid (today)", "已付款(今天)", "zh_Hans", "narrow punctuation"),
        ("Paid, thanks", "已付款， 谢谢", "zh_Hans", "a blank beside full-width punctuation"),
        ("Say “yes”", "说「好」", "zh_Hans", "the other script's quotation marks"),
        ("Say “yes”", "說“好”", "zh_Hant", "the other script's quotation marks"),
        ("Renew for 12 months", "续费12个月", "zh_Hans", "needs a blank"),
        ("The API key", "API密钥", "zh_Hans", "needs a blank"),
        ("Renew all of it", "Renew all of it", "zh_Hans", "is still English"),
    ],
)
def test_a_fault_is_named(msgid: str, translation: str, language: str, fault: str) -> None:
    found = faults(Text(msgid), translation, language=language)

    assert [one for one in found if fault in one], found


@pytest.mark.parametrize(
    ("msgid", "translation", "language"),
    [
        ("Renew for 12 months", "续费 12 个月", "zh_Hans"),
        ("Paid until %(date)s.", "有效期至 %(date)s。", "zh_Hans"),
        ("On 22 November 2026", "2026年11月22日", "zh_Hant"),
        ("API", "API", "zh_Hant"),
        ("Language: Simplified Chinese", "語言：简体中文", "zh_Hant"),
        ("Renew <b>now</b>, or ask “%(name)s”.", "請<b>立即</b>續約，或詢問「%(name)s」。", "zh_Hant"),
        ("e.g. https://example.com", "例如 https://example.com", "zh_Hant"),
    ],
)
def test_a_native_sentence_passes(msgid: str, translation: str, language: str) -> None:
    assert faults(Text(msgid), translation, language=language) == []


def test_a_word_of_the_glossary_may_mean_something_else_where_its_context_says_so() -> None:
    assert faults(Text("Bank card", context="at the till"), "銀行卡", language="zh_Hant") == []


def test_a_plural_may_follow_either_english_form() -> None:
    text = Text("One key", "%(count)s keys")

    assert faults(text, "%(count)s 把密钥", language="zh_Hans") == []
