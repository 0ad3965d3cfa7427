"""What is bought together: counted as orders come, and forgotten as they grow old."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from store.core.clock import now
from store.core.db import session
from store.orders.services import together
from tests.factories.catalog import make_product
from tests.factories.orders import make_placed_order
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def things():
    make_shop()
    return [make_product(handle, stock=500) for handle in ("mug", "bowl", "vase")]


def order_of(*things, days_ago: float = 1) -> None:
    order = make_placed_order(things[0])
    columns = "order_id, variant_id, product_id, product_handle, title, variant_title, sku, quantity, unit_net_minor, unit_gross_minor, tax_rate, tax_minor, total_minor"
    for place, thing in enumerate(things[1:], 2):
        session.execute(
            text(
                f"INSERT INTO order_lines ({columns}, position) SELECT order_id, :v, :p, :h, title, variant_title, sku, quantity, "
                "unit_net_minor, unit_gross_minor, tax_rate, tax_minor, total_minor, :place FROM order_lines WHERE order_id = :id ORDER BY position LIMIT 1"
            ),
            {"v": thing.variant.id, "p": thing.product.id, "h": thing.product.handle, "place": place, "id": order.id},
        )
    session.execute(
        text("UPDATE orders SET placed_at = :at WHERE id = :id"),
        {"at": now() - timedelta(days=days_ago), "id": order.id},
    )
    session.commit()


def counts() -> dict[tuple[str, str], int]:
    rows = session.execute(
        text(
            "SELECT a.handle, b.handle, t.orders FROM bought_together t JOIN products a ON a.id = t.product_id "
            "JOIN products b ON b.id = t.other_id WHERE a.handle < b.handle"
        )
    )
    return {(one, other): orders for one, other, orders in rows}


def test_pairs_are_counted_once_an_order_and_only_once_however_often_the_job_runs(things):
    mug, bowl, vase = things
    order_of(mug, bowl, bowl)
    order_of(mug, bowl, vase, days_ago=100)
    order_of(mug)
    for _ in range(2):
        together.count_bought_together()
        assert counts() == {("bowl", "mug"): 2, ("bowl", "vase"): 1, ("mug", "vase"): 1}


def test_new_orders_are_added_and_old_ones_leave_as_time_goes_by(things, clock):
    mug, bowl, vase = things
    order_of(mug, bowl, days_ago=170)
    together.count_bought_together()
    clock.shift(timedelta(days=5))
    order_of(mug, vase)
    together.count_bought_together()
    assert counts() == {("bowl", "mug"): 1, ("mug", "vase"): 1}
    clock.shift(timedelta(days=30))
    together.count_bought_together()
    assert counts() == {("mug", "vase"): 1}
    clock.shift(timedelta(days=400))
    order_of(bowl, vase)
    together.count_bought_together()
    assert counts() == {("bowl", "vase"): 1}


def test_an_order_that_waits_for_its_payment_is_not_counted(things):
    mug, bowl, _ = things
    order_of(mug, bowl)
    session.execute(text("UPDATE orders SET status = 'pending', number = NULL, placed_at = NULL"))
    together.count_bought_together()
    assert counts() == {}


def test_an_order_of_very_many_things_makes_a_bounded_number_of_pairs():
    make_shop()
    order_of(*(make_product() for _ in range(30)))
    together.count_bought_together()
    total = session.execute(text("SELECT count(*) FROM bought_together")).scalar_one()
    assert total == together.MOST_PRODUCTS * (together.MOST_PRODUCTS - 1)
