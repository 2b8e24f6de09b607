"""Runs the parts of the demo as child processes: started in order, ended together, none left behind.

Each child has a session of its own, so that Ctrl-C reaches only the supervisor, which then stops them in reverse. If
the supervisor itself is killed, the kernel tells the children (see `child.py`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

STOP_PATIENCE_SECONDS = 6.0
POLL_SECONDS = 0.1
_CHILD = str(Path(__file__).with_name("child.py"))
_COLOURS = ("36", "33", "35", "32")


class PartFailed(Exception):
    """A part ended or did not become ready; the text says which, how, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process of the demo: how to start it, and how to see that it works."""

    name: str
    command: Sequence[str]
    is_ready: Callable[[], bool]
    advice: str
    patience_seconds: float = 60.0


@dataclass(slots=True)
class Running:
    """A part that was started."""

    part: Part
    process: subprocess.Popen[str]
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=12))
    reader: threading.Thread | None = None

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def kill_family(self) -> None:
        """End the process and all that it started, at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Holds the running parts; `environment` is theirs, `out` is where their words go."""

    def __init__(self, *, environment: Mapping[str, str], out: IO[str]) -> None:
        self.environment = dict(environment)
        self.out = out
        self.running: list[Running] = []
        self._aside: list[Running] = []
        self._is_colourful = out.isatty()

    def start(self, part: Part) -> None:
        """Start a part; `await_ready` waits for it."""
        self.running.append(self._launch(part))

    def start_aside(self, part: Part) -> None:
        """Start something that ends by itself, and whose end matters to nobody else."""
        self._aside.append(self._launch(part))

    def _launch(self, part: Part) -> Running:
        process = subprocess.Popen(  # noqa: S603 - a part of ours
            [sys.executable, _CHILD, str(os.getpid()), *part.command],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        running = Running(part=part, process=process)
        running.reader = threading.Thread(target=self._relay, args=(running,), daemon=True)
        running.reader.start()
        return running

    def await_ready(self, *, keep_up: Callable[[], None]) -> None:
        """Wait until every part works; raises `PartFailed` if one ends or takes too long."""
        for running in self.running:
            deadline = time.monotonic() + running.part.patience_seconds
            while not running.part.is_ready():
                self.require_all_alive()
                keep_up()
                if time.monotonic() > deadline:
                    raise PartFailed(self._obituary(running, how="did not become ready in time"))
                time.sleep(POLL_SECONDS)

    def require_all_alive(self) -> None:
        """Raise `PartFailed` if a part has ended."""
        for running in self.running:
            if (code := running.process.poll()) is not None:
                raise PartFailed(self._obituary(running, how=_how_it_ended(code)))

    def _obituary(self, running: Running, *, how: str) -> str:
        if running.process.poll() is not None and running.reader:
            running.reader.join(timeout=1)
        last = "\n".join(f"  {line}" for line in running.last_lines) or "  (it said nothing)"
        return f"{running.part.name} {how}. Its last words:\n{last}\n{running.part.advice}"

    def restart(self, name: str) -> None:
        """End the part of this name and start it anew, at its place."""
        for place, running in enumerate(self.running):
            if running.part.name == name:
                running.kill_family()
                running.process.wait()
                self.start(running.part)
                self.running[place] = self.running.pop()
                return

    def stop(self) -> None:
        """Stop all parts, the last started first, within `STOP_PATIENCE_SECONDS`; then end what is left."""
        deadline = time.monotonic() + STOP_PATIENCE_SECONDS
        for running in reversed(self.running):
            running.signal(signal.SIGTERM)
            # the others get their word too, even if this one takes its time
            self._wait(running, until=min(deadline, time.monotonic() + STOP_PATIENCE_SECONDS / 2))
        for running in self.running:
            self._wait(running, until=deadline)
        self.kill()

    def kill(self) -> None:
        """End everything at once, the parts' own children too."""
        for running in [*self.running, *self._aside]:
            running.kill_family()
            with suppress(subprocess.TimeoutExpired):
                running.process.wait(timeout=2)
            if running.reader:
                running.reader.join(timeout=1)
        self.running.clear()
        self._aside.clear()

    def _wait(self, running: Running, *, until: float) -> None:
        with suppress(subprocess.TimeoutExpired):
            running.process.wait(timeout=max(0.0, until - time.monotonic()))

    def _relay(self, running: Running) -> None:
        assert running.process.stdout
        label = self._label(running.part.name)
        for line in running.process.stdout:
            running.last_lines.append(line.rstrip())
            self.out.write(f"{label} {line.rstrip()}\n")
            self.out.flush()

    def _label(self, name: str) -> str:
        text = f"{name:<6} |"
        colour = _COLOURS[len(self.running) % len(_COLOURS)]
        return f"\x1b[{colour}m{text}\x1b[0m" if self._is_colourful else text


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended by itself with exit code {code}"
    return f"was ended by {signal.Signals(-code).name}"
