"""A contract of import-linter: a package's rooms are entered by its own rooms only.

The library's `protected` contract cannot say "of the same package", and stops on a room that nobody has built yet.
"""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class OwnRooms(Contract):
    """`rooms` of each of `packages` are imported only by that package's `importers` (all of it, if left out), by what
    lies in `also`, and by each other within one room. Modules `apart` are open to whoever stands above."""

    type_name = "own_rooms"

    packages: Any = fields.ListField(subfield=fields.StringField())
    rooms: Any = fields.ListField(subfield=fields.StringField())
    importers: Any = fields.ListField(subfield=fields.StringField(), required=False)
    also: Any = fields.ListField(subfield=fields.StringField(), required=False)
    apart: Any = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        breaches = [
            {"importer": importer, "imported": module}
            for package in self.packages
            for room in self.rooms
            for module in _inside(graph, f"{package}.{room}")
            if module not in (self.apart or ())
            for importer in sorted(graph.find_modules_that_directly_import(module))
            if not self._may(importer, package=package, room=room)
        ]
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def _may(self, importer: str, *, package: str, room: str) -> bool:
        own = [f"{package}.{name}" for name in self.importers or ()] or [package]
        return any(_is_in(importer, place) for place in [*own, f"{package}.{room}", *(self.also or ())])

    def render_broken_contract(self, check: ContractCheck) -> None:
        for breach in check.metadata["breaches"]:
            output.print_error(f"- {breach['importer']} -> {breach['imported']}", bold=False)


def _inside(graph: ImportGraph, place: str) -> list[str]:
    return sorted(module for module in graph.modules if _is_in(module, place))


def _is_in(module: str, place: str) -> bool:
    return module == place or module.startswith(f"{place}.")
