"""`manage.py translations`: collect, check, fill and compile the Chinese texts. Needs neither database nor gettext."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter

from provider.workshop.translations import work
from provider.workshop.translations.catalogs import WrongCatalogue
from provider.workshop.translations.collect import package_folders

EXAMPLES = """
Examples:
  manage.py translations --missing provider.look > words.json   what has no translation yet, as a file to fill in
  manage.py translations --fill words.json                      write the filled file into the catalogues
  manage.py translations --update                               unused texts out, what another package has in
  manage.py translations --check                                fail on anything missing or badly worded
"""


class _Plain(DjangoHelpFormatter):
    """Keeps the examples' line breaks."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "".join(indent + line for line in text.splitlines(keepends=True))


class Command(BaseCommand):
    help = "Collect, check, fill and compile the translations."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLES, formatter_class=_Plain, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--update", action="store_true", help="bring the catalogues in line with the code")
        what.add_argument("--missing", action="store_true", help="print what has no translation, as JSON to fill in")
        what.add_argument("--fill", metavar="FILE", type=Path, help="take translations from a JSON or TSV file")
        what.add_argument("--compile", action="store_true", help="compile what has changed")
        what.add_argument("--check", action="store_true", help="fail on anything missing, unused or badly worded")
        parser.add_argument("package", nargs="?", default="", help="only this package, such as provider.look")

    def handle(self, *args: Any, **options: Any) -> None:
        root, package = settings.BASE_DIR, options["package"].strip("/").replace("/", ".")
        if package and package not in package_folders(root):
            raise CommandError(f"There is no package {package}. There are: {', '.join(package_folders(root))}.")
        try:
            self._do(root, **options | {"package": package})
            work.compile_all(root)
        except WrongCatalogue as trouble:
            raise CommandError(str(trouble)) from trouble

    def _do(self, root: Path, *, package: str, **options: Any) -> None:
        if options["update"]:
            self._update(root, package=package)
        elif options["missing"]:
            self.stdout.write(_as_lines(list(work.missing(root, package=package))))
        elif options["fill"]:
            self._fill(root, source=options["fill"], package=package)
        elif options["check"]:
            self._check(root, package=package)

    def _update(self, root: Path, *, package: str) -> None:
        for path in work.update(root, package=package):
            self.stdout.write(f"changed {path.relative_to(root)}")
        left = len(list(work.missing(root, package=package)))
        self.stdout.write(f"{left} texts without a translation." if left else "Every text is translated.")

    def _fill(self, root: Path, *, source: Path, package: str) -> None:
        try:
            count, unwanted = work.fill(root, source=source, package=package)
        except (OSError, ValueError, work.WrongFile) as trouble:
            raise CommandError(f"{source} cannot be read: {trouble}") from trouble
        for msgid in unwanted:
            self.stderr.write(f"no text of ours: {msgid!r}")
        self.stdout.write(f"{count} translations written.")

    def _check(self, root: Path, *, package: str) -> None:
        folder = package.replace(".", "/")
        found = [problem for problem in work.problems(root) if problem.startswith(folder)]
        for problem in found:
            self.stderr.write(problem)
        if found:
            raise CommandError(f"{len(found)} faults. `manage.py translations --missing > words.json` is the way in.")


def _as_lines(rows: list[dict[str, Any]]) -> str:
    """JSON with one row a line: easy to fill in an editor, easy to read in a diff."""
    lines = [json.dumps({key: value for key, value in row.items() if value or key in ("zh_Hans", "zh_Hant")},
                        ensure_ascii=False) for row in rows]  # fmt: skip
    return "[\n" + ",\n".join(lines) + "\n]"
