"""After a whole life of cards: no secret and no unkeyed hash of one in the database, in logs, or on any page."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from prepaid_cards.flows.exports import fetch_export
from prepaid_cards.models import Card
from prepaid_cards.operations.cards import activate
from prepaid_cards.operations.electronic import issue_card
from prepaid_cards.operations.exports import approve_export, confirm_export, request_export, show_password
from prepaid_cards.operations.redemption import open_card
from prepaid_cards.operations.vault import read_codes
from prepaid_cards.rules.codes import grouped
from prepaid_cards.rules.serials import serials_of
from provider.accounts.models import User
from provider.kernel import clock, jobs, outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import Refusal
from provider.kernel.models import IdempotencyKey
from tests.api.conftest import _fresh_limits, caller_for
from tests.factories import AT, make_account, make_member
from tests.prepaid_cards.conftest import House, made_batch
from tests.prepaid_cards.factories import make_batch
from tests.sessions import signed_in

__all__ = ["_fresh_limits"]


@pytest.fixture
def log() -> Iterator[list[str]]:
    """Everything that any logger writes, statements of the database included."""
    lines: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    keeper, root = Keeper(), logging.getLogger()
    quiet = logging.getLogger("django.db.backends")  # statements carry their parameters: those of a debugging session
    was, quiet.propagate = quiet.propagate, False
    root.addHandler(keeper)
    yield lines
    root.removeHandler(keeper)
    quiet.propagate = was


def traces_of(code: str) -> dict[str, bytes]:
    """In which forms a secret could have been left behind."""
    forms = {"plain": code.encode(), "grouped": grouped(code).encode(), "small": code.lower().encode()}
    for name in ("md5", "sha1", "sha256", "sha512"):
        digest = hashlib.new(name, code.encode()).digest()
        forms |= {name: digest, f"{name} in hex": digest.hex().encode()}
    return forms


def dump() -> bytes:
    """Every row of every table, as text and with its bytes."""
    parts: list[bytes] = []
    with connection.cursor() as cursor:
        cursor.execute("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"select row_to_json(t)::text from {table} t")
            for (row,) in cursor.fetchall():
                parts.append(row.encode())
                parts += [bytes.fromhex(part.split('"')[0]) for part in row.split("\\\\x")[1:]]
    return b"\n".join(parts)


def found_in(content: bytes, *, codes: list[str]) -> set[str]:
    return {name for code in codes for name, trace in traces_of(code).items() if trace in content}


@pytest.mark.django_db(transaction=True)
def test_nothing_leads_from_what_is_kept_to_a_secret(house: House, log: list[str]) -> None:
    batch = made_batch(house, count=6)
    codes = read_codes(batch)
    export = request_export(
        batch_id=batch.id, method="archive", printer="P", recipient="", is_recipient_good=False, by=house.ann, at=AT
    )  # fmt: skip
    approve_export(export_id=export.id, by=house.bo, at=AT)
    fetch_export(export_id=export.id, by=house.ann, at=AT)
    show_password(export_id=export.id, by=house.ann, at=AT)
    export.refresh_from_db()
    assert export.file_sha256
    confirm_export(export_id=export.id, file_sha256=bytes(export.file_sha256).hex(), by=house.ann, at=AT)
    ordinary = Card.objects.filter(batch=batch, is_canary=False).order_by("counter")[0]
    activate(
        seller_id=house.provider.id, serials=[ordinary.serial], receipt="R", request_key="k", from_store=True,
        by=house.ann, at=AT,
    )  # fmt: skip
    on_sheets = made_batch(house, count=2)
    codes += read_codes(on_sheets)
    sheets = request_export(
        batch_id=on_sheets.id, method="archive", printer="P", recipient="", is_recipient_good=False, sheets_in="en",
        by=house.ann, at=AT,
    )  # fmt: skip
    job_id = approve_export(export_id=sheets.id, by=house.bo, at=AT).job_id
    assert job_id is not None
    jobs.run_to_end(job_id=job_id, at=clock.now())
    fetch_export(export_id=sheets.id, by=house.ann, at=AT)
    electronic = make_batch(product=house.product, count=2, prefix="240901", kind="electronic")
    Card.objects.filter(batch=electronic).delete()
    type(electronic).objects.filter(id=electronic.id).update(made_count=0)
    issued = issue_card(
        product_id=house.product.id, request_key="e", by=house.ann, at=clock.now()
    )  # fmt: skip
    for code in codes:
        try_it(code)
    told_by_holder = report_it(ordinary.serial, words=f"My code is {grouped(codes[0])}, help", receipt=codes[1].lower())
    program = caller_for(house.provider, portal="provider")
    told = program.post("/cards/quote", {"code": issued.code, "account_id": str(house.reseller.id)}, key="kept")
    made = program.post(
        "/cards/generate", {"product_id": str(house.product.id), "request_key": "api"}, key="sealed"
    ).json()  # fmt: skip
    outbox.drain()

    every = [*codes, issued.code, made["code"].replace("-", "")]
    assert IdempotencyKey.objects.filter(key="sealed", is_sealed=True).exists()
    assert found_in(dump(), codes=every) == set()
    assert found_in("\n".join(log).encode(), codes=every) == set()
    pages = (
        told.content
        + told_by_holder
        + pages_of(house, serials=serials_of(prefix=batch.prefix, first=1, count=2), batch=batch)
    )
    assert found_in(pages, codes=every) == set()


@pytest.mark.django_db(transaction=True)
def test_control_the_scan_finds_what_is_left_behind(house: House) -> None:
    batch = made_batch(house, count=1)
    (code, *_rest) = read_codes(batch)
    hashed = hashlib.sha256(code.encode()).digest()

    Card.objects.filter(batch=batch, counter=1).update(secret_hmac=hashed)
    assert found_in(dump(), codes=[code]) == {"sha256", "sha256 in hex"}
    type(batch).objects.filter(id=batch.id).update(note=grouped(code))
    assert "grouped" in found_in(dump(), codes=[code])


def try_it(code: str) -> None:
    """Somebody types it; refused or not, it is not kept."""
    with contextlib.suppress(Refusal):
        open_card(code_typed=grouped(code), account_id=None, by=SYSTEM, at=clock.now())


def report_it(serial: str, **words: str) -> bytes:
    """A holder asks for help and writes the code where it does not belong; the page that answers."""
    account = make_account(name="Lan", portal="subscriber")
    holder = signed_in(make_member(account=account, portal="subscriber", role="owner").user)
    answer = holder.post("/my/redeem/help/", {"kind": "damaged", "serial": serial} | words, follow=True)
    assert "You wrote the code of a card." in answer.content.decode()
    assert "My code is •••• (a code was removed), help" in answer.content.decode()
    content: bytes = answer.content
    return content


def pages_of(house: House, *, serials: list[str], batch: Any) -> bytes:
    """What an operator sees of these cards."""
    assert house.ann.user_id is not None
    client = signed_in(User.objects.get(id=house.ann.user_id))
    paths = [
        "/operator/cards/", f"/operator/cards/batches/{batch.id}/", "/operator/cards/fraud/",
        "/operator/cards/fraud/tries/", "/operator/messages/", "/operator/history/",
        *[f"/operator/cards/serials/{serial}/" for serial in serials],
    ]  # fmt: skip
    return b"".join(client.get(path).content for path in paths)
