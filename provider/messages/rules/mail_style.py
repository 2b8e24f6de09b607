"""Inline styles for mails: clients drop style sheets, so each element carries its own look.

Templates are written with plain elements; parameters are escaped, so a tag that is met here is the template's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_TEXT: Final = "margin:0 0 16px;font-size:16px;line-height:1.6;color:#1d2433"
_LOOKS: Final = {
    "p": ("pm-text", _TEXT),
    "h1": ("pm-head", "margin:0 0 16px;font-size:22px;line-height:1.35;font-weight:700;color:#141a26"),
    "ul": ("pm-text", f"{_TEXT};padding-left:20px"),
    "li": ("", "margin:0 0 6px"),
    "small": ("pm-quiet", "font-size:13px;line-height:1.6;color:#5a6375"),
    "dl": ("", "margin:0 0 16px"),
    "dt": ("pm-quiet", "margin:0;font-size:13px;line-height:1.5;color:#5a6375"),
    "dd": ("pm-text", "margin:0 0 10px;font-size:16px;line-height:1.5;color:#1d2433"),
}
_BARE: Final = re.compile(r"<(p|h1|ul|li|small|dl|dt|dd)>")
_LINK: Final = re.compile(r'<a href="')


# What cannot be inline: the dark theme and small screens, for the clients that know them.
_SHEET: Final = """<style>
@media (max-width: 620px) { .pm-sheet { padding: 24px 20px !important; } }
@media (prefers-color-scheme: dark) {
  .pm-ground { background: #0f1318 !important; }
  .pm-sheet { background: #181d24 !important; border-color: #2b323d !important; }
  .pm-text, .pm-head, .pm-name { color: #e7eaf0 !important; }
  .pm-quiet { color: #a5adbb !important; }
  .pm-link { color: INK_DARK !important; }
  .pm-button { background: GROUND_DARK !important; }
  .pm-code { background: #232a34 !important; border-color: #3a4352 !important; color: #ffffff !important; }
}
</style>
</head>"""


def styled(html: str, *, colours: Mapping[str, str]) -> str:
    """The HTML with a style on every plain element and link, and a sheet for dark and small screens."""

    sheet = _SHEET.replace("INK_DARK", colours["ink_dark"]).replace("GROUND_DARK", colours["ground_dark"])

    def dress(match: re.Match[str]) -> str:
        css_class, style = _LOOKS[match[1]]
        return f'<{match[1]} class="{css_class}" style="{style}">' if css_class else f'<{match[1]} style="{style}">'

    link = f'<a class="pm-link" style="color:{colours["ink"]}" href="'
    return _LINK.sub(link, _BARE.sub(dress, html)).replace("</head>", sheet, 1)
