"""The browser that the tests drive, and the server under test behind it."""

import pytest
from django.db import connection

from provider.embedded import chromium


def test_a_named_chromium_is_taken_as_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("PERENNIAL_CHROMIUM", str(tmp_path / "mine"))

    assert chromium.find_chromium() == tmp_path / "mine"


def test_a_placeholder_that_does_not_start_is_passed_over(monkeypatch, tmp_path):
    placeholder = tmp_path / "chromium"
    placeholder.write_text("#!/bin/sh\nexit 1\n")
    placeholder.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PERENNIAL_CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "_playwright_chromium", lambda: None)

    assert chromium.find_chromium() is None


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_browser_reaches_the_server_which_runs_in_the_applications_role(page, live_server):
    answer = page.goto(f"{live_server.url}/health/ready")

    assert answer is not None
    assert answer.json() == {"status": "ready"}
    assert connection.settings_dict["USER"] == "perennial_app"
