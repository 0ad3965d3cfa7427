"""A cart goes on after its order: waiting, lapsed or spent."""

import pytest
from sqlalchemy import func, select, text

from store.cart import services
from store.cart.models import Cart
from store.cart.queries import count_pieces, find_cart
from store.core.db import session
from store.orders import services as orders
from store.shop.queries import get_default_market
from tests.factories.catalog import make_product
from tests.factories.orders import make_draft
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")

TOKEN = "a" * 64


@pytest.fixture(autouse=True)
def shop(db: object) -> None:
    """Every test has a merchant and a product called mug."""
    make_shop()


def add(handle: str, quantity: int = 1) -> None:
    services.add_line(TOKEN, handle=handle, wanted={}, quantity=quantity, market=get_default_market(), locale="en")


def order_of_cart() -> int:
    cart = find_cart(TOKEN)
    assert cart is not None
    return orders.place(make_draft(cart_id=cart.id)).id


def test_an_order_that_waits_leaves_the_cart_as_it_is() -> None:
    make_product("mug", stock=1)
    add("mug")
    order_of_cart()
    cart = find_cart(TOKEN)
    assert cart is not None
    assert (cart.state, cart.count, cart.has_problems) == ("waiting", 1, False)


def test_whoever_changes_a_waiting_cart_gets_a_new_one_and_gives_the_order_up() -> None:
    make_product("mug", stock=5)
    add("mug")
    order_of_cart()
    add("mug")
    cart = find_cart(TOKEN)
    assert cart is not None
    assert (cart.state, cart.count) == ("open", 2)
    tasks = session.execute(text("SELECT task FROM outbox")).scalars().all()
    assert "checkout.give_up_order" in tasks


def test_an_expired_order_leaves_the_lines_for_another_try() -> None:
    make_product("mug", stock=5)
    add("mug", 2)
    orders.mark_expired(order_of_cart())
    cart = find_cart(TOKEN)
    assert cart is not None
    assert (cart.state, cart.count) == ("lapsed", 2)
    services.set_quantity(TOKEN, cart.lines[0].id, 3, market=get_default_market(), locale="en")
    after = find_cart(TOKEN)
    assert after is not None
    assert (after.state, after.count, after.id != cart.id) == ("open", 3, True)


def test_a_cart_that_was_bought_is_empty_and_the_next_piece_starts_a_new_one() -> None:
    make_product("mug", stock=5)
    add("mug")
    orders.mark_placed(order_of_cart())
    assert count_pieces(TOKEN) == 0
    add("mug", 2)
    cart = find_cart(TOKEN)
    assert cart is not None
    assert (cart.state, cart.count) == ("open", 2)
    assert session.execute(select(func.count()).select_from(Cart)).scalar_one() == 2


def test_a_price_that_rose_meanwhile_is_told() -> None:
    mug = make_product("mug", price=1900)
    add("mug")
    session.execute(text("UPDATE prices SET amount_minor = 2100 WHERE variant_id = :id"), {"id": mug.variant.id})
    cart = find_cart(TOKEN)
    assert cart is not None
    (line,) = cart.lines
    assert (line.unit.minor, line.was.minor if line.was else None) == (2100, 1900)


def test_a_product_taken_off_the_shop_stays_in_the_cart_with_its_reason() -> None:
    mug = make_product("mug")
    add("mug")
    session.execute(text("UPDATE products SET status = 'archived' WHERE id = :id"), {"id": mug.product.id})
    cart = find_cart(TOKEN)
    assert cart is not None
    assert "no longer in the shop" in cart.lines[0].problem
