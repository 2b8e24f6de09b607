"""`manage.py bench NAME`: measure a write path beside the bare limit of the machine, or what pages cost."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from provider.workshop.bench import billing, cards, ingest, ingest_web, pages, redeem, telco, tries, visitors

SIZES = {
    "billing": 10_000,
    "cards": 1_000_000,
    "ingest": 500_000,
    "ingest_web": 100_000,
    "pages": 100_000,
    "redeem": 600,
    "sign_up": 50,
    "tries": 500,
    "wake": 50,
}
NAMES = ("billing", "cards", "ingest", "ingest_web", "pages", "redeem", "sign_up", "telco", "tries", "wake")
_ALONE = {
    "cards": cards.measure,
    "ingest_web": ingest_web.measure,
    "pages": pages.measure,
    "sign_up": visitors.measure_sign_up,
    "tries": tries.measure,
    "wake": visitors.measure_wake,
}


class Command(BaseCommand):
    help = (
        "Measure a write path in a database of its own, which is made for it and dropped after: `billing` (a month of "
        "base fee, seats and calls), `cards` (a batch made by its job), "
        "`ingest` (usage events, each kept once and for good), `ingest_web` (the same, told to one web process), "
        "`redeem` (cards confirmed by 64 callers), "
        "`tries` (what refused codes take, by what is wrong with them), `pages` (what each page costs in the server "
        "with --size accounts and ten times as many invoices), "
        "`sign_up` (until a visitor's board answers), `wake` (until a sleeping account's board answers) "
        "or `telco` (the public table of 7,043 telephone customers; --data names the file)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=NAMES)
        parser.add_argument("--size", type=int, help="how many subscriptions, cards, events, accounts or visitors")
        parser.add_argument("--workers", type=int, default=2, help="processes that work at once")
        parser.add_argument("--data", type=Path, help="Telco-Customer-Churn.csv, for `telco`")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["workers"] < 1 or (options["size"] or 1) < 1:
            raise CommandError("--size and --workers are numbers from 1 up.")
        said = self._measure(options)
        if options["json"]:
            self.stdout.write(json.dumps(said))
            return
        for name, value in said.items():
            if name != "pages":
                self.stdout.write(f"{name:>12}  {value}")
        for one in said.get("pages", ()):
            times = f"p50 {one['p50_ms']:7.1f} ms  p95 {one['p95_ms']:7.1f} ms  work {one['work_ms']:6.1f} ms"
            figures = f"{times}  {one['queries']:3} queries"
            self.stdout.write(f"{one['page']:>28}  {figures}")

    def _measure(self, options: dict[str, Any]) -> dict[str, Any]:
        tell = self.stderr.write
        name, workers = options["name"], options["workers"]
        size = options["size"] or SIZES.get(name, 0)
        if name == "billing":
            return billing.measure(size=size, workers=workers, tell=tell)
        if name == "ingest":
            return ingest.measure(size=size, workers=workers, tell=tell)
        if name == "redeem":
            return redeem.measure(size=size, workers=workers, tell=tell)
        if name != "telco":
            return _ALONE[name](size=size, tell=tell)
        path = options["data"]
        if path is None or not path.is_file():
            raise CommandError("Name the file with --data: Telco-Customer-Churn.csv of IBM's sample data.")
        return telco.measure(path=path, workers=workers, tell=tell)
