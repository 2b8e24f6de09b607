"""The Chinese fonts of documents: the slices of the npm packages merged, once, into four TrueType files.

    python -m provider.embedded.fonts

The packages cut each font into about a hundred slices for browsers, which share one name: a document that loaded them
so would be printed with wrong characters. Merging takes some seconds a font, on as many cores as there are; a stamp
names the packages' release, so that it is done once.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .front_end import ROOT
from .runtime import only_one
from .trouble import ServiceTrouble, require_space

STAMP: Final = ".stamp"
RECIPE: Final = "1"  # raise when the way of merging changes
_SLICE = re.compile(r"url\(\./files/([^)]+\.woff2)\)")
_UNUSED = ("GSUB", "GPOS", "GDEF", "BASE", "STAT", "VORG", "vhea", "vmtx", "DSIG")


@dataclass(frozen=True, slots=True)
class Font:
    """One file to make: from which package, in which weight."""

    script: str
    weight: int

    @property
    def name(self) -> str:
        return f"NotoSans{self.script.upper()}-{self.weight}.ttf"

    def package(self, root: Path) -> Path:
        return root / "node_modules" / "@fontsource" / f"noto-sans-{self.script}"


FONTS: Final = tuple(Font(script, weight) for script in ("sc", "tc") for weight in (400, 700))


def folder() -> Path:
    """Where the merged fonts lie: PERENNIAL_FONTS, else var/fonts of the checkout."""
    return Path(os.environ.get("PERENNIAL_FONTS") or ROOT / "var" / "fonts")


def ensure(*, root: Path = ROOT, target: Path | None = None) -> bool:
    """Make the fonts; False if they were there already. Raises `ServiceTrouble`."""
    made = target or folder()
    missing = [font for font in FONTS if not font.package(root).is_dir()]
    if missing:
        raise ServiceTrouble("The fonts' packages are not there yet: run `make setup`, then this again.")
    stamp = _stamp(root)
    if _is_current(made, stamp=stamp):
        return False
    with only_one(made.parent, what="fonts"):
        if _is_current(made, stamp=stamp):  # another process made them while we waited
            return False
        require_space(made.parent, mb=100)
        _make(root=root, made=made, stamp=stamp)
    return True


def _is_current(made: Path, *, stamp: str) -> bool:
    mark = made / STAMP
    return mark.exists() and mark.read_text() == stamp


def _stamp(root: Path) -> str:
    releases = {font.script: json.loads((font.package(root) / "package.json").read_text())["version"] for font in FONTS}
    return json.dumps({"recipe": RECIPE, **releases}, sort_keys=True)


def _make(*, root: Path, made: Path, stamp: str) -> None:
    made.mkdir(parents=True, exist_ok=True)
    (made / STAMP).unlink(missing_ok=True)
    with ProcessPoolExecutor(max_workers=min(len(FONTS), os.cpu_count() or 1)) as pool:
        work = pool.map(_merge, [font.package(root) for font in FONTS], FONTS, [made] * len(FONTS))
        print(f"Fonts of documents: making {len(FONTS)}, once ...", flush=True)
        for place, (_done, font) in enumerate(zip(work, FONTS, strict=True), start=1):
            print(f"Fonts of documents: {place} of {len(FONTS)}, {font.name}", flush=True)
    for script in {font.script for font in FONTS}:
        shutil.copy(Font(script, 400).package(root) / "LICENSE", made / f"LICENSE-{script}.txt")
    (made / STAMP).write_text(stamp)


def _merge(package: Path, font: Font, made: Path) -> None:
    from fontTools.merge import Merger, Options

    css = (package / f"{font.weight}.css").read_text(encoding="utf-8")
    slices = [str(package / "files" / name) for name in dict.fromkeys(_SLICE.findall(css))]
    merged = Merger(options=Options(drop_tables=list(_UNUSED))).merge(slices)
    merged.flavor = None
    _rename(merged, font=font)
    unfinished = made / f"{font.name}.unfinished"
    merged.save(unfinished)
    unfinished.rename(made / font.name)


def _rename(merged: object, *, font: Font) -> None:
    """Every font its own name: two of one name are one to the layout, which would take either."""
    family = f"Noto Sans {font.script.upper()}"
    style = {400: "Regular", 700: "Bold"}[font.weight]
    names = {1: family, 2: style, 4: f"{family} {style}", 6: f"{family.replace(' ', '')}-{style}"}
    table = merged["name"]  # type: ignore[index]
    for record in list(table.names):
        if record.nameID in {*names, 16, 17, 21, 22, 25}:
            table.removeNames(nameID=record.nameID)
    for number, text in names.items():
        table.setName(text, number, 3, 1, 0x409)
    merged["OS/2"].usWeightClass = font.weight  # type: ignore[index]


def main() -> int:
    try:
        print("Fonts of documents: made." if ensure() else "Fonts of documents: nothing changed.")
    except ServiceTrouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
