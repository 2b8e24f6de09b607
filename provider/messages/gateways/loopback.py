"""In development and tests nothing leaves the house: full copies lie in a folder, and a page shows them.

A mail to an address under `bounced.example` comes back, an SMS to a number that ends in 0000 is refused, so that both
can be seen without a real server. Production refuses to start with this gateway.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from provider.kernel.ids import new_id
from provider.messages.rules.attempts import Answer
from provider.messages.rules.letters import GatewayAnswer, Sms

_KEPT_MAX: Final = 500
_CODE: Final = re.compile(r"(?<![\w-])(?:\d{6,8}|\d{3,4}[ -]\d{3,4})(?![\w-])")
_LINK: Final = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What would have left the house, in full."""

    id: str
    channel: str
    address: str
    sender: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    reference: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def codes(self) -> list[str]:
        """The codes in the text, for those who wait for one."""
        return list(dict.fromkeys(_CODE.findall(_LINK.sub(" ", self.text))))

    @property
    def milliseconds(self) -> int:
        """When it was kept, since 1970, from its id."""
        return UUID(self.id).int >> 80


def keep(copy: Copy) -> None:
    """Put a copy into the folder, whole or not at all, and let the oldest go."""
    folder = _folder()
    draft = folder / f".{copy.id}"
    draft.write_text(json.dumps(asdict(copy), ensure_ascii=False))
    draft.rename(folder / f"{copy.id}.json")
    for old in sorted(folder.glob("*.json"))[:-_KEPT_MAX]:
        old.unlink(missing_ok=True)


def copies(*, address: str = "", limit: int = 50) -> list[Copy]:
    """The newest copies first, of one address or of all."""
    found: list[Copy] = []
    for path in sorted(_folder().glob("*.json"), reverse=True):
        copy = _read(path)
        if copy is not None and (not address or copy.address == address):
            found.append(copy)
        if len(found) == limit:
            break
    return found


def copy_of(copy_id: UUID) -> Copy | None:
    """One copy, if it is still there."""
    return _read(_folder() / f"{copy_id}.json")


def _read(path: Path) -> Copy | None:
    try:
        values: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:  # another process let it go
        return None
    return Copy(**values)


def _folder() -> Path:
    folder = Path(settings.MAILBOX_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class EmailBackend(BaseEmailBackend):
    """Django's e-mail backend of development: keeps every mail in the folder."""

    def __init__(self, fail_silently: bool = False, **kwargs: object) -> None:
        super().__init__(fail_silently=fail_silently)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            message.message()  # builds the headers, which refuses a line break in one of them
            for address in message.recipients():
                if address.endswith("@bounced.example"):
                    raise SMTPRecipientsRefused({address: (550, b"5.1.1 No such mailbox")})
                keep(_copy_of_mail(message, address=address))
        return len(email_messages)


def _copy_of_mail(message: EmailMessage, *, address: str) -> Copy:
    alternatives = message.alternatives if isinstance(message, EmailMultiAlternatives) else []
    html = next((str(content) for content, kind in alternatives if kind == "text/html"), "")
    headers = {str(name): str(value) for name, value in message.extra_headers.items()}
    return Copy(
        id=str(new_id()),
        channel="email",
        address=address,
        sender=message.from_email,
        subject=str(message.subject),
        text=str(message.body),
        html=html,
        reference=headers.get("X-Perennial-Delivery", ""),
        headers=headers,
    )


class LoopbackSms:
    """Keeps every SMS in the folder."""

    def send(self, sms: Sms, *, at: datetime) -> GatewayAnswer:
        if sms.to.endswith("0000"):
            return GatewayAnswer(answer=Answer.REFUSED, error="unreachable", detail="No such number")
        copy = Copy(
            id=str(new_id()),
            channel="sms",
            address=sms.to,
            subject=sms.template,
            text=sms.text,
            reference=sms.reference,
            headers={str(name): str(value) for name, value in sms.params.items()},
        )
        keep(copy)
        return GatewayAnswer(answer=Answer.ACCEPTED, reference=copy.id)
