"""A holder with a card and a phone: typed in groups and judged while typing, seen first, confirmed, undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from qrcode.main import QRCode

from prepaid_cards.rules.codes import draw
from provider.accounts.models import Account, Profile
from provider.embedded.chromium import ARGUMENTS
from provider.kernel import clock
from provider.workshop.stories.stage import Stage
from tests.console.conftest import enter
from tests.factories import make_member
from tests.prepaid_cards.operations.test_redemption import a_card, stage

__all__ = ["stage"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_code_is_typed_seen_redeemed_and_undone(page: Any, live_server: Any, client: Client, stage: Stage) -> None:
    card, code = a_card(stage)
    Profile.objects.create(account=stage.account, portal="subscriber", created_at=clock.now())
    Account.objects.filter(id=stage.account.id).update(test_clock_at=None)
    owner = make_member(account=stage.account, portal="subscriber", role="owner")
    page.goto(f"{live_server.url}/redeem/#{code}")  # as the printed QR code has it, before anybody has signed in
    page.get_by_text("No typing error.").wait_for()
    assert page.url == f"{live_server.url}/redeem/"

    session = enter(client, owner).cookies["sessionid"]
    page.context.add_cookies([{"name": session.key, "value": session.value, "url": live_server.url}])
    page.set_viewport_size({"width": 390, "height": 844})
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")

    page.goto(f"{live_server.url}/my/redeem/#{wrong}")
    assert code[:4] not in page.url, "a secret does not stay in the address"
    page.get_by_text("One symbol is not right").wait_for()
    fields = page.locator(".code-groups input")
    fields.nth(3).fill("")
    fields.nth(3).press_sequentially(code[12:].lower())
    page.get_by_text("No typing error.").wait_for()
    page.get_by_role("button", name="Check the card").click()

    page.get_by_role("heading", name="What your card does").wait_for()
    assert code not in page.content().replace("-", "")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Redeem: paid until").click()
    page.get_by_role("heading", name="Card redeemed").wait_for()
    card.refresh_from_db()
    assert card.status == "redeemed"

    page.get_by_role("button", name="Undo it").first.click()
    page.locator("dialog[open]").get_by_role("button", name="Undo it").click()
    page.get_by_text("Undone. The card can be used again.").wait_for()
    card.refresh_from_db()
    assert card.status == "active"


def film_of(text: str, path: Path) -> Path:
    """A second of what a camera sees before a QR code: grey, 640 by 480, as Chromium’s pretended camera wants."""
    code = QRCode(border=4)
    code.add_data(text)
    code.make()
    rows, scale, grey = code.get_matrix(), 6, bytes([150])
    lines = [b"".join(bytes([20 if dark else 235]) * scale for dark in row) for row in rows]
    side = len(rows) * scale
    above, left = (480 - side) // 2, (640 - side) // 2
    inside = b"".join((grey * left + line + grey * (640 - side - left)) * scale for line in lines)
    picture = grey * 640 * above + inside + grey * 640 * (480 - side - above)
    colours = bytes([128]) * (320 * 240 * 2)
    path.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + picture + colours) * 10)
    return path


@pytest.mark.parametrize("is_allowed", [True, False])
def test_the_camera_reads_the_code_where_the_browser_has_no_reader_of_its_own(
    live_server: Any, playwright: Any, chromium_path: Path, tmp_path: Path, is_allowed: bool
) -> None:
    (code,) = draw(1)
    film = film_of(f"https://perennial.example/redeem/#{code}", tmp_path / "card.y4m")
    pretended = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    answer = "--use-fake-ui-for-media-stream" if is_allowed else "--deny-permission-prompts"
    browser = playwright.chromium.launch(
        executable_path=str(chromium_path), args=[*ARGUMENTS, *pretended, answer]
    )  # fmt: skip
    page = browser.new_page(locale="en-GB")
    page.add_init_script("delete window.BarcodeDetector")
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.goto(f"{live_server.url}/redeem/")

    page.get_by_role("button", name="Scan the QR code").click()

    if is_allowed:
        page.get_by_text("No typing error.").wait_for()
        assert [field.input_value() for field in page.locator(".code-groups input").all()] == [
            code[start : start + 4] for start in range(0, 16, 4)
        ]
        assert page.locator("video").count() == 0, "the camera is off again"
    else:
        page.get_by_text("The camera could not be used. Type the code.").wait_for()
        assert page.get_by_role("button", name="Scan the QR code").count() == 0
    assert refused == []
    browser.close()
