"""A return ends: with money, with another piece, or with nothing. Whatever goes, goes once."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, or_, select

from store.core.clock import now
from store.core.db import retrying, session, transaction
from store.core.errors import Conflict, Invalid
from store.core.faults import point
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.orders.queries import get_order
from store.payments import services as payments
from store.payments.errors import RefundFailed
from store.payments.models import Payment, Refund
from store.payments.services import LinePart, RefundParts
from store.pricing.refunds import Split
from store.returns import states
from store.returns.errors import NotDecided
from store.returns.models import Return
from store.returns.queries import find_return
from store.returns.reckoning import reckon
from store.returns.services.lock import lock_return, tell

# By then whoever settled it has long been answered, or their process is gone.
_FINISH_AFTER = timedelta(seconds=15)


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
    key, order_id, name = retrying(lambda: _key(return_id))
    made = payments.refund(
        order_id,
        request_id=key,
        actor=actor,
        reason=_("Return %(name)s", name=name),
        parts=lambda: _claim(return_id, key, actor=actor, answer=answer, with_delivery=with_delivery),
    )
    point("returns.refund.before_end")
    _finish(return_id, key, made, actor=actor, answer=answer)
    return made[0] if made else None


def finish_refund(return_id: int, key: str, *, actor: str, answer: str) -> None:
    """End a return whose money was asked for by a process that is gone; raises `Unsettled` until it is known."""
    with transaction():
        rows = session.execute(
            select(Refund.id, Payment.offline)
            .join(Payment, Payment.id == Refund.payment_id)
            .where(or_(Refund.request_id == key, Refund.request_id.startswith(f"{key}:", autoescape=True)))
        ).all()
    # What staff pay out themselves is theirs to do; the return need not wait for it.
    for row in rows:
        if not row.offline:
            payments.settle_refund(row.id)
    with transaction():
        made = session.execute(select(Refund).where(Refund.id.in_([row.id for row in rows]))).scalars().all()
    try:
        _finish(return_id, key, made, actor=actor, answer=answer)
    except RefundFailed:
        return


def close(return_id: int, *, actor: str, answer: str) -> Return:
    """End a return without a payment, with a sentence that the shopper reads; raises `Invalid` without one."""
    if not answer.strip():
        raise Invalid(_("Please tell the customer why."), field="answer")
    _order, one = lock_return(return_id)
    if one.settlement:
        raise Conflict(_("Money for this return is on its way already."))
    return _end(return_id, "nothing", actor=actor, answer=answer)


def _key(return_id: int) -> tuple[str, int, str]:
    """Return under which key the money of a return goes; one whose money was asked for keeps its own."""
    order, one = lock_return(return_id)
    if one.resolution not in ("", "refund"):
        raise Conflict(_("This return is settled already."))
    return one.settlement or f"return-{one.id}-{_refused(one.id) + 1}", order.id, one.name


def _claim(return_id: int, key: str, *, actor: str, answer: str, with_delivery: bool) -> RefundParts:
    """Say what goes, in the transaction that asks for it: no other way to settle is open from then on."""
    order, one = lock_return(return_id)
    if one.settlement not in (None, key):
        raise Conflict(_("Money for this return is on its way already."))
    check_settled(one)
    one.settlement = key
    session.flush()
    enqueue(
        "returns.finish_refund",
        dedupe=f"returns.finish_refund:{key}",
        delay=_FINISH_AFTER,
        return_id=return_id,
        key=key,
        actor=actor,
        answer=answer,
    )
    return _parts(reckon(get_order(order.id), units_of(one), with_delivery=with_delivery))


def _finish(return_id: int, key: str, made: Sequence[Refund], *, actor: str, answer: str) -> None:
    failed = [one for one in made if one.status == "failed"]
    if failed:
        retrying(lambda: _forget(return_id, key))
        raise RefundFailed(
            _("The payment provider refused the refund: %(why)s No money has moved.", why=failed[0].failure)
        )
    retrying(lambda: _end(return_id, "refund", actor=actor, answer=answer))


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
