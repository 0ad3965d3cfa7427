"""What stands beside a product: what staff say, then what others bought, then the shelf; nothing sold out before it."""

import pytest
from sqlalchemy import text

from store.catalog.queries import get_product
from store.catalog.queries.prices import PriceScope
from store.core.db import session
from tests.factories.catalog import forget, make_collection, make_product

pytestmark = pytest.mark.usefixtures("db")
EUR = PriceScope("EUR")


def beside(handle: str) -> list[str]:
    _, around = get_product(handle, EUR)
    handles = dict(session.execute(text("SELECT id, handle FROM products")).all())
    return [handles[ref.product_id] for ref in around.related]


@pytest.fixture
def shelf():
    made = make_collection("kitchen")
    return {
        handle: make_product(handle, collection=made).product.id
        for handle in ("mug", "bowl", "cup", "vase", "plate", "pan")
    }


def pin(one: int, *others: int) -> None:
    for place, other in enumerate(others):
        session.execute(
            text("INSERT INTO product_pins VALUES (:one, :other, :place)"), {"one": one, "other": other, "place": place}
        )


def count(one: int, other: int, orders: int) -> None:
    session.execute(
        text("INSERT INTO bought_together VALUES (:one, :other, :orders)"),
        {"one": one, "other": other, "orders": orders},
    )


def test_pins_come_first_then_what_is_bought_together_then_the_shelf(shelf):
    assert beside("mug") == ["bowl", "cup", "vase", "plate"]
    count(shelf["mug"], shelf["pan"], 9)
    count(shelf["mug"], shelf["cup"], 3)
    assert beside("mug") == ["pan", "cup", "bowl", "vase"]
    pin(shelf["mug"], shelf["plate"], shelf["cup"])
    assert beside("mug") == ["plate", "cup", "pan", "bowl"]


def test_one_order_is_an_accident(shelf):
    count(shelf["mug"], shelf["pan"], 1)
    assert beside("mug") == ["bowl", "cup", "vase", "plate"]


def test_what_is_sold_out_comes_last_and_what_nobody_may_see_not_at_all(shelf):
    pin(shelf["mug"], shelf["pan"], shelf["plate"], shelf["vase"])
    session.execute(text("UPDATE products SET available = false WHERE handle = 'pan'"))
    session.execute(text("UPDATE products SET status = 'draft' WHERE handle = 'plate'"))
    session.execute(text("UPDATE products SET status = 'archived' WHERE handle = 'bowl'"))
    assert beside("mug") == ["vase", "cup", "pan"]
    assert "mug" not in beside("mug")


def test_a_change_is_seen_at_the_next_request_and_costs_no_statement_more(shelf, count_sql):
    beside("mug")
    forget()
    get_product("mug", EUR)
    pin(shelf["mug"], shelf["pan"])
    with count_sql() as sent:
        _, around = get_product("mug", EUR)
    assert len(sent) == 1
    assert around.related[0].product_id == shelf["pan"]


def test_a_product_on_no_shelf_still_has_what_was_put_beside_it(shelf):
    lone = make_product("lamp").product.id
    pin(lone, shelf["mug"])
    assert beside("lamp") == ["mug"]
