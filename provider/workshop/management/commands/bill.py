"""`manage.py bill`: bill everything that is due."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from invoices.operations import runs
from invoices.queries.runs import provider_account
from provider.kernel import clock
from provider.kernel.actor import SYSTEM
from provider.kernel.money import to_decimal


class Command(BaseCommand):
    help = (
        "Bill everything that is due now, the oldest first. May run any number of times at once and be stopped at any "
        "moment: what is billed is billed once. Ends with 1 if an account had to be parked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="tell what would be made, and write nothing")
        parser.add_argument("--batch", type=int, default=runs.BATCH, help="subscriptions in one transaction")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"] < 1:
            raise CommandError("--batch is a number from 1 up.")
        at = clock.now()
        if options["dry_run"]:
            self._print(runs.try_out(as_of=at, by=SYSTEM, limit=options["batch"]), options)
            return
        seller = provider_account()
        if seller is None:
            raise CommandError("Nobody sells anything here yet: publish a plan first.")
        run = runs.open_run(seller_account_id=seller.id, cause="command", by=SYSTEM, at=at)
        done = runs.bill_all(as_of=at, by=SYSTEM, run_id=run.id, limit=options["batch"], tell=self._progress(options))
        runs.close_run(run_id=run.id, at=clock.now())
        self._print(done, options)
        if done.parked:
            raise SystemExit(1)

    def _progress(self, options: dict[str, Any]) -> Any:
        def tell(total: runs.Batch) -> None:
            if not options["json"] and options["verbosity"] > 1:
                self.stdout.write(f"{total.accounts} accounts, {total.invoices} invoices")

        return tell

    def _print(self, done: runs.Batch, options: dict[str, Any]) -> None:
        totals = {currency: str(to_decimal(minor=minor, currency=currency)) for currency, minor in done.totals.items()}
        facts = {
            "accounts": done.accounts,
            "invoices": done.invoices,
            "credit_notes": done.credit_notes,
            "waiting": done.waiting,
            "parked": done.parked,
            "totals": totals,
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        sums = ", ".join(f"{amount} {currency}" for currency, amount in sorted(totals.items())) or "nothing"
        self.stdout.write(
            f"{done.accounts} accounts: {done.invoices} invoices over {sums}, {done.credit_notes} credit notes, "
            f"{done.waiting} to be approved, {done.parked} parked."
        )
