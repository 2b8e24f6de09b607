"""WeasyPrint, loaded when first needed: it wants Pango from the system, which a web machine need not have."""

from __future__ import annotations

import gc
import platform
import shutil
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from types import ModuleType

from invoices.errors import PrintingUnavailable

_DEBIAN = "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
_FEDORA = "sudo dnf install pango harfbuzz"
_ALPINE = "sudo apk add pango harfbuzz"
_MAC = "brew install pango"


@cache
def weasyprint() -> ModuleType:
    """The library; raises `PrintingUnavailable` with the missing library and the line that installs it."""
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):  # it prints a banner beside raising
            import weasyprint as library
    except OSError as trouble:
        raise PrintingUnavailable(lacks=f"{_first_line(trouble)}; {install_line()}") from trouble
    gc.freeze()  # all that is loaded now stays: walking it again and again took a fifth of the time of printing
    return library  # type: ignore[no-any-return]


def install_line() -> str:
    """How to install Pango on the system at hand."""
    if platform.system() == "Darwin":
        return _MAC
    for program, line in (("apt-get", _DEBIAN), ("dnf", _FEDORA), ("apk", _ALPINE)):
        if shutil.which(program):
            return line
    return _DEBIAN


def _first_line(trouble: OSError) -> str:
    return str(trouble).strip().splitlines()[0].rstrip(".")
