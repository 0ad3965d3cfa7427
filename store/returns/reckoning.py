"""What of an order's money is left to go back, and what goes back for some of its units."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import select

from store.core.db import session
from store.orders.models import Order
from store.orders.parts import parts_of
from store.payments.models import Payment, Refund, RefundLine
from store.payments.services.crediting import list_credits
from store.pricing.rates import SHIPPING
from store.pricing.refunds import Asked, Earlier, Left, Split, left_of, split
from store.returns.models import Return, ReturnLine


def reckon(order: Order, quantities: Mapping[int, int], *, with_delivery: bool) -> Split:
    """Return what goes back for units by line; delivery only with the last of the goods. Raises `MoreThanLeft`."""
    parts, before = parts_of(order), list_before(order)
    left = left_of(parts, before)
    delivery = _delivery(left, quantities) if with_delivery else 0
    return split(
        parts,
        Asked(quantities=dict(quantities.items()), shipping_minor=delivery),
        before,
    )


def units_left(order: Order) -> dict[int, int]:
    """Return by line how many units nothing has gone back for."""
    left = left_of(parts_of(order), list_before(order))
    return {int(str(one.key)): one.quantity for one in left if one.key != SHIPPING}


def list_before(order: Order) -> list[Earlier]:
    """Return what has gone back of an order, is on its way, was exchanged or was credited, oldest first.

    What was credited without saying for what, such as a difference that was forgiven, counts as goodwill. 5 statements.
    """
    refunds = session.execute(
        select(Refund.id, Refund.credit_minor, Refund.shipping_minor, Refund.created_at, Refund.status)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.order_id == order.id, Refund.status != "failed")
    ).all()
    lines: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    rows = session.execute(select(RefundLine).where(RefundLine.refund_id.in_([row.id for row in refunds]))).scalars()
    for row in rows:
        lines[row.refund_id][row.order_line_id] = row.quantity, row.amount_minor
    found = []
    for refund in refunds:
        of_lines = lines[refund.id]
        goodwill = refund.credit_minor - refund.shipping_minor - sum(amount for _units, amount in of_lines.values())
        found.append(
            (
                refund.created_at,
                Earlier(dict(of_lines.items()), refund.shipping_minor, max(goodwill, 0)),
            )
        )
    exchanged = session.execute(
        select(Return.id, Return.closed_at, ReturnLine.order_line_id, ReturnLine.received, ReturnLine.amount_minor)
        .join(ReturnLine, ReturnLine.return_id == Return.id)
        # Also of one that came to nothing later: its money went back without another credit.
        .where(Return.order_id == order.id, Return.kind == "exchange", Return.change_id.is_not(None))
    ).all()
    found += [(row.closed_at, Earlier({row.order_line_id: (row.received, row.amount_minor)})) for row in exchanged]
    credited = list_credits(order.id)
    found += [(one.at, one.earlier) for one in credited]
    told = sum(row.credit_minor for row in refunds if row.status == "succeeded")
    told += sum(row.amount_minor for row in exchanged) + sum(one.parts.total_minor for one in credited)
    untold = [Earlier(goodwill_minor=order.credited_minor - told)] if order.credited_minor > told else []
    return [*(earlier for _at, earlier in sorted(found, key=lambda pair: pair[0])), *untold]


def _delivery(left: tuple[Left, ...], quantities: Mapping[int, int]) -> int:
    """What is left of the delivery, when no goods stay with the customer."""
    stays = any(one.quantity > quantities.get(int(str(one.key)), 0) for one in left if one.key != SHIPPING)
    return 0 if stays else next(one.amount_minor for one in left if one.key == SHIPPING)
