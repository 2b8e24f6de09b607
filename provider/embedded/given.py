"""Servers that DATABASE_URL and REDIS_URL name: nothing is started for them, but they must answer."""

from __future__ import annotations

import psycopg
import redis
from psycopg.conninfo import conninfo_to_dict

from .postgres import OLDEST
from .trouble import ServiceTrouble

PATIENCE_SECONDS = 5


def require_database(*, name: str, url: str) -> None:
    """Stop unless the server at `url`, from the variable `name`, answers and is new enough."""
    try:
        with psycopg.connect(url, connect_timeout=PATIENCE_SECONDS) as connection:
            version = connection.info.server_version
    except psycopg.Error as trouble:
        raise ServiceTrouble(
            f"The database at {place_of(url)} ({name}) does not let us in: {str(trouble).strip()}. "
            f"Start it, or correct {name}; docs/operations.md says how its roles are made."
        ) from None
    if version < OLDEST * 10_000:
        raise ServiceTrouble(
            f"The database at {place_of(url)} is PostgreSQL {version // 10_000}; Perennial needs {OLDEST} or newer."
        )


def require_redis(*, url: str) -> None:
    """Stop unless the server at `url` answers."""
    try:
        with redis.Redis.from_url(
            url, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS
        ) as client:
            client.ping()
    except (redis.RedisError, ValueError) as trouble:
        raise ServiceTrouble(
            f"The server at {without_password(url)} (REDIS_URL) does not answer: {trouble}. "
            "Start it, or correct REDIS_URL."
        ) from None


def place_of(url: str) -> str:
    """Where a PostgreSQL address points, without its password."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "an address that cannot be read"
    host, port = parts.get("host", "localhost"), parts.get("port", 5432)
    return f"{parts.get('user', '')}@{host}:{port}/{parts.get('dbname', '')}"


def without_password(url: str) -> str:
    """A URL with what stands before its @ left out."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}" if separator else "an address that cannot be read"
