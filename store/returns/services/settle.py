"""A return ends: with money, with another piece, or with nothing. Whatever goes, goes once."""

import re

from sqlalchemy import func, select

from store.core.clock import now
from store.core.db import retrying, session, transaction
from store.core.errors import Conflict, Invalid
from store.core.i18n import gettext as _
from store.orders.models import OrderEvent
from store.orders.queries import get_order
from store.payments import services as payments
from store.payments.errors import RefundFailed
from store.payments.models import Refund
from store.payments.services import LinePart, RefundParts
from store.pricing.refunds import Split
from store.returns import states
from store.returns.errors import NotDecided
from store.returns.models import Return
from store.returns.queries import find_return
from store.returns.reckoning import reckon
from store.returns.services.lock import lock_return, tell


def ways_to_settle(one: Return) -> tuple[str, ...]:
    """Return how a return can end now: what has to come back first has to be here."""
    if not states.allows(one.status, "resolve") or not any(units_of(one).values()):
        return ()
    if one.kind == "claim":
        return ("refund", "replacement")
    return ("refund", "exchange") if any(line.new_variant_id for line in one.lines) else ("refund",)


def worth(one: Return) -> int:
    """Return what goes back for what is here of a return, or for all of it when nothing has to come."""
    units = units_of(one)
    if not any(units.values()) or one.status in (*states.VOID, "resolved"):
        return 0
    return reckon(get_order(one.order_id), units, with_delivery=bool(one.shipping_minor)).amount_minor


def refund(return_id: int, *, actor: str, answer: str = "", with_delivery: bool = True) -> Refund | None:
    """Pay back what has come, and end the return; call it outside of transactions.

    Asked twice it pays once: the same units go under the same key. Raises `NotDecided` before the goods are here, and
    `RefundFailed` when the provider refuses: then the return stays open and may be settled again. `None` when nothing
    had been paid yet, so that it was only credited.
    """
    key, order_id, parts, name = retrying(lambda: _prepare(return_id, with_delivery=with_delivery))
    made = _pay(order_id, key, parts, actor=actor, reason=_("Return %(name)s", name=name))
    failed = [one for one in made if one.status == "failed"]
    if failed:
        retrying(lambda: _forget(return_id, key))
        raise RefundFailed(
            _("The payment provider refused the refund: %(why)s No money has moved.", why=failed[0].failure)
        )
    retrying(lambda: _end(return_id, "refund", actor=actor, answer=answer))
    return made[0] if made else None


def close(return_id: int, *, actor: str, answer: str) -> Return:
    """End a return without a payment, with a sentence that the shopper reads; raises `Invalid` without one."""
    if not answer.strip():
        raise Invalid(_("Please tell the customer why."), field="answer")
    _order, one = lock_return(return_id)
    if one.settlement:
        raise Conflict(_("Money for this return is on its way already."))
    return _end(return_id, "nothing", actor=actor, answer=answer)


def _prepare(return_id: int, *, with_delivery: bool) -> tuple[str, int, RefundParts | None, str]:
    """Take the key under which the money goes, in a transaction of its own, and say what goes."""
    order, one = lock_return(return_id)
    if one.resolution not in ("", "refund"):
        raise Conflict(_("This return is settled already."))
    if one.settlement is None:
        check_settled(one)
        one.settlement = f"return-{one.id}-{_refused(one.id) + 1}"
        session.flush()
    elif _has_gone(one):
        return one.settlement, order.id, None, one.name
    shown = reckon(get_order(order.id), units_of(one), with_delivery=with_delivery)
    return one.settlement, order.id, _parts(shown), one.name


def _pay(order_id: int, key: str, parts: RefundParts | None, *, actor: str, reason: str) -> list[Refund]:
    if parts is not None:
        return payments.refund(order_id, request_id=key, actor=actor, reason=reason, parts=parts)
    with transaction():
        return list(session.execute(select(Refund).where(Refund.request_id == key)).scalars())


def _has_gone(one: Return) -> bool:
    """Whether the money was asked for before: only the return's own end is missing then."""
    asked = select(Refund.id).where(Refund.request_id == one.settlement)
    credited = select(OrderEvent.id).where(
        OrderEvent.order_id == one.order_id,
        OrderEvent.kind == "credited",
        # As a whole word: the tenth return is not the first.
        OrderEvent.data["reason"].astext.op("~")(rf"\m{re.escape(one.name)}\M"),
    )
    return session.execute(asked.union_all(credited)).first() is not None


def _parts(shown: Split) -> RefundParts:
    lines = tuple(LinePart(int(str(share.key)), share.quantity, share.amount_minor) for share in shown.lines)
    return RefundParts(lines=lines, shipping_minor=shown.shipping_minor)


def check_settled(one: Return) -> None:
    """Raise `IllegalMove` or `NotDecided` unless the return can end now."""
    states.after(one.status, "resolve")
    if one.sends_back and one.status != "received":
        raise NotDecided(_("It has not come back yet."))


def units_of(one: Return, *, asked: bool = False) -> dict[int, int]:
    """Return units by line of the order: those that are here, or all when nothing has to come or they are `asked`."""
    if one.sends_back and not asked:
        return {line.order_line_id: line.received for line in one.lines if line.received}
    return {line.order_line_id: line.quantity for line in one.lines}


def _refused(return_id: int) -> int:
    """How often the money of this return was refused: each try has a key of its own."""
    like = f"return-{return_id}-%"
    refused = select(func.count()).where(Refund.request_id.like(like), Refund.status == "failed")
    return session.execute(refused).scalar_one()


def _forget(return_id: int, key: str) -> None:
    """A refund was refused: the next try is another one."""
    _order, one = lock_return(return_id)
    if one.settlement == key and not one.resolution:
        one.settlement = None


def _end(return_id: int, resolution: str, *, actor: str, answer: str) -> Return:
    _order, one = lock_return(return_id)
    if one.status == "resolved":
        return one
    one.status = states.after(one.status, "resolve")
    one.resolution, one.closed_at = resolution, now()
    one.answer = answer.strip() or one.answer
    session.flush()
    tell(one, actor=actor, resolution=resolution, sentence=answer.strip())
    found = find_return(return_id)
    assert found is not None
    return found
