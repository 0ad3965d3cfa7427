"""Disputes as staff work on them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from store.core.db import session
from store.orders.models import Order
from store.payments.models import Dispute, Payment
from store.payments.states import DISPUTED

PAGE_SIZE = 50


@dataclass(frozen=True)
class DisputeRow:
    """A dispute with its order."""

    dispute: Dispute
    order_id: int
    order_number: int | None
    email: str


def list_disputes(*, state: str, page: int) -> list[DisputeRow]:
    """Return one page of disputes: those that want an answer by the day they want it, others the newest first."""
    order = (Dispute.due_at.asc().nulls_last(), Dispute.id) if state == "open" else (Dispute.id.desc(),)
    rows = session.execute(
        select(Dispute, Order.id, Order.number, Order.email)
        .join(Payment, Payment.id == Dispute.payment_id)
        .join(Order, Order.id == Payment.order_id)
        .where(_of(state))
        .order_by(*order)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    ).all()
    return [DisputeRow(dispute, order_id, number, email) for dispute, order_id, number, email in rows]


def count_disputes() -> dict[str, int]:
    """Return how many disputes are open and how many are over."""
    opened, total = session.execute(
        select(func.count().filter(Dispute.status.in_(DISPUTED)), func.count()).select_from(Dispute)
    ).one()
    return {"open": opened, "closed": total - opened}


def disputes_of(order_id: int) -> Sequence[Dispute]:
    """Return the disputes about an order's payments, the first one first."""
    return (
        session.execute(
            select(Dispute)
            .join(Payment, Payment.id == Dispute.payment_id)
            .where(Payment.order_id == order_id)
            .order_by(Dispute.id)
        )
        .scalars()
        .all()
    )


def _of(state: str) -> ColumnElement[bool]:
    opened = Dispute.status.in_(DISPUTED)
    return opened if state == "open" else ~opened
