"""What is looked for is found: a page with every fault, and one without."""

from __future__ import annotations

from typing import Any

import pytest

from .look import WATCH, Typed, axe_of, faults_of

BAD = """
<html lang="zh-Hant"><head><title>壞</title></head><body><main><h1>標題</h1>
<img src="data:,x"><p style="width:3000px">Nothing was changed here</p>
<p style="color:#ddd">字色太淡，看不清楚</p></main></body></html>
"""
GOOD = (
    '<html lang="zh-Hant"><head><title>好</title></head><body><main><h1>標題</h1><p>沒有問題。</p></main></body></html>'
)


@pytest.mark.browser
def test_every_fault_of_a_page_is_named(page: Any) -> None:
    page.add_init_script(WATCH)
    page.goto("about:blank")
    page.set_content(BAD)

    found = "\n".join(faults_of(page, language="zh-hant", typed=Typed()) + axe_of(page))

    assert "scrolls sideways: p." in found
    assert "not translated: “Nothing was changed here”" in found
    assert "axe: color-contrast" in found
    assert "axe: image-alt" in found


@pytest.mark.browser
def test_a_good_page_has_no_fault(page: Any) -> None:
    page.add_init_script(WATCH)
    page.goto("about:blank")
    page.set_content(GOOD)

    assert faults_of(page, language="zh-hant", typed=Typed()) + axe_of(page) == []


def test_what_people_typed_stays_as_it_is() -> None:
    assert Typed().is_english("Blue River Trading Company")
    assert not Typed(["Blue River Trading Company"]).is_english("Blue River Trading Company")
    assert not Typed().is_english("Perennial API")
