"""A Chromium for the browser tests: one without windows where it can be had, else the machine's, else Playwright's.

The one that was built without windows draws a page for half of the processor time (docs/performance.md).

`python -m provider.embedded.chromium` finds or installs one and prints its path. Where none can be had it says why and
the browser tests are skipped, except on a build machine (`CI=true`), where it fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .system import apt_install, is_ci, may_use_apt

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
HOW_TO_GET_ONE = (
    "No Chromium was found. Install one (Debian: sudo apt-get install chromium fonts-noto-cjk), "
    "or name one with PERENNIAL_CHROMIUM."
)


def find_chromium() -> Path | None:
    """The program of a Chromium that starts: PERENNIAL_CHROMIUM, the PATH's, or Playwright's; None if there is none."""
    if named := os.environ.get("PERENNIAL_CHROMIUM"):
        return Path(named)
    for name in NAMES:
        if (found := shutil.which(name)) and _starts(found):
            return Path(found)
    return _playwright_chromium()


def _starts(program: str) -> bool:
    """Some systems keep a placeholder under this name that only says where to get the real one."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _playwright_chromium() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def obtain_chromium() -> Path | None:
    """Find a Chromium or install one; None if neither can be done here."""
    found = find_chromium()
    if "PERENNIAL_CHROMIUM" in os.environ or shutil.which(SHELL):
        return found
    if may_use_apt() and (apt_install(SHELL, "fonts-noto-cjk") or found or apt_install("chromium", "fonts-noto-cjk")):
        return find_chromium()
    if found:
        return found
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], stdout=sys.stderr, check=False)
    return find_chromium()


def main() -> int:
    """Print the path; 1 where a build machine has none."""
    if found := obtain_chromium():
        print(found)
        return 0
    print(f"{HOW_TO_GET_ONE} Browser tests are left out.", file=sys.stderr)
    return 1 if is_ci() else 0


if __name__ == "__main__":
    sys.exit(main())
