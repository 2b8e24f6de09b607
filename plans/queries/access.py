"""Named reads of plans: what an account may do now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plans.models import AccessSpell, AccessState


@dataclass(frozen=True, slots=True)
class Access:
    """The account's access at this moment; `state` is empty where there never was a subscription.

    `until` is when the spell will end if nothing happens (trial's end, paid end, end of grace); None: open. `pays` says
    whether it is paid before it is served: on terms, the paid days simply follow a trial.
    """

    state: str
    cause: str = ""
    since: datetime | None = None
    until: datetime | None = None
    paid_until: datetime | None = None
    pays: str = ""

    @property
    def may_work(self) -> bool:
        """Whether the CRM is open: in trial, when active, and in grace."""
        return self.state in (AccessState.TRIAL, AccessState.ACTIVE, AccessState.GRACE)


NO_ACCESS = Access(state="")


def access_of(*, account_id: UUID) -> Access:
    """The open spell of the account."""
    spell = AccessSpell.objects.filter(account_id=account_id, until_at=None).select_related("subscription").first()
    if spell is None:
        return NO_ACCESS
    return Access(
        state=spell.state,
        cause=spell.cause,
        since=spell.from_at,
        until=spell.ends_at,
        paid_until=spell.subscription.paid_until,
        pays=spell.subscription.pays,
    )
