"""Answers by mail: text and page in both languages, nothing personal in the subject, delivered as webhooks are.

Every attempt has the same Message-ID. The server is the administration's own relay; without TLS it is this machine.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from textwrap import fill
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from aforo.answers.answer import Answer
from aforo.answers.delivery import Delivery, Outcome
from aforo.answers.render import lines, page, plain

#: One address of RFC 5321 in its plain form, without quotes, comments or a name.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
#: Seven bits: no relay on the way is asked for more.
_POLICY = SMTP.clone(cte_type="7bit")
_SCHEMES: dict[str, tuple[Literal["starttls", "tls", "none"], int]] = {
    "smtp": ("starttls", 587), "smtps": ("tls", 465), "smtp+plain": ("none", 25),
}  # fmt: skip
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class MailServer:
    """The relay, and who sends. `password` is not shown. ValueError where mail would travel unsealed over a network, or
    the sender is no address."""

    host: str
    port: int
    sender: str
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError("mail goes over TLS: without it only a server on this machine may be named")
        if not is_address(self.sender):
            raise ValueError("the sender of mail is not an address")

    @property
    def domain(self) -> str:
        """The domain that the sender writes from."""
        return self.sender.rpartition("@")[2]


def server_of(url: str, password: str | None = None) -> MailServer:
    """The relay of a URL: `smtp://USER@HOST:PORT?from=ADDRESS` speaks STARTTLS, `smtps://` TLS from the first byte, and
    `smtp+plain://` none, to this machine alone. ValueError says what is wrong, and repeats nothing of it."""
    parts = urlsplit(url)
    form = _SCHEMES.get(parts.scheme)
    sender = dict(parse_qsl(parts.query)).get("from", "")
    if form is None or not parts.hostname or parts.password is not None:
        raise ValueError("a relay is written smtp://USER@HOST:PORT?from=ADDRESS, without a password")
    user = unquote(parts.username) if parts.username else None
    return MailServer(parts.hostname, parts.port or form[1], sender, form[0], user, password)


def is_address(text: str) -> bool:
    """Whether a text is one plain mail address."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None and ".." not in text


def compose(answer: Answer, delivery: Delivery, to: str, server: MailServer) -> EmailMessage:
    """The answer as mail. ValueError where `to` is not one address."""
    subject = (lines.say(each, "subject", status=lines.short(answer, each)) for each in lines.LANGUAGES)
    message = _begun(" / ".join(subject), answer.at, delivery, to, server)
    message.set_content(plain.render(answer).encode("utf-8", "replace").decode())
    message.add_alternative(page.render(answer).decode(), subtype="html")
    return message


def compose_digest(answers: Sequence[Answer], delivery: Delivery, to: str, server: MailServer) -> EmailMessage:
    """Several answers in one mail, as text, one behind the other. ValueError where `to` is not one address."""
    subject = (lines.say(each, "subject_digest", count=len(answers)) for each in lines.LANGUAGES)
    message = _begun(" / ".join(subject), max(each.at for each in answers), delivery, to, server)
    text = f"\n{'=' * plain.WIDTH}\n\n".join(map(plain.render, answers))
    message.set_content(text.encode("utf-8", "replace").decode())
    return message


def compose_code(code: str, delivery: Delivery, to: str, server: MailServer) -> EmailMessage:
    """The code that confirms an address; nothing in it comes from whoever named the address. ValueError where `to` is
    not one address."""
    subject = (lines.say(each, "subject_code") for each in lines.LANGUAGES)
    message = _begun(" / ".join(subject), delivery.due, delivery, to, server)
    parts = (lines.say(each, "confirm_address", number=code) for each in lines.LANGUAGES)
    message.set_content("\n\n".join(fill(each, plain.WIDTH) for each in parts) + "\n")
    return message


def _begun(subject: str, at: datetime, delivery: Delivery, to: str, server: MailServer) -> EmailMessage:
    """A mail without its body yet. ValueError where `to` is not one address."""
    if not is_address(to):
        raise ValueError("the recipient of mail is not an address")
    message = EmailMessage(policy=_POLICY)
    message["From"] = server.sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{delivery.id}@{server.domain}>"
    # RFC 3834: no machine answers a machine.
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "en, es"
    return message


def send(
    message: EmailMessage, server: MailServer, *, seconds: float = 30.0, tls: ssl.SSLContext | None = None
) -> Outcome:
    """One attempt; each step of it ends within `seconds`. Never raises for what the server does."""
    context = tls or ssl.create_default_context()
    try:
        connection: smtplib.SMTP
        if server.security == "tls":
            connection = smtplib.SMTP_SSL(
                server.host, server.port, local_hostname=server.domain, timeout=seconds, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, local_hostname=server.domain, timeout=seconds)
        try:
            if server.security == "starttls":
                connection.starttls(context=context)
            if server.user is not None and server.password is not None:
                connection.login(server.user, server.password)
            connection.send_message(message)
            # Taken is taken, however the server takes its leave: what fails from here on must not send it again.
            with suppress(OSError):
                connection.quit()
        finally:
            connection.close()
    except smtplib.SMTPRecipientsRefused as error:
        return _refused([code for code, _ in error.recipients.values()])
    except smtplib.SMTPAuthenticationError:
        return Outcome("again", "smtp_login")
    except smtplib.SMTPNotSupportedError:
        return Outcome("again", "smtp_not_supported")
    except smtplib.SMTPResponseException as error:
        return _refused([error.smtp_code])
    except TimeoutError:
        return Outcome("again", "timeout")
    except ssl.SSLError:
        return Outcome("again", "tls_failed")
    except (smtplib.SMTPException, OSError):
        return Outcome("again", "not_connected")
    return Outcome("delivered", "smtp_250")


def _refused(codes: list[int]) -> Outcome:
    """5yz is for good, 4yz for now (RFC 5321, 4.2.1)."""
    code = max(codes, default=0)
    return Outcome("never" if 500 <= code < 600 else "again", f"smtp_{code}")
