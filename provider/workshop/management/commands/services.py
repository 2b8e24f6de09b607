"""`manage.py services start|stop|status`: the embedded PostgreSQL and Valkey."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from provider.embedded import ServiceTrouble, ensure_services, service_states, stop_services


class Command(BaseCommand):
    help = "Start, stop or show the embedded PostgreSQL and Valkey. Other commands start them by themselves."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=("start", "stop", "status"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['what']}")()
        except ServiceTrouble as trouble:
            raise CommandError(str(trouble)) from trouble

    def _start(self) -> None:
        ensure_services()
        self._status()

    def _stop(self) -> None:
        stopped = stop_services()
        self.stdout.write(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")

    def _status(self) -> None:
        for state in service_states():
            how = "given" if state.is_given else f"process {state.pid}" if state.pid else "does not run"
            self.stdout.write(f"{state.name:<11} {how:<14} {state.address}")
