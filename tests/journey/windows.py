"""Somebody in front of a browser: they open pages, fill fields, press buttons, and see what comes of it."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import Error

PATIENCE_MS = 60_000  # a busy machine is no failure


@dataclass(slots=True)
class Window:
    """One person's window, with a session of its own."""

    page: Any
    base: str

    def enter(self, client: Client) -> None:
        """Be signed in as the test client is: whose second factor was asked for already."""
        name = settings.SESSION_COOKIE_NAME
        self.page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": self.base}])

    def open(self, path: str) -> None:
        """Go to a page, which is there."""
        answer = self.page.goto(path if path.startswith("http") else self.base + path)
        assert answer.status == 200, (path, answer.status)

    def fill(self, **fields: Any) -> None:
        """Fill the fields of these names as one does: text, a choice, a tick."""
        for name, value in fields.items():
            self._fill(self.page.locator(f'main [name="{name}"]:not([type=hidden])'), value)

    def _fill(self, field: Any, value: Any) -> None:
        kind = field.first.evaluate("one => one.type")
        if kind == "checkbox" and isinstance(value, bool):
            field.first.set_checked(value)
        elif kind in ("checkbox", "radio"):
            field.and_(self.page.locator(f'[value="{value}"]')).check()
        elif kind == "select-one":
            field.first.select_option(str(value))
        else:
            field.first.fill(str(value))

    def press(self, name: str, *, inside: str = "main", to: str = "") -> None:
        """Press the button or link of that name, and be on the page that it leads to, were it the same one anew."""
        place, named = self.page.locator(inside), re.compile(rf"^\s*(?:{name})")
        one = place.get_by_role("button", name=named).or_(place.get_by_role("link", name=named)).first
        if not to:
            one.click()
            return
        try:
            with self.page.expect_navigation(url=re.compile(to), wait_until="domcontentloaded"):
                one.click()
        except Error as trouble:
            raise AssertionError(f"{name} led to {self.page.url}:\n{self.text()}") from trouble

    def confirm(self, name: str, *, to: str) -> None:
        """Say yes in the dialog that is open."""
        self.press(name, inside="dialog[open]", to=to)

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Wait until that text stands in the middle of the page."""
        try:
            self.page.locator("main").get_by_text(text).filter(visible=True).first.wait_for()
        except Error as trouble:
            raise AssertionError(f"{text!r} is not on {self.page.url}:\n{self.text()}") from trouble

    def text(self) -> str:
        """What stands in the middle of the page."""
        with suppress(Error):
            return str(self.page.locator("main").inner_text(timeout=1000))
        return ""

    @property
    def path(self) -> str:
        """Where this window is."""
        return str(self.page.url).removeprefix(self.base).partition("?")[0]
