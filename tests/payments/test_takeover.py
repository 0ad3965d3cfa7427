"""A provider is down: the shopper hears the truth and pays in another way, once."""

from collections.abc import Iterator

import pytest

from store.core.db import session, transaction
from store.core.errors import Unavailable
from store.payments import services
from store.payments.models import Payment
from store.payments.services.open import open_at_provider
from tests.contracts.account import opened
from tests.contracts.payment_drivers.paypal import Driver
from tests.factories.orders import make_pending_order
from tests.factories.payments import choose, order_of, payments_of

pytestmark = pytest.mark.usefixtures("shop", "settings_again")


@pytest.fixture
def paypal(shop) -> Iterator[object]:
    yield from opened(Driver)


@pytest.fixture
def order(paypal):
    made = make_pending_order()
    session.commit()
    return made


def press(client, order, provider):
    page = client.get(f"/orders/{order.token}").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    return client.submit(f"/orders/{order.token}/payments", {"csrf_token": token, "provider": provider})


def test_another_provider_takes_over_from_one_that_is_down(client, order, paypal, violations):
    paypal.fail["create_order"] = 99
    answer = press(client, order, "paypal")
    assert answer.location.endswith(f"/orders/{order.token}?unanswered=paypal")
    page = client.get(answer.location).text
    assert "PayPal does not answer right now" in page
    assert "Nothing was charged" in page
    assert 'value="test"' in page

    assert "/-/test-gateway/payments/" in press(client, order, "test").location
    first, second = payments_of(order.id)
    assert [(one.provider, one.status) for one in (first, second)] == [("paypal", "failed"), ("test", "created")]
    choose(second, "pay")
    services.apply_payment(second.id)
    assert (order_of(second).status, order_of(second).payment_status) == ("placed", "paid")
    assert paypal.orders == {}
    assert violations() == []


def test_what_the_silent_one_opened_after_all_is_closed_before_the_other_begins(order, paypal):
    paypal.lose["create_order"] = 1
    with pytest.raises(Unavailable):
        services.begin(order.id, "paypal")
    services.begin(order.id, "test")
    assert [one.status for one in payments_of(order.id)] == ["voided", "created"]
    (there,) = paypal.orders.values()
    assert there["intent"] == "AUTHORIZE", "nothing can be taken by it any more"


def test_an_answer_that_comes_when_another_way_was_chosen_leads_nobody_to_pay_twice(order, paypal):
    paypal.fail["create_order"] = 2
    with pytest.raises(Unavailable):
        services.begin(order.id, "paypal")
    services.begin(order.id, "test")
    first, _second = payments_of(order.id)
    # The first call had only been slow: it is answered now, in another process.
    assert "/checkout/return/" in open_at_provider(first.id)
    (there,) = paypal.orders.values()
    assert there["intent"] == "AUTHORIZE"
    paypal.approve(there["id"])
    services.apply_payment(first.id)
    assert there["purchase_units"][0]["payments"].get("captures", []) == []


def test_nobody_takes_over_while_the_silent_one_may_have_taken_the_money(client, order, paypal):
    paypal.fail["create_order"] = 99
    with pytest.raises(Unavailable):
        services.begin(order.id, "paypal")
    with transaction():
        session.get(Payment, payments_of(order.id)[0].id).token_sent = True
    with pytest.raises(Unavailable):
        services.begin(order.id, "test")
    assert len(payments_of(order.id)) == 1
    assert "We don&#39;t know yet" in client.get(f"/orders/{order.token}").text


def test_nobody_takes_over_while_a_page_is_open_that_can_not_be_closed(client, order, paypal):
    services.begin(order.id, "paypal")
    paypal.fail["show_order"] = paypal.fail["update_order"] = 99
    with pytest.raises(Unavailable):
        services.begin(order.id, "test")
    assert len(payments_of(order.id)) == 1
    assert "stays yours" in client.get(f"/orders/{order.token}?unanswered=test").text
    assert "does not answer" not in client.get(f"/orders/{order.token}").text


def test_a_form_with_a_token_is_written_down_as_such_before_the_call(order, paypal):
    paypal.fail["create_order"] = 1
    with pytest.raises(Unavailable):
        services.begin(order.id, "paypal", token="ctoken_1")
    assert payments_of(order.id)[0].token_sent
