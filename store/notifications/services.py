"""Writes mails down once and sends them by a job of their own.

The mail is complete when it is written: what is sent after an hour of a mail server's illness is what was true when it
was promised. Exactly once does not exist; it is once, and at most twice when a process dies between the server's word
and our note of it. Both copies then carry the same Message-ID.
"""

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from store.core import log
from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Unavailable
from store.core.faults import point
from store.core.queue import enqueue, job
from store.notifications import emails, mailer
from store.notifications.errors import MailRefused
from store.notifications.models import Message
from store.notifications.queries import get_message
from store.orders.models import Order
from store.shop.queries import get_shop

logger = log.get_logger(__name__)


def write_once(kind: str, dedupe_key: str, order: Order, email: emails.Email) -> None:
    """Note a mail to an order's shopper under its key and have it sent; a key that is known is left alone."""
    message_id = session.execute(
        insert(Message)
        .values(
            dedupe_key=dedupe_key,
            kind=kind,
            subject_ref=f"order:{order.id}",
            recipient=order.email,
            subject=email.subject,
            html=email.html,
            text=email.text,
            locale=order.locale,
            status="queued",
            error="",
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
        .returning(Message.id)
    ).scalar_one_or_none()
    if message_id is not None:
        enqueue("notifications.deliver", dedupe=f"notifications.deliver:{message_id}", message_id=message_id)
        point("notifications.after_message")


@job("notifications.deliver")
def deliver(message_id: int) -> None:
    """Send a mail that waits; nothing when it is sent or has failed for good.

    Raises `Unavailable` while the mail server can't be used, so that the outbox tries again later.
    """
    with transaction():
        message = get_message(message_id)
        shop = get_shop()
    if message.status != "queued":
        return
    mail = mailer.Outgoing(
        key=message.dedupe_key,
        recipient=message.recipient,
        subject=message.subject,
        html=message.html,
        text=message.text,
        locale=message.locale,
        written_at=message.created_at,
        sender_name=shop.name,
        sender=shop.email,
    )
    point("notifications.before_send")
    try:
        mailer.send(mail)
    except MailRefused as error:
        logger.warning("mail refused", message_id=message_id, kind=message.kind)
        _note(message_id, status="failed", error=error.message)
        return
    except Unavailable as error:
        _note(message_id, error=error.message)
        raise
    point("notifications.after_send")
    _note(message_id, status="sent", sent_at=now(), error="")


def send_again(message_id: int) -> None:
    """Try a mail that failed once more, for instance after its address was put right; nothing when it was sent."""
    renewed = session.execute(
        update(Message)
        .where(Message.id == message_id, Message.status == "failed")
        .values(status="queued", error="")
        .returning(Message.id)
    ).scalar_one_or_none()
    if renewed is not None:
        enqueue("notifications.deliver", message_id=message_id)


def _note(message_id: int, **values: object) -> None:
    with transaction():
        session.execute(update(Message).where(Message.id == message_id, Message.status == "queued").values(**values))
