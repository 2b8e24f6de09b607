"""What messages said, and to which address: taken away when an account is erased on its owner's legal request."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from provider.accounts.models import Account, User
from provider.messages.models import Delivery, Message, Preference, Suppression

CERTIFICATE: Final = "erasure_done"  # is still on its way when the rest is erased
_NOBODY: Final = "erased.invalid"


def erase_messages(*, account_id: UUID, user_ids: Collection[UUID]) -> int:
    """Take text and address off every message to the account or to these people; how many messages there were."""
    mine = Message.objects.filter(Q(account_id=account_id) | Q(user_id__in=user_ids)).exclude(key=CERTIFICATE)
    addresses = set(Delivery.objects.filter(message__in=mine).exclude(address="").values_list("address", flat=True))
    forget_addresses(Delivery.objects.filter(message__in=mine))
    gone = addresses - _of_others(addresses, account_id=account_id, user_ids=user_ids)
    Suppression.objects.filter(address__in=gone).delete()
    Preference.objects.filter(user_id__in=user_ids).delete()
    return mine.exclude(params={}).update(params={}, secret=None)


def _of_others(addresses: Collection[str], *, account_id: UUID, user_ids: Collection[UUID]) -> set[str]:
    """Those at which somebody else is reached: who complained there, or opted out, is still left alone."""
    people = User.objects.exclude(id__in=user_ids)
    found = {str(email) for email in people.filter(email__in=addresses).values_list("email", flat=True)}
    found |= {str(phone) for phone in people.filter(phone__in=addresses).values_list("phone", flat=True)}
    accounts = Account.objects.exclude(id=account_id).filter(email__in=addresses)
    return found | set(accounts.values_list("email", flat=True))


def forget_certificates(*, account_ids: Collection[UUID]) -> int:
    """The address of a certificate goes once it has been delivered, or could not be; how many went."""
    sent = Delivery.objects.filter(message__key=CERTIFICATE, message__account_id__in=account_ids)
    count = forget_addresses(sent.exclude(status="queued"))
    done = Message.objects.filter(key=CERTIFICATE, account_id__in=account_ids).exclude(params={})
    done.exclude(deliveries__status="queued").update(params={})
    return count


def forget_addresses(deliveries: QuerySet[Delivery]) -> int:
    """Put an address in the place of each at which nobody ever reads."""
    nowhere = Concat(Cast(F("id"), CharField()), Value(f"@{_NOBODY}"))
    rows = deliveries.exclude(address="").exclude(address__endswith=f"@{_NOBODY}")
    return rows.update(address=nowhere, error_detail="")
