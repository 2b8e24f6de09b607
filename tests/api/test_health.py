"""A load balancer learns whether to send work here, and nothing else."""

import logging
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from provider.kernel.clock import now
from provider.kernel.models import OutboxEvent

pytestmark = pytest.mark.django_db


def test_a_process_that_runs_says_so_without_asking_the_database(client: Client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "live"})
    assert "no-store" in answer["Cache-Control"]


def test_a_process_with_its_services_is_ready(client: Client):
    answer = client.get("/health/ready")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_without_redis_it_is_not_ready_and_only_the_log_says_why(client: Client, settings, caplog):
    settings.REDIS_URL = "redis://:hush@127.0.0.1:1/0"

    with caplog.at_level(logging.WARNING):
        answer = client.get("/health/ready")

    assert (answer.status_code, answer.json()) == (503, {"status": "not ready"})
    assert "Redis does not answer" in caplog.text
    assert "hush" not in caplog.text


def test_while_events_are_forgotten_in_the_outbox_it_is_not_ready_and_a_person_is_told_why(client: Client):
    OutboxEvent.objects.create(name="test.forgotten", payload={}, at=now(), next_try_at=now() - timedelta(hours=1))

    answer = client.get("/health/ready")

    assert (answer.status_code, answer.json()) == (503, {"status": "not ready"})
    with pytest.raises(CommandError, match="waited in the outbox for over 15 minutes"):
        call_command("health")


def test_health_is_only_read(client: Client):
    assert client.post("/health/live").status_code == 405
