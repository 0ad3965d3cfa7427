"""What is credited without money going back, and what a refused refund leaves behind: both are kept by line."""

import pytest

from store.changes.services.terms import place_on_terms
from store.core.db import session, transaction
from store.orders import services as orders
from store.orders.models import Order
from store.orders.queries import get_order
from store.payments import services
from store.payments.errors import AlreadyRefunded
from store.payments.services import LinePart, RefundParts
from store.pricing.errors import MoreThanLeft
from store.returns.reckoning import reckon, units_left
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order
from tests.factories.payments import bank_balance, break_next, make_paid_order, refunds_of

pytestmark = pytest.mark.usefixtures("shop")


def unpaid(quantity: int) -> Order:
    """An order on terms: placed, and nothing has been paid of it."""
    with transaction():
        order = make_pending_order(make_product(stock=9), quantity=quantity)
        place_on_terms(order.id, actor="staff:1")
    return order


def line_of(order: Order) -> int:
    with transaction():
        return get_order(order.id).lines[0].id


def give_back(order: Order, units: int, *, request_id: str, restock: bool = True):
    """Give back units of the only line, reckoned when its turn comes."""
    line = line_of(order)

    def parts() -> RefundParts:
        (share,) = reckon(get_order(order.id), {line: units}, with_delivery=False).lines
        return RefundParts((LinePart(line, units, share.amount_minor, restock=restock),))

    return services.refund(order.id, request_id=request_id, actor="staff:1", reason="", parts=parts)


def units(order: Order):
    with transaction():
        (one,) = orders.units_of(order.id).values()
    return one


def now(order: Order) -> Order:
    session.expire_all()
    return get_order(order.id)


def test_a_credit_of_what_was_not_paid_is_kept_by_line_and_happens_once(violations):
    order = unpaid(3)
    for _twice in range(2):
        assert give_back(order, 1, request_id="form-1") == []
    assert (now(order).credited_minor, units(order).cancelled) == (1900, 1)
    assert units_left(now(order)) == {line_of(order): 2}
    give_back(order, 2, request_id="form-2")
    assert (now(order).credited_minor, units(order).cancelled) == (5700, 3)
    with pytest.raises(MoreThanLeft):
        give_back(order, 1, request_id="form-3")
    assert violations() == []


def test_what_is_half_paid_is_credited_and_given_back_by_line(violations):
    order = unpaid(2)
    services.receive(order.id, amount_minor=3000, request_id="came", actor="staff:1")
    (row,) = give_back(order, 2, request_id="form-1")
    # 42.90 were owed and 12.90 not paid: of 38.00 as much is credited only.
    assert (row.amount_minor, row.credit_minor, now(order).credited_minor) == (2510, 2510, 1290)
    assert units_left(now(order)) == {line_of(order): 0}
    services.confirm_refund(row.id)
    assert now(order).credited_minor == 3800
    assert violations() == []


def test_a_piece_that_was_given_back_is_not_given_back_by_a_second_form(violations):
    order = make_paid_order(make_product(stock=5), quantity=2)
    give_back(order, 2, request_id="form-1")
    with pytest.raises(MoreThanLeft):
        give_back(order, 1, request_id="form-2")
    assert bank_balance(order.token) == 490
    assert violations() == []


def test_a_refused_refund_leaves_the_goods_on_the_shelf_and_the_next_takes_no_more_of_them(violations):
    """What comes back is back whatever becomes of the money, so a second try must not take a second piece."""
    mug = make_product(stock=5)
    order = make_paid_order(mug, quantity=3)
    break_next("refund", "declined")
    (refused,) = give_back(order, 1, request_id="form-1")
    assert (refused.status, units(order).cancelled) == ("failed", 1)
    (row,) = give_back(order, 1, request_id="form-2")
    assert (row.status, units(order).cancelled, units(order).open) == ("succeeded", 1, 2)
    give_back(order, 1, request_id="form-3")
    assert (units(order).cancelled, units(order).open) == (2, 1)
    session.refresh(mug.variant)
    assert mug.variant.stock_left == 4
    assert [one.status for one in refunds_of(order.id)] == ["failed", "succeeded", "succeeded"]
    assert violations() == []


def test_no_more_is_credited_than_was_ordered():
    order = unpaid(1)
    parts = RefundParts(goodwill_minor=2391)
    with pytest.raises(AlreadyRefunded):
        services.refund(order.id, request_id="form-1", actor="staff:1", reason="", parts=parts)
