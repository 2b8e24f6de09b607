"""Who: accounts, the people in them, and what they have agreed to."""

from .access import (
    SUPPORT_REQUEST_MOVES,
    ApiKey,
    Consent,
    ConsentKind,
    Impersonation,
    SupportRequest,
    SupportRequestStatus,
)
from .erasure import ERASURE_MOVES, OPEN_ERASURES, Erasure, ErasureStatus
from .members import (
    INVITATION_MOVES,
    MEMBERSHIP_MOVES,
    OFFER_MOVES,
    Invitation,
    InvitationStatus,
    Membership,
    MembershipStatus,
    OfferStatus,
    OwnershipOffer,
)
from .parties import LOGO, Account, Brand, Profile, Region, localised_region_name
from .people import User, UserManager
from .search import SearchBytes
from .words import Language, Portal, Role, Theme

__all__ = [
    "ERASURE_MOVES",
    "INVITATION_MOVES",
    "LOGO",
    "MEMBERSHIP_MOVES",
    "OFFER_MOVES",
    "OPEN_ERASURES",
    "SUPPORT_REQUEST_MOVES",
    "Account",
    "ApiKey",
    "Brand",
    "Consent",
    "ConsentKind",
    "Erasure",
    "ErasureStatus",
    "Impersonation",
    "Invitation",
    "InvitationStatus",
    "Language",
    "Membership",
    "MembershipStatus",
    "OfferStatus",
    "OwnershipOffer",
    "Portal",
    "Profile",
    "Region",
    "Role",
    "SearchBytes",
    "SupportRequest",
    "SupportRequestStatus",
    "Theme",
    "User",
    "UserManager",
    "localised_region_name",
]
