"""What an order's page shows beside the order itself."""

from collections.abc import Sequence

from sqlalchemy import select

from store.core.db import session
from store.notifications.models import Message
from store.orders.models import Fulfilment
from store.payments.models import Capture, Payment, Refund, RefundLine
from store.staff.models import Staff


def list_payments(order_id: int) -> Sequence[Payment]:
    """Return every attempt to pay an order, the first one first."""
    return session.execute(select(Payment).where(Payment.order_id == order_id).order_by(Payment.id)).scalars().all()


def list_refunds(order_id: int) -> Sequence[Refund]:
    """Return every refund of an order, failed ones included."""
    return (
        session.execute(
            select(Refund)
            .join(Payment, Payment.id == Refund.payment_id)
            .where(Payment.order_id == order_id)
            .order_by(Refund.id)
        )
        .scalars()
        .all()
    )


def list_captures(order_id: int) -> Sequence[Capture]:
    """Return what was taken of promised money, or received by hand."""
    made = select(Capture).join(Payment, Payment.id == Capture.payment_id).where(Payment.order_id == order_id)
    return session.execute(made.order_by(Capture.id)).scalars().all()


def list_refund_lines(order_id: int) -> Sequence[RefundLine]:
    """Return what of the refunds of an order is for its lines."""
    made = (
        select(RefundLine)
        .join(Refund, Refund.id == RefundLine.refund_id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.order_id == order_id)
    )
    return session.execute(made.order_by(RefundLine.refund_id, RefundLine.order_line_id)).scalars().all()


def sums(attempts: Sequence[Payment]) -> tuple[int, int]:
    """Return what all attempts brought, and what of it went back."""
    return sum(one.captured_minor for one in attempts), sum(one.refunded_minor for one in attempts)


def left_to_refund(order_id: int) -> int:
    """Return what of an order's money has not gone back."""
    captured, refunded = sums(list_payments(order_id))
    return captured - refunded


def list_messages(order_id: int) -> Sequence[Message]:
    """Return the mails about an order."""
    return (
        session.execute(select(Message).where(Message.subject_ref == f"order:{order_id}").order_by(Message.id))
        .scalars()
        .all()
    )


def staff_names() -> dict[str, str]:
    """Return the names of all staff by what timelines and ledgers call them."""
    return {f"staff:{row.id}": row.name for row in session.execute(select(Staff.id, Staff.name))}


def last_carrier() -> str:
    """Return who took the last parcel: most likely they take the next one too."""
    known = select(Fulfilment.carrier).where(Fulfilment.carrier != "").order_by(Fulfilment.id.desc())
    return session.execute(known.limit(1)).scalar() or ""
