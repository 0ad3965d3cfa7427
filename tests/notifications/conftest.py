"""A mail server that can be told to misbehave, and orders to write about."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from store.core.db import session, transaction
from store.notifications import mailer
from store.notifications.mailer import Smtp
from store.ops.ports import find_free
from store.orders.models import Order
from tests.factories.catalog import make_product
from tests.factories.orders import make_placed_order
from tests.factories.shop import make_shop


@dataclass
class Inbox:
    """What has arrived, and what the server says next: `at_rcpt` or `at_data`, an SMTP answer."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    at_rcpt: str = ""
    at_data: str = ""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 - the server calls it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.at_rcpt:
            return self.at_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - likewise
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.at_data:
            return self.at_data
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        return "250 OK"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _kind: str, login: object
    ) -> AuthResult:
        assert isinstance(login, LoginPassword)
        self.logins.append((login.login, login.password))
        return AuthResult(success=login.password == b"p@ss word")


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A mail server on this machine."""
    inbox = Inbox(port=find_free())
    controller = Controller(
        inbox, hostname="127.0.0.1", port=inbox.port, authenticator=inbox.authenticate, auth_require_tls=False
    )
    controller.start()
    yield inbox
    controller.stop()


@pytest.fixture
def by_smtp(inbox) -> Iterator[Inbox]:
    """Mails leave for the inbox."""
    before = mailer._transport
    mailer.use(Smtp(inbox.url))
    yield inbox
    assert before is not None
    mailer.use(before)


@pytest.fixture
def order(db) -> Order:
    """A paid order of two mugs."""
    with transaction():
        make_shop()
        return make_placed_order(make_product(title="Moth mug"), quantity=2)


@pytest.fixture
def change(order) -> Callable[..., None]:
    """Change columns of the order."""

    def apply(**values: object) -> None:
        with transaction():
            for name, value in values.items():
                setattr(order, name, value)
            session.flush()

    return apply
