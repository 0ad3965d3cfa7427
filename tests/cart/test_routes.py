"""The cart over HTTP: by plain forms and by htmx, with every number a form can hold."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from store.cart.models import Cart, CartLine
from store.core.db import session
from tests.factories.catalog import Made, make_product
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
HTMX = {**SAME_ORIGIN, "HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture(autouse=True)
def shop(db: object) -> None:
    """Every test has a merchant."""
    make_shop()


@pytest.fixture
def mug(db: object) -> Made:
    """Ten mugs."""
    return make_product("mug", title="Moth mug", price=1900, stock=10)


def add(client: FlaskClient, handle: str = "mug", quantity: str = "1", headers: object = None, **fields: str) -> object:
    return client.post(
        "/cart/lines", data={"product": handle, "quantity": quantity, **fields}, headers=headers or SAME_ORIGIN
    )


def quantities() -> list[int]:
    rows = session.execute(select(CartLine.quantity).where(CartLine.removed_at.is_(None)).order_by(CartLine.id))
    return list(rows.scalars())


def only_line() -> CartLine:
    return session.execute(select(CartLine).execution_options(populate_existing=True)).scalar_one()


def test_a_form_without_javascript_leads_to_the_cart_at_the_new_line(client: FlaskClient, mug: Made) -> None:
    answer = add(client, quantity="2")
    assert answer.status_code == 303
    assert answer.location == f"/cart#line-{only_line().id}"
    page = client.get("/cart").text
    assert "Moth mug" in page
    assert "€38.00" in page


def test_htmx_gets_badge_and_drawer_and_opens_it(client: FlaskClient, mug: Made) -> None:
    answer = add(client, headers=HTMX)
    assert answer.status_code == 200
    assert 'id="cart-badge"' in answer.text
    assert 'id="cart-drawer-body"' in answer.text
    assert "<html" not in answer.text
    assert "dialog:open" in answer.headers["HX-Trigger"]


def test_the_first_piece_sets_the_cookies_and_looking_around_does_not(client: FlaskClient, mug: Made) -> None:
    assert "Set-Cookie" not in client.get("/products/mug").headers
    assert "Set-Cookie" not in client.get("/cart").headers
    cookies = "\n".join(add(client).headers.getlist("Set-Cookie"))
    assert "cart=" in cookies
    assert "HttpOnly" in cookies
    assert "has_cart=1" in cookies


def test_the_same_thing_twice_is_one_line(client: FlaskClient, mug: Made) -> None:
    add(client)
    add(client, quantity="2")
    assert quantities() == [3]


@pytest.mark.parametrize(
    "quantity", ["-1", "0", "1000000000", "1e3", "1.5", "", " ", "١", "0x10", "9" * 400, "NaN", "1;DROP TABLE carts"]
)
def test_a_quantity_that_is_none_is_refused_at_the_product(client: FlaskClient, mug: Made, quantity: str) -> None:
    answer = add(client, quantity=quantity)
    assert answer.status_code == 422
    assert "product-problem" in answer.text
    assert session.execute(select(func.count()).select_from(CartLine)).scalar_one() == 0


@pytest.mark.parametrize("quantity", ["-1", "100", "1000000000", "1e3", "two"])
def test_a_bad_quantity_in_the_cart_changes_nothing_and_says_why(client: FlaskClient, mug: Made, quantity: str) -> None:
    add(client, quantity="2")
    line = only_line()
    answer = client.post(f"/cart/lines/{line.id}/quantity", data={"quantity": quantity}, headers=SAME_ORIGIN)
    assert answer.status_code == 422
    assert f"problem-{line.id}" in answer.text
    assert quantities() == [2]


def test_more_than_are_left_is_a_friendly_409_and_the_cart_is_kept(client: FlaskClient, mug: Made) -> None:
    add(client, quantity="9")
    answer = add(client, quantity="2")
    assert answer.status_code == 409
    assert "Only 10 left, and you have 9 in your cart." in answer.text
    assert quantities() == [9]


def test_a_product_that_sold_out_meanwhile_is_marked_in_the_cart(client: FlaskClient, mug: Made) -> None:
    add(client, quantity="2")
    from store.inventory import services as inventory

    inventory.hold("order:1", {mug.variant.id: 9})
    page = client.get("/cart").text
    assert "Only 1 left." in page
    assert "go-to-checkout" not in page


def test_zero_takes_the_line_out_and_undo_brings_it_back(client: FlaskClient, mug: Made) -> None:
    add(client, quantity="4")
    line = only_line()
    client.post(f"/cart/lines/{line.id}/quantity", data={"quantity": "0"}, headers=SAME_ORIGIN)
    assert quantities() == []
    assert f"undo-{line.id}" in client.get("/cart").text
    client.post(f"/cart/lines/{line.id}/restoration", headers=SAME_ORIGIN)
    assert quantities() == [4]


def test_removing_in_the_drawer_answers_the_drawer_and_moves_the_focus_to_undo(client: FlaskClient, mug: Made) -> None:
    add(client)
    line = only_line()
    answer = client.post(f"/cart/lines/{line.id}/removal", data={"in": "drawer"}, headers=HTMX)
    assert 'id="cart-drawer-body"' in answer.text
    assert f"drawer-undo-{line.id}" in answer.text
    assert f"#drawer-undo-{line.id}" in answer.headers["HX-Trigger"]


def test_a_line_of_somebody_else_is_not_there(client: FlaskClient, app: object, mug: Made) -> None:
    add(client)
    line_id = only_line().id
    stranger = app.test_client()  # type: ignore[attr-defined]
    add(stranger)
    for action in ("quantity", "removal", "restoration"):
        answer = stranger.post(f"/cart/lines/{line_id}/{action}", data={"quantity": "5"}, headers=SAME_ORIGIN)
        assert answer.status_code == 404
    assert sorted(quantities()) == [1, 1]


def test_prices_and_ids_that_a_form_brings_along_are_ignored(client: FlaskClient, mug: Made) -> None:
    add(client, price="1", price_minor="1", cart_id="1", currency="JPY", variant_id="99", total="0")
    line = only_line()
    assert (line.price_minor, line.variant_id) == (1900, mug.variant.id)


@pytest.mark.parametrize("handle", ["unknown", "", "mug%00", "../mug", "x" * 300])
def test_an_unknown_product_is_not_found(client: FlaskClient, mug: Made, handle: str) -> None:
    assert add(client, handle).status_code in (404, 422)
    assert quantities() == []


def test_a_draft_can_not_be_bought(client: FlaskClient) -> None:
    make_product("secret", status="draft")
    assert add(client, "secret").status_code == 404


def test_an_option_value_that_does_not_exist_is_refused(client: FlaskClient) -> None:
    make_product("tee", options={"Colour": ["Sand", "Moss"], "Size": ["S", "M"]})
    assert add(client, "tee", colour="moss", size="xxl").status_code == 422
    assert add(client, "tee", colour="moss", size="m").status_code == 303


def test_bytes_that_are_no_text_are_a_bad_request(client: FlaskClient, mug: Made) -> None:
    assert add(client, "mug\x00").status_code == 400
    assert add(client, "m" * 1_100_000).status_code == 413


def test_a_form_from_another_site_is_refused(client: FlaskClient, mug: Made) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        answer = client.post("/cart/lines", data={"product": "mug", "quantity": "1"}, headers=headers)
        assert answer.status_code == 403
    assert quantities() == []


def test_the_cart_costs_the_same_statements_whatever_is_in_it(
    client: FlaskClient, count_sql: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    counts = []
    for size in (1, 8):
        for _ in range(size):
            add(client, make_product().product.handle)
        client.get("/cart")
        with count_sql() as statements:
            client.get("/cart")
        counts.append(len(statements))
    assert counts == [2, 2]


def test_adding_costs_the_same_statements_whatever_is_in_the_cart(
    client: FlaskClient, count_sql: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    counts = []
    for _ in range(3):
        handle = make_product().product.handle
        add(client, make_product().product.handle)
        with count_sql() as statements:
            add(client, handle)
        counts.append(len(statements))
    # The fourth is the product, read anew because each one here is new to the process.
    assert counts == [4, 4, 4]


def test_a_cookie_that_is_no_token_is_no_cart(client: FlaskClient, mug: Made) -> None:
    client.set_cookie("cart", "x" * 500)
    assert client.get("/cart").status_code == 200
    add(client)
    assert session.execute(select(func.count()).select_from(Cart)).scalar_one() == 1
