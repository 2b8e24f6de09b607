"""A log tells what happened and no secret."""

import json
import logging
import sys

import pytest

from provider.kernel.logs import JsonFormatter, LineFormatter, redact


@pytest.mark.parametrize(
    "text",
    [
        "connecting to postgresql://app:hush12345@db/perennial",
        "redis://:hush12345@queue/0 does not answer",
        "Authorization: Bearer hush12345abc",
        "{'password': 'hush12345', 'name': 'Ann'}",
        "POST /x?token=hush12345&page=2",
        "api_key=hush12345",
        "the key sk_test_hush12345",
        "Not Found: /join/hush12345-abcdefghijklmnopqrstuvwxyz_0123456789AB/",
    ],
)
def test_what_looks_like_a_secret_is_left_out(text):
    assert "hush12345" not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "Not Found: /operator/accounts/01912345-89ab-7cde-8f01-23456789abcd/",
        "GET http://localhost:8000/my/?page=2",
        "960 cards were received by reseller R-17",
    ],
)
def test_what_is_none_stays_readable(text):
    assert redact(text) == text


def test_secrets_of_this_installation_are_left_out_wherever_they_stand():
    record = logging.makeLogRecord({"msg": "signed with %s", "args": ("correct-horse-battery",)})

    assert LineFormatter(secrets=["correct-horse-battery"], fmt="%(message)s").format(record) == "signed with ***"


def test_a_machine_reads_one_object_a_line_with_the_trace_inside():
    try:
        raise ValueError("password=hush12345")
    except ValueError:
        record = logging.makeLogRecord({"msg": "refused 付款", "exc_info": sys.exc_info(), "request_id": "r-1"})

    line = JsonFormatter().format(record)

    entry = json.loads(line)
    assert "\n" not in line
    assert entry["message"] == "refused 付款"
    assert entry["request_id"] == "r-1"
    assert entry["at"].endswith("+00:00")
    assert "ValueError" in entry["trace"]
    assert "hush12345" not in line
