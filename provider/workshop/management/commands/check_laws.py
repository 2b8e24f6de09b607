"""`manage.py check_laws`: ask the database whether every law holds."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from provider.kernel import guard, laws


class Command(BaseCommand):
    help = "Ask the database whether every law of the product holds; ends with 1 if one is broken. Changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("law", nargs="*", help="names of laws; without any, all are asked")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--list", action="store_true", help="print the laws and ask none")

    def handle(self, *names: str, **options: Any) -> None:
        chosen = laws.known(options["law"])
        if unknown := set(options["law"]) - {law.name for law in chosen}:
            raise CommandError(f"No law is called {', '.join(sorted(unknown))}; --list names them all.")
        if options["list"]:
            for law in chosen:
                self.stdout.write(f"{law.name}: {law.says}")
            return
        if trouble := guard.schema_trouble():
            raise CommandError(trouble)
        findings = [laws.check(law) for law in chosen]
        self._print_json(findings) if options["json"] else self._print(findings)
        if any(not finding.holds for finding in findings):
            raise SystemExit(1)

    def _print(self, findings: list[laws.Finding]) -> None:
        for finding in findings:
            self.stdout.write(f"{'holds ' if finding.holds else 'BROKEN'}  {finding.law.name}: {finding.law.says}")
            for example in finding.examples:
                self.stdout.write(f"          {example}")
            if finding.count > len(finding.examples):
                self.stdout.write(f"          and {finding.count - len(finding.examples)} more")
        broken = sum(not finding.holds for finding in findings)
        self.stdout.write(f"{len(findings)} laws asked, {broken} broken, in {settings.DATABASES['default']['NAME']}.")

    def _print_json(self, findings: list[laws.Finding]) -> None:
        rows = [
            {"law": finding.law.name, "holds": finding.holds, "count": finding.count, "examples": finding.examples}
            for finding in findings
        ]
        self.stdout.write(json.dumps({"holds": all(row["holds"] for row in rows), "laws": rows}, ensure_ascii=False))
