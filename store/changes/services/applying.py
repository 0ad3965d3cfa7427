"""A change becomes true: the order is rewritten and its stock follows, then the difference is settled.

Locks are taken in the order order, payments, change, stock. What talks to providers happens outside of transactions.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from store.changes import states
from store.changes.arithmetic import Reckoning, check_changed
from store.changes.errors import AnotherChange, CantGoBack, Outdated
from store.changes.events import ExchangeTakenBack
from store.changes.models import OrderChange
from store.changes.queries import find_live_change, get_change, told
from store.changes.services import money
from store.changes.services.editing import Look, check_editable, check_version, lock_change, look
from store.changes.wanted import Wanted, WantedLine, wanted_of
from store.checkout.services import promised
from store.core.clock import now
from store.core.db import retrying, session, transaction
from store.core.errors import Invalid
from store.core.events import emit
from store.core.faults import point
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.inventory.errors import OutOfStock
from store.invoicing import services as invoicing
from store.orders import services as orders
from store.orders.models import Order
from store.orders.queries import get_order
from store.orders.services.rewrite import LineInUse, next_position, rewrite, snapshot
from store.payments.models import Payment
from store.payments.services.lock import lock_order_payments
from store.pricing.trace import written
from store.shop.queries import get_shop

# The columns of a line that the calculator fills.
_PRICED = (
    *("unit_net_minor", "unit_gross_minor", "tax_rate", "tax_minor", "total_minor"),
    *("quantity", "discount_minor", "tax_class"),
)


def request(
    order_id: int,
    change_id: int,
    *,
    version: int,
    expected_total_minor: int,
    waive: bool,
    message: str,
    actor: str,
) -> OrderChange:
    """Change the order as it was written down, and settle what it costs more or less; call it outside of transactions.

    What the customer owes more they pay by the link that is mailed to them, unless it is waived; what they get back
    goes the way it came. Raises `Outdated` when it would cost something else than was shown, `OutOfStock`, `Invalid`,
    and `Conflict` when money is on its way that can't be stopped: then nothing has changed.
    """
    money.call_off_open_payments(order_id)
    # The invoice of what was bought comes before any correction of it.
    retrying(lambda: invoicing.issue_invoice(order_id))
    change = retrying(
        lambda: _request(
            order_id, change_id, version=version, expected=expected_total_minor, waive=waive, message=message,
            actor=actor,
        )
    )  # fmt: skip
    point("changes.request.before_settle")
    return settle(change)


def add_lines(
    order_id: int,
    additions: Sequence[WantedLine],
    *,
    kind: str,
    request_id: str,
    reason: str,
    actor: str,
) -> OrderChange:
    """Put new lines into an order in the transaction in progress, for an exchange or a claim.

    `additions` are new `WantedLine`s (variant, quantity; with `unit_minor` and `reason` at a price of their own: 0 for
    a replacement). The caller has issued the invoice (`invoicing.services.issue_invoice`, in a transaction of its own
    before this one), and what comes back is in `orders.credited_minor` already, by this same transaction: so what the
    new lines cost is first paid by what is credited. After the commit the caller calls `settle(change)`, which pays
    back what is left over, or leaves the change `requested` until the customer has paid the rest (`due`).

    One `request_id` is one change. Raises `OutOfStock`, `AnotherChange`, `NotEditable` and `Invalid`.
    """
    known = _find_request(order_id, request_id)
    if known is not None:
        return known
    order, _payments = lock_order_payments(order_id)
    check_editable(order)
    live = find_live_change(order_id)
    if live is not None:
        raise AnotherChange(
            _("Another change of this order is not settled yet. Settle it or take it back first."), change_id=live.id
        )
    standing = [(line.id, line.variant_id, line.quantity) for line in get_order(order_id).lines]
    wanted = Wanted((*wanted_of(standing).lines, *additions))
    change = OrderChange(
        order_id=order_id, kind=kind, wanted=wanted.as_json(), request_id=request_id, reason=reason, actor=actor
    )
    session.add(change)
    session.flush()
    return _apply(order, change, look(order, change), waive=False, actor=actor)


def settle(change: OrderChange) -> OrderChange:
    """Pay back what is too much, and confirm the change if its difference is settled; call it outside of transactions.

    What a provider has not confirmed is confirmed later, by `confirm_settled`.
    """
    if change.status == "requested" and change.settlement == "refund":
        money.pay_back(change)
    return confirm_settled(change.order_id) or change


def finish_paying_back(order_id: int, change_id: int) -> None:
    """Give back what a change left over, if nobody has; outside of transactions."""
    with transaction():
        change = get_change(order_id, change_id)
    money.pay_back(change)
    confirm_settled(order_id)


def confirm_settled(order_id: int) -> OrderChange | None:
    """Confirm the requested change of an order whose difference is paid or paid back; return it as it is then."""
    return retrying(lambda: _confirm_settled(order_id))


def waive(order_id: int, change_id: int, *, version: int, actor: str, reason: str) -> OrderChange:
    """Forgive what the customer still owes for a change, and confirm it."""

    def work() -> OrderChange:
        order, payments = lock_order_payments(order_id)
        change = lock_change(order_id, change_id)
        check_version(change, version)
        if change.settlement != "charge":
            states.after("confirmed", "confirm")
        _check_unpaid(order, payments)
        forgiven = min(money.due(order, payments), change.difference_minor)
        money.forgive(order, payments, forgiven, actor=actor, reason=reason)
        change.settlement = "waive"
        orders.add_event(
            order_id, "change_waived", actor=actor, change_id=change.id, amount_minor=forgiven, reason=reason
        )
        return _confirm(change)

    _hear_of_payments(order_id)
    return retrying(work)


def take_back(order_id: int, change_id: int, *, move: str, version: int, actor: str, reason: str = "") -> OrderChange:
    """Let an order be what it was before a change that waits to be paid; what was paid for it goes back.

    `move` is `cancel` for staff, `decline` for the customer. Raises `CantGoBack` when what it took out of the order
    has been sold meanwhile. Call it outside of transactions.
    """

    def work() -> OrderChange:
        order, payments = lock_order_payments(order_id)
        change = lock_change(order_id, change_id)
        check_version(change, version)
        if change.status == "open":
            raise Outdated(_("Somebody else has changed this meanwhile. Please look once more."))
        if change.settlement == "refund":
            # Its money is on its way back.
            states.after("confirmed", move)
        if change.settlement == "charge":
            _check_unpaid(order, payments)
        status = states.after(change.status, move)
        try:
            with session.begin_nested():
                rewrite(order_id, _without(snapshot(order_id), change), actor=actor, reason=reason)
        except (OutOfStock, LineInUse) as error:
            raise CantGoBack(
                _("The order can't be what it was: pieces that were taken out of it have been sold meanwhile.")
                if isinstance(error, OutOfStock)
                else error.message
            ) from error
        change.status, change.closed_at, change.version = status, now(), change.version + 1
        session.flush()
        money.write_statuses(order, payments)
        orders.add_event(order_id, f"change_{status}", actor=actor, change_id=change.id, reason=reason)
        if money.due(order, payments) < 0:
            money.promise_pay_back(change)
        if change.kind == "exchange":
            emit(ExchangeTakenBack(order_id, change.id))
        return change

    _hear_of_payments(order_id)
    change = retrying(work)
    point("changes.take_back.before_pay_back")
    money.pay_back(change)
    return change


def _hear_of_payments(order_id: int) -> None:
    """Call off what is being paid right now; what turns out to be paid confirms the change."""
    money.call_off_open_payments(order_id)
    confirm_settled(order_id)


def _check_unpaid(order: Order, payments: Sequence[Payment]) -> None:
    """Raise `Outdated` when the customer was faster, so that nobody forgives or takes back what is paid."""
    if order.status == "placed" and money.due(order, payments) <= 0:
        raise Outdated(_("The customer has paid the difference meanwhile, so this change is settled."))


def _request(
    order_id: int, change_id: int, *, version: int, expected: int, waive: bool, message: str, actor: str
) -> OrderChange:
    order, _payments = lock_order_payments(order_id)
    change = lock_change(order_id, change_id)
    # One step further is requested, two are confirmed as well.
    if change.status in ("requested", "confirmed") and change.version in (version + 1, version + 2):
        # The same form, sent twice.
        return change
    check_version(change, version)
    check_editable(order)
    states.after(change.status, "request")
    found = look(order, change)
    if found.reckoning is not None and found.reckoning.totals.total_minor != expected:
        raise Outdated(_("This costs something else than a moment ago. Please look once more."))
    change.message, change.actor = message, actor
    return _apply(order, change, found, waive=waive, actor=actor)


def _apply(order: Order, change: OrderChange, found: Look, *, waive: bool, actor: str) -> OrderChange:
    """Rewrite the order and say how the difference is settled; confirmed at once when nothing is to wait for."""
    if found.problem is not None or found.reckoning is None:
        raise found.problem or Invalid(_("Please check what is wanted."))
    check_changed(found.reckoning)
    _order, payments = lock_order_payments(order.id)
    due_before = money.due(order, payments)
    change.before = snapshot(order.id)
    rewrite(order.id, _after(change.before, found, next_position(order.id)), actor=actor, reason=change.reason)
    point("changes.request.after_rewrite")
    session.refresh(order)
    change.after = snapshot(order.id)
    change.difference_minor = found.reckoning.difference_minor
    change.settlement = money.settlement(order, payments, due_before=due_before, waive=waive)
    change.status, change.requested_at, change.version = states.after("open", "request"), now(), change.version + 1
    if change.settlement == "waive":
        reason = change.reason or _("What the order costs more is on us.")
        money.forgive(order, payments, money.due(order, payments), actor=actor, reason=reason)
    session.flush()
    money.write_statuses(order, payments)
    words = told(change)
    orders.add_event(
        order.id, "changed", actor=actor, change_id=change.id, reason=change.reason,
        difference_minor=change.difference_minor, total_minor=order.total_minor,
        taken_out=[list(one) for one in words.taken_out], put_in=[list(one) for one in words.put_in],
    )  # fmt: skip
    enqueue("changes.tell", dedupe=f"changes.tell:{change.id}", order_id=order.id, change_id=change.id)
    if change.settlement == "refund":
        money.promise_pay_back(change)
    return change if change.settlement in ("charge", "refund") else _confirm(change)


def _confirm_settled(order_id: int) -> OrderChange | None:
    order, payments = lock_order_payments(order_id)
    change = find_live_change(order_id)
    if change is None or change.status != "requested":
        return None
    if order.status not in ("pending", "placed") and change.settlement == "charge":
        # The order came to nothing: nobody pays a difference, and no paper may ask for it.
        change.status, change.closed_at = states.after(change.status, "cancel"), now()
        change.version += 1
        session.flush()
        orders.add_event(order_id, "change_cancelled", change_id=change.id)
        return change
    due = money.due(order, payments)
    settled = due <= 0 if change.settlement == "charge" else due >= 0
    return _confirm(change) if settled else None


def _confirm(change: OrderChange) -> OrderChange:
    change.status, change.closed_at = states.after(change.status, "confirm"), now()
    change.version += 1
    session.flush()
    orders.add_event(change.order_id, "change_confirmed", change_id=change.id, settlement=change.settlement)
    enqueue(
        "changes.issue_documents",
        dedupe=f"changes.issue_documents:{change.id}",
        order_id=change.order_id,
        change_id=change.id,
    )
    point("changes.confirm.before_commit")
    return change


def _find_request(order_id: int, request_id: str) -> OrderChange | None:
    return session.query(OrderChange).filter_by(order_id=order_id, request_id=request_id).one_or_none()


def _after(before: Mapping[str, Any], found: Look, position: int) -> dict[str, Any]:
    """Return the snapshot of what the order will be."""
    assert found.reckoning is not None
    known = {line["id"]: line for line in before["lines"]}
    lines = []
    for row in found.reckoning.rows:
        if row.priced is None:
            continue
        priced = {name: getattr(row.priced, name) for name in _PRICED}
        priced["tax_rate"] = str(priced["tax_rate"])
        if row.wanted.line_id is not None:
            lines.append({**known[row.wanted.line_id], **priced})
            continue
        piece = found.pieces[row.wanted.variant_id]
        lines.append(
            {
                "position": position,
                "variant_id": piece.variant_id,
                "product_id": piece.product_id,
                "product_handle": piece.product_handle,
                "title": piece.title,
                "variant_title": piece.variant_title,
                "sku": piece.sku,
                "image_key": piece.image_key,
                "looks": [dict(look) for look in piece.looks],
                **priced,
            }
        )
        position += 1
    return {"order": {**before["order"], **_of_order(found, found.reckoning)}, "lines": lines}


def _of_order(found: Look, reckoning: Reckoning) -> dict[str, Any]:
    totals = reckoning.totals
    money_of = {
        "subtotal_minor": totals.subtotal_minor,
        "shipping_minor": totals.shipping_minor,
        "shipping_tax_rate": str(totals.shipping_tax_rate),
        "shipping_tax_minor": totals.shipping_tax_minor,
        "tax_minor": totals.tax_minor,
        "total_minor": totals.total_minor,
        "shipping_taxes": [[written(one.rate), one.amount_minor, one.tax_minor] for one in totals.shipping_taxes],
        "trace": list(totals.trace),
    }
    method = next((one for one in found.methods if one.id == found.wanted.method_id), None)
    if method is None:
        return money_of
    days = {"min": method.min_days, "max": method.max_days}
    return {
        **money_of,
        "shipping_method_code": method.code,
        "shipping_label": method.name,
        "shipping_days": days,
        "delivery": promised(found.cart, method, get_shop()),
    }


def _without(current: Mapping[str, Any], change: OrderChange) -> dict[str, Any]:
    """Return the order as it was before a change. No other change can have come since: one is live at a time."""
    before = change.before or {}
    return {"order": {**current["order"], **before["order"]}, "lines": before["lines"]}
