"""Whether this process can do its work now: what a load balancer asks, and what `manage.py health` tells a person."""

from __future__ import annotations

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection

# More tasks than this in the queue, and the workers are behind or gone.
QUEUE_LIMIT_TASKS = 50_000
QUEUE = "celery"


def problems() -> list[str]:
    """What keeps this process from doing its work, one sentence each; empty if nothing does."""
    checks: tuple[Callable[[], str], ...] = (_database, _queue)
    return [sentence for check in checks if (sentence := check())]


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError as trouble:
        return f"The database does not answer: {trouble}"
    return ""


def _queue() -> str:
    prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            waiting = int(client.llen(f"{prefix}{QUEUE}"))
    except redis.RedisError as trouble:
        return f"Redis does not answer: {trouble}"
    if waiting > QUEUE_LIMIT_TASKS:
        return f"{waiting} tasks wait in the queue; start more workers, or look why they stopped."
    return ""
