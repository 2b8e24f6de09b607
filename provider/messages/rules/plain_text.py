"""The text part of a mail, made from its HTML: paragraphs, lists, and every link with its address."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

_BLOCKS: Final = frozenset({"p", "div", "h1", "h2", "h3", "table", "tr", "ul", "ol", "blockquote", "hr", "dl", "dd"})
_SILENT: Final = frozenset({"head", "style", "script", "title"})


class _Reader(HTMLParser):
    """Collects the text; an element with `data-text="no"` is for the eye only."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent_depth = 0
        self.link = ""
        self.link_start = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        is_void = tag in ("br", "hr", "img", "meta", "link", "input")
        if self.silent_depth or tag in _SILENT or values.get("data-text") == "no":
            self.silent_depth += 0 if is_void else 1
            return
        if tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")
        elif tag == "a":
            self.link, self.link_start = values.get("href") or "", len(self.parts)

    def handle_endtag(self, tag: str) -> None:
        if self.silent_depth:
            self.silent_depth -= 1
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag == "a" and self.link:
            self._end_link()

    def _end_link(self) -> None:
        label = _squeeze("".join(self.parts[self.link_start :]))
        is_bare = self.link in (label, f"mailto:{label}", f"tel:{label}")
        self.parts[self.link_start :] = [label if is_bare else f"{label}{_colon(label)}{self.link}"]
        self.link = ""

    def handle_data(self, data: str) -> None:
        if not self.silent_depth:
            self.parts.append(re.sub(r"\s+", " ", data))


def _colon(label: str) -> str:
    """The colon of the label's script."""
    return "：" if label[-1:] > "\u2e80" else ": "


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def from_html(html: str) -> str:
    """The mail's HTML as readable text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
