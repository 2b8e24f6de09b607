"""A worker is killed with -9 in the middle of a chunk: another process goes on at the cursor, nothing twice or lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from provider.kernel import jobs
from provider.kernel.actor import SYSTEM
from provider.kernel.models import AuditRow, Job, JobStatus

from . import mortal_job

AT = datetime(2099, 3, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    monkeypatch.setattr(jobs, "wake", lambda *_: None)  # the processes below are its workers
    mortal_job.define(holds=False)
    yield jobs.start(kind=mortal_job.KIND, params={}, by=SYSTEM, at=AT, account_id=None, total=9)
    del jobs._definitions[mortal_job.KIND]


def worker(job_id: UUID, at: datetime, *words: str) -> subprocess.Popen[str]:
    database = make_conninfo(os.environ["DATABASE_URL"], dbname=connection.settings_dict["NAME"])
    return subprocess.Popen(
        [sys.executable, "-m", "tests.kernel.mortal_job", str(job_id), at.isoformat(), *words],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "provider.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def stamped() -> str:
    return "".join(AuditRow.objects.filter(verb="stamp").order_by("id").values_list("subject_id", flat=True))


def test_the_next_worker_goes_on_where_the_killed_one_had_committed(job: Job) -> None:
    with worker(job.id, AT, "hold") as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "inside\n"
        first.kill()
    assert first.returncode == -9

    left = Job.objects.get(pk=job.pk)
    assert (left.status, left.cursor, left.handled) == (JobStatus.RUNNING, 3, 3)
    assert stamped() == "abc"  # the half-done chunk is gone with its transaction

    with worker(job.id, AT + timedelta(seconds=30)) as too_early:
        assert too_early.communicate()[0] == "running\n"  # the dead worker's lease still holds
    assert stamped() == "abc"

    with worker(job.id, AT + timedelta(minutes=2)) as second:
        assert second.communicate()[0] == "done\n"
    over = Job.objects.get(pk=job.pk)
    assert (over.status, over.handled, over.counts) == (JobStatus.DONE, 9, {"stamped": 9})
    assert stamped() == mortal_job.LETTERS
