"""`manage.py play FILE...`: play billing stories on the real engine and compare with what they expect."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from plans.rules.story import Story, StoryTrouble, read_story
from provider.kernel import guard
from provider.workshop.stories.player import Played, play


class Command(BaseCommand):
    help = (
        "Play billing stories: what happens to one account, and what it must be billed. Compares with each story's "
        "`expect`, prints every difference and ends with 1 if there is one. Writes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="+", type=Path, help="a story (YAML)")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--json", action="store_true", help="print what was billed as JSON, compare nothing")
        how.add_argument("--explain", action="store_true", help="print every line with its arithmetic in words")
        parser.add_argument("--language", default="en", help="of the words of --explain: en, zh-hans or zh-hant")

    def handle(self, *args: Any, **options: Any) -> None:
        if trouble := guard.schema_trouble():
            raise CommandError(trouble)
        failed = 0
        with override(options["language"]):
            for path in options["file"]:
                story = _read(path)
                played = play(story)
                if options["json"]:
                    self._fail_early(path, played)
                    self.stdout.write(json.dumps(played.told.as_json(), ensure_ascii=False))
                    continue
                failed += not played.has_passed
                self._print(path, played, explain=options["explain"])
        if failed:
            raise SystemExit(1)

    def _fail_early(self, path: Path, played: Played) -> None:
        """JSON compares nothing, but a story that could not be played to its end has none to print."""
        if played.failure:
            raise CommandError(f"{path}: {played.failure}")

    def _print(self, path: Path, played: Played, *, explain: bool) -> None:
        self.stdout.write(f"{'passed' if played.has_passed else 'FAILED'}  {path}: {played.told.title}")
        for difference in played.differences:
            self.stdout.write(f"        {difference}")
        if explain:
            for document in played.told.documents:
                self._explain(document)

    def _explain(self, document: dict[str, Any]) -> None:
        self.stdout.write(f"  {document['kind']} {document['n']} at {document['at']}: {document['total']}")
        for line in document["lines"]:
            span = f" {line['from'][:10]} to {line['to'][:10]}" if line["from"] and line["to"] else ""
            why = f": {line['why']}" if "why" in line else ""
            self.stdout.write(f"    {line['plan']} {line['charge']}{span} {line['amount']}{why}")


def _read(path: Path) -> Story:
    try:
        return read_story(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as trouble:
        raise CommandError(f"{path} cannot be read: {trouble}") from None
    except StoryTrouble as trouble:
        raise CommandError(f"{path}, {trouble}") from None
