"""Every kind of message the product writes: what it is about, how it may travel, and what its text needs.

Packages above add their own with `add` when they start; the templates lie in `templates/messages/<key>/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from provider.kernel.errors import N_


class Category(StrEnum):
    """What a message is about: the unit in which a reader chooses what to get."""

    SECURITY = "security"
    ACCOUNT = "account"
    BILLING = "billing"
    WORK = "work"
    TIPS = "tips"


# Nobody can switch these off: they protect the reader, or are part of the service that was ordered.
TRANSACTIONAL: Final = frozenset({Category.SECURITY, Category.ACCOUNT, Category.BILLING})

CATEGORY_NAMES: Final[Mapping[Category, str]] = {
    Category.SECURITY: N_("Security"),
    Category.ACCOUNT: N_("Account and team"),
    Category.BILLING: N_("Billing and renewal"),
    Category.WORK: N_("Finished work"),
    Category.TIPS: N_("Tips"),
}
CATEGORY_NOTES: Final[Mapping[Category, str]] = {
    Category.SECURITY: N_("Codes, sign-ins, changes of password or address."),
    Category.ACCOUNT: N_("Invitations, support access, ownership, corrections."),
    Category.BILLING: N_("Invoices, payments, what is due and what ends."),
    Category.WORK: N_("Exports, imports and other long work that you started."),
    Category.TIPS: N_("How to get more out of the product, a few times a year."),
}


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    NOTICE = "notice"


CHANNEL_NAMES: Final[Mapping[Channel, str]] = {
    Channel.EMAIL: N_("E-mail"),
    Channel.SMS: N_("SMS"),
    Channel.NOTICE: N_("In the product"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of message. `secret_params` are sealed, carried once and wiped; a kind that has some must expire."""

    key: str
    title: str
    category: Category
    channels: tuple[Channel, ...]
    params: frozenset[str] = frozenset()
    secret_params: frozenset[str] = frozenset()
    expires_after: timedelta | None = None

    @property
    def is_transactional(self) -> bool:
        return self.category in TRANSACTIONAL

    @property
    def tells_the_old_address(self) -> bool:
        """Whether it says to an address or number that another one has taken its place."""
        return not self.params.isdisjoint({"new_email", "new_phone"})


class UnknownKind(LookupError):
    """No kind of message has this key: a mistake in the code, not a refusal."""


class WrongParams(ValueError):
    """The parameters are not those which the text needs: a mistake in the code, not a refusal."""


_kinds: dict[str, Kind] = {}


def add(*kinds: Kind) -> None:
    """Make kinds known; the same key twice must mean the same kind."""
    for kind in kinds:
        if kind.secret_params and kind.expires_after is None:
            raise ValueError(f"“{kind.key}” carries a secret, so it must say when it expires.")
        if _kinds.setdefault(kind.key, kind) != kind:
            raise ValueError(f"Two different kinds of message are called “{kind.key}”.")


def kind_of(key: str) -> Kind:
    """The kind with this key."""
    try:
        return _kinds[key]
    except KeyError:
        raise UnknownKind(f"No kind of message is called “{key}”.") from None


def all_kinds() -> tuple[Kind, ...]:
    """Every kind, in the order in which they were added."""
    return tuple(_kinds.values())


def check_params(*, kind: Kind, params: Mapping[str, Any], secret_params: Mapping[str, Any]) -> None:
    """Exactly the parameters that the kind names, of kinds that JSON knows, and no address but http(s) ones."""
    if set(params) != kind.params or set(secret_params) != kind.secret_params:
        raise WrongParams(
            f"“{kind.key}” takes {sorted(kind.params)} and secretly {sorted(kind.secret_params)}, "
            f"not {sorted(params)} and {sorted(secret_params)}."
        )
    for name, value in (*params.items(), *secret_params.items()):
        if not isinstance(value, (str, int, bool)):
            raise WrongParams(f"“{name}” of “{kind.key}” is a {type(value).__name__}; give text or a whole number.")
        if is_link(name):
            _check_link(name=name, value=str(value))


def is_link(name: str) -> bool:
    """Whether a parameter of this name holds an address that the reader can follow."""
    return name == "link" or name.endswith("_link")


def expiry(*, kind: Kind, params: Mapping[str, Any], at: datetime) -> datetime | None:
    """Until when it makes sense to deliver: as the parameters say, else as the kind does; None is for ever."""
    if kind.expires_after is None:
        return None
    if "expires_at" in params:
        return datetime.fromisoformat(str(params["expires_at"]))
    if "minutes" in params:
        return at + timedelta(minutes=int(params["minutes"]))
    return at + kind.expires_after


def _check_link(*, name: str, value: str) -> None:
    parts = urlsplit(value)
    is_ours = value.startswith("/") and not value.startswith("//")
    if not is_ours and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise WrongParams(f"“{name}” must be a path of ours or an http(s) address.")


_MAIL: Final = (Channel.EMAIL,)
_ANYWHERE: Final = (Channel.EMAIL, Channel.SMS)
_EVERYWHERE: Final = (Channel.EMAIL, Channel.SMS, Channel.NOTICE)
_MAIL_AND_NOTICE: Final = (Channel.EMAIL, Channel.NOTICE)
_OFFER_LIFE: Final = timedelta(days=7)


def _kind(
    key: str, title: str, category: Category, channels: tuple[Channel, ...], *params: str, sealed: str = "",
    expires_after: timedelta | None = None,
) -> Kind:  # fmt: skip
    return Kind(
        key=key,
        title=title,
        category=category,
        channels=channels,
        params=frozenset(params),
        secret_params=frozenset([sealed] if sealed else []),
        expires_after=expires_after,
    )


def _code(key: str, title: str, channels: tuple[Channel, ...] = _ANYWHERE) -> Kind:
    life = timedelta(minutes=10)
    return _kind(key, title, Category.SECURITY, channels, "minutes", sealed="code", expires_after=life)


def _security(key: str, title: str, channels: tuple[Channel, ...], *params: str) -> Kind:
    return _kind(key, title, Category.SECURITY, channels, *params)


def _account(key: str, title: str, channels: tuple[Channel, ...], *params: str) -> Kind:
    return _kind(key, title, Category.ACCOUNT, channels, *params)


_WHERE: Final = ("device", "address", "happened_at")

add(
    _code("sign_up_code", N_("Code to sign up")),
    _code("sign_in_code", N_("Code to sign in")),
    _code("password_reset", N_("Code to set a new password")),
    _code("email_change_code", N_("Code to confirm an e-mail address"), _MAIL),
    _code("phone_code", N_("Code to confirm a mobile number"), (Channel.SMS,)),
    # Whoever holds the address learns what the page does not tell.
    _security("email_taken_notice", N_("Sign-up with a known address"), _MAIL, "sign_in_link", "reset_link"),
    _security("phone_taken_notice", N_("Sign-up with a known number"), (Channel.SMS,), "sign_in_link"),
    _security("unknown_address_notice", N_("Sign-in with an unknown address"), _ANYWHERE, "sign_up_link"),
    # What was done in the reader's name.
    _security("new_sign_in", N_("Sign-in from a new device"), _EVERYWHERE, *_WHERE),
    _security("password_changed", N_("Password changed"), _EVERYWHERE, *_WHERE),
    _security("email_changed_notice", N_("E-mail address changed"), _ANYWHERE, "new_email", *_WHERE),
    _security("email_corrected_notice", N_("E-mail address corrected"), _ANYWHERE, "new_email", "reason"),
    _security("phone_changed_notice", N_("Mobile number changed"), _ANYWHERE, "new_phone", *_WHERE),
    _security("second_factor_changed", N_("Second factor changed"), _EVERYWHERE, "change", *_WHERE),
    _security(
        "api_key_created", N_("API key created"), _EVERYWHERE, "account_name", "key_name", "prefix", "made_by"
    ),
    # People in an account.
    _kind(
        "invitation", N_("Invitation"), Category.ACCOUNT, _ANYWHERE,
        "account_name", "inviter_name", "role", "expires_at", sealed="link", expires_after=_OFFER_LIFE,
    ),
    _account("member_joined", N_("Member joined"), _MAIL_AND_NOTICE, "account_name", "member_name", "role"),
    _account("membership_removed", N_("Member removed"), _EVERYWHERE, "account_name"),
    _account("role_changed", N_("Role changed"), _EVERYWHERE, "account_name", "role"),
    _kind(
        "ownership_transfer_offer", N_("Ownership offered"), Category.ACCOUNT, _EVERYWHERE,
        "account_name", "owner_name", "link", "expires_at", expires_after=_OFFER_LIFE,
    ),
    _account("ownership_transferred", N_("Ownership transferred"), _EVERYWHERE, "account_name", "new_owner_name"),
    # An account is erased on its owner's request.
    _account("erasure_approved", N_("Erasure approved"), _EVERYWHERE, "account_name", "erases_at", "link"),
    _account("erasure_declined", N_("Erasure declined"), _EVERYWHERE, "account_name", "reason", "link"),
    _account(
        "erasure_done", N_("Certificate of erasure"), _EVERYWHERE,
        "account_name", "erased_at", "rows", "opened_by", "approved_by", "digest",
    ),
    # Staff acting for a customer.
    _account(
        "support_access_request", N_("Support asks for access"), _EVERYWHERE,
        "account_name", "staff_name", "reason", "hours", "link",
    ),
    _account(
        "support_access_started", N_("Support has entered the account"), _EVERYWHERE,
        "account_name", "staff_name", "reason", "minutes", "link",
    ),
    _account(
        "support_access_ended", N_("Support has left the account"), _MAIL_AND_NOTICE,
        "account_name", "staff_name", "ended_at",
    ),
    _account(
        "account_address_corrected", N_("Address of the account corrected"), _MAIL_AND_NOTICE,
        "account_name", "changed_by", "reason", "link",
    ),
    _account(
        "sms_cap_reached", N_("SMS held back"), (Channel.NOTICE,), "cap", "subject", "limit", "link"
    ),
    # The rest.
    _kind(
        "job_finished", N_("Long work finished"), Category.WORK, _MAIL_AND_NOTICE,
        "job_name", "outcome", "done_count", "failed_count", "link",
    ),
    _kind("welcome", N_("Welcome"), Category.TIPS, _MAIL_AND_NOTICE, "name", "link"),
)  # fmt: skip
