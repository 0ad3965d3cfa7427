"""An order's life, move by move."""

import pytest
from sqlalchemy import select

from store.core.db import session
from store.core.moves import IllegalMove
from store.core.outbox import Outbox
from store.inventory.errors import OutOfStock
from store.orders import services as orders
from store.orders.models import Order, OrderEvent
from store.orders.services import NotShippable
from tests.factories.catalog import make_product
from tests.factories.orders import make_draft, make_pending_order, make_placed_order
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")


def timeline(order: Order) -> list[str]:
    rows = session.execute(select(OrderEvent.kind).where(OrderEvent.order_id == order.id).order_by(OrderEvent.id))
    return list(rows.scalars())


def outbox_tasks() -> list[str]:
    return list(session.execute(select(Outbox.task).order_by(Outbox.id)).scalars())


def test_an_order_exists_and_holds_stock_before_any_money() -> None:
    mug = make_product(stock=1)
    order = make_pending_order(mug)
    assert (order.status, order.payment_status, order.number) == ("pending", "pending", None)
    with pytest.raises(OutOfStock):
        make_pending_order(mug)


def test_one_cart_gives_one_order() -> None:
    mug = make_product(stock=5)
    first = orders.place(make_draft(mug, cart_id=7))
    second = orders.place(make_draft(mug, cart_id=7))
    assert first.id == second.id
    session.refresh(mug.variant)
    assert mug.variant.stock_left == 4


def test_an_order_gets_the_next_number_when_it_is_paid_and_not_before() -> None:
    first, second, third = (make_pending_order() for _ in range(3))
    orders.mark_placed(third.id)
    orders.mark_placed(first.id)
    for order in (first, second, third):
        session.refresh(order)
    assert first.number == (third.number or 0) + 1
    assert second.number is None


def test_paid_twice_is_placed_once() -> None:
    order = make_placed_order()
    number = order.number
    orders.mark_placed(order.id)
    session.refresh(order)
    assert order.number == number
    assert timeline(order) == ["created", "placed"]


def test_money_that_comes_late_takes_the_stock_again_or_fails() -> None:
    mug = make_product(stock=1)
    late = make_pending_order(mug)
    orders.mark_expired(late.id)
    rival = make_pending_order(mug)
    with pytest.raises(OutOfStock):
        orders.mark_placed(late.id)
    orders.mark_expired(rival.id)
    orders.mark_placed(late.id)
    session.refresh(late)
    assert late.status == "placed"


def test_a_cancelled_order_is_never_placed() -> None:
    order = make_pending_order()
    orders.mark_cancelled(order.id, actor="eva@example.com", reason="typo")
    with pytest.raises(IllegalMove):
        orders.mark_placed(order.id)


def test_an_expired_order_frees_its_stock_once() -> None:
    mug = make_product(stock=1)
    order = make_pending_order(mug)
    orders.mark_expired(order.id)
    orders.mark_expired(order.id)
    session.refresh(mug.variant)
    assert mug.variant.stock_left == 1
    assert timeline(order) == ["created", "expired"]


def test_only_a_paid_order_is_shipped_and_only_once() -> None:
    make_shop()
    order = make_pending_order()
    with pytest.raises(NotShippable):
        orders.ship(order.id, carrier="Post", tracking_number="1", actor="eva@example.com")
    orders.mark_placed(order.id)
    with pytest.raises(NotShippable):
        orders.ship(order.id, carrier="Post", tracking_number="1", actor="eva@example.com")
    orders.lock_order(order.id).payment_status = "paid"
    orders.ship(order.id, carrier=" Post ", tracking_number="1", actor="eva@example.com")
    with pytest.raises(NotShippable):
        orders.ship(order.id, carrier="Post", tracking_number="1", actor="eva@example.com")
    session.refresh(order)
    assert order.fulfilment_status == "fulfilled"
    assert timeline(order) == ["created", "placed", "shipped"]


def test_each_event_is_written_once_for_each_of_its_handlers() -> None:
    order = make_placed_order()
    orders.mark_placed(order.id)
    tasks = outbox_tasks()
    assert len(tasks) == len(set(tasks))


def test_a_flag_for_staff_keeps_every_reason() -> None:
    order = make_placed_order()
    orders.flag(order.id, "Paid twice.")
    orders.flag(order.id, "Address unclear.")
    orders.flag(order.id, "Paid twice.")
    session.refresh(order)
    assert order.attention == "Paid twice. Address unclear."
