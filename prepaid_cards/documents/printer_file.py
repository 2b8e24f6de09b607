"""The printer's file: serials, secrets and a manifest, encrypted in memory. Nothing is written to a disk here."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

import pyrage
import pyzipper

TABLE = "cards.csv"
HEADINGS = ("serial", "serial_printed", "code", "link")


def table(rows: Iterable[tuple[str, str, str, str]]) -> bytes:
    """The rows as CSV, for any spreadsheet and any printing machine."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    writer.writerows(rows)
    return text.getvalue().encode()


def is_public_key(text: str) -> bool:
    """Whether it is an age public key."""
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


def to_public_key(files: Mapping[str, bytes], *, manifest: Mapping[str, Any], recipient: str) -> bytes:
    """A zip of the cards' files and the manifest that only the holder of the private key can open."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as archive:
        _write(archive, files=files)
        archive.writestr("manifest.json", _json(manifest))
    return bytes(pyrage.encrypt(plain.getvalue(), [pyrage.x25519.Recipient.from_str(recipient)]))


def under_password(files: Mapping[str, bytes], *, manifest: Mapping[str, Any], password: str) -> bytes:
    """A zip whose cards are encrypted (AES-256) under a password; the manifest, which holds no secret, can be read."""
    packed = io.BytesIO()
    with pyzipper.AESZipFile(packed, "w", compression=pyzipper.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", _json(manifest))
        archive.setpassword(password.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        _write(archive, files=files)
    return packed.getvalue()


def _write(archive: zipfile.ZipFile | pyzipper.AESZipFile, *, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        archive.writestr(name, content)


def _json(manifest: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(manifest), ensure_ascii=False, indent=2).encode()
