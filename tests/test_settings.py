"""The settings stop with a sentence on what is missing or wrong, and production refuses every development value."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "PERENNIAL_MODE": "production",
    "PERENNIAL_SECRET_KEY": "k" * 20 + "0123456789" * 3,
    "PERENNIAL_SITE_URL": "https://crm.example.com",
    "PERENNIAL_ALLOWED_HOSTS": "crm.example.com",
    "PERENNIAL_EMAIL_HOST": "mail.example.com",
    "PERENNIAL_CARD_KEYS": "1=" + "ab" * 32,
    "PERENNIAL_FROM_EMAIL": "Example <no-reply@example.com>",
    "DATABASE_URL": "postgresql://app:hush-app@db.example.com/perennial",
    "DATABASE_OWNER_URL": "postgresql://owner:hush-owner@db.example.com/perennial",
    "REDIS_URL": "redis://:hush-redis@queue.example.com/0",
}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch):
    """Read the settings with exactly these values in the environment."""

    def with_values(values: dict[str, str]) -> dict[str, Any]:
        for name in _names_in_code() | {"PERENNIAL_EMBEDDED"}:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(f"{name}_FILE", raising=False)
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "provider" / "settings.py"))

    return with_values


def _names_in_code() -> set[str]:
    """Every name that the product reads from the environment."""
    found = set()
    for path in [*ROOT.glob("*/**/*.py"), ROOT / "manage.py"]:
        if path.relative_to(ROOT).parts[0] not in {"tests", "var", "node_modules", ".venv"}:
            text = path.read_text(encoding="utf-8")
            found |= set(re.findall(r"\"(PERENNIAL_[A-Z_]+|DATABASE_(?:[A-Z]+_)?URL|REDIS_URL)\"", text))
    in_files = {name for name in found if name.removesuffix("_FILE") in found - {name}}  # any secret may lie in a file
    return found - in_files - {"PERENNIAL_EMBEDDED"}


def test_production_starts_with_values_of_its_own(read):
    settings = read(PRODUCTION)

    assert settings["IS_PRODUCTION"] is True
    assert settings["DEMO_SIGN_IN"] is False
    assert settings["SESSION_COOKIE_SECURE"] is settings["CSRF_COOKIE_SECURE"] is True
    assert settings["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert settings["LOG_FORMAT"] == "json"


@pytest.mark.parametrize("name", sorted(PRODUCTION.keys() - {"PERENNIAL_MODE", "DATABASE_OWNER_URL"}))
def test_production_refuses_to_start_without(read, name):
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} is not set.*docs/operations\.md"):
        read({key: value for key, value in PRODUCTION.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PERENNIAL_SECRET_KEY", "development-only-" + "0" * 40),
        ("PERENNIAL_SECRET_KEY", "short"),
        ("PERENNIAL_SECRET_KEY_FALLBACKS", "development-only-" + "0" * 40),
        ("PERENNIAL_DEMO_SIGN_IN", "yes"),
        ("PERENNIAL_SITE_URL", "http://crm.example.com"),
        ("PERENNIAL_ALLOWED_HOSTS", "*"),
        ("PERENNIAL_ALLOWED_HOSTS", "localhost"),
        ("PERENNIAL_EMAIL_GATEWAY", "loopback"),
        ("PERENNIAL_SMS_ROUTES", "*=console"),
        ("PERENNIAL_FROM_EMAIL", "Perennial <no-reply@localhost>"),
        ("DATABASE_OWNER_URL", PRODUCTION["DATABASE_URL"]),
    ],
)
def test_production_refuses_a_development_value(read, name, value):
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} "):
        read(PRODUCTION | {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PERENNIAL_MODE", "staging"),
        ("PERENNIAL_DEMO_SIGN_IN", "true"),
        ("PERENNIAL_LOG_LEVEL", "LOUD"),
        ("PERENNIAL_UPLOAD_LIMIT_BYTES", "20 MB"),
        ("PERENNIAL_UPLOAD_LIMIT_BYTES", "-1"),
        ("DATABASE_URL", "not an address: hush"),
    ],
)
def test_a_wrong_value_stops_with_its_name_and_no_secret(read, name, value):
    development = {"DATABASE_URL": "postgresql://a@/b", "REDIS_URL": "redis://q"}

    with pytest.raises(ImproperlyConfigured, match=rf"^{name} ") as stopped:
        read(development | {name: value})

    assert "hush" not in str(stopped.value)


def test_a_secret_may_lie_in_a_file(read, tmp_path):
    file = tmp_path / "key"
    file.write_text("f" * 50 + "\n")
    rest = {key: value for key, value in PRODUCTION.items() if key != "PERENNIAL_SECRET_KEY"}

    assert read(rest | {"PERENNIAL_SECRET_KEY_FILE": str(file)})["SECRET_KEY"] == "f" * 50


def test_a_file_that_cannot_be_read_is_named(read, tmp_path):
    with pytest.raises(ImproperlyConfigured, match=r"PERENNIAL_SECRET_KEY_FILE names .*which cannot be read"):
        read({"PERENNIAL_SECRET_KEY_FILE": str(tmp_path / "absent"), "DATABASE_URL": "postgresql://a@/b"})


def test_a_value_and_its_file_are_not_both_taken(read, tmp_path):
    with pytest.raises(ImproperlyConfigured, match="both set"):
        read(PRODUCTION | {"PERENNIAL_SECRET_KEY_FILE": str(tmp_path / "key")})


def test_a_key_is_changed_while_the_old_one_still_opens_what_it_signed(read):
    old, new = "o" * 50, "n" * 50

    settings = read(PRODUCTION | {"PERENNIAL_SECRET_KEY": new, "PERENNIAL_SECRET_KEY_FALLBACKS": old})

    assert (settings["SECRET_KEY"], settings["SECRET_KEY_FALLBACKS"]) == (new, [old])


def test_every_setting_is_documented_and_every_documented_one_is_read():
    documented = re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)

    assert sorted(documented) == sorted(_names_in_code())


def test_every_answer_carries_the_headers_that_keep_a_browser_safe(client: Client):
    answer = client.get("/health/live")

    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("given", "queue"),
    [
        ("unix:///run/valkey.sock?db=7", "redis+socket:///run/valkey.sock?virtual_host=7"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock"),
        ("redis://queue.example.com/7", "redis://queue.example.com/7"),
    ],
)
def test_the_queue_lies_in_the_named_database_behind_a_socket_too(read, given, queue):
    assert read({"DATABASE_URL": "postgresql://a@/b", "REDIS_URL": given})["CELERY_BROKER_URL"] == queue
