"""Templates carry no code and no untranslated word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from .source import assert_only_excepted, inner, templates, text_of

SPOKEN = {"title", "placeholder", "aria-label", "aria-description", "alt", "label", "heading", "help", "hint", "note",
          "text", "subtitle", "summary", "message", "confirm", "empty", "data-confirm", "caption"}  # fmt: skip
SILENT = {"script", "style", "code", "kbd", "svg", "template"}
VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr", "col", "area", "base", "embed", "track"}

_COMMENTS = re.compile(r"\{#.*?#\}|\{% *comment.*?endcomment *%\}|<!--.*?-->", re.DOTALL)
_BLOCKS = re.compile(r"\{% *blocktrans(?:late)?\b.*?\{% *endblocktrans(?:late)? *%\}", re.DOTALL)
_CLASSES = re.compile(r"\{% *block \w*class\w* *%\}.*?\{% *endblock.*?%\}", re.DOTALL)
_TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_WORD = re.compile(r"[A-Za-z]{2,}")


def plain_html(source: str) -> str:
    """The template without Django's tags: what is left is HTML and words that nobody translates."""
    for pattern in (_COMMENTS, _BLOCKS, _CLASSES, _TAGS):
        source = pattern.sub(lambda match: "\n" * match[0].count("\n"), source)
    return source


class Reader(HTMLParser):
    """Collects what a reader would see or hear, and what a browser would run."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.code: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._judge(tag, given)
        if tag not in VOID:
            self._open.append((tag, tag in SILENT or given.get("translate") == "no" or self._is_silent()))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._judge(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            if self._open.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        if _WORD.search(data) and not self._is_silent():
            self.words.append(" ".join(data.split()))

    def _is_silent(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def _judge(self, tag: str, given: dict[str, str]) -> None:
        spoken = SPOKEN if not self._is_silent() else set()
        self.words += [f'{name}="{value}"' for name, value in given.items() if name in spoken and _WORD.search(value)]
        self.code += [f"<{tag} {name}>" for name in given if re.match(r"on[a-z]+$|hx-on|@|x-", name)]
        self.code += [f"<{tag} {name}>" for name, value in given.items() if value.strip().startswith("javascript:")]
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.code.append("<script> without src")
        if tag == "style":
            self.code.append("<style>")


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(plain_html(text_of(path)))
    reader.close()
    return reader


def _is_letter(path: Path) -> bool:
    """E-mails carry their style with them; no browser policy reaches them."""
    return "messages" in path.parts and path.name.endswith((".body.html", "letter.html", "email.html"))


def _is_gallery(path: Path) -> bool:
    """The components' gallery: for developers, with invented data, not in production."""
    return path.parent.name == "gallery"


def _all_code() -> Iterator[str]:
    for path in templates():
        for code in read(path).code:
            if not (code == "<style>" and _is_letter(path)):
                yield f"{inner(path)} {code}"


def test_no_template_carries_code_of_its_own() -> None:
    assert_only_excepted("code_in_templates", set(_all_code()))


def test_every_word_of_a_template_can_be_translated() -> None:
    found = {f"{inner(path)} {words}" for path in templates() if not _is_gallery(path) for words in read(path).words}

    assert_only_excepted("untranslated_words", found)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>{% trans 'Team' %}</p>", []),
        ("<p>Team</p>", ["Team"]),
        ('<c-card title="Team" />', ['title="Team"']),
        ('<c-card title="{% trans "Team" %}" :note="note" />', []),
        ("{% blocktrans %}Team <b>of</b>{% endblocktrans %} {# Team #}", []),
        ('<input placeholder="Your name">', ['placeholder="Your name"']),
        ('<b translate="no">Perennial</b> <code>GET /</code>', []),
        ("<br>{{ name }}: {{ count }} %", []),
    ],
)
def test_the_reader_sees_words(source: str, words: list[str]) -> None:
    reader = Reader()
    reader.feed(plain_html(source))

    assert reader.words == words


@pytest.mark.parametrize(
    "source",
    ["<script>go()</script>", '<a onclick="go()">x</a>', '<a href="javascript:go()">x</a>', "<style>a{}</style>",
     '<a hx-on:click="go()">x</a>'],
)  # fmt: skip
def test_the_reader_sees_code(source: str) -> None:
    reader = Reader()
    reader.feed(source)

    assert reader.code
