"""The gallery: every component in every frame and language; not in production."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("frame", ["sidebar", "reseller", "topbar", "crm", "bare"])
@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_every_component_is_drawn_in_every_frame(client: Client, frame: str, language: str) -> None:
    client.cookies["language"] = language
    answer = client.get(f"/dev/look/frame/{frame}/")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "<c-" not in html
    assert "{{" not in html
    assert " onclick" not in html


@pytest.mark.parametrize("status", [400, 402, 403, 404, 405, 409, 413, 422, 429, 500, 503])
def test_every_error_page_can_be_looked_at(client: Client, status: int) -> None:
    assert client.get(f"/dev/look/failure/{status}/").status_code == status


def test_strange_addresses_of_the_gallery(client: Client) -> None:
    assert client.get("/dev/look/frame/nothing/").status_code == 404
    assert client.get("/dev/look/failure/200/").status_code == 404
    assert client.get("/dev/look/done/").status_code == 405


def test_production_has_no_gallery() -> None:
    code = (
        "from django.conf import settings; settings.configure(MODE='production', INSTALLED_APPS=["
        "'django.contrib.contenttypes', 'provider.kernel'], DATABASES={});"
        "import django; django.setup(); from provider.look import gallery; print(len(gallery.urlpatterns))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert answer.stdout.strip() == "0", answer.stderr
