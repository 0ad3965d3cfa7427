"""Mails as the mailbox and the back office ask for them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import defer

from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.notifications.models import Message

PAGE_SIZE = 100


def get_message(message_id: int) -> Message:
    """Return a mail; raises `NotFound`."""
    message = session.get(Message, message_id, populate_existing=True)
    if message is None:
        raise NotFound(_("This mail is not here any more."), message_id=message_id)
    return message


def list_messages() -> Sequence[Message]:
    """Return the newest mails without their bodies. 1 statement."""
    statement = select(Message).options(defer(Message.html), defer(Message.text)).order_by(Message.id.desc())
    return session.execute(statement.limit(PAGE_SIZE)).scalars().all()
