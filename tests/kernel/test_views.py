"""Pages of long work and the door of files, as those see them who use them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse

from provider.accounts.models import Account, User
from provider.kernel import files, jobs, media
from provider.kernel.actor import Actor
from provider.kernel.clock import now
from provider.kernel.errors import N_, NotAllowed
from provider.kernel.jobs import Chunk, Outcome, Problem, Result
from provider.kernel.models import Job, JobStatus, StoredFile
from tests.factories import make_account, make_member, make_user

pytestmark = pytest.mark.django_db

LATE = datetime(2099, 1, 1, tzinfo=UTC)


def _step(chunk: Chunk) -> Outcome:
    if chunk.params.get("fails"):
        raise OSError
    return Outcome(
        cursor=None,
        handled=1234,
        counts={"made": 1200},
        problems=[Problem.of(NotAllowed(), subject="Line 7")],
        result=Result(label=N_("Look at the result"), url="/team/"),
    )


@pytest.fixture(autouse=True)
def _ground(tmp_path: Path) -> Iterator[None]:
    jobs.define("tests.page", step=_step, title="Import of %(name)s", outcomes={"made": "made"})
    files.define("tests", media_types={media.CSV}, limit_bytes=50_000, keep=timedelta(days=7))
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={"default": storage, "staticfiles": plain}):
        yield
    jobs._definitions.pop("tests.page")


class Person:
    """Somebody signed in, in an account of their own."""

    def __init__(self, *, portal: str = "subscriber", role: str = "owner") -> None:
        self.account: Account = make_account(portal=portal)
        self.user: User = make_user()
        make_member(account=self.account, user=self.user, portal=portal, role=role)
        self.actor = Actor(kind="person", user_id=self.user.id, account_id=self.account.id)
        self.client = Client()
        self.client.force_login(self.user)

    def start(self, **params: object) -> Job:
        given = {"name": "<b>customers</b>"} | params
        return jobs.start(kind="tests.page", params=given, by=self.actor, at=now(), account_id=self.account.id)

    def store(self) -> StoredFile:
        return files.store(
            purpose="tests", name="客户.csv", content=b"a,b\n", account_id=self.account.id, by=self.actor, at=now()
        )


def test_a_job_page_says_what_it_made_and_what_did_not_work() -> None:
    person = Person()
    job = jobs.run_to_end(job_id=person.start().id, at=LATE)

    page = person.client.get(reverse("kernel:job", args=[job.id])).content.decode()

    assert "Import of &lt;b&gt;customers&lt;/b&gt;" in page
    assert "1,234" in page
    assert "Line 7" in page
    assert "Ask an owner of the account." in page
    assert 'href="/team/"' in page


def test_the_list_shows_the_accounts_jobs_and_says_what_it_is_when_empty() -> None:
    person, stranger = Person(), Person()
    person.start()
    assert "Import of" in person.client.get(reverse("kernel:jobs")).content.decode()
    assert "Nothing is being worked on" in stranger.client.get(reverse("kernel:jobs")).content.decode()


def test_the_moving_part_asks_again_until_the_job_is_over() -> None:
    person = Person()
    job = person.start()
    address = reverse("kernel:job_progress", args=[job.id])
    assert f'hx-get="{address}"' in person.client.get(address).content.decode()
    jobs.run_to_end(job_id=job.id, at=LATE)
    assert "hx-get" not in person.client.get(address).content.decode()


def test_a_page_that_shows_a_job_beside_other_things_is_loaded_anew_when_the_job_is_over() -> None:
    person = Person()
    job = person.start()
    address, own_page = (reverse(f"kernel:{name}", args=[job.id]) for name in ("job_progress", "job"))

    def asked_from(page: str) -> bool:
        answer = person.client.get(address, headers={"HX-Current-URL": f"http://testserver{page}"})
        return answer.headers.get("HX-Refresh") == "true"

    assert not asked_from("/operator/cards/1/")
    jobs.run_to_end(job_id=job.id, at=LATE)
    assert asked_from("/operator/cards/1/")
    assert not asked_from(own_page)


def test_cancel_and_retry_lead_back_to_the_page() -> None:
    person = Person()
    job = person.start()
    answer = person.client.post(reverse("kernel:job_cancel", args=[job.id]))
    assert (answer.status_code, answer["Location"]) == (302, reverse("kernel:job", args=[job.id]))
    job.refresh_from_db()
    assert job.status == JobStatus.CANCELLED
    assert person.client.post(reverse("kernel:job_cancel", args=[job.id])).status_code == 409

    failed, at = person.start(fails=True), LATE
    for _ in range(jobs.MAX_ATTEMPTS):
        jobs.run_to_end(job_id=failed.id, at=at)
        at += timedelta(hours=2)
    assert "OSError" in person.client.get(reverse("kernel:job", args=[failed.id])).content.decode()
    assert person.client.post(reverse("kernel:job_retry", args=[failed.id])).status_code == 302
    failed.refresh_from_db()
    assert failed.status == JobStatus.QUEUED


@pytest.mark.parametrize("door", ["kernel:job", "kernel:job_progress", "kernel:job_cancel", "kernel:job_retry"])
def test_a_job_of_another_account_is_not_there_except_for_who_manages_jobs(door: str) -> None:
    job = Person().start()
    stranger, operator = Person(), Person(portal="provider", role="operator")
    method = "post" if door.endswith(("cancel", "retry")) else "get"
    assert getattr(stranger.client, method)(reverse(door, args=[job.id])).status_code == 404
    assert getattr(operator.client, method)(reverse(door, args=[job.id])).status_code != 404


# --- Files ---


def test_the_lasting_address_of_a_file_leads_its_owner_to_a_download() -> None:
    person = Person()
    file = person.store()

    answer = person.client.get(reverse("kernel:file", args=[file.id]), follow=True)

    assert b"".join(answer.streaming_content) == b"a,b\n"  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert Person().client.get(reverse("kernel:file", args=[file.id])).status_code == 404
    assert Client().get(reverse("kernel:file", args=[file.id])).status_code == 302


def test_a_link_works_without_signing_in_until_it_expires() -> None:
    file = Person().store()
    assert Client().get(files.link(file, at=now())).status_code == 200
    answer = Client().get(files.link(file, at=now() - timedelta(hours=1)))
    assert answer.status_code == 410
    assert "link_expired" in answer.content.decode()


def test_a_link_that_was_tampered_with_or_is_of_another_purpose_leads_nowhere() -> None:
    link = files.link(Person().store(), at=now())
    assert Client().get(link[:-2] + "x/").status_code == 404
    assert Client().get(link.replace("/tests/", "/other/")).status_code == 404


def test_a_removed_file_says_that_it_is_gone() -> None:
    file = Person().store()
    link = files.link(file, at=now())
    files.remove(file, at=now())
    answer = Client().get(link)
    assert answer.status_code == 410
    assert "file_gone" in answer.content.decode()


# --- Uploads ---


@override_settings(UPLOAD_LIMIT_BYTES=1024, DATA_UPLOAD_MAX_MEMORY_SIZE=512)
@pytest.mark.parametrize("size", [1025, 1200, 3 * 1024 * 1024])
def test_an_upload_that_is_too_big_is_told_so_and_fills_no_disk(size: int, tmp_path: Path) -> None:
    with override_settings(FILE_UPLOAD_TEMP_DIR=str(tmp_path), FILE_UPLOAD_MAX_MEMORY_SIZE=100):
        big = SimpleUploadedFile("big.csv", b"x" * size)
        answer = Client().post(reverse("look:language"), {"value": "en", "file": big})
    assert answer.status_code == 413
    assert "upload_too_large" in answer.content.decode()
    assert list(tmp_path.iterdir()) == []


def test_an_upload_that_is_not_too_big_reaches_its_view() -> None:
    upload = io.BytesIO(b"a,b\n")
    answer = Client().post(reverse("look:language"), {"value": "en", "file": upload})
    assert answer.status_code == 302
