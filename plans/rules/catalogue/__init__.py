"""The content of a plan's version: what it says, what is wrong with it, how two differ, what it means for rating."""

from .content import Charge, Entitlement, Price, Version, digest_of, plain_of
from .differences import Difference, differences_of
from .faults import faults_in_change, faults_in_charge, faults_in_version, gaps_in, unlike_in, with_fitting
from .meaning import terms_in
from .naming import Unnamed, unnamed_in
from .preview import Part, Preview, beyond, preview

__all__ = [
    "Charge",
    "Difference",
    "Entitlement",
    "Part",
    "Preview",
    "Price",
    "Unnamed",
    "Version",
    "beyond",
    "differences_of",
    "digest_of",
    "faults_in_change",
    "faults_in_charge",
    "faults_in_version",
    "gaps_in",
    "plain_of",
    "preview",
    "terms_in",
    "unlike_in",
    "unnamed_in",
    "with_fitting",
]
