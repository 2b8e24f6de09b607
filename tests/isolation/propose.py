"""`python -m tests.isolation.propose`: prints rows of the access table for doors that it lacks, with the answers that
they give now. Read them before you take them over: the table says what is right, not what is."""

from __future__ import annotations

import sys

import pytest

if __name__ == "__main__":
    sys.exit(pytest.main(["-q", "-s", "--no-header", "--propose", "tests/isolation/proposals.py"]))
