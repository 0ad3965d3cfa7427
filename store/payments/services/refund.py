"""Money goes back: written down first, then asked for under its own key, then told as it turned out."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import func, select

from store.core import log
from store.core.clock import now
from store.core.db import retrying, session, transaction
from store.core.errors import Conflict, Invalid, NotFound, StoreError
from store.core.faults import point
from store.core.i18n import gettext as _
from store.orders import services as orders
from store.orders.models import Order
from store.orders.states import owed
from store.payments.errors import AlreadyRefunded, NothingPaid, Unsettled
from store.payments.models import Payment, Refund, RefundLine
from store.payments.providers import get_provider
from store.payments.providers.base import Declined, Provider, ProviderRefund, Unavailable
from store.payments.services import crediting, statuses
from store.payments.services.crediting import LinePart, RefundParts
from store.payments.services.line import PATIENCE, ask
from store.payments.services.lock import lock_order_payments, lock_payment

# A refund younger than this is probably in the hands of whoever asked for it.
SETTLE_AFTER = timedelta(seconds=30)

BATCH = 100

logger = log.get_logger(__name__)


def refund_in_full(order_id: int, *, request_id: str, actor: str, reason: str, restock: bool) -> Refund:
    """Give back all money of an order that has not gone back yet, and return the refund as it stands.

    One `request_id` is one refund, however often it is sent. `requested` means that the provider has not confirmed
    it: it is settled without anybody's help. `failed` says why, and may be tried again under a new `request_id`.
    Raises `NothingPaid`, and `AlreadyRefunded` when somebody else was faster.
    """
    refunds = retrying(
        lambda: request_refund(order_id, request_id=request_id, actor=actor, reason=reason, restock=restock)
    )
    return _attempt_all(refunds)[0]


def refund(
    order_id: int, *, request_id: str, actor: str, reason: str, parts: RefundParts | Callable[[], RefundParts]
) -> list[Refund]:
    """Credit parts of an order and give back what was paid for them; return the refunds as they stand.

    Of what the customer has not paid yet nothing goes back: it is credited only, and then the list may be empty. One
    `request_id` is one refund, however often it is sent; more than one row means that several payments gave it.
    `parts` may be reckoned under the locks of order and payments, so that no two give back the same piece. Raises
    `Invalid` for nothing at all, and `AlreadyRefunded` for more than is owed for the order.
    """
    return _attempt_all(
        retrying(lambda: _request_parts(order_id, request_id=request_id, actor=actor, reason=reason, parts=parts))
    )


def settle_difference(order_id: int, *, request_id: str, actor: str, reason: str) -> list[Refund]:
    """Give back what we hold above what is owed, as after an order became cheaper; nothing when there is nothing.

    It credits nothing, because the order's total says already what is owed.
    """
    return _attempt_all(retrying(lambda: _request_difference(order_id, request_id, actor, reason)))


def confirm_refund(refund_id: int) -> Refund:
    """Note that staff have paid out a refund of money that was received by hand."""

    def work() -> Refund:
        refund, payment = _read(refund_id)
        if not payment.offline:
            raise Conflict(_("This refund is made by the payment provider."))
        told = ProviderRefund(f"by-hand:{refund.id}", "succeeded", refund.amount_minor)
        return _write(refund_id, told)

    return retrying(work)


def request_refund(order_id: int, *, request_id: str, actor: str, reason: str, restock: bool) -> list[Refund]:
    """Write down, in the transaction in progress, that everything is to go back."""
    order, payments = lock_order_payments(order_id)
    known = _requested_before(order_id, request_id)
    if known:
        return known
    if not any(payment.captured_minor for payment in payments):
        raise NothingPaid(_("This order holds no money that could go back."))
    left = sum(_left(payment) for payment in payments)
    if not left:
        raise AlreadyRefunded(_("All money of this order has gone back, or is on its way."))
    credit = min(left, _owed(order) - _on_its_way(payments)[1])
    made, _rest = _write_down(
        payments, left, credit, request_id=request_id, actor=actor, reason=reason, restock=restock
    )
    return made


def _request_parts(
    order_id: int, *, request_id: str, actor: str, reason: str, parts: RefundParts | Callable[[], RefundParts]
) -> list[Refund]:
    order, payments = lock_order_payments(order_id)
    known = _requested_before(order_id, request_id)
    if known or crediting.is_credited(order_id, request_id):
        return known
    if callable(parts):
        parts = parts()
    credit = parts.total_minor
    if credit <= 0 or min([parts.shipping_minor, parts.goodwill_minor, *(one.amount_minor for one in parts.lines)]) < 0:
        raise Invalid(_("Please say what is to go back."))
    # Before any money moves: what lies in a parcel that is about to leave can't be put back on the shelf.
    back = crediting.still_to_restock(order_id, {one.order_line_id: one.quantity for one in parts.lines if one.restock})
    if back:
        orders.take_back(order_id, back, part=f"refund:{request_id}", actor=actor)
        order, payments = lock_order_payments(order_id)
    amount_on_its_way, credit_on_its_way = _on_its_way(payments)
    still_owed = _owed(order) - credit_on_its_way
    if credit > still_owed:
        raise AlreadyRefunded(
            _("That is more than is left of this order. Somebody may have been faster; please look again.")
        )
    unpaid = max(0, statuses.due(order, payments) + amount_on_its_way - credit_on_its_way)
    amount = min(max(0, credit - unpaid), sum(_left(payment) for payment in payments))
    made, rest = _write_down(
        payments, amount, amount, request_id=request_id, actor=actor, reason=reason, parts=parts, restock=False
    )
    if rest.total_minor:
        crediting.credit(order_id, rest, request_id=request_id, actor=actor, reason=reason)
        statuses.write(order, payments)
    point("payments.refund.after_request")
    return made


def _request_difference(order_id: int, request_id: str, actor: str, reason: str) -> list[Refund]:
    order, payments = lock_order_payments(order_id)
    known = _requested_before(order_id, request_id)
    if known:
        return known
    amount_on_its_way, credit_on_its_way = _on_its_way(payments)
    too_much = -(statuses.due(order, payments) + amount_on_its_way - credit_on_its_way)
    if too_much <= 0:
        return []
    amount = min(too_much, sum(_left(payment) for payment in payments))
    made, _rest = _write_down(payments, amount, 0, request_id=request_id, actor=actor, reason=reason, restock=False)
    return made


def _write_down(
    payments: Sequence[Payment],
    amount: int,
    credit: int,
    *,
    request_id: str,
    actor: str,
    reason: str,
    restock: bool,
    parts: RefundParts = RefundParts(),
) -> tuple[list[Refund], RefundParts]:
    """Share an amount out over the payments that hold money, a row for each; what is no credit goes first.

    Return the rows, and what of the parts no payment gives.
    """
    made: list[Refund] = []
    too_much = amount - credit
    # The newest first: of an order that was paid twice, that is the payment too many.
    for payment in reversed(payments):
        take = min(_left(payment), amount)
        if take <= 0:
            continue
        uncredited = min(too_much, take)
        amount, too_much = amount - take, too_much - uncredited
        made.append(
            Refund(
                payment_id=payment.id,
                request_id=f"{request_id}:{payment.id}" if made else request_id,
                amount_minor=take,
                credit_minor=take - uncredited,
                currency=payment.currency,
                reason=reason,
                restock=restock,
                actor=actor,
            )
        )
    session.add_all(made)
    session.flush()
    rest = _share_parts(made, parts)
    session.flush()
    return made, rest


def _share_parts(made: Sequence[Refund], parts: RefundParts) -> RefundParts:
    """Say of each row which lines and how much delivery it pays for; units are counted with the first row.

    Return what no row pays for: it is credited only.
    """
    rows = [(row, row.credit_minor) for row in made]
    lines: list[LinePart] = []
    for line in parts.lines:
        left, quantity = line.amount_minor, line.quantity
        for place, (row, room) in enumerate(rows):
            share = min(left, room)
            if share or quantity:
                session.add(
                    RefundLine(
                        refund_id=row.id,
                        order_line_id=line.order_line_id,
                        quantity=quantity,
                        amount_minor=share,
                        restock=line.restock,
                    )
                )
            left, quantity = left - share, 0
            rows[place] = (row, room - share)
        if left or quantity:
            lines.append(LinePart(line.order_line_id, quantity, left, line.restock))
    shipping_left = parts.shipping_minor
    for place, (row, room) in enumerate(rows):
        row.shipping_minor = min(shipping_left, room)
        shipping_left -= row.shipping_minor
        rows[place] = (row, room - row.shipping_minor)
    goodwill_left = max(parts.goodwill_minor - sum(room for _row, room in rows), 0)
    return RefundParts(tuple(lines), shipping_left, goodwill_left)


def _attempt_all(refunds: Sequence[Refund]) -> list[Refund]:
    point("payments.refund.before_call")
    return [attempt_refund(refund.id) for refund in refunds]


def settle_refund(refund_id: int) -> Refund:
    """Find out what became of a refund, or ask for it again under its key; raises `Unsettled` when nobody answers."""
    refund = attempt_refund(refund_id, look_first=True)
    if refund.status == "requested":
        raise Unsettled(_("The payment provider has not confirmed the refund yet."))
    return refund


def settle_due_refunds() -> int:
    """Settle every refund that has waited for a while; return how many of those tried are still open."""
    with transaction():
        due = (
            session.execute(
                select(Refund.id)
                .join(Payment, Payment.id == Refund.payment_id)
                .where(Refund.status == "requested", Refund.updated_at <= now() - SETTLE_AFTER, ~Payment.offline)
                .order_by(func.random())
                .limit(BATCH)
            )
            .scalars()
            .all()
        )
    still_open = 0
    for refund_id in due:
        try:
            settle_refund(refund_id)
        except StoreError as error:
            still_open += 1
            logger.warning("refund can't be settled yet", refund_id=refund_id, error=error.message)
        if still_open == PATIENCE:
            break
    return still_open


def attempt_refund(refund_id: int, *, look_first: bool = False) -> Refund:
    """Ask the provider for a refund and write down its answer; without an answer the refund stays `requested`."""
    with transaction():
        refund, payment = _read(refund_id)
    external_id = payment.external_id
    if refund.status != "requested" or external_id is None or payment.offline:
        return refund
    provider = get_provider(payment.provider)
    # Of this row alone, and of this order for ever: see `begin` on keys.
    key = f"refund:{payment.idempotency_key}:{refund.id}"
    try:
        told = ask(lambda: provider.find_refund(external_id, idempotency_key=key)) if look_first else None
        told = told or ask(lambda: _send(provider, external_id, refund.amount_minor, key))
    except (Declined, Unavailable) as error:
        logger.warning("refund not confirmed", refund_id=refund_id, error=error.message)
        return refund
    point("payments.refund.after_call")
    return retrying(lambda: _write(refund_id, told))


def _send(provider: Provider, external_id: str, amount_minor: int, key: str) -> ProviderRefund:
    try:
        return provider.refund(external_id, amount_minor=amount_minor, idempotency_key=key)
    except Declined as error:
        return ProviderRefund(external_id="", status="failed", amount_minor=amount_minor, failure=error.message)


def _write(refund_id: int, told: ProviderRefund) -> Refund:
    payment_id = session.execute(select(Refund.payment_id).where(Refund.id == refund_id)).scalar_one()
    order, payment, others = lock_payment(payment_id)
    refund = session.execute(
        select(Refund).where(Refund.id == refund_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one()
    if refund.status != "requested":
        return refund
    refund.external_id = told.external_id or None
    if told.status == "pending":
        return refund
    if told.status == "failed" or told.amount_minor not in (None, refund.amount_minor):
        refund.status = "failed"
        refund.failure = told.failure or _("The provider reports another amount.")
        session.flush()
        orders.add_event(order.id, "refund_failed", actor=refund.actor, refund_id=refund.id)
        orders.flag(order.id, _("A refund was refused by the payment provider. Please look into it."))
        return refund
    refund.status, refund.failure = "succeeded", ""
    payment.refunded_minor += refund.amount_minor
    session.flush()
    orders.record_refund(
        order.id,
        refund_id=refund.id,
        amount_minor=refund.amount_minor,
        # An order that was cancelled before staff paid out is credited all the same.
        credit_minor=min(refund.credit_minor, order.total_minor - order.credited_minor)
        if order.status == "cancelled"
        else min(refund.credit_minor, _owed(order)),
        actor=refund.actor,
    )
    statuses.write(order, (payment, *others))
    if refund.restock and not statuses.facts((payment, *others)).kept_minor:
        orders.take_all_back(order.id, actor=refund.actor)
    point("payments.refund.before_commit")
    return refund


def _requested_before(order_id: int, request_id: str) -> list[Refund]:
    known = session.execute(
        select(Refund, Payment.order_id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.request_id == request_id)
    ).one_or_none()
    if known is None:
        return []
    refund, its_order_id = known
    if its_order_id != order_id:
        raise Conflict(_("This form was used for another order. Please reload the page."))
    further = select(Refund).where(Refund.request_id.startswith(f"{request_id}:", autoescape=True))
    return [refund, *session.execute(further.order_by(Refund.id)).scalars()]


def _owed(order: Order) -> int:
    return owed(order.status, total_minor=order.total_minor, credited_minor=order.credited_minor)


def _left(payment: Payment) -> int:
    """Return what a payment holds that has not gone back and is not on its way."""
    on_its_way, _credit = _on_its_way([payment])
    return payment.captured_minor - payment.refunded_minor - on_its_way


def _on_its_way(payments: Sequence[Payment]) -> tuple[int, int]:
    """Return what is asked to go back from these payments and not done yet, and how much of it is credit."""
    row = session.execute(
        select(
            func.coalesce(func.sum(Refund.amount_minor), 0).label("amount"),
            func.coalesce(func.sum(Refund.credit_minor), 0).label("credit"),
        ).where(Refund.payment_id.in_([payment.id for payment in payments]), Refund.status == "requested")
    ).one()
    return int(row.amount), int(row.credit)


def _read(refund_id: int) -> tuple[Refund, Payment]:
    row = session.execute(
        select(Refund, Payment)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.id == refund_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(_("This refund does not exist."))
    return row[0], row[1]
