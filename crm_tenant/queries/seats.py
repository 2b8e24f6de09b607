"""Who works in the CRM, what a seat costs, and how many there may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm_tenant.models import Seat
from plans.queries.entitlements import StepPrice, entitlements_of, step_price_of
from provider.accounts.models import Invitation, Membership, Portal
from provider.accounts.queries import open_invitations, team_of

from .desk import open_seats


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A member of the account, with their seat if they have one."""

    member: Membership
    seat: Seat | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many seats there may be. `stops` says whether more are refused; without it they are only told of."""

    taken: int
    limit: int | None
    stops: bool

    @property
    def is_full(self) -> bool:
        """Whether there is no seat for one more."""
        return self.stops and self.limit is not None and self.taken >= self.limit

    @property
    def is_over(self) -> bool:
        """Whether more are taken than the plan has."""
        return self.limit is not None and self.taken > self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """The page of seats. `promised` has the seats of open invitations taken too."""

    places: Sequence[Place]
    invitations: Sequence[Invitation]
    room: Room
    promised: Room
    price: StepPrice | None


def seats_of(*, account_id: UUID, at: datetime) -> Seats:
    """The members of the account and who of them has a seat; inside of its workspace."""
    seats = {seat.user_id: seat for seat in open_seats()}
    members = team_of(account_id=account_id, portal=Portal.SUBSCRIBER)
    places = [Place(member=member, seat=seats.get(member.user_id)) for member in members]
    invitations = list(open_invitations(account_id=account_id, portal=Portal.SUBSCRIBER))
    waiting = sum(invitation.expires_at > at for invitation in invitations)
    return Seats(
        places=sorted(places, key=lambda place: place.seat is None),
        invitations=invitations,
        room=room_for(account_id=account_id, taken=len(seats)),
        promised=room_for(account_id=account_id, taken=len(seats) + waiting),
        price=step_price_of(account_id=account_id, meter="seats", units=len(seats), at=at),
    )


def room_for(*, account_id: UUID, taken: int) -> Room:
    """How many seats the account's plan has, where `taken` are."""
    allowed = entitlements_of(account_id=account_id).get("seats")
    return Room(
        taken=taken, limit=allowed.limit if allowed else None, stops=allowed.stops_at_limit if allowed else False
    )
