"""Two requests of one visitor at the same moment, on connections of their own."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from store.cart import services
from store.cart.models import Cart, CartLine
from store.cart.queries import find_cart
from store.core.db import session, transaction
from store.orders import services as orders
from store.shop.queries import get_default_market
from tests.factories.catalog import make_product
from tests.factories.orders import make_draft
from tests.factories.shop import make_shop

TOKEN = "a" * 64


@pytest.fixture
def shop(committing_app) -> Iterator[Flask]:
    with committing_app.app_context():
        make_shop()
        make_product("mug", stock=50)
        yield committing_app


def add(app: Flask) -> None:
    with app.app_context(), transaction():
        services.add_line(TOKEN, handle="mug", wanted={}, quantity=1, market=get_default_market(), locale="en")


def test_eight_clicks_at_once_are_eight_pieces_on_one_line(shop: Flask) -> None:
    clicks = [threading.Thread(target=add, args=(shop,)) for _ in range(8)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert session.execute(select(CartLine.quantity)).scalars().all() == [8]


def test_a_piece_that_comes_while_the_order_is_made_goes_into_the_next_cart(shop: Flask) -> None:
    add(shop)
    cart_id = session.execute(select(Cart.id)).scalar_one()
    draft = make_draft(cart_id=cart_id)
    click = threading.Thread(target=add, args=(shop,))
    with transaction():
        session.execute(text("SELECT id FROM carts FOR UPDATE"))
        click.start()
        # Until the click waits for the cart that we hold.
        while not session.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
            assert click.is_alive()
        orders.place(draft)
    click.join()
    assert session.execute(select(func.count()).select_from(Cart)).scalar_one() == 2
    lines = session.execute(select(CartLine.quantity).where(CartLine.cart_id == cart_id)).scalars().all()
    assert lines == [1]
    cart = find_cart(TOKEN)
    assert cart is not None
    assert (cart.state, cart.count) == ("open", 2)
