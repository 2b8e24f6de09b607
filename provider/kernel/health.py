"""Whether this process can do its work now: what a load balancer asks, and what `manage.py health` tells a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection

from .models import OutboxEvent, OutboxStatus

# More tasks than this in the queue, and the workers are behind or gone.
QUEUE_LIMIT_TASKS = 50_000
QUEUE = "celery"
# An event that is due for longer than this has been forgotten by everybody.
OUTBOX_LAG_LIMIT = timedelta(minutes=15)


def problems(*, at: datetime) -> list[str]:
    """What keeps this process from doing its work, one sentence each; empty if nothing does."""
    database = _database()
    found = [database] if database else [_role(), _outbox(at)]
    return [sentence for sentence in (*found, _queue()) if sentence]


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError as trouble:
        return f"The database does not answer: {trouble}"
    return ""


@cache
def _role() -> str:
    """Asked once: whether row-level security binds us. Who passes it would see every tenant's rows."""
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        passes = cursor.fetchone()
    if passes and passes[0]:
        return "The database's role passes row-level security; name another one in DATABASE_URL."
    return ""


def _outbox(at: datetime) -> str:
    waiting = OutboxEvent.objects.filter(status=OutboxStatus.WAITING, next_try_at__lt=at - OUTBOX_LAG_LIMIT)
    if not waiting.exists():
        return ""
    minutes = OUTBOX_LAG_LIMIT // timedelta(minutes=1)
    return f"Events have waited in the outbox for over {minutes} minutes; worker or beat does not run."


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
