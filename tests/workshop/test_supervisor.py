"""The demo's processes live and die together, whoever ends first."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from provider.embedded.runtime import alive, gone_within
from provider.workshop.supervisor import Part, PartFailed, Supervisor

ROOT = Path(__file__).resolve().parent.parent.parent


def _part(name: str, program: str, *, is_ready=lambda: True, patience_seconds: float = 10) -> Part:
    command = [sys.executable, "-c", f"import os, sys, time, signal, subprocess; {program}"]
    advice = "Start again: make demo"
    return Part(name=name, command=command, is_ready=is_ready, advice=advice, patience_seconds=patience_seconds)


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(out):
    found = Supervisor(environment=os.environ, out=out)
    yield found
    found.kill()


def _nothing() -> None: ...


def test_what_a_part_says_is_passed_on_under_its_name(supervisor, out):
    supervisor.start(
        _part("web", "print('付款 ready', flush=True); time.sleep(60)", is_ready=lambda: "ready" in out.getvalue())
    )

    supervisor.await_ready(keep_up=_nothing)

    assert out.getvalue() == "web    | 付款 ready\n"


def test_a_part_that_ends_is_named_with_its_code_its_last_words_and_what_to_do(supervisor):
    supervisor.start(_part("worker", "print('no table'); sys.exit(3)", is_ready=lambda: False))

    with pytest.raises(PartFailed) as failed:
        supervisor.await_ready(keep_up=_nothing)

    assert str(failed.value) == (
        "worker ended by itself with exit code 3. Its last words:\n  no table\nStart again: make demo"
    )


def test_a_part_that_is_killed_is_named_with_the_signal(supervisor):
    supervisor.start(_part("beat", "os.kill(os.getpid(), signal.SIGKILL)", is_ready=lambda: False))

    with pytest.raises(PartFailed, match="beat was ended by SIGKILL"):
        supervisor.await_ready(keep_up=_nothing)


def test_a_part_that_never_becomes_ready_is_not_waited_for_without_end(supervisor):
    supervisor.start(_part("web", "time.sleep(60)", is_ready=lambda: False, patience_seconds=0.2))

    with pytest.raises(PartFailed, match="web did not become ready in time"):
        supervisor.await_ready(keep_up=_nothing)


def test_they_stop_in_reverse(supervisor, out):
    program = (
        "signal.signal(15, lambda *_: (print('bye', flush=True), sys.exit())); print('up', flush=True); time.sleep(60)"
    )
    for name in ("web", "worker", "beat"):
        supervisor.start(_part(name, program, is_ready=lambda name=name: f"{name:<6} | up" in out.getvalue()))
    supervisor.await_ready(keep_up=_nothing)

    supervisor.stop()

    assert [line.split()[0] for line in out.getvalue().splitlines() if "bye" in line] == ["beat", "worker", "web"]


def test_one_that_does_not_listen_is_ended_with_all_it_started(supervisor, out, monkeypatch):
    monkeypatch.setattr("provider.workshop.supervisor.STOP_PATIENCE_SECONDS", 0.6)
    program = (
        "signal.signal(15, signal.SIG_IGN); child = subprocess.Popen(['sleep', '60']); "
        "print('child', child.pid, flush=True); time.sleep(60)"
    )
    supervisor.start(_part("deaf", program, is_ready=lambda: "child" in out.getvalue()))
    supervisor.await_ready(keep_up=_nothing)
    grandchild = int(out.getvalue().split()[-1])
    began = time.monotonic()

    supervisor.stop()

    assert time.monotonic() - began < 4
    assert gone_within(grandchild, seconds=3)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_when_the_supervisor_is_killed_its_parts_end():
    program = (
        "import os, sys, time\n"
        "from provider.workshop.supervisor import Part, Supervisor\n"
        "boss = Supervisor(environment=os.environ, out=sys.stdout)\n"
        "part = Part(name='web', command=['sleep', '60'], is_ready=lambda: True, advice='')\n"
        "boss.start(part); time.sleep(0.5)\n"
        "print(boss.running[0].process.pid, flush=True); time.sleep(60)\n"
    )
    boss = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert boss.stdout
    child = int(boss.stdout.readline())
    assert alive(child)

    boss.send_signal(signal.SIGKILL)
    boss.wait()

    assert gone_within(child, seconds=5)


def test_a_part_is_started_anew_at_its_place(supervisor):
    for name in ("web", "worker", "beat"):
        supervisor.start(_part(name, "time.sleep(60)"))
    before = [running.process.pid for running in supervisor.running]

    supervisor.restart("worker")

    after = [running.process.pid for running in supervisor.running]
    assert [running.part.name for running in supervisor.running] == ["web", "worker", "beat"]
    assert (after[0], after[2]) == (before[0], before[2])
    assert after[1] != before[1]
    assert not alive(before[1])
