"""Make `.venv` with the locked packages: python3 provider/embedded/bootstrap.py

Runs before anything is installed and on older Pythons too, so it imports nothing but the standard library and says in a
sentence what is missing. Quick when nothing changed: a stamp names the lock file, the Python and the folder.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections import deque
from typing import Deque, Iterable, List, Optional

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, ".ready")
LOCK = os.path.join(ROOT, "requirements.lock")


def main() -> int:
    if sys.version_info < OLDEST:
        return _with_newer_python()
    if os.path.islink(VENV):
        return 0  # somebody shares an environment on purpose
    stamp = _stamp()
    if _read(STAMP) == stamp:
        return 0
    if not _has_venv() and not _install_venv():
        return _refuse(
            "Python's venv module is missing. Install it, then run this again:\n"
            "  sudo apt-get install python%d.%d-venv" % sys.version_info[:2]
        )
    sys.stderr.write("Setting up Perennial; the first time takes a minute or two.\n")
    if not (_make() and _fill()):
        return 1
    with open(STAMP, "w") as mark:
        mark.write(stamp)
    return 0


def _with_newer_python() -> int:
    """Hand over to a newer Python of this machine, if there is one."""
    for name in NEWER:
        found = shutil.which(name)
        if found:
            os.execv(found, [found, *sys.argv])
    return _refuse(
        "Perennial needs Python %d.%d or newer; this one is %d.%d. Install a newer one "
        "(Debian: sudo apt-get install python3 python3-venv) or name it: make PYTHON=/path/to/python3.11"
        % (OLDEST + sys.version_info[:2])
    )


def _stamp() -> str:
    with open(LOCK, "rb") as lock:
        digest = hashlib.sha256(lock.read()).hexdigest()
    return "{} {} {}".format(digest, ".".join(map(str, sys.version_info[:3])), ROOT)


def _has_venv() -> bool:
    answer = subprocess.run([sys.executable, "-c", "import venv, ensurepip"], capture_output=True, check=False)
    return answer.returncode == 0


def _install_venv() -> bool:
    """On a build machine that is ours alone we may install it; anywhere else a person decides."""
    if not os.environ.get("CI") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    subprocess.run(["apt-get", "-qq", "update"], env=quiet, check=False)
    package = "python%d.%d-venv" % sys.version_info[:2]
    subprocess.run(["apt-get", "-qq", "install", "--yes", package], env=quiet, check=False)
    return _has_venv()


def _make() -> bool:
    """A new environment where the Python or the folder changed; its scripts name both."""
    python = os.path.join(VENV, "bin", "python")
    before = (_read(STAMP) or "  ").split(" ", 2)
    keeps = os.path.exists(python) and before[1:] == _stamp().split(" ", 2)[1:]
    if keeps:
        return True
    sys.stderr.write("Making the environment .venv ...\n")
    command = [sys.executable, "-m", "venv", "--clear", VENV]
    if subprocess.run(command, check=False).returncode == 0:
        return True
    sys.stderr.write("The environment .venv could not be made; the lines above say why.\n")
    return False


def _fill() -> bool:
    command = [
        os.path.join(VENV, "bin", "python"),
        *("-m", "pip", "--no-color", "--disable-pip-version-check", "install", "--progress-bar", "off"),
        *("--require-hashes", "-r", LOCK),
    ]
    environment = dict(os.environ, PIP_ROOT_USER_ACTION="ignore", PYTHONUNBUFFERED="1")
    total = _package_count()
    sys.stderr.write("Fetching %d packages ...\n" % total)
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
    ) as pip:
        last_words = _tell(pip.stdout or (), total=total)
    if pip.returncode == 0:
        return True
    sys.stderr.writelines(last_words)
    sys.stderr.write(
        "The packages of requirements.lock could not be installed; the lines above say why. Check the network and "
        "pip's own settings (pip config list), then run this again: what was fetched is kept.\n"
    )
    return False


def _tell(lines: Iterable[str], *, total: int) -> List[str]:
    """Say each fifth of what pip has fetched, and that it installs. Returns its errors, else its last words."""
    fetched, told = 0, 0
    errors: List[str] = []
    last_words: Deque[str] = deque(maxlen=10)
    for line in lines:
        last_words.append(line)
        if line.startswith("ERROR"):
            errors.append(line)
        if line.startswith("Collecting "):
            fetched += 1
            fifth = 5 * fetched // total
            if fifth > told and fifth < 5:
                told = fifth
                sys.stderr.write("Fetching packages: %d of %d ...\n" % (fetched, total))
        elif line.startswith("Installing collected packages"):
            sys.stderr.write("Installing them, which takes longest ...\n")
    return errors or list(last_words)


def _package_count() -> int:
    with open(LOCK) as lock:
        return sum(1 for line in lock if "==" in line and not line.startswith((" ", "#")))


def _read(path: str) -> Optional[str]:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


def _refuse(sentence: str) -> int:
    sys.stderr.write(sentence + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
