"""`bench sign_up` and `bench wake`: how long somebody waits for their CRM.

Over HTTP, with the web and a worker as processes of their own, as in the demo: from submitting the sign-up, its letter
and its code included, until the board answers; and from confirming a card on a sleeping account until it answers.
"""

from __future__ import annotations

import os
import re
import statistics
import time
from collections.abc import Callable
from html import unescape
from typing import Any, Final

import httpx

from provider.kernel import outbox
from provider.messages.gateways import loopback

from . import place
from .house import PASSWORD, issue_cards, open_house, put_to_sleep
from .served import PATIENCE_SECONDS, wait_for, web_and_worker

BUDGET_SECONDS: Final = 5


def measure_sign_up(*, size: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """So many visitors, one after the other, until each one's board has answered."""
    with place.own_database("sign_up"):
        open_house()
        tell("Starting web and worker.")
        with web_and_worker() as base:
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
        with web_and_worker() as base:
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
        visitor.send(code=wait_for(lambda: _code_for(address)))
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
        wait_for(lambda: "yes" if self._client.get("/crm/deals/").status_code == httpx.codes.OK else "")

    def _take(self, answer: httpx.Response) -> None:
        answer.raise_for_status()
        if "form-error" in answer.text:
            raise RuntimeError(f"{answer.url} refused: {re.findall(r'form-error.*?</div>', answer.text, re.DOTALL)}")
        self._shown, self._at = answer.text, str(answer.url)
