"""Contact sheets: many small pictures on one, so that a person can look at all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw

from .stage import Visit

GAP, LABEL = 12, 18
WIDTHS = {True: 240, False: 500}  # of a thumbnail: of a phone's picture, of a desk's
HEIGHT = 460
COLUMNS = {True: 6, False: 3}
ROWS = 3  # on one sheet, which then fits on a screen


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

    def write_sheets(self, *, folder: Path, name: str) -> None:
        """Put all on numbered sheets; what was no page has no picture."""
        kept = [path for path in self.pictures if path.exists()]
        size = ROWS * COLUMNS[is_phone(kept[0])] if kept else 1
        for number, start in enumerate(range(0, len(kept), size), start=1):
            write_sheet(kept[start : start + size], to=folder / f"{name}.{number}.png")


def is_phone(picture: Path) -> bool:
    """Whether it was taken at a phone's width."""
    return ".390." in picture.name


def write_sheet(pictures: list[Path], *, to: Path) -> None:
    """Put the pictures side by side, each under its name; a long page is cut at the bottom."""
    width, columns = WIDTHS[is_phone(pictures[0])], COLUMNS[is_phone(pictures[0])]
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
