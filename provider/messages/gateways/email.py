"""Mail, through the backend of Django that the settings name."""

from __future__ import annotations

import re
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from provider.messages.rules.attempts import Answer
from provider.messages.rules.letters import GatewayAnswer, Mail

# A mailbox that does not exist, says RFC 3463: 5.1.x is the address. Servers without such codes say 550, 551 or 553.
_DEAD_ADDRESS = re.compile(r"\b5\.1\.\d+\b")
_DEAD_CODES = frozenset({550, 551, 553})


def send(mail: Mail) -> GatewayAnswer:
    """Hand one mail over; what the server says becomes an answer, never an exception."""
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=mail.sender,
        to=[mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={**mail.headers, "Message-ID": message_id(mail.reference), "X-Perennial-Delivery": mail.reference},
        connection=get_connection(settings.EMAIL_BACKEND, timeout=settings.EMAIL_TIMEOUT),
    )
    message.attach_alternative(mail.html, "text/html")
    try:
        message.send()
    except SMTPRecipientsRefused as refused:
        code, words = next(iter(refused.recipients.values()))
        return _from_code(code=code, words=_text(words), is_recipient=True)
    except SMTPResponseException as refused:
        return _from_code(code=refused.smtp_code, words=_text(refused.smtp_error), is_recipient=False)
    except (SMTPException, OSError) as trouble:  # no connection, cut off, too slow: nobody knows, ask again
        return GatewayAnswer(answer=Answer.AGAIN, error="no_connection", detail=f"{type(trouble).__name__}: {trouble}")
    return GatewayAnswer(answer=Answer.ACCEPTED, reference=message_id(mail.reference))


def message_id(reference: str) -> str:
    """The same on every try, so that the reader's server can drop a second copy."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    return f"<{reference}@{domain}>"


def _from_code(*, code: int, words: str, is_recipient: bool) -> GatewayAnswer:
    if code < 500 or (
        not is_recipient and code in (530, 534, 535, 538)
    ):  # our own sign-in at the server: mend, then again
        answer = Answer.AGAIN
    elif is_recipient and (_DEAD_ADDRESS.search(words) or code in _DEAD_CODES):
        answer = Answer.BOUNCED
    else:
        answer = Answer.REFUSED
    return GatewayAnswer(answer=answer, error=f"smtp_{code}", detail=words)


def _text(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words
