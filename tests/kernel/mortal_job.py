"""A worker's process for a job of three chunks: `python -m tests.kernel.mortal_job JOB_ID INSTANT [hold]`.

With `hold` it stops in the middle of the second chunk, inside its transaction, says so, and waits to be killed.
"""

from __future__ import annotations

import sys
from datetime import datetime
from uuid import UUID

KIND = "tests.mortal"
LETTERS, CHUNK = "abcdefghi", 3


def define(*, holds: bool) -> None:
    """Make the job known to this process."""
    from provider.kernel import audit, jobs
    from provider.kernel.errors import N_

    def stamp(chunk: jobs.Chunk) -> jobs.Outcome:
        begin = chunk.cursor or 0
        for letter in LETTERS[begin : begin + CHUNK]:
            audit.record(
                by=chunk.by, verb="stamp", subject_kind="letter", subject_id=letter, account_id=None, at=chunk.at
            )
        if holds and begin == CHUNK:
            sys.stdout.write("inside\n")
            sys.stdout.flush()
            sys.stdin.read()
        end = begin + CHUNK
        return jobs.Outcome(cursor=end if end < len(LETTERS) else None, handled=CHUNK, counts={"stamped": CHUNK})

    jobs.define(KIND, step=stamp, title=N_("Stamping"))


def main(job_id: str, instant: str, *words: str) -> None:
    import django

    django.setup()
    from provider.kernel import jobs

    define(holds="hold" in words)
    job = jobs.run_to_end(job_id=UUID(job_id), at=datetime.fromisoformat(instant))
    sys.stdout.write(f"{job.status}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
