"""Named reads of plans, by noun."""

from .access import NO_ACCESS, Access, access_of
from .rows import PlanRow, VersionRow, plan_rows, version_rows

__all__ = ["NO_ACCESS", "Access", "PlanRow", "VersionRow", "access_of", "plan_rows", "version_rows"]
