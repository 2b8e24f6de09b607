"""What we keep in a session, by name."""

from __future__ import annotations

from typing import Final

MEMBERSHIP: Final = "membership"  # in which account the reader works
ACTING: Final = "acting"  # for which customer staff act
DEMO: Final = "demo"  # signed in by one click: counts as a passed second factor; never in production
SEEN_AT: Final = "seen_at"
SIGN_UP: Final = "sign_up"  # what was typed, the password hashed, the mark of the code
