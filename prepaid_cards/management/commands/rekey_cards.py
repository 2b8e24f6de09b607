"""`manage.py rekey_cards`: wrap every card's hash under the newest key, without knowing a secret."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from prepaid_cards.errors import NothingToRekey
from prepaid_cards.operations.rekeying import begin_rekeying
from prepaid_cards.queries.keys import cards_by_path
from provider.kernel import clock
from provider.kernel.actor import SYSTEM
from provider.kernel.wording import say


class Command(BaseCommand):
    help = "Wrap the hash of every card under the newest of PERENNIAL_CARD_KEYS, as a job of the workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say through which keys the cards have gone")

    def handle(self, *args: Any, **options: Any) -> None:
        live = {key.name for key in settings.CARD_KEYS.keys}
        paths = cards_by_path()
        for path, count in paths.items():
            self.stdout.write(f"{count:>12,}  {path}")
        lost = {name for path in paths for name in path.split("+")} - live
        if lost:
            raise CommandError(f"Cards have gone through keys that are not named: {', '.join(sorted(lost))}.")
        if options["dry_run"]:
            return
        try:
            job = begin_rekeying(by=SYSTEM, at=clock.now())
        except NothingToRekey as refusal:
            self.stdout.write(say(refusal))
            return
        self.stdout.write(f"Begun: {job.total:,} cards. The workers do it; it goes on after a crash. /jobs/{job.id}/")
