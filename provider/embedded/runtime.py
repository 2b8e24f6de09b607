"""Where sockets live: a short path of our own, because a socket's path may have about 107 bytes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path


def socket_folder(home: Path) -> Path:
    """A private folder for the sockets of the services under `home`; the same for the same `home` and user."""
    mark = hashlib.blake2b(f"{home.resolve()}|{os.getuid()}".encode(), digest_size=6).hexdigest()
    folder = Path(tempfile.gettempdir()) / f"perennial-{mark}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
