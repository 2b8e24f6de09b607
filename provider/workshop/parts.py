"""The processes of the demo: web, worker and beat, each with the question that tells whether it works."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import urllib.request
from collections.abc import Mapping
from importlib.util import find_spec
from urllib.error import URLError

import redis
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from provider.embedded.ports import next_free

from .supervisor import Part

WORKER = "demo@localhost"
DOUBLE_PORT = 8810


def parts(*, port: int, environment: Mapping[str, str]) -> list[Part]:
    """All parts in the order in which they start; Stripe's far end among them, where no key names the real one."""
    double = environment.get("PERENNIAL_STRIPE_API_BASE", "")
    return [*([_stripe_double(port, environment)] if double else []), _web(port), _worker(), _beat()]


def double_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What leads the demo's payments to the double; nothing where a key of Stripe's is given, or without the tests."""
    if (
        environment.get("PERENNIAL_STRIPE_KEY")
        or environment.get("PERENNIAL_STRIPE_KEY_FILE")
        or not find_spec("tests")
    ):
        return {}
    return {
        "PERENNIAL_STRIPE_KEY": "sk_test_of_the_demo",
        "PERENNIAL_STRIPE_WEBHOOK_SECRETS": f"whsec_{secrets.token_hex(16)}",
        "PERENNIAL_STRIPE_API_BASE": f"http://127.0.0.1:{next_free(DOUBLE_PORT)}",
    }


def _stripe_double(port: int, environment: Mapping[str, str]) -> Part:
    address = environment["PERENNIAL_STRIPE_API_BASE"]
    return Part(
        name="stripe",
        command=[
            *(sys.executable, "-m", "tests.stripe_double", "--port", address.rpartition(":")[2]),
            *("--webhook", f"http://127.0.0.1:{port}/payments/stripe/"),
            *("--secret", environment["PERENNIAL_STRIPE_WEBHOOK_SECRETS"]),
        ],
        is_ready=lambda: _answers(f"{address}/health"),
        advice="Payments online wait until it runs again: make demo",
    )


def _web(port: int) -> Part:
    workers = 2 if (os.cpu_count() or 1) >= 4 else 1
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "provider.wsgi:application"),
        *("--host", "127.0.0.1", "--port", str(port), "--no-ws", "--log-level", "error"),
        *("--workers", str(workers), "--blocking-threads", "8", "--respawn-failed-workers"),
        *("--workers-kill-timeout", "3"),
    ]
    return Part(
        name="web",
        command=command,
        is_ready=lambda: _answers(f"http://127.0.0.1:{port}/health/live"),
        advice="Mend what it complains of and start again: make demo",
    )


def _worker() -> Part:
    command = [
        *(sys.executable, "-m", "celery", "--quiet", "-A", "provider.celery", "worker", "--hostname", WORKER),
        *("--concurrency", str(min(4, max(2, os.cpu_count() or 2))), "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle"),
    ]
    return Part(
        name="worker",
        command=command,
        is_ready=_worker_answers,
        advice="What it had not finished waits in the database and is done after the next start: make demo",
    )


def _beat() -> Part:
    command = [
        *(sys.executable, "-m", "celery", "--quiet", "-A", "provider.celery", "beat", "--loglevel", "WARNING"),
        *("--pidfile", "", "--schedule", "unused"),
    ]
    return Part(
        name="beat",
        command=command,
        is_ready=_beat_has_lock,
        advice="Work that is due is found by its date after the next start: make demo",
    )


def fonts() -> Part:
    """Makes the fonts of documents, once, while people already look around; slowly, so as not to be in their way."""
    return Part(
        name="fonts",
        command=[
            *(["nice", "-n", "15"] if shutil.which("nice") else []),
            sys.executable,
            "-m",
            "provider.embedded.fonts",
        ],
        is_ready=lambda: True,
        advice="python -m provider.embedded.fonts",
    )


def forget_beat_lock() -> None:
    """A beat that was killed keeps its lock for a while; to be called only while no beat of ours runs."""
    with _redis() as client:
        client.delete(_beat_lock())


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _worker_answers() -> bool:
    try:
        return bool(current_app.control.ping(destination=[WORKER], timeout=0.3, limit=1))
    except (OperationalError, redis.RedisError):
        return False


def _beat_has_lock() -> bool:
    try:
        with _redis() as client:
            return bool(client.exists(_beat_lock()))
    except redis.RedisError:
        return False


def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _beat_lock() -> str:
    return f"{settings.CELERY_REDBEAT_KEY_PREFIX}:lock"
