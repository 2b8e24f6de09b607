"""Contact sheets: many small pictures on one, so that a person can look at all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw

from .stage import Visit

GAP, LABEL = 12, 18
WIDTHS = {True: 300, False: 620}  # of a thumbnail: of a phone's picture, of a desk's
HEIGHT = 640
COLUMNS = {True: 6, False: 3}


@dataclass(slots=True, kw_only=True)
class Album:
    """The pictures of one part in one way; without a folder none are kept."""

    folder: Path | None
    pictures: list[Path] = field(default_factory=list)

    def place(self, visit: Visit, way: object) -> Path | None:
        """Where the page's picture goes."""
        if not self.folder:
            return None
        self.pictures.append(self.folder / f"{visit.file_name}.{way}.png")
        return self.pictures[-1]

    def write_sheet(self, to: Path) -> None:
        """Put all on one sheet; what was no page has no picture."""
        kept = [path for path in self.pictures if path.exists()]
        if kept:
            write_sheet(kept, to=to)


def write_sheet(pictures: list[Path], *, to: Path) -> None:
    """Put the pictures side by side, each under its name; a long page is cut at the bottom."""
    is_phone = ".390." in pictures[0].name
    width, columns = WIDTHS[is_phone], COLUMNS[is_phone]
    cells = [_thumbnail(path, width=width) for path in pictures]
    rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    heights = [max(image.height for _, image in row) + LABEL + GAP for row in rows]
    sheet = Image.new("RGB", (columns * (width + GAP) + GAP, sum(heights) + GAP), "#8a8f98")
    draw = ImageDraw.Draw(sheet)
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        for column, (name, image) in enumerate(row):
            left = GAP + column * (width + GAP)
            draw.text((left, top), name, fill="#ffffff")
            sheet.paste(image, (left, top + LABEL))
        top += height
    to.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(to)


def _thumbnail(path: Path, *, width: int) -> tuple[str, Image.Image]:
    with Image.open(path) as picture:
        small = picture.convert("RGB").resize((width, round(picture.height * width / picture.width)))
    return path.name.split(".")[0], small.crop((0, 0, width, min(small.height, HEIGHT)))
