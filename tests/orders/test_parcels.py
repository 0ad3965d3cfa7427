"""Orders leave in one parcel or in many, and the stock of each leaves with it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from store.audit.report import audit
from store.core.clock import now
from store.core.db import session
from store.core.errors import Conflict, Invalid, NotFound
from store.core.moves import IllegalMove
from store.core.outbox import Outbox
from store.core.settings import Settings
from store.notifications.models import Message
from store.orders import services as orders
from store.orders.models import Order, OrderEvent
from store.orders.services import parcels
from tests.factories import payments as money
from tests.factories.catalog import make_product
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def paid(db: object) -> Order:
    make_shop()
    return money.make_paid_order(make_product(stock=5), quantity=3)


@pytest.fixture
def with_time_to_undo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "_undo_for", timedelta(seconds=Settings().shipping_undo_seconds))


def line_of(order: Order) -> int:
    return order.lines[0].id


def stock() -> tuple[int, ...]:
    return tuple(session.execute(text("SELECT on_hand, reserved, allocated FROM audit_stock")).one())


def state(order: Order) -> str:
    session.refresh(order)
    return order.fulfilment_status


def timeline(order: Order) -> list[str]:
    rows = session.execute(select(OrderEvent.kind).where(OrderEvent.order_id == order.id).order_by(OrderEvent.id))
    return list(rows.scalars())


def prepare(order: Order, count: int):
    return orders.prepare_parcel(order.id, {line_of(order): count}, actor="staff:1")


def send(order: Order, parcel_id: int):
    return orders.ship_parcel(order.id, parcel_id, carrier="Post", tracking_number="A1", actor="staff:1")


def faults() -> list[dict[str, object]]:
    return [finding.as_dict() for finding in audit().violations]


def test_an_order_leaves_in_two_parcels_and_its_stock_with_them(paid: Order) -> None:
    first = prepare(paid, 1)
    assert (state(paid), stock()) == ("unfulfilled", (5, 0, 3))
    orders.pack_parcel(paid.id, first.id, actor="staff:1")
    send(paid, first.id)
    assert (state(paid), stock()) == ("partial", (4, 0, 2))
    orders.ship(paid.id, carrier="Post", tracking_number="", actor="staff:1")
    assert (state(paid), stock()) == ("fulfilled", (2, 0, 0))
    money.run_jobs(only="notifications.send")
    mails = list(session.execute(select(Message.text).where(Message.kind == "shipped").order_by(Message.id)).scalars())
    assert ["1 × " in mails[0], "2 × " in mails[1]] == [True, True]
    assert timeline(paid)[-4:] == ["parcel_prepared", "packed", "shipped", "shipped"]
    assert faults() == []


def test_what_waits_in_a_parcel_is_not_put_into_another(paid: Order) -> None:
    prepare(paid, 2)
    with pytest.raises(Invalid, match="Only 1 of this"):
        prepare(paid, 2)
    prepare(paid, 1)
    with pytest.raises(orders.NotShippable, match="in a parcel already"):
        orders.prepare_parcel(paid.id, None, actor="staff:1")


@pytest.mark.parametrize("count", [0, -1, 4])
def test_a_parcel_holds_something_of_what_is_left(paid: Order, count: int) -> None:
    with pytest.raises(Invalid):
        prepare(paid, count)


def test_a_line_of_another_order_is_not_sent(paid: Order) -> None:
    with pytest.raises(Invalid):
        orders.prepare_parcel(paid.id, {line_of(paid) + 1: 1}, actor="staff:1")


def test_a_parcel_that_is_called_off_gives_its_share_back(paid: Order) -> None:
    parcel = prepare(paid, 2)
    orders.cancel_parcel(paid.id, parcel.id, actor="staff:1")
    assert (state(paid), stock()) == ("unfulfilled", (5, 0, 3))
    with pytest.raises(IllegalMove):
        send(paid, parcel.id)
    orders.ship(paid.id, carrier="", tracking_number="", actor="staff:1")
    assert (state(paid), stock()) == ("fulfilled", (2, 0, 0))
    money.run_jobs(only="notifications.send")
    assert faults() == []


def test_a_parcel_that_left_can_not_be_called_off(paid: Order) -> None:
    parcel = prepare(paid, 3)
    send(paid, parcel.id)
    with pytest.raises(IllegalMove):
        orders.cancel_parcel(paid.id, parcel.id, actor="staff:1")


def test_an_order_has_arrived_when_all_its_parcels_have(paid: Order) -> None:
    first, second = prepare(paid, 1), prepare(paid, 2)
    with pytest.raises(IllegalMove):
        orders.deliver_parcel(paid.id, first.id)
    send(paid, first.id)
    orders.deliver_parcel(paid.id, first.id)
    assert state(paid) == "partial"
    send(paid, second.id)
    assert state(paid) == "fulfilled"
    orders.deliver_parcel(paid.id, second.id)
    orders.deliver_parcel(paid.id, second.id)
    assert state(paid) == "delivered"
    assert timeline(paid).count("delivered") == 2
    money.run_jobs(only="notifications.send")
    assert faults() == []


def test_a_parcel_is_taken_back_within_five_minutes_and_nobody_is_told(
    paid: Order, with_time_to_undo: None, clock
) -> None:
    parcel = prepare(paid, 2)
    send(paid, parcel.id)
    money.run_jobs(only="notifications.send_shipped")
    assert orders.undo_until(parcel) is not None
    orders.take_parcel_back(paid.id, parcel.id, actor="staff:1")
    assert (state(paid), stock()) == ("unfulfilled", (5, 0, 3))
    clock.shift(timedelta(minutes=6))
    money.run_jobs(only="notifications.send_shipped")
    assert session.execute(select(Message).where(Message.kind == "shipped")).all() == []
    assert faults() == []


def test_a_parcel_that_left_again_is_told_of_once(paid: Order, with_time_to_undo: None, clock) -> None:
    parcel = prepare(paid, 3)
    send(paid, parcel.id)
    clock.shift(timedelta(minutes=4))
    orders.take_parcel_back(paid.id, parcel.id, actor="staff:1")
    send(paid, parcel.id)
    for _time in range(3):
        clock.shift(timedelta(minutes=6))
        money.run_jobs(only="notifications.send_shipped")
    assert len(session.execute(select(Message).where(Message.kind == "shipped")).all()) == 1
    money.run_jobs(only="notifications.send")
    assert faults() == []


def test_after_five_minutes_a_parcel_is_on_its_way(paid: Order, with_time_to_undo: None, clock) -> None:
    parcel = prepare(paid, 3)
    send(paid, parcel.id)
    waits = session.execute(select(Outbox.available_at).where(Outbox.task == "notifications.send_shipped")).scalar_one()
    clock.shift(timedelta(minutes=5, seconds=1))
    assert waits > now()
    with pytest.raises(Conflict, match="has been told"):
        orders.take_parcel_back(paid.id, parcel.id, actor="staff:1")


def test_several_boxes_have_several_numbers(paid: Order) -> None:
    parcel = prepare(paid, 3)
    orders.ship_parcel(
        paid.id, parcel.id, carrier="DHL", tracking_number="A 1, B2;B2\nC3", actor="staff:1", tracking_link=""
    )
    assert parcel.tracking_numbers == ["A 1", "B2", "C3"]
    orders.write_tracking(paid.id, parcel.id, carrier="GLS", tracking_number="D4", actor="staff:1")
    assert (parcel.carrier, parcel.tracking_numbers) == ("GLS", ["D4"])


@pytest.mark.parametrize("link", ["javascript:alert(1)", "//x", "www.post.at", "https://" + "x" * 600])
def test_a_link_to_follow_a_parcel_is_an_address_of_the_web(paid: Order, link: str) -> None:
    parcel = prepare(paid, 3)
    with pytest.raises(Invalid):
        orders.ship_parcel(paid.id, parcel.id, carrier="", tracking_number="", actor="staff:1", tracking_link=link)


def test_a_parcel_of_another_order_is_not_found(paid: Order) -> None:
    other = money.make_paid_order(make_product(stock=1))
    parcel = orders.prepare_parcel(other.id, None, actor="staff:1")
    with pytest.raises(NotFound):
        send(paid, parcel.id)


def test_units_that_are_taken_back_are_not_sent_and_can_be_sold_again(paid: Order) -> None:
    orders.take_back(paid.id, {line_of(paid): 2}, part="refund:1", actor="staff:1")
    assert stock() == (5, 0, 1)
    with pytest.raises(Invalid, match="Only 1"):
        prepare(paid, 2)
    orders.ship(paid.id, carrier="", tracking_number="", actor="staff:1")
    assert (state(paid), stock()) == ("fulfilled", (4, 0, 0))
    money.run_jobs(only="notifications.send")
    assert faults() == []


def test_units_that_are_taken_back_come_from_the_shelf_first_and_then_from_the_customer(paid: Order) -> None:
    send(paid, prepare(paid, 2).id)
    orders.take_back(paid.id, {line_of(paid): 2}, part="refund:1", actor="staff:1")
    assert stock() == (4, 0, 0)
    assert state(paid) == "partially_returned"
    money.run_jobs(only="notifications.send")
    assert faults() == []


def test_what_is_packed_is_not_taken_back(paid: Order) -> None:
    prepare(paid, 3)
    with pytest.raises(orders.InParcel):
        orders.take_back(paid.id, {line_of(paid): 1}, part="refund:1", actor="staff:1")


def test_an_order_of_which_nothing_is_left_is_not_sent(paid: Order) -> None:
    orders.take_back(paid.id, {line_of(paid): 3}, part="refund:1", actor="staff:1")
    assert (state(paid), stock()) == ("cancelled", (5, 0, 0))
    with pytest.raises(orders.NotShippable):
        orders.ship(paid.id, carrier="", tracking_number="", actor="staff:1")


def test_a_cancelled_order_calls_its_parcels_off(paid: Order) -> None:
    parcel = prepare(paid, 2)
    orders.mark_cancelled(paid.id, actor="staff:1", reason="changed her mind")
    session.refresh(parcel)
    assert (parcel.status, state(paid), stock()) == ("cancelled", "cancelled", (5, 0, 0))


def test_of_what_comes_back_the_good_pieces_are_sold_again_and_the_bad_are_written_off(paid: Order) -> None:
    send(paid, prepare(paid, 3).id)
    variant = paid.lines[0].variant_id
    orders.take_returned(
        paid.id,
        {line_of(paid): 3},
        sellable={variant: 2},
        damaged={variant: 1},
        part="return:1",
        reason="torn",
        actor="staff:1",
    )
    assert (state(paid), stock()) == ("returned", (4, 0, 0))
    money.run_jobs(only="notifications.send")
    assert faults() == []
