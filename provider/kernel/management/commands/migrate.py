"""`migrate` as the owner of the tables: the application's own role owns nothing."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands import migrate


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        if "owner" in settings.DATABASES:
            parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        grant_to_application(database=options["database"])


def grant_to_application(*, database: str) -> None:
    """Let the application's role read and write the tables (what is append-only stays so by trigger)."""
    from django.db import connections

    role = settings.DATABASES["default"].get("USER")
    owner = settings.DATABASES.get(database, {}).get("USER")
    if not role or role == owner:
        return
    with connections[database].cursor() as cursor:
        quoted = connections[database].ops.quote_name(role)
        cursor.execute(f"grant usage on schema public to {quoted}")
        cursor.execute(f"grant select, insert, update, delete on all tables in schema public to {quoted}")
        cursor.execute(f"grant usage, select on all sequences in schema public to {quoted}")
