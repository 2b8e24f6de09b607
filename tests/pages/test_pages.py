"""Every page that answers 200 for somebody: nothing that axe reports, no sideways scroll, no word left in English,
nothing refused by the page's policy, no error in its scripts.

`make test` looks at all of them twice, light and wide in English, dark and narrow in Chinese. `make pictures` looks at
every language, theme and width, with the demo's data, and keeps a picture of each under pictures/; there axe is asked
in one language only, for the pages differ by their words alone, and `make test` asks it in two.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Error

from provider.accounts.models import User
from tests.sessions import signed_in

from .look import AXE, WATCH, Typed, axe_of, faults_of, typed_into_the_database
from .sheets import Album
from .stage import PARTS, Stage

PICTURES = Path(__file__).resolve().parent.parent.parent / "pictures"
HEIGHTS = {1280: 800, 390: 844}


@dataclass(frozen=True, slots=True)
class Way:
    """One way of looking."""

    language: str
    theme: str
    width: int

    def __str__(self) -> str:
        return f"{self.language}.{self.theme}.{self.width}"


ALL = [Way(*way) for way in itertools.product(("en", "zh-hans", "zh-hant"), ("light", "dark"), (1280, 390))]
FEW = [Way("en", "light", 1280), Way("zh-hant", "dark", 390)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "way" in metafunc.fixturenames:
        ways = ALL if metafunc.config.getoption("--pictures", default=False) else FEW
        metafunc.parametrize("way", ways, ids=str)


@pytest.mark.browser
@pytest.mark.parametrize("part", PARTS)
def test_pages(part: str, way: Way, stage: Stage, browser: Any, request: pytest.FixtureRequest) -> None:
    assert AXE.exists(), "axe-core is not there: run `make setup`"
    User.objects.update(language=way.language, theme=way.theme)
    typed = Typed() if way.language == "en" else typed_into_the_database()
    takes_pictures = request.config.getoption("--pictures")
    album = Album(folder=PICTURES / part if takes_pictures else None)
    visits = stage.visits(part) if takes_pictures else stage.share_of(part)
    visits = [visit for visit in visits if re.search(request.config.getoption("--only"), visit.key)]
    faults: list[str] = []
    for user, pages in itertools.groupby(visits, key=lambda visit: visit.user):
        with _signed_in(browser, stage=stage, user=user, way=way) as context:
            window = Window(context)
            for visit in pages:
                url, keep = stage.url + visit.path, album.place(visit, way)
                found = _look(window, url=url, language=visit.language_of(way.language), typed=typed, keep=keep)
                faults += [f"{visit.key} {visit.path}: {fault}" for fault in found]
    album.write_sheets(folder=PICTURES / "sheets", name=f"{part}.{way}")

    assert not faults, "\n".join(faults)


# Once nothing is on its way and every chart is drawn, two frames more: a picture shows what is painted. One function
# that comes back by itself, for a condition asked again and again is evaluated in the page, which forbids it.
_IS_SETTLED = """
() => new Promise((done) => {
  const isBlank = (canvas) => !canvas.width || !canvas.height
    || !canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((one) => one);
  const isBusy = () => document.querySelector('.htmx-request')
    || [...document.querySelectorAll('[data-chart]')].some((one) => one.querySelector('tbody tr')
      && one.querySelector('.chart-plot').clientWidth && isBlank(one.querySelector('.uplot canvas') || {}));
  const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
  const look = (left) => isBusy() ? (left ? setTimeout(look, 50, left - 1) : done(false)) : painted();
  look(400);
})
"""


class Window:
    """One browser window, used for page after page, and what its console said."""

    def __init__(self, context: Any) -> None:
        self.page = context.new_page()
        self.said: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def _note(self, message: Any) -> None:
        place = message.location.get("url", "")
        if message.type == "error" and not place.endswith("/favicon.ico"):  # asked for beside what is no page of ours
            self.said.append(f"{message.text} {place}")

    def open(self, url: str) -> tuple[int, bool]:
        """Go there; the status, and whether it is a whole page: no part of one, no file, no letter in its frame."""
        self.said.clear()
        try:
            answer = self.page.goto(url)
        except Error as trouble:  # a file to keep comes as a download, and the window stays where it was
            if "Download is starting" not in str(trouble):
                raise
            return 200, False
        is_html = "text/html" in answer.headers.get("content-type", "")
        is_framed = "sandbox" in answer.headers.get("content-security-policy", "")  # no script runs there, nor axe
        return answer.status, is_html and not is_framed and "<html" in answer.text()[:2000]


def _signed_in(browser: Any, *, stage: Stage, user: User | None, way: Way) -> Any:
    """A fresh browser in which `user` is signed in."""
    context = browser.new_context(
        viewport={"width": way.width, "height": HEIGHTS[way.width]},
        has_touch=way.width < 700,
        color_scheme=way.theme,
        reduced_motion="reduce",
        locale=way.language,
    )
    context.add_init_script(WATCH)
    cookies = {settings.LANGUAGE_COOKIE_NAME: way.language, "theme": way.theme}
    if user:
        cookies[settings.SESSION_COOKIE_NAME] = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": name, "value": value, "url": stage.url} for name, value in cookies.items()])
    return context


def _wants_a_password(window: Window, *, status: int) -> bool:
    """Nobody of the demo has a password to prove or to change."""
    return status == 403 or window.page.url.endswith("/auth/password/set/")


def _keep(window: Window, *, path: Path) -> None:
    """The picture of the whole page. One with charts is unrolled before: beyond the window, canvases may stay blank."""
    if not window.page.evaluate("document.querySelector('[data-chart]') !== null"):
        window.page.screenshot(path=path, full_page=True)
        return
    usual = window.page.viewport_size
    height = window.page.evaluate("document.documentElement.scrollHeight")
    window.page.set_viewport_size({"width": usual["width"], "height": height})
    window.page.evaluate(_IS_SETTLED)
    window.page.screenshot(path=path)
    window.page.set_viewport_size(usual)


def _look(window: Window, *, url: str, language: str, typed: Typed, keep: Path | None) -> list[str]:
    """Open the page, look for faults, and keep its picture if pictures are kept. What is no page is passed over."""
    status, is_page = window.open(url)
    if not is_page or (keep and _wants_a_password(window, status=status)):
        return []
    is_settled = window.page.evaluate(_IS_SETTLED)
    found = [] if is_settled else ["something on it never comes to an end"]
    found += faults_of(window.page, language=language, typed=typed)
    found += [f"console: {text}" for text in window.said]
    found += axe_of(window.page) if not keep or language == "en" else []
    if (led_to := window.page.url.partition("?")[0]) != url.partition("?")[0]:
        found.append(f"leads to {led_to}, so nobody has looked at it")
    if keep:
        _keep(window, path=keep)
    return found + ([] if status == 200 else [f"answers {status}"])
