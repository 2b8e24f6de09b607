"""A Chromium for the browser tests: the machine's own, else one from apt, else Playwright's download.

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

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
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
    if found := find_chromium():
        return found
    if may_use_apt() and apt_install("chromium", "fonts-noto-cjk"):
        return find_chromium()
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
