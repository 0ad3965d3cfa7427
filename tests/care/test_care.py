"""What a guest can do with an order behind its link, and how the link is found again."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from store.care import services
from store.care.errors import TooLate
from store.core.db import session, transaction
from store.notifications.models import Message
from store.orders import services as orders
from store.orders.models import Order
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order, make_placed_order
from tests.factories.payments import bank_balance, make_paid_order, run_jobs
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
ELSEWHERE = {
    "name": "Ana Gruber",
    "line1": "Hafenstraße 1",
    "line2": "Top 4",
    "postcode": "4020",
    "city": "Linz",
    "phone": "",
}


@pytest.fixture(autouse=True)
def shop(db: object) -> None:
    """Every test has a merchant."""
    make_shop()


def send(client: FlaskClient, path: str, data: dict[str, str] | None = None, *, on: str = "/orders/lookup"):
    page = client.get(on).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    request_id = re.search(r'name="request_id"[^>]*value="([^"]+)"', page)
    sent = {"csrf_token": token[1], **({"request_id": request_id[1]} if request_id else {}), **(data or {})}
    return client.post(path, data=sent, headers=SAME_ORIGIN)


def messages(kind: str) -> list[Message]:
    return list(session.execute(select(Message).where(Message.kind == kind).order_by(Message.id)).scalars())


def fresh(order: Order) -> Order:
    return session.execute(
        select(Order).where(Order.id == order.id).execution_options(populate_existing=True)
    ).scalar_one()


def test_number_and_address_bring_the_link_by_mail_and_to_the_orders_own_address_only(client: FlaskClient) -> None:
    order = make_placed_order()
    session.commit()
    answer = send(client, "/orders/lookup", {"number": str(order.number), "email": "ANA@Example.com"})
    assert answer.status_code == 200
    assert order.token not in answer.text
    run_jobs(only="care")
    (mail,) = messages("link")
    assert mail.recipient == "ana@example.com"
    assert order.token in mail.text
    send(client, "/orders/lookup", {"number": str(order.number), "email": "ana@example.com"})
    run_jobs(only="care")
    assert len(messages("link")) == 1


def test_who_guesses_learns_nothing(client: FlaskClient, count_sql) -> None:
    order = make_placed_order()
    session.commit()
    # The first page of a visitor reads what the process remembers then.
    client.get("/orders/lookup")
    seen = []
    for number, email in ((order.number, "ana@example.com"), (order.number, "bob@example.com"), (1, "ana@example.com")):
        with count_sql() as statements:
            answer = send(client, "/orders/lookup", {"number": str(number), "email": email})
        words = re.sub(r'value="[^"]+"', "", answer.text).replace(email, "").replace(email.replace("@", "&#64;"), "")
        seen.append((answer.status_code, words, [str(one).split()[0:3] for one in statements]))
    assert seen[0] == seen[1] == seen[2]
    run_jobs(only="care")
    assert [mail.recipient for mail in messages("link")] == ["ana@example.com"]


def test_looking_up_orders_is_limited_to_ten_an_hour(app, client: FlaskClient) -> None:
    app.config["LIMIT_LOOPBACK"] = True
    codes = [send(client, "/orders/lookup", {"number": "7", "email": "a@example.com"}).status_code for _ in range(11)]
    app.config["LIMIT_LOOPBACK"] = False
    assert codes == [200] * 10 + [429]


def test_an_order_goes_elsewhere_until_it_is_packed(client: FlaskClient) -> None:
    order = make_placed_order()
    session.commit()
    path = f"/orders/{order.token}/address"
    assert send(client, path, {**ELSEWHERE, "country": "DE"}, on=path).status_code == 303
    after = fresh(order).shipping_address
    assert (after["city"], after["line1"], after["country"]) == ("Linz", "Hafenstraße 1", "AT")
    assert "Linz" in client.get(f"/orders/{order.token}").text
    run_jobs(only="care")
    (mail,) = messages("address")
    assert "Linz" in mail.text
    with transaction():
        orders.ship(order.id, carrier="DHL", tracking_number="1", actor="test")
    assert client.get(path).status_code == 303
    late = send(client, path, {**ELSEWHERE, "city": "Graz"})
    assert late.status_code == 409
    assert fresh(order).shipping_address["city"] == "Linz"


def test_a_postcode_of_another_country_is_refused(client: FlaskClient) -> None:
    order = make_placed_order()
    session.commit()
    path = f"/orders/{order.token}/address"
    answer = send(client, path, {**ELSEWHERE, "postcode": "80331"}, on=path)
    assert answer.status_code == 422
    assert fresh(order).shipping_address["city"] == "Wien"


def test_a_guest_calls_off_a_paid_order_and_gets_all_of_it_back(client: FlaskClient) -> None:
    order = make_paid_order(make_product(stock=3), quantity=2)
    path = f"/orders/{order.token}/cancellation"
    page = client.get(path).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    key = re.search(r'name="request_id"[^>]*value="([^"]+)"', page)
    assert token is not None
    assert key is not None
    for _twice in range(2):
        sent = {"csrf_token": token[1], "request_id": key[1]}
        assert client.post(path, data=sent, headers=SAME_ORIGIN).status_code == 303
    after = fresh(order)
    assert (after.status, after.payment_status) == ("cancelled", "refunded")
    assert bank_balance(order.token) == 0
    assert client.get(path).status_code == 303
    assert "Cancel the order" not in client.get(f"/orders/{order.token}").text


def test_an_order_that_has_left_is_not_called_off(client: FlaskClient) -> None:
    order = make_paid_order(make_product(stock=3))
    with transaction():
        orders.ship(order.id, carrier="DHL", tracking_number="1", actor="test")
    answer = send(client, f"/orders/{order.token}/cancellation", {"request_id": "x" * 30})
    assert answer.status_code == 409
    assert fresh(order).status == "placed"
    with pytest.raises(TooLate):
        services.cancel(order.id, request_id="y" * 30)


def test_an_unpaid_order_is_called_off_at_once(client: FlaskClient) -> None:
    order = make_pending_order()
    session.commit()
    assert (
        send(client, f"/orders/{order.token}/cancellation", on=f"/orders/{order.token}/cancellation").status_code == 303
    )
    assert fresh(order).status == "cancelled"


def test_ordering_again_fills_the_cart_at_todays_price(client: FlaskClient) -> None:
    order = make_paid_order(make_product("mug", stock=9), quantity=2)
    answer = send(client, f"/orders/{order.token}/reorder")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/cart")
    assert "mug" in client.get("/cart").text.lower()


def test_ordering_again_says_what_is_not_there_any_more(client: FlaskClient) -> None:
    order = make_paid_order(make_product("mug", title="Moth mug", stock=3), quantity=2)
    answer = send(client, f"/orders/{order.token}/reorder")
    assert answer.status_code == 200
    assert "1 piece is in your cart" in answer.text
    assert "Moth mug" in answer.text


def test_only_forms_of_this_shop_change_an_order(client: FlaskClient) -> None:
    order = make_placed_order()
    session.commit()
    for path in ("address", "cancellation", "reorder"):
        answer = client.post(f"/orders/{order.token}/{path}", data=ELSEWHERE, headers=SAME_ORIGIN)
        assert answer.status_code == 400, path
