"""The web, and where it is asked for a worker, as processes of their own on a measurement's database."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import httpx
from celery import Celery
from django.conf import settings

from provider.embedded.ports import next_free

PATIENCE_SECONDS: Final = 180.0
_LOOK_EVERY: Final = 0.02
_QUEUE: Final = 7  # of Valkey's databases: a demo beside this one has the first


def wait_for(ask: Callable[[], str]) -> str:
    """What `ask` answers once it is anything."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not (found := ask()):
        if time.monotonic() > until:
            raise TimeoutError("What was waited for did not come within three minutes.")
        time.sleep(_LOOK_EVERY)
    return found


@contextmanager
def web_and_worker() -> Iterator[str]:
    """The web and a worker on the measurement's database, with a queue of their own; the address of the web."""
    worker = ["celery", "--quiet", "-A", "provider.celery", "worker", "--concurrency", "2", "--loglevel", "ERROR"]
    with _beside_web(worker) as base:
        wait_for(_worker_answers)
        yield base


@contextmanager
def web() -> Iterator[str]:
    """One process of the web on the measurement's database, and nothing else; its address."""
    with _beside_web() as base:
        yield base


@contextmanager
def _beside_web(*others: Sequence[str]) -> Iterator[str]:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    port = next_free(8300)
    base = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "DATABASE_URL": _on_this_database(os.environ["DATABASE_URL"]),
        "DATABASE_OWNER_URL": _on_this_database(os.environ["DATABASE_OWNER_URL"]),
        "REDIS_URL": _on_own_queue(os.environ["REDIS_URL"]),
        "PERENNIAL_SITE_URL": base,
        "PERENNIAL_TRUSTED_PROXIES": "1",
        "PERENNIAL_ALLOWED_HOSTS": "127.0.0.1",
        "PYTHONWARNINGS": "ignore",
    }
    web = ["granian", "--interface", "wsgi", "provider.wsgi:application", "--host", "127.0.0.1", "--port", str(port)]
    web += ["--no-ws", "--log-level", "error", "--blocking-threads", "8", "--workers-kill-timeout", "3"]
    commands = (web, *others)  # of our own words alone
    running = [subprocess.Popen([sys.executable, "-m", *command], env=environment) for command in commands]  # noqa: S603
    try:
        wait_for(lambda: _answers(f"{base}/health/live"))
        yield base
    finally:
        for process in running:
            process.terminate()
        for process in running:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers(url: str) -> str:
    try:
        return "yes" if httpx.get(url).status_code == httpx.codes.OK else ""
    except httpx.TransportError:
        return ""


def _worker_answers() -> str:
    asking = Celery("bench", broker=_queue_of_worker(), set_as_current=False)
    asking.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    try:
        return "yes" if asking.control.ping(timeout=0.5, limit=1) else ""
    finally:
        asking.close()


def _queue_of_worker() -> str:
    url: str = settings.CELERY_BROKER_URL
    if url.startswith("redis+socket:"):
        return f"{url.partition('?')[0]}?virtual_host={_QUEUE}"
    return _on_own_queue(url)


def _on_this_database(url: str) -> str:
    name = settings.DATABASES["default"]["NAME"]
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


def _on_own_queue(url: str) -> str:
    if url.startswith("unix:"):
        return f"{url.partition('?')[0]}?db={_QUEUE}"
    return urlunsplit(urlsplit(url)._replace(path=f"/{_QUEUE}"))
