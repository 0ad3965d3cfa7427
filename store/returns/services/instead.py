"""A return ends with goods: what comes instead, or the same once more. Both join the order as new lines."""

from collections.abc import Sequence

from sqlalchemy import select

from store.changes import services as changes
from store.changes.models import OrderChange
from store.changes.wanted import WantedLine
from store.core.clock import now
from store.core.db import retrying, session
from store.core.events import emit
from store.core.faults import point
from store.core.i18n import gettext as _
from store.core.i18n import use_locale
from store.invoicing import services as invoicing
from store.orders import services as orders
from store.orders.models import Order
from store.orders.queries import get_order
from store.pricing.refunds import Share
from store.returns import states
from store.returns.errors import NotDecided
from store.returns.events import GIVEN_UP, ReturnMoved
from store.returns.models import Return
from store.returns.reckoning import reckon
from store.returns.services.lock import lock_return, tell
from store.returns.services.settle import check_settled, units_of


def exchange(return_id: int, *, actor: str, answer: str = "") -> OrderChange:
    """Credit what has come back and put into the order what was wished for instead; call it outside of transactions.

    What it costs more the customer is asked to pay by the link of their order, and then it can leave; what it costs
    less goes back. Asked twice it exchanges once. Raises `NotDecided` before the goods are here, and `OutOfStock`.
    """
    return _settle(return_id, "exchange", actor=actor, answer=answer)


def replace(return_id: int, *, actor: str, answer: str = "") -> OrderChange:
    """Send the same once more, free of charge; call it outside of transactions. Raises `OutOfStock`."""
    return _settle(return_id, "replacement", actor=actor, answer=answer)


def pay_back_exchange(order_id: int, change_id: int) -> None:
    """Note that the exchange of a change came to nothing: what came back for it is paid back; again does nothing."""
    orders.lock_order(order_id)
    one = session.execute(
        select(Return).where(Return.order_id == order_id, Return.change_id == change_id, Return.kind == "exchange")
    ).scalar_one_or_none()
    if one is None or one.resolution != "exchange":
        return
    one.resolution = "refund"
    session.flush()
    orders.add_event(order_id, "return_given_up", return_id=one.id, name=one.name)
    emit(ReturnMoved(one.id, GIVEN_UP))


def _settle(return_id: int, resolution: str, *, actor: str, answer: str) -> OrderChange:
    order_id = retrying(lambda: lock_return(return_id)[1].order_id)
    # The invoice of what was bought comes before any correction of it.
    retrying(lambda: invoicing.issue_invoice(order_id))
    change = retrying(lambda: _put_in(return_id, resolution, actor=actor, answer=answer))
    point("returns.exchange.before_settle")
    return changes.settle(change)


def _put_in(return_id: int, resolution: str, *, actor: str, answer: str) -> OrderChange:
    """Change the order and end the return, in one transaction: neither is ever without the other."""
    order, one = lock_return(return_id)
    if one.status == "resolved" and one.change_id is not None:
        return session.get_one(OrderChange, one.change_id)
    check_settled(one)
    if one.settlement is not None:
        raise NotDecided(_("Money for this return is on its way already."))
    shares: Sequence[Share] = ()
    if resolution == "exchange":
        additions = _wished_for(one)
        shares = reckon(get_order(order.id), units_of(one), with_delivery=False).lines
        with use_locale(order.locale):
            reason = _("Exchange %(name)s", name=one.name)
        _credit(order, one, shares, actor=actor, reason=reason)
    else:
        additions = _once_more(order, one)
        with use_locale(order.locale):
            reason = _("Replacement %(name)s", name=one.name)
    change = changes.add_lines(
        order.id,
        additions,
        kind="exchange" if resolution == "exchange" else "claim",
        request_id=f"return-{one.id}-goods",
        reason=reason,
        actor=actor,
    )
    one.status = states.after(one.status, "resolve")
    one.resolution, one.closed_at, one.change_id = resolution, now(), change.id
    one.answer = answer.strip() or one.answer
    session.flush()
    tell(one, actor=actor, resolution=resolution, sentence=answer.strip())
    _issue_credit_note(order.id, change.id, shares, reason)
    return change


def _wished_for(one: Return) -> list[WantedLine]:
    """What was chosen, as many as have come, at the price that was shown."""
    units = units_of(one)
    wished = [
        WantedLine(
            line.new_variant_id,
            units[line.order_line_id],
            unit_minor=line.new_unit_minor,
            reason=_("As it was shown when the exchange was asked for"),
        )
        for line in one.lines
        if line.new_variant_id is not None and units.get(line.order_line_id)
    ]
    if not wished:
        raise NotDecided(_("Nothing was chosen that could come instead."))
    return wished


def _once_more(order: Order, one: Return) -> list[WantedLine]:
    variants = {line.id: line.variant_id for line in get_order(order.id).lines}
    return [
        WantedLine(variants[line_id], units, unit_minor=0, reason=_("Replacement"))
        for line_id, units in units_of(one, asked=True).items()
    ]


def _credit(order: Order, one: Return, shares: Sequence[Share], *, actor: str, reason: str) -> None:
    """Lower what is owed by what has come back, and keep what each line gave."""
    worth = {share.key: share.amount_minor for share in shares}
    for line in one.lines:
        line.amount_minor = worth.get(line.order_line_id, 0)
    orders.credit(order.id, sum(worth.values()), actor=actor, reason=reason)
    session.flush()


def _issue_credit_note(order_id: int, change_id: int, shares: Sequence[Share], reason: str) -> None:
    """What came back for an exchange is credited on paper too: the new goods get an invoice of their own."""
    if not shares:
        return
    bought = {line.id: line for line in get_order(order_id).lines}
    lines = []
    for share in shares:
        line = bought[int(str(share.key))]
        net = share.amount_minor - share.tax_minor
        lines.append(
            {
                "title": line.title,
                "detail": line.variant_title,
                "sku": line.sku,
                "delivery": False,
                "quantity": share.quantity,
                "unit_net": net // share.quantity,
                "rate": str(share.tax_rate),
                "tax": share.tax_minor,
                "total": share.amount_minor,
            }
        )
    invoicing.issue_correction(order_id, "credit_note", change_id=change_id, lines=lines, reason=reason)
