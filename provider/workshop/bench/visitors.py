"""`bench sign_up` and `bench wake`: how long somebody waits for their CRM.

Over HTTP, with the web and a worker as processes of their own, as in the demo: from submitting the sign-up, its letter
and its code included, until the board answers; and from confirming a card on a sleeping account until it answers.
"""

from __future__ import annotations

import logging
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import httpx
from celery import Celery
from django.conf import settings

from provider.embedded.ports import next_free
from provider.kernel import outbox
from provider.messages.gateways import loopback

from . import place
from .house import PASSWORD, issue_cards, open_house, put_to_sleep

PATIENCE_SECONDS: Final = 180.0
BUDGET_SECONDS: Final = 5
_LOOK_EVERY: Final = 0.02
_QUEUE: Final = 7  # of Valkey's databases: a demo beside this one has the first


def measure_sign_up(*, size: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """So many visitors, one after the other, until each one's board has answered."""
    with place.own_database("sign_up"):
        open_house()
        tell("Starting web and worker.")
        with _served() as base:
            first, *seconds = [_sign_up(base, number=number) for number in range(size + 1)]
    notes = "from submitting the form, letter and code included, to the board"
    return _figures("sign_up", seconds, first=first, notes=notes)


def measure_wake(*, size: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """So many sleeping accounts, one after the other, until each one's board has answered."""
    with place.own_database("wake"):
        open_house()
        tell(f"Putting {size} accounts to sleep.")
        sleepers = [put_to_sleep(number) for number in range(size + 1)]
        codes = issue_cards(size + 1)
        outbox.drain()
        tell("Starting web and worker.")
        with _served() as base:
            first, *seconds = [_wake(base, address=one, code=code) for one, code in zip(sleepers, codes, strict=True)]
    return _figures("wake", seconds, first=first, notes="from confirming the card to the board")


def _figures(name: str, seconds: list[float], *, first: float, notes: str) -> dict[str, Any]:
    return {
        "bench": name,
        "size": len(seconds),
        "first_ms": round(1000 * first),
        "p50_ms": round(1000 * statistics.median(seconds)),
        "worst_ms": round(1000 * max(seconds)),
        "within_budget": max(seconds) < BUDGET_SECONDS,
        "load": round(os.getloadavg()[0], 1),
        "notes": f"{notes}; one more before them finds processes that have just begun",
    }


# --- What is measured ---


def _sign_up(base: str, *, number: int) -> float:
    address = f"visitor{number}@bench{os.getpid()}.example"
    with Visitor(base, number=number) as visitor:
        visitor.get("/auth/signup/?plan=standard")
        began = time.perf_counter()
        visitor.send(
            name="Mei Lin", contact=address, password=PASSWORD, company_name=f"Willow {number}", region="shanghai",
            language="en", time_zone="Asia/Shanghai", currency="CNY", terms="on",
        )  # fmt: skip
        visitor.send(code=_wait_for(lambda: _code_for(address)))
        visitor.wait_for_board()
        return time.perf_counter() - began


def _wake(base: str, *, address: str, code: str) -> float:
    with Visitor(base, number=int(re.findall(r"\d+", address)[0])) as visitor:
        visitor.get("/auth/login/")
        visitor.send(login=address, password=PASSWORD)
        visitor.get("/my/redeem/")
        visitor.send(code=code)
        began = time.perf_counter()
        visitor.send(to="/my/redeem/confirm/")
        visitor.wait_for_board()
        return time.perf_counter() - began


def _code_for(address: str) -> str:
    return next((copy.codes[0] for copy in loopback.copies(address=address) if copy.codes), "")


def _wait_for(ask: Callable[[], str]) -> str:
    until = time.monotonic() + PATIENCE_SECONDS
    while not (found := ask()):
        if time.monotonic() > until:
            raise TimeoutError("What was waited for did not come within three minutes.")
        time.sleep(_LOOK_EVERY)
    return found


class Visitor:
    """A browser without a window: it keeps cookies and sends the forms that it was shown."""

    def __init__(self, base: str, *, number: int) -> None:
        comes_from = {"X-Forwarded-For": f"198.51.{100 + number // 250}.{number % 250 + 1}"}
        self._client = httpx.Client(base_url=base, follow_redirects=True, headers=comes_from, timeout=PATIENCE_SECONDS)
        self._shown = ""
        self._at = ""

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str) -> None:
        """Open a page that must be there."""
        self._take(self._client.get(path))

    def send(self, *, to: str = "", **fields: str) -> None:
        """Send the form of the page at hand, with what it hides."""
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self._shown)
        self._take(self._client.post(to or self._at, data={name: unescape(value) for name, value in hidden} | fields))

    def wait_for_board(self) -> None:
        """Ask for the board until it answers."""
        _wait_for(lambda: "yes" if self._client.get("/crm/deals/").status_code == httpx.codes.OK else "")

    def _take(self, answer: httpx.Response) -> None:
        answer.raise_for_status()
        if "form-error" in answer.text:
            raise RuntimeError(f"{answer.url} refused: {re.findall(r'form-error.*?</div>', answer.text, re.DOTALL)}")
        self._shown, self._at = answer.text, str(answer.url)


# --- Where it is measured ---


@contextmanager
def _served() -> Iterator[str]:
    """The web and a worker on the measurement's database, with a queue of their own."""
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
    worker = ["celery", "--quiet", "-A", "provider.celery", "worker", "--concurrency", "2", "--loglevel", "ERROR"]
    web += ["--no-ws", "--log-level", "error", "--blocking-threads", "8", "--workers-kill-timeout", "3"]
    running = [subprocess.Popen([sys.executable, "-m", *command], env=environment) for command in (web, worker)]  # noqa: S603
    try:
        _wait_for(lambda: _answers(f"{base}/health/live"))
        _wait_for(_worker_answers)
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
