"""`manage.py close_months`: take the months that are over into revenue."""

from typing import Any

from django.core.management.base import BaseCommand

from invoices.operations import revenue as of_service
from invoices.operations.expiry import release_expired
from prepaid_cards.operations import breakage as of_breakage
from prepaid_cards.operations import revenue as of_cards
from provider.kernel import clock


class Command(BaseCommand):
    help = (
        "Take what was earned in every month that is over into revenue: billed service, redeemed cards, and cards that "
        "are not expected any more. The worker does so by itself two days after each month; again does nothing. "
        "Before that, prepaid money that has expired is owed no more, which the worker does every hour."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        self.stdout.write(f"Expired balances: {release_expired(at=at)} entries.")
        self.stdout.write(f"Billed service: {of_service.close_due_months(at=at)} entries.")
        self.stdout.write(f"Redeemed cards: {of_cards.close_due_months(at=at)} entries.")
        self.stdout.write(f"Breakage: {of_breakage.release_due_months(at=at)} entries.")
