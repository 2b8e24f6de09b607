"""Every shell renders, in three languages, for whoever may see it."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from provider.kernel.actor import Actor
from provider.look.context import look, shell_for

from .render import request_of

SHELLS = [
    "look/bare.html",
    "look/shell.html",
    "look/topbar.html",
    "console/shell.html",
    "resellers/shell.html",
    "portal/shell.html",
    "crm_tenant/shell.html",
]
TAGS = {"en": "en", "zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("language", list(TAGS))
def test_every_shell_renders(shell: str, language: str) -> None:
    with translation.override(language):
        html = render_to_string(shell, {}, request_of())
    assert "<main" in html
    assert f'<html lang="{TAGS[language]}"' in html
    assert "<script>" not in html
    assert "onclick" not in html


@pytest.mark.parametrize(
    ("portal", "path", "shell"),
    [
        ("provider", "/operator/", "console/shell.html"),
        ("reseller", "/team/", "resellers/shell.html"),
        ("subscriber", "/my/", "portal/shell.html"),
        ("subscriber", "/crm/deals/", "crm_tenant/shell.html"),
        ("", "/team/", "look/bare.html"),
    ],
)
def test_the_shell_follows_the_portal(portal: str, path: str, shell: str) -> None:
    assert shell_for(request_of(Actor(kind="person", portal=portal), path)) == shell


def test_strangers_get_one_centred_card() -> None:
    assert look(request_of())["shell"] == "look/bare.html"
