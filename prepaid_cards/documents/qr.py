"""QR codes as pictures of hard edges: large enough that no printer has to guess what lies between two modules."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from typing import Final

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

_QUIET: Final = 4  # modules of white around it, as readers expect
_DOTS: Final = 8  # in each direction for one module: some 300 to the inch on a card


def qr_picture(text: str) -> str:
    """The QR code of a text as an address that holds its PNG."""
    code = QRCode(border=_QUIET, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    return f"data:image/png;base64,{b64encode(_png(code.get_matrix())).decode()}"


def _png(rows: list[list[bool]]) -> bytes:
    """One bit a dot: each module is exactly one byte wide, eight dots of the same colour."""
    size = len(rows) * _DOTS
    lines = (b"\0" + bytes(0 if is_dark else 255 for is_dark in row) for row in rows)
    picture = b"".join(line * _DOTS for line in lines)
    head = struct.pack(">2I5B", size, size, 1, 0, 0, 0, 0)
    parts = (_part(b"IHDR", head), _part(b"IDAT", zlib.compress(picture)), _part(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _part(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
