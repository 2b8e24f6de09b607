"""The pages about the API: readable without a key, in three languages, complete."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from provider.api.queries import known_codes
from provider.kernel.errors import Refusal

from .conftest import assert_problem

pytestmark = pytest.mark.django_db


def page(path: str, language: str = "en") -> str:
    response = Client().get(path, headers={"Accept-Language": language})
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/html")
    return response.content.decode()


def test_every_endpoint_and_every_scope_is_explained():
    document = Client().get("/api/v1/openapi.json").json()
    shown = page("/api/v1/docs")

    for path, methods in document["paths"].items():
        assert path in shown
        for described in methods.values():
            assert f'id="{described["operationId"]}"' in shown
            assert described.get("x-scope", "") in shown


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_the_reference_is_read_in_chinese(language):
    shown = re.sub(r"<pre.*?</pre>", "", page("/api/v1/docs", language), flags=re.S)

    for english in ("First request", "Once only", "List accounts", "Who am I", "required", "How many to return"):
        assert english not in shown


def test_nothing_of_the_page_needs_an_inline_script():
    shown = page("/api/v1/docs")

    assert not re.search(r"<script(?![^>]*\bsrc=)", shown)
    assert not re.search(r"\son\w+=", shown)


def test_every_code_has_its_page():
    codes = known_codes()

    assert {"not_found", "scope_missing", "dormant", "rate_exceeded"} <= set(codes)
    for code in codes.values():
        assert code.code in page(f"/api/v1/problems/{code.code}")


def test_all_codes_stand_on_one_page():
    shown = page("/api/v1/problems/")

    assert all(code in shown for code in known_codes())


def test_a_code_that_is_none_is_not_found():
    assert Client().get("/api/v1/problems/moonshine").status_code == 404


def test_no_two_refusals_share_a_code():
    def walk(kind):
        yield kind
        for child in kind.__subclasses__():
            if not child.__module__.startswith("tests"):
                yield from walk(child)

    kinds = list(walk(Refusal))
    texts = {(kind.code, kind.text) for kind in kinds}

    assert len(texts) == len({code for code, _ in texts}), "two sentences under one code"


def test_pages_are_read_only():
    assert_problem(Client().post("/api/v1/openapi.json"), status=405, code="method_not_offered")
