"""`manage.py health`: what /health/ready knows, with the reasons."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from provider.kernel.clock import now
from provider.kernel.health import problems


class Command(BaseCommand):
    help = "Say whether database, queue and outbox are in order; ends with 1 and the reasons if not."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if found := problems(at=now()):
            raise CommandError("\n".join(found))
        self.stdout.write("Database, queue and outbox are in order.")
