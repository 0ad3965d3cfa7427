"""What has gone back of an order before, as the calculator of refunds wants to know it."""

from collections import defaultdict

from sqlalchemy import select

from store.core.db import session
from store.orders.models import Order
from store.payments.models import Payment, Refund, RefundLine
from store.pricing.refunds import Earlier


def list_earlier(order: Order) -> list[Earlier]:
    """Return the refunds of an order that are done or under way, the oldest first (2 statements).

    Only what they credit counts. What was credited without a refund, because it had not been paid, counts as goodwill.
    """
    refunds = session.execute(
        select(Refund.id, Refund.credit_minor, Refund.shipping_minor, Refund.status)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.order_id == order.id, Refund.status != "failed")
        .order_by(Refund.id)
    ).all()
    lines: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    of_refunds = select(RefundLine).where(RefundLine.refund_id.in_([one.id for one in refunds]))
    for row in session.execute(of_refunds).scalars():
        lines[row.refund_id][row.order_line_id] = (row.quantity, row.amount_minor)
    found = [
        Earlier(
            lines=dict(lines[one.id].items()),
            shipping_minor=one.shipping_minor,
            goodwill_minor=max(
                one.credit_minor - one.shipping_minor - sum(amount for _units, amount in lines[one.id].values()), 0
            ),
        )
        for one in refunds
    ]
    uncounted = order.credited_minor - sum(one.credit_minor for one in refunds if one.status == "succeeded")
    return [*found, Earlier(goodwill_minor=uncounted)] if uncounted > 0 else found
