"""`manage.py prepare_database`: the two roles and the database on a PostgreSQL server of your own."""

import os
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from provider.embedded import ServiceTrouble, given, is_embedded, roles


class Command(BaseCommand):
    help = (
        "Make the roles and the database that DATABASE_URL and DATABASE_OWNER_URL name, with their passwords, on that "
        "server. DATABASE_ADMIN_URL names a role that may create both. Doing it again changes nothing but passwords."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be made")

    def handle(self, *args: Any, **options: Any) -> None:
        if is_embedded("DATABASE_URL") or "owner" not in settings.DATABASES:
            raise CommandError("Set DATABASE_URL and DATABASE_OWNER_URL first: the roles are made as they say.")
        application, owner = (_role(settings.DATABASES[alias]) for alias in ("default", "owner"))
        database = str(settings.DATABASES["default"]["NAME"])
        said = f"role {owner.name} (owns {database}), role {application.name} (owns nothing), database {database}"
        if options["dry_run"]:
            self.stdout.write(f"Would make, where missing: {said}.")
            return
        _prepare(owner=owner, application=application, database=database)
        self.stdout.write(f"There are now: {said}. Next: manage.py migrate")


def _role(database: dict[str, Any]) -> roles.Role:
    return roles.Role(name=str(database["USER"]), password=str(database.get("PASSWORD", "")))


def _prepare(*, owner: roles.Role, application: roles.Role, database: str) -> None:
    address = os.environ.get("DATABASE_ADMIN_URL", "")
    if not address:
        raise CommandError("Set DATABASE_ADMIN_URL to the address of a role that may create roles and databases.")
    try:
        given.require_database(name="DATABASE_ADMIN_URL", url=address)
        with psycopg.connect(address, autocommit=True) as admin:
            roles.prepare(admin=admin, owner=owner, application=application, database=database)
    except (ServiceTrouble, psycopg.Error) as trouble:
        raise CommandError(str(trouble).strip()) from trouble
