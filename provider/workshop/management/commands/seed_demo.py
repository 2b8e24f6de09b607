"""`manage.py seed_demo`: the demo's people and accounts, in an installation that is still empty."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from provider.accounts.rules.demo import DOMAIN
from provider.workshop.demo import parts, seed
from provider.workshop.progress import Progress


class Command(BaseCommand):
    help = "Fill an empty installation with the demo's accounts and people. Does nothing where there is a provider."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say who would come, and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("The demo is not for production. Make the provider's account with your own people.")
        if options["dry_run"]:
            from provider.workshop.demo import PARTIES

            for party in PARTIES:
                people = ", ".join(f"{person.name} <{person.mailbox}@{DOMAIN}>" for person in party.people)
                self.stdout.write(f"{party.portal:<11} {party.details.name}: {people}")
            return
        self.stdout.write(
            "The demo is in place."
            if seed(tell=Progress(self.stdout.write))
            else "There is a provider already; nothing was changed."
        )
        for part in parts():
            self.stdout.write(f"  {part.portal:<11} {part.role:<9} {part.user.email:<44} {part.account.name}")
