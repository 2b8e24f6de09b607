"""When the collector of cycles works: not within a batch, and not over what stays for good."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def in_one_breath() -> Iterator[None]:
    """Without the collector of cycles, which would walk the whole growing batch again and again.

    What a batch holds hangs together without cycles, so that it goes when the batch does; the collector looks for the
    rest afterwards. Within another one it does nothing, so only the outermost turns the collector on again.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """Say that all that is loaded now stays, so that the collector passes over it.

    Walking the code of the house takes it a seventh of a second, and whoever asks for a page meanwhile waits.
    """
    gc.collect()
    gc.freeze()
