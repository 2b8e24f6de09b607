"""The history as a table: for the provider's staff with the account, for everybody else without."""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from provider.look.tables import Choice, Column, Dates, Table, Text
from provider.messages.models import DeliveryStatus
from provider.messages.queries import with_delivery
from provider.messages.rules.catalogue import CATEGORY_NAMES, CHANNEL_NAMES, Category, kind_of


def _title(row: Any) -> str:
    return gettext(kind_of(row.key).title)


def _category(row: Any) -> str:
    return gettext(CATEGORY_NAMES[Category(row.category)])


def _way(row: Any) -> str:
    return reverse("messages:detail", args=[row.id])


def _to(row: Any) -> str:
    return "; ".join(delivery.address or str(row.user) for delivery in row.deliveries.all())


def _state(row: Any) -> str:
    return "; ".join(str(delivery.get_status_display()) for delivery in row.deliveries.all())


_MESSAGE: Final = Column("message", _("Message"), value=_title, sub=_category, href=_way, is_fixed=True)
_TO: Final = Column("to", _("To"), kind="template", value=_to, template="messages/parts/to.html")
_ACCOUNT: Final = Column("account", _("Account"), value=lambda row: row.account and row.account.name)
_STATE: Final = Column("state", _("State"), kind="template", value=_state, template="messages/parts/state.html")
_WHEN: Final = Column("created_at", _("When"), kind="instant", sort="created_at")

_STATUS: Final = Choice(
    "status",
    _("State"),
    options=DeliveryStatus.choices,
    where=lambda rows, values: with_delivery(rows, status__in=values),
)
_CHANNEL: Final = Choice(
    "channel",
    _("Channel"),
    options=lambda: [(channel.value, gettext(name)) for channel, name in CHANNEL_NAMES.items()],
    where=lambda rows, values: with_delivery(rows, channel__in=values),
)
_ABOUT: Final = Choice(
    "category",
    _("About"),
    options=lambda: [(category.value, gettext(name)) for category, name in CATEGORY_NAMES.items()],
)
_ADDRESS: Final = Text(
    "address", _("Address"), where=lambda rows, value: with_delivery(rows, address=value.strip().lower())
)
_OF_ACCOUNT: Final = Text("account", _("Account"), where="account__name__icontains")
_DAYS: Final = Dates("created_at", _("When"))


def _table(*, columns: list[Column], filters: list[Any]) -> Table:
    return Table(
        key="messages",
        columns=columns,
        filters=filters,
        sort="-created_at",
        caption=_("Messages"),
        counted=ngettext_lazy("%(count)s message", "%(count)s messages", "number"),
        empty_title=_("No messages yet"),
        empty_text=_("What the product writes to you and your team will be listed here."),
    )


ALL_MESSAGES: Final = _table(
    columns=[_MESSAGE, _TO, _ACCOUNT, _STATE, _WHEN],
    filters=[_STATUS, _CHANNEL, _ABOUT, _ADDRESS, _OF_ACCOUNT, _DAYS],
)
OWN_MESSAGES: Final = _table(
    columns=[_MESSAGE, _TO, _STATE, _WHEN], filters=[_STATUS, _CHANNEL, _ABOUT, _ADDRESS, _DAYS]
)
