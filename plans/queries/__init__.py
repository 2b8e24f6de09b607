"""Named reads of plans, by noun."""

from .access import NO_ACCESS, Access, access_of

__all__ = ["NO_ACCESS", "Access", "access_of"]
