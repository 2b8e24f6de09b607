"""The CRM's tables. All but the directory of workspaces stand in a cell, behind row-level security.

Each has the primary key (workspace_id, id) in the database; Django is told of `id` alone, which is unique as made.
References inside the cell are foreign keys (workspace_id, id), made by the migration.
"""

from .imports import IMPORT_MOVES, Import, ImportFile, ImportKind, ImportStatus
from .merges import Merge
from .people import Salesperson, Seat
from .records import Company, Person, Tier
from .selling import Category, Deal, Pipeline, Sale, Stage, StageMove
from .work import Activity, Note, Task, TaskKind
from .workspaces import Workspace

__all__ = [
    "IMPORT_MOVES", "Activity", "Category", "Company", "Deal", "Import", "ImportFile", "ImportKind", "ImportStatus",
    "Merge", "Note", "Person", "Pipeline", "Sale", "Salesperson", "Seat", "Stage", "StageMove", "Task", "TaskKind",
    "Tier", "Workspace",
]  # fmt: skip
