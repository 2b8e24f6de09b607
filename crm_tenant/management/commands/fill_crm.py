"""`manage.py fill_crm ACCOUNT`: fill a workspace with made-up customers and deals."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm_tenant.models import Workspace
from crm_tenant.operations.made_up import fill_with_made_up
from crm_tenant.operations.workspaces import open_workspace
from provider.accounts.models import Account
from provider.kernel import clock, outbox
from provider.kernel.actor import SYSTEM

MOST = 200_000


class Command(BaseCommand):
    help = (
        "Fill the workspace of an account with made-up companies, people, deals and next steps. The same seed makes "
        "the same; what is there already stays as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", help="the account's id or its name")
        parser.add_argument("--deals", type=int, default=3_000, help="how many deals (a company for every four)")
        parser.add_argument("--seed", type=int, default=1, help="another number makes others")
        parser.add_argument("--language", default="", help="of the names: en, zh-hans, zh-hant; the workspace's else")
        parser.add_argument("--dry-run", action="store_true", help="say what would be filled, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["deals"] <= MOST:
            raise CommandError(f"--deals is a number from 1 to {MOST:,}.")
        account = _account(options["account"])
        if options["dry_run"]:
            self.stdout.write(f"{account.name} would get {options['deals']:,} deals.")
            return
        at = clock.now_for(test_clock_at=account.test_clock_at)
        workspace: Workspace = open_workspace(account_id=account.id, by=SYSTEM, at=at)
        made = fill_with_made_up(
            workspace=workspace, deals=options["deals"], by=SYSTEM, at=at, language=options["language"],
            seed=options["seed"],
        )  # fmt: skip
        outbox.drain()
        self.stdout.write(", ".join(f"{name}: {count:,}" for name, count in made.items()))


def _account(named: str) -> Account:
    try:
        found = Account.objects.filter(pk=named).first()
    except ValidationError:  # it is no id
        found = None
    by_name = list(Account.objects.filter(name=named)[:2])
    if found is None and len(by_name) == 1:
        return by_name[0]
    if found is None:
        raise CommandError(f"{len(by_name) or 'No'} account is called “{named}”. Give its id.")
    return found
