"""In a browser: keys, dialogs, theme, table, toasts; nothing for axe to find; no sideways scroll on phones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def gallery(page: Page, live_server: LiveServer) -> Page:
    _fill_content_types()
    page.goto(f"{live_server.url}/dev/look/")
    return page


def _fill_content_types() -> None:
    from django.contrib.contenttypes.models import ContentType

    ContentType.objects.all().delete()
    ContentType.objects.bulk_create(ContentType(app_label="kernel", model=f"model{i:02}") for i in range(14))


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[Any]:
    contexts = []

    def open_at(path: str, *, width: int, theme: str) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=theme, bypass_csp=True, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(live_server.url + path)
        page.wait_for_load_state("networkidle")
        return page

    yield open_at
    for context in contexts:
        context.close()


def faults(page: Page) -> list[str]:
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", STANDARDS)["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("frame", ["sidebar", "topbar", "crm", "bare"])
def test_axe_finds_nothing(open_page: Any, frame: str, width: int, theme: str) -> None:
    _fill_content_types()
    page = open_page(f"/dev/look/frame/{frame}/", width=width, theme=theme)
    assert faults(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_open_dialogs_and_menus(open_page: Any, theme: str) -> None:
    page = open_page("/dev/look/", width=1280, theme=theme)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert faults(page) == []
    page.reload()
    page.locator("#open-freeze").click()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert faults(page) == []


@pytest.mark.parametrize("width", [360, 390])
@pytest.mark.parametrize("frame", ["sidebar", "topbar", "crm", "bare"])
def test_no_sideways_scroll_and_no_small_targets_on_phones(open_page: Any, frame: str, width: int) -> None:
    _fill_content_types()
    page = open_page(f"/dev/look/frame/{frame}/", width=width, theme="light")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """() => [...document.querySelectorAll(`.btn, .nav-item, .tabs-b > *, .menu-list a, .menu-list button, .chip,
            summary, .form-control, .form-select, .tabs-t a`)]
            .filter(item => item.getClientRects().length && getComputedStyle(item).visibility !== 'hidden')
            .filter(item => item.getBoundingClientRect().height < 43.5)
            .map(item => item.outerHTML.slice(0, 120))"""
    )
    assert small == []


def test_keys_search_rows_acts_and_help(gallery: Page) -> None:
    gallery.keyboard.press("/")
    expect(gallery.locator("[data-search-main]")).to_be_focused()
    gallery.keyboard.press("j")  # typed, not a key
    expect(gallery.locator("[data-search-main]")).to_have_value("j")
    gallery.keyboard.press("Escape")
    expect(gallery.locator("[data-search-main]")).not_to_be_focused()

    gallery.keyboard.press("j")
    gallery.keyboard.press("j")
    gallery.keyboard.press("k")
    expect(gallery.locator("[data-row]").first).to_have_class(re.compile("is-at"))
    gallery.keyboard.press("Enter")
    expect(gallery).to_have_url(re.compile(r"#\d+$"))

    gallery.keyboard.press("n")
    expect(gallery).to_have_url(re.compile("#forms$"))

    gallery.keyboard.press("?")
    expect(gallery.locator("#keys")).to_be_visible()
    expect(gallery.locator("[data-keys-here]")).to_contain_text("Settings")
    gallery.keyboard.press("Escape")
    expect(gallery.locator("#keys")).to_be_hidden()


def test_g_and_a_letter_go_there(gallery: Page) -> None:
    gallery.keyboard.press("g")
    gallery.keyboard.press("s")
    expect(gallery).to_have_url(re.compile("settings"))


def test_an_act_states_its_consequence_and_asks_for_a_reason(gallery: Page) -> None:
    gallery.locator("#open-freeze").click()
    dialog = gallery.locator("#freeze")
    expect(dialog).to_contain_text("960")
    dialog.get_by_label("Reason, read by Yuexiu Mobile").fill("Carton 7 is missing.")
    dialog.get_by_role("button", name="Freeze 960 cards").click()
    expect(gallery.locator("[data-toast]")).to_contain_text("Nothing was changed")
    expect(gallery.locator("[data-toast] [data-undo]")).to_be_visible()
    gallery.locator("[data-toast-close]").click()
    expect(gallery.locator("[data-toast]")).to_have_count(0)


def test_what_cannot_be_undone_needs_its_word(gallery: Page) -> None:
    gallery.locator("#open-close").click()
    dialog = gallery.locator("#close-account")
    button = dialog.get_by_role("button", name="Close the account")
    expect(button).to_have_attribute("aria-disabled", "true")
    button.click(force=True)
    expect(dialog).to_be_visible()
    dialog.locator("[data-word]").fill("Hengtai")
    expect(button).to_have_attribute("aria-disabled", "false")
    button.click()
    expect(gallery.locator("[data-toast]")).to_be_visible()


def test_a_bulk_act_counts_asks_and_sends_once(gallery: Page) -> None:
    rows = gallery.locator("[data-bulk-row]")
    rows.nth(0).check()
    rows.nth(1).check()
    expect(gallery.locator("[data-bulk-count]")).to_have_text("2 selected")
    gallery.locator("[data-bulk-bar]").get_by_role("button", name="Freeze").click()
    expect(gallery.locator("#ask")).to_contain_text("They refuse.")
    gallery.locator("[data-ask-yes]").click()
    expect(gallery.locator("[data-toast]")).to_be_visible()


def test_a_form_is_sent_once_however_often_one_clicks(gallery: Page) -> None:
    sent: list[str] = []
    gallery.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    gallery.evaluate(
        """() => { const form = document.querySelector('#plain-form');
            document.addEventListener('submit', event => {
                if (!event.defaultPrevented) window.sent = (window.sent ?? 0) + 1;
                event.preventDefault(); });
            for (let i = 0; i < 3; i++) form.requestSubmit(); }"""
    )
    assert gallery.evaluate("window.sent") == 1
    assert sent == []


def test_the_theme_is_shown_at_once_and_kept(gallery: Page) -> None:
    gallery.locator("summary[title='Light or dark']").click()
    with gallery.expect_response("**/look/theme/"):
        gallery.get_by_role("button", name="Dark").click()
    expect(gallery.locator("html")).to_have_attribute("data-bs-theme", "dark")
    gallery.reload()
    expect(gallery.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert gallery.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 18, 21)"


def test_the_language_changes_on_the_same_page(gallery: Page) -> None:
    gallery.locator("summary[title='Language']").click()
    gallery.get_by_role("button", name="繁體中文").click()
    expect(gallery.locator("html")).to_have_attribute("lang", "zh-Hant")
    expect(gallery).to_have_url(re.compile("/dev/look/$"))


def test_a_table_is_sorted_and_paged_in_place_and_says_so(gallery: Page) -> None:
    gallery.evaluate("window.stayed = true")
    gallery.get_by_role("link", name="Number").click()
    expect(gallery.locator("th[aria-sort=ascending]")).to_contain_text("Number")
    expect(gallery.locator("#announce")).to_contain_text("6 rows shown of 14 kinds.")
    expect(gallery.get_by_role("link", name="Number")).to_be_focused()
    gallery.locator("#table-gallery-next").click()
    expect(gallery.locator("[data-row]").first).to_contain_text("model06")
    gallery.locator("#table-gallery-next").click()
    expect(gallery.locator("#announce")).to_contain_text("2 rows shown")
    expect(gallery.locator("#table-gallery-next")).to_have_count(0)
    expect(gallery.locator("#table-gallery")).to_be_focused()  # the link that had the focus is gone
    assert gallery.evaluate("window.stayed") is True
    gallery.go_back()
    expect(gallery.locator("[data-row]")).to_have_count(6)


def test_searching_a_table_keeps_the_cursor_in_its_box(gallery: Page) -> None:
    box = gallery.locator("#table-gallery-q")
    box.press_sequentially("model03", delay=20)
    expect(gallery.locator("[data-row]")).to_have_count(1)
    expect(box).to_be_focused()
    expect(box).to_have_value("model03")


def test_suggestions_are_chosen_by_arrows(gallery: Page) -> None:
    gallery.keyboard.press("/")
    gallery.keyboard.type("he")
    expect(gallery.locator("#search-list [role=option]")).to_have_count(2)
    gallery.keyboard.press("ArrowDown")
    gallery.keyboard.press("ArrowDown")
    gallery.keyboard.press("Enter")
    expect(gallery).to_have_url(re.compile("#2$"))


def test_charts_are_drawn_and_follow_the_theme(gallery: Page) -> None:
    expect(gallery.locator("[data-chart] canvas")).to_have_count(2)
    gallery.emulate_media(color_scheme="dark")
    expect(gallery.locator("[data-chart] canvas")).to_have_count(2)
    assert gallery.locator("[data-chart] tbody tr").count() == 29


def test_the_menu_slides_in_on_a_phone(open_page: Any) -> None:
    page = open_page("/dev/look/", width=390, theme="light")
    expect(page.locator("#side")).to_be_hidden()
    page.locator("[data-nav-open]").first.click()
    expect(page.locator("#side")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#side")).to_be_hidden()
    expect(page.locator("[data-nav-open]").first).to_be_focused()


def test_no_script_or_style_is_refused_by_the_policy(gallery: Page) -> None:
    refused: list[str] = []
    gallery.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    gallery.reload()
    gallery.wait_for_load_state("networkidle")
    assert refused == []


def test_what_is_counted_has_whole_steps_on_its_axis(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/dev/look/")
    figure = page.locator("[data-chart]").first
    asked = """figure => {
        for (const cell of figure.querySelectorAll("[data-y]")) cell.dataset.y = cell.closest("tr").rowIndex % 2;
        const words = [];
        CanvasRenderingContext2D.prototype.fillText = text => words.push(text);
        document.dispatchEvent(new Event("look:theme"));
        return new Promise(done => requestAnimationFrame(() => done(words)));
    }"""
    expect(figure.locator("canvas")).to_be_visible()
    assert [word for word in figure.evaluate(asked) if "." in word] == []
    assert {"0", "1"} <= set(figure.evaluate(asked))
