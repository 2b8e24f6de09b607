"""Make the demo's company, where no provider is yet."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from provider.workshop.demo import seed


class Command(BaseCommand):
    help = "Make the demo's provider, resellers and subscribers, where no provider is yet. Refused in production."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_SIGN_IN:
            raise CommandError("The demo's people can only be used where PERENNIAL_DEMO_SIGN_IN is yes.")
        made = seed()
        self.stdout.write("The demo is ready." if made else "There is a provider already; nothing was changed.")
