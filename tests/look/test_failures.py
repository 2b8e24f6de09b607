"""Refused or failed: the reader learns what happened and what to do, in their language, and never sees a trace."""

from __future__ import annotations

import json
import logging

import pytest
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client
from django.utils import translation

from provider.look import failures, requests

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.look.doors")]

STATUS_OF = {
    "bad": 400,
    "suspicious": 400,
    "dormant": 402,
    "not-allowed": 403,
    "denied": 403,
    "not-found": 404,
    "absent": 404,
    "stale": 409,
    "refused": 422,
    "too-many": 429,
    "broken": 500,
    "no-database": 503,
    "no-valkey": 503,
    "disk-full": 503,
}


@pytest.fixture
def reader() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
@pytest.mark.parametrize("name", list(STATUS_OF))
def test_each_trouble_has_its_page(reader: Client, name: str, language: str) -> None:
    reader.cookies["language"] = language
    answer = reader.get(f"/trouble/{name}/")
    html = answer.content.decode()
    assert answer.status_code == STATUS_OF[name]
    assert "<h1>" in html
    assert answer.headers["X-Request-ID"] in html
    assert "secret detail" not in html
    assert "Traceback" not in html
    words = failures.WORDS[STATUS_OF[name]] if name != "disk-full" else failures.DISK_FULL
    with translation.override(language):
        assert f"<h1>{words.title}</h1>" in html
    with translation.override("en"):
        assert (str(words.title) in html) == (language == "en")


def test_a_refusal_speaks_its_own_sentence_and_code(reader: Client) -> None:
    html = reader.get("/trouble/dormant/").content.decode()
    assert "The account is dormant since 22 December." in html
    assert "account_dormant" in html
    assert "Nothing is deleted." in html


def test_too_many_tries_say_when_to_come_back(reader: Client) -> None:
    assert reader.get("/trouble/too-many/").headers["Retry-After"] == "42"


def test_an_unknown_address_is_answered_in_words(reader: Client) -> None:
    answer = reader.get("/no/such/page/")
    assert answer.status_code == 404
    assert "There is nothing here for you" in answer.content.decode()


def test_an_address_for_forms_only_says_so(reader: Client) -> None:
    answer = reader.get("/look/theme/")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert "This address is not a page" in answer.content.decode()


def test_a_body_that_is_too_big_is_refused_with_the_limit(reader: Client) -> None:
    answer = reader.post(
        "/form/", data="x=" + "a" * (3 * 1024 * 1024), content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 413
    assert "2.1 MB" in answer.content.decode()


def test_a_form_without_its_key_is_refused_in_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/form/", {"x": "1"})
    assert answer.status_code == 403
    assert "The form was open too long" in answer.content.decode()


def test_an_outage_page_is_drawn_without_session_or_user() -> None:
    class Gone:
        def __getattr__(self, name: str) -> object:
            raise OperationalError("the connection is lost")

    request = HttpRequest()
    request.META = {"SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    request.path = "/team/"
    request.user = Gone()  # type: ignore[assignment]
    request.session = Gone()  # type: ignore[assignment]
    answer = failures.outage(request, OperationalError("the connection is lost"))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "We cannot answer at this moment" in answer.content.decode()


def test_an_outage_in_middleware_is_known_as_one(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(self: object, request: HttpRequest) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr("django.contrib.auth.middleware.AuthenticationMiddleware.process_request", lost)
    assert reader.get("/trouble/broken/").status_code == 503


def test_htmx_gets_a_toast_and_keeps_its_page(reader: Client) -> None:
    answer = reader.get("/trouble/stale/", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert answer.headers["HX-Reswap"] == "none"
    (item,) = json.loads(answer.headers["HX-Trigger"])["toasts"]["items"]
    assert item["kind"] == "error"
    assert "changed by someone else" in item["text"]
    assert answer.content == b""


def test_htmx_gets_what_was_done_with_its_undo(reader: Client) -> None:
    answer = reader.get("/done/", headers={"HX-Request": "true"})
    (item,) = json.loads(answer.headers["HX-Trigger"])["toasts"]["items"]
    assert item["undo"] == "/undo/"
    assert item["text"] == "Invitation sent <b>."


def test_a_redirect_moves_the_whole_page_and_keeps_the_toast(reader: Client) -> None:
    answer = reader.get("/moved/", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/elsewhere/"
    assert "Moved." in reader.get("/no/such/page/").content.decode()


def test_a_toast_of_a_page_escapes_its_text(reader: Client) -> None:
    reader.get("/done/")
    html = reader.get("/no/such/page/").content.decode()
    assert "Invitation sent &lt;b&gt;." in html
    assert 'action="/undo/"' in html


@pytest.mark.parametrize("name", ["absent", "broken", "no-database", "bad"])
def test_programs_get_a_problem_document(reader: Client, name: str) -> None:
    answer = reader.get(f"/api/trouble/{name}/")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == STATUS_OF[name]
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]
    assert "secret detail" not in answer.content.decode()


def test_the_id_of_a_proxy_is_kept_and_a_strange_one_is_not(reader: Client) -> None:
    given = "01a20359-ae1f-712b-8e98-9d728bb356c2"
    assert reader.get("/trouble/stale/", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given
    strange = reader.get("/trouble/stale/", headers={"X-Request-ID": "<script>\tx"}).headers["X-Request-ID"]
    assert strange != "<script>\tx"


def test_log_lines_carry_the_id() -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "x", None, None)
    requests.enter("abc-12345")
    assert requests.AddRequestId().filter(record)
    assert record.request_id == "abc-12345"  # type: ignore[attr-defined]
