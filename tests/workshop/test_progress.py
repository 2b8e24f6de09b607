"""Whoever waits in front of a terminal is told now and then how far it is."""

from __future__ import annotations

from provider.workshop.progress import Progress, Steps


def test_each_quarter_of_the_steps_is_said_once() -> None:
    said: list[str] = []
    out = Steps(said.append, total=8)

    for number in range(8):
        out.write(f"  Applying plans.{number:04d}_step...")
        out.write(" OK\n")

    assert [line.partition(": ")[2] for line in said] == [f"{done} of 8 steps ..." for done in (2, 4, 6)]


def test_each_tenth_of_the_year_is_said_once() -> None:
    said: list[str] = []
    tell = Progress(said.append)

    for left in range(365, 0, -1):
        tell(left)

    assert len(said) == 10
    assert " 90 % ..." in said[-1]
