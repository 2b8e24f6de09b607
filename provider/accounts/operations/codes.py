"""Proving an address before there is a user at it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings

from provider.accounts.models import User
from provider.accounts.queries import user_at
from provider.accounts.rules.codes import LASTS, mark_of, new_code
from provider.accounts.rules.phones import Contact
from provider.kernel import limits, post
from provider.kernel.site import link_to

_LETTERS_AN_HOUR: Final = 5


def send_sign_up_code(*, contact: Contact, language: str, at: datetime) -> str:
    """Write to the address, and return the mark of the code that will prove it.

    Whether a user has the address makes no difference to the caller: the owner of a taken one reads what was tried
    instead of a code, and the mark that is returned then fits no code that anybody has.
    """
    limits.hit(name="sign_up_letters", key=contact, allowed=_LETTERS_AN_HOUR, per_seconds=3600, when_down="refuse")
    owner, code = user_at(contact), new_code()
    if owner is None:
        _write_code(contact, code=code, language=language, at=at)
    else:
        _write_to_owner(contact, owner=owner, at=at)
    return mark_of(code, key=settings.SECRET_KEY, address=str(contact))


def _write_code(contact: Contact, *, code: str, language: str, at: datetime) -> None:
    post.send(
        key="sign_up_code" if contact.email else "phone_code",
        to_email=contact.email,
        to_phone=contact.phone,
        language=language,
        params={"minutes": int(LASTS.total_seconds() // 60)},
        secret_params={"code": code},
        at=at,
    )


def _write_to_owner(contact: Contact, *, owner: User, at: datetime) -> None:
    params = {"sign_in_link": link_to("account_login")}
    if contact.email:
        params["reset_link"] = link_to("account_reset_password")
    post.send(
        key="email_taken_notice" if contact.email else "phone_taken_notice",
        to_email=contact.email,
        to_phone=contact.phone,
        language=owner.language,
        params=params,
        at=at,
    )
