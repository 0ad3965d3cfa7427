"""What a refund by line is for: the same shares, with the same tax, as were reckoned when it was asked for."""

from collections import defaultdict
from collections.abc import Hashable

from sqlalchemy import select

from store.core.db import session
from store.orders.models import Order
from store.orders.parts import parts_of
from store.payments.models import Payment, Refund, RefundLine
from store.payments.services.crediting import list_credits
from store.pricing.errors import MoreThanLeft
from store.pricing.refunds import Asked, Earlier, Split, split


def shares_of(order: Order, refund: Refund) -> Split | None:
    """Return the lines, the delivery and the goodwill of a refund (2 statements).

    `None` for a refund that names none, and for one of an order that has been changed so much since that they can't
    be reckoned again: then only its amount is known.
    """
    refunds = (
        session.execute(
            select(Refund)
            .join(Payment, Payment.id == Refund.payment_id)
            .where(Payment.order_id == order.id, Refund.status != "failed", Refund.id <= refund.id)
            .order_by(Refund.id)
        )
        .scalars()
        .all()
    )
    lines: dict[int, dict[Hashable, tuple[int, int]]] = defaultdict(dict)
    named = select(RefundLine).where(RefundLine.refund_id.in_([one.id for one in refunds]))
    for row in session.execute(named).scalars():
        lines[row.refund_id][row.order_line_id] = (row.quantity, row.amount_minor)
    own = lines[refund.id]
    if not own and not refund.shipping_minor:
        return None
    others = [one for one in refunds if one is not refund]
    told = [
        (one.created_at, Earlier(lines[one.id], one.shipping_minor, _goodwill(one, lines[one.id]))) for one in others
    ]
    told += [(one.at, one.earlier) for one in list_credits(order.id) if one.at < refund.created_at]
    earlier = [one for _at, one in sorted(told, key=lambda pair: pair[0])]
    asked = Asked({key: units for key, (units, _amount) in own.items()}, refund.shipping_minor, _goodwill(refund, own))
    try:
        found = split(parts_of(order), asked, earlier)
    except MoreThanLeft:
        return None
    amounts = {share.key: (share.quantity, share.amount_minor) for share in found.lines}
    return found if amounts == own and found.amount_minor == refund.credit_minor else None


def _goodwill(refund: Refund, lines: dict[Hashable, tuple[int, int]]) -> int:
    return max(refund.credit_minor - refund.shipping_minor - sum(amount for _units, amount in lines.values()), 0)
