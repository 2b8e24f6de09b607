"""What is wrong with one translation, as a native reader or a program would notice it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from .collect import Text

_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}|%%|%[sd]")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_FULL_WIDTH = "，。、；：？！（）「」『』“”《》"
_ASCII_BESIDE_HAN = re.compile(rf"[{_HAN}][,:;!?()]|[,;!?()][{_HAN}]|[{_HAN}]\.(?:\s|$)|[{_HAN}”」]\.\.\.")
_CROWDED = re.compile(rf"[{_HAN}][A-Za-z0-9]|[A-Za-z0-9][{_HAN}]")
_IN_DATES = re.compile(rf"[年月日][0-9]|[0-9][年月日號号][{_HAN}]?")
_SPACED_PUNCTUATION = re.compile(rf"\s[{_FULL_WIDTH}]|[{_FULL_WIDTH}] ")
_END_MARKS: Final = {".": "。", "?": "？", ":": "：", "…": "…"}
_LANGUAGE_NAMES = re.compile("简体中文|繁體中文")

# The encodings of the mainland and of Taiwan hold one script each: what does not fit is of the other.
_ENCODING: Final = {"zh_Hans": "gb2312", "zh_Hant": "cp950"}
_SAME_IN_BOTH: Final = {"zh_Hans": frozenset(), "zh_Hant": frozenset("着")}

_FOREIGN_WORDS: Final = {
    "zh_Hans": {
        "帐户": "账户", "帐号": "账号", "储值卡": "充值卡", "续约": "续费",
        "资讯": "信息", "预设": "默认", "登入": "登录",
    },
    "zh_Hant": {
        "充值卡": "儲值卡", "續費": "續約", "信息": "訊息或資訊", "默認": "預設", "登錄": "登入",
        "軟件": "軟體", "數據": "資料", "服務器": "伺服器", "郵箱": "電子郵件", "短信": "簡訊", "二維碼": "QR 碼",
    },
}  # fmt: skip
# Words of docs/glossary.md that were taken for one another: where the English says it, so does the translation.
_OWN_WORDS: Final = {
    re.compile(r"(?<!`)\bpark", re.I): {"zh_Hans": "搁置", "zh_Hant": "擱置"},
    re.compile(r"\bset aside|\binvoices?\b.*\baside", re.I): {"zh_Hans": "暂缓", "zh_Hant": "暫緩"},
    re.compile(r"\bput\b.* aside|\bputs it aside", re.I): {"zh_Hans": "忽略", "zh_Hant": "忽略"},
    re.compile(r"\bbank cards?\b", re.I): {"zh_Hans": "银行卡", "zh_Hant": "信用卡"},
    re.compile(r"\bpayment service\b", re.I): {"zh_Hans": "支付服务", "zh_Hant": "付款服務"},
}  # fmt: skip
_QUOTES: Final = {"zh_Hans": ("「」『』", "“ ”"), "zh_Hant": ("“”‘’", "「 」")}

Faults = Iterator[str]


def faults(text: Text, translation: str, *, language: str) -> list[str]:
    """Every fault of a translation, each as a short sentence; none for a good one."""
    if not translation:
        return ["is not translated"]
    checks: list[Callable[[Text, str, str], Faults]] = [
        _parts, _edges, _script, _words, _punctuation, _spaces, _left_in_english,
    ]  # fmt: skip
    return [fault for check in checks for fault in check(text, translation, language)]


def _parts(text: Text, translation: str, language: str) -> Faults:
    """Placeholders and tags are those of the English, no more and no fewer. A plural may follow either form."""
    for what, pattern in (("placeholders", _PLACEHOLDER), ("tags", _TAG)):
        wanted = [Counter(pattern.findall(form)) for form in (text.plural or text.msgid, text.msgid)]
        if Counter(pattern.findall(translation)) not in wanted:
            yield f"has other {what} than the English: {', '.join(wanted[0]) or 'none wanted'}"


def _edges(text: Text, translation: str, language: str) -> Faults:
    if (text.msgid[:1].isspace(), text.msgid[-1:].isspace()) != (translation[:1].isspace(), translation[-1:].isspace()):
        yield "begins or ends with other blanks than the English"
    last = text.msgid.rstrip()[-1:]
    wanted = _END_MARKS.get(last)
    if wanted and not translation.rstrip().rstrip("”」』）)").endswith(wanted) and re.search(f"[{_HAN}]", translation):
        yield f"should end with {wanted}"


def _script(text: Text, translation: str, language: str) -> Faults:
    own = _LANGUAGE_NAMES.sub("", translation)
    strange = sorted({letter for letter in re.findall(f"[{_HAN}]", own) if not _fits(letter, language)})
    if strange:
        yield f"has characters of the other script: {''.join(strange)}"


def _fits(letter: str, language: str) -> bool:
    if letter in _SAME_IN_BOTH[language]:
        return True
    try:
        letter.encode(_ENCODING[language])
    except UnicodeEncodeError:
        return False
    return True


def _words(text: Text, translation: str, language: str) -> Faults:
    for word, own in _FOREIGN_WORDS[language].items():
        if word in translation and own not in translation:
            yield f"says {word}, where its readers say {own}"
    if text.context:  # it says that this one means something else
        return
    for english, words in _OWN_WORDS.items():
        if english.search(text.msgid) and words[language] not in translation:
            yield f"does not say {words[language]}, as the glossary has it"


def _punctuation(text: Text, translation: str, language: str) -> Faults:
    plain = _plain(translation)
    if found := _ASCII_BESIDE_HAN.search(plain):
        yield f"has narrow punctuation in Chinese: “{found[0]}”"
    if found := _SPACED_PUNCTUATION.search(plain):
        yield f"has a blank beside full-width punctuation: “{found[0]}”"
    strange, own = _QUOTES[language]
    if any(mark in plain for mark in strange):
        yield f"uses the other script's quotation marks; ours are {own}"


def _spaces(text: Text, translation: str, language: str) -> Faults:
    without_dates = _IN_DATES.sub("", _plain(translation))
    if found := _CROWDED.search(without_dates):
        yield f"needs a blank between Chinese and Latin or figures: “{found[0]}”"


def _left_in_english(text: Text, translation: str, language: str) -> Faults:
    words = re.findall(r"[A-Za-z]{3,}", _plain(text.msgid))
    if translation == text.msgid and len(words) > 1:
        yield "is still English"


def _plain(text: str) -> str:
    """Without tags and placeholders; these are judged by what they are filled with."""
    return _PLACEHOLDER.sub("\u0000", _TAG.sub("\u0000", text))
