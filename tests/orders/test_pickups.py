"""What is fetched and what is not sent: ready, handed over, done; and what its buyer is told."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from store.audit.report import audit
from store.core.db import session, transaction
from store.core.errors import Conflict
from store.core.settings import Settings
from store.notifications.models import Message
from store.orders import services as orders
from store.orders.models import Order
from store.orders.summary import progress
from tests.factories.catalog import make_product
from tests.factories.payments import make_paid_order, run_jobs
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")

POINT = {"name": "Moth & Moon", "line1": "Lindengasse 1", "postcode": "1070", "city": "Wien", "country": "AT"}
STAFF = "staff:1"


@pytest.fixture(autouse=True)
def at_once(db: object) -> Iterator[None]:
    """Mails wait for nobody here."""
    make_shop()
    orders.configure(Settings(shipping_undo_seconds=0))
    yield
    orders.configure(Settings())


def make_order(kind: str = "pickup", *, quantity: int = 2) -> Order:
    order = make_paid_order(make_product("mug", title="Moth mug", stock=5), quantity=quantity)
    order.delivery = {"kind": kind, **({"point": {**POINT, "hours": "Mo–Fr 9–18"}} if kind == "pickup" else {})}
    order.shipping_address = {"name": "Ana Gruber", "country": "AT"}
    session.commit()
    return order


def ready(order: Order) -> int:
    with transaction():
        return orders.make_rest_ready(order.id, None, actor=STAFF)[-1].id


def mails() -> list[Message]:
    run_jobs()
    return list(session.execute(text("SELECT kind, subject, text, html FROM messages ORDER BY id")))


def on_hand() -> int:
    return int(session.execute(text("SELECT sum(on_hand) FROM stock_levels")).scalar_one())


def fresh(order_id: int) -> Order:
    return session.get_one(Order, order_id, populate_existing=True)


def test_who_fetches_is_told_once_where_and_when(db: object) -> None:
    order = make_order()
    ready(order)
    (mail,) = [one for one in mails() if one.kind == "ready"]
    assert mail.subject == f"Your order {order.number} is ready to fetch"
    for said in ("Moth & Moon, Lindengasse 1, 1070 Wien", "Mo–Fr 9–18", "order number", "Moth mug"):
        assert said in mail.text
    with pytest.raises(Conflict), transaction():
        orders.make_ready(order.id, fresh(order.id).fulfilments[0].id, actor=STAFF)
    assert len([one for one in mails() if one.kind == "ready"]) == 1


def test_what_waits_is_still_on_the_shelf_and_leaves_it_when_it_is_fetched(db: object) -> None:
    order = make_order()
    before = on_hand()
    parcel = ready(order)
    assert on_hand() == before
    mails()
    assert [step.label for step in progress(fresh(order.id))][-2:] == ["Ready to fetch", "Fetched"]
    with transaction():
        orders.hand_over(order.id, parcel, actor=STAFF)
    assert on_hand() == before - 2
    assert (fresh(order.id).fulfilment_status, progress(fresh(order.id))[-1].label) == ("delivered", "Fetched")
    # Who was there needs no mail about a parcel that has left.
    assert [one.kind for one in mails()] == ["receipt", "ready"]
    assert not [finding.as_dict() for finding in audit().violations]


def test_what_is_called_off_within_minutes_nobody_hears_of(db: object) -> None:
    orders.configure(Settings(shipping_undo_seconds=300))
    assert orders.mail_waits() > timedelta(minutes=5)
    orders.configure(Settings(shipping_undo_seconds=0))
    order = make_order()
    parcel = ready(order)
    with transaction():
        orders.cancel_parcel(order.id, parcel, actor=STAFF)
    assert "ready" not in [one.kind for one in mails()]
    assert fresh(order.id).fulfilment_status == "unfulfilled"


def test_a_part_can_be_ready_before_the_rest(db: object) -> None:
    order = make_order()
    with transaction():
        (first,) = orders.make_rest_ready(order.id, {order.lines[0].id: 1}, actor=STAFF)
        first_id = first.id
    assert "a part of your order" in next(one for one in mails() if one.kind == "ready").text
    with transaction():
        orders.hand_over(order.id, first_id, actor=STAFF)
    assert fresh(order.id).fulfilment_status == "partial"
    second = ready(order)
    assert second != first_id
    with transaction():
        orders.hand_over(order.id, second, actor=STAFF)
    assert fresh(order.id).fulfilment_status == "delivered"


def test_what_nobody_has_paid_for_is_not_handed_over(db: object) -> None:
    order = make_order()
    order.payment_status = "pending"
    session.commit()
    with pytest.raises(orders.NotShippable), transaction():
        orders.make_rest_ready(order.id, None, actor=STAFF)


def test_a_parcel_that_is_sent_is_never_ready_to_fetch(db: object) -> None:
    order = make_order("parcel")
    with pytest.raises(Conflict), transaction():
        orders.make_rest_ready(order.id, None, actor=STAFF)


def test_what_is_not_sent_is_done_by_staff_and_said_so(db: object) -> None:
    order = make_order("none")
    with transaction():
        orders.ship(order.id, carrier="", tracking_number="", actor=STAFF)
    sent = mails()[-1]
    assert (sent.kind, sent.subject) == ("shipped", f"Your order {order.number} is done")
    for untrue in ("parcel", "on its way"):
        assert untrue not in sent.text
    assert progress(fresh(order.id))[-1].label == "Done"
    assert not [finding.as_dict() for finding in audit().violations]
