"""Pango, which prints documents: found, or installed where we may.

python -m provider.embedded.pango
"""

from __future__ import annotations

import subprocess
import sys

from .system import apt_install, install_line, is_ci, may_use_apt

PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")


def has_pango() -> bool:
    """Whether WeasyPrint finds its libraries; asked in a process of its own, since a failed load is remembered."""
    answer = subprocess.run([sys.executable, "-c", "import weasyprint"], capture_output=True, check=False)
    return answer.returncode == 0


def main() -> int:
    """0 if documents can be printed, or need not be here; 1 where a build machine cannot print."""
    if has_pango() or (may_use_apt() and apt_install(*PACKAGES) and has_pango()):
        return 0
    line = install_line(apt=" ".join(PACKAGES), brew="pango", dnf="pango harfbuzz")
    print(f"Pango is missing, so the tests of documents are left out. To run them: {line}", file=sys.stderr)
    return 1 if is_ci() else 0


if __name__ == "__main__":
    sys.exit(main())
