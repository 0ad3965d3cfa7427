"""Sends mails: by SMTP when `SMTP_URL` is set, else as files in the data folder, where the mailbox shows them."""

import os
import re
import secrets
import smtplib
import ssl
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from store.core.errors import Unavailable
from store.core.i18n import gettext as _
from store.core.settings import Settings
from store.notifications.errors import MailRefused

TIMEOUT_SECONDS = 10

_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True)
class Outgoing:
    """A mail with everything a server needs to know; `key` is its dedupe key and becomes its Message-ID."""

    key: str
    recipient: str
    subject: str
    html: str
    text: str
    locale: str
    written_at: datetime
    sender_name: str
    sender: str


class Transport(ABC):
    """A way for mails to leave."""

    @abstractmethod
    def send(self, message: EmailMessage) -> None:
        """Send one mail; raises `MailRefused`, or `Unavailable` when a later try may succeed."""


class Folder(Transport):
    """Mails as `.eml` files under a name made from their Message-ID, so that one sent twice is there once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage) -> None:
        """Write the file whole; raises `OSError` when the disk is full."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        target = self._folder / f"{_safe(name)}.eml"
        half = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            half.write_bytes(message.as_bytes())
            os.replace(half, target)  # noqa: PTH105 - the same thing, and it says that it replaces
        finally:
            half.unlink(missing_ok=True)


class Smtp(Transport):
    """A mail server, e.g. `smtp://user:password@mail.example.com:587?starttls=1` or `smtps://…`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("SMTP_URL begins with smtp:// or smtps:// and names a host")
        self._parts: SplitResult = parts
        self._starttls = parse_qs(parts.query).get("starttls", ["0"])[0] in ("1", "true", "yes")

    def send(self, message: EmailMessage) -> None:
        """Hand the mail to the server; raises `MailRefused` or `Unavailable`."""
        try:
            with self._connect() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _reason in error.recipients.values()]
            raise _judge(min(codes, default=450), error) from error
        except smtplib.SMTPDataError as error:
            raise _judge(error.smtp_code, error) from error
        except (smtplib.SMTPException, OSError) as error:
            # Also what is refused because of us: a wrong password or sender is mended, and then the mail goes out.
            raise Unavailable(_("The mail server can't be used: %(reason)s", reason=_reason(error))) from error

    def _connect(self) -> smtplib.SMTP:
        parts = self._parts
        host, port = parts.hostname or "", parts.port or (587 if self._starttls else _PORTS[parts.scheme])
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        try:
            if self._starttls:
                server.starttls(context=ssl.create_default_context())
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
        return server


_transport: Transport | None = None
_host = "localhost"
_sender = ""


def configure(settings: Settings) -> None:
    """Choose the transport of the settings; raises `ValueError` for an `SMTP_URL` that can't be one."""
    global _host, _sender
    use(Smtp(settings.smtp_url) if settings.smtp_url else Folder(settings.data_dir / "mail"))
    _host = urlsplit(settings.base_url).hostname or "localhost"
    _sender = settings.mail_from


def use(transport: Transport) -> None:
    """Send by this transport from now on."""
    global _transport
    _transport = transport


def send(mail: Outgoing) -> None:
    """Send a mail; raises `MailRefused`, or `Unavailable` when a later try may succeed."""
    if _transport is None:
        raise RuntimeError("the mailer has not been configured")
    _transport.send(_message(mail))


def message_id(key: str) -> str:
    """Return the Message-ID of a dedupe key: the same mail sent twice is known by it."""
    return f"<{_safe(key)}@{_host}>"


def _message(mail: Outgoing) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    try:
        sender_name, sender = parseaddr(_sender) if _sender else (mail.sender_name, mail.sender)
        message["From"] = Address(sender_name or mail.sender_name, addr_spec=sender)
        message["To"] = Address(addr_spec=mail.recipient)
        message["Reply-To"] = Address(mail.sender_name, addr_spec=mail.sender)
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(mail.written_at)
        message["Message-ID"] = message_id(mail.key)
        message["Content-Language"] = mail.locale
        # Nobody's holiday notice answers a machine.
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
    except (ValueError, IndexError) as error:
        # The library refuses line breaks and malformed addresses, which no retry mends.
        raise MailRefused(_("This mail can't be addressed: %(reason)s", reason=_reason(error))) from error
    return message


def _judge(code: int, error: smtplib.SMTPException) -> Unavailable:
    if code >= 500:
        return MailRefused(_("The mail server refused it: %(reason)s", reason=_reason(error)))
    return Unavailable(_("The mail server asks for patience: %(reason)s", reason=_reason(error)))


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _safe(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", ".", key).strip(".")
