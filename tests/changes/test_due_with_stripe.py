"""What a change adds to a placed order is paid with Stripe's own form on the order's page."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from store.changes import services
from store.changes.wanted import Wanted, WantedLine
from store.core.db import session, transaction
from store.core.settings import Settings
from store.payments import services as payments
from store.payments.providers import all_providers
from tests.contracts.payment_drivers.stripe import Driver
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order
from tests.factories.payments import order_of, payments_of
from tests.standins.stripe import PUBLISHABLE_KEY

STAFF = "staff:1"


@pytest.fixture
def account() -> Iterator[object]:
    driver = Driver()
    provider = all_providers()["stripe"]
    known = Settings(stripe_publishable_key=PUBLISHABLE_KEY).model_dump(include={"stripe_publishable_key"})
    provider.configure(provider.settings.model_copy(update=known))
    yield driver.account
    driver.close()


@pytest.fixture
def grown(account):
    """An order that was paid with Stripe, and to which staff added a piece for €25."""
    order = make_pending_order()
    session.commit()
    payments.begin(order.id, "stripe", token=account.tokenize())
    payments.apply_payment(payments_of(order.id)[0].id)
    with transaction():
        change = services.open_change(order.id, actor=STAFF)
    kept = [
        WantedLine(one.variant_id, one.quantity, line_id=one.line_id) for one in Wanted.from_json(change.wanted).lines
    ]
    added = WantedLine(make_product(stock=3, title="Night cup", price=2500).variant.id, 1)
    with transaction():
        look = services.save(order.id, change.id, Wanted((*kept, added)), version=change.version)
    services.request(
        order.id,
        change.id,
        version=look.change.version,
        expected_total_minor=look.reckoning.totals.total_minor,
        waive=False,
        message="",
        actor=STAFF,
    )
    return order_of(payments_of(order.id)[0])


def test_the_form_asks_for_the_difference_and_its_token_pays_it(client, account, grown, violations):
    page = client.get(f"/orders/{grown.token}").text
    assert re.search(r'data-stripe [^>]*data-amount="2500"', page)
    assert "stripe.js" in page
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    answer = client.submit(
        f"/orders/{grown.token}/payments",
        {"csrf_token": csrf, "provider": "stripe", "payment_token": account.tokenize()},
    )
    assert answer.location.endswith(f"/checkout/return/{grown.token}")
    client.get(answer.location)
    session.expire_all()
    first, second = payments_of(grown.id)
    assert (second.amount_minor, second.status) == (2500, "captured")
    assert order_of(first).payment_status == "paid"
    assert account.sessions == {}, "nobody was sent to Stripe's own page"
    assert violations() == []


def test_the_page_may_load_what_the_form_needs(client, grown):
    policy = client.get(f"/orders/{grown.token}").headers["Content-Security-Policy"]
    origin = urlsplit(all_providers()["stripe"].settings.stripe_js_url)
    assert f"{origin.scheme}://{origin.netloc}" in policy.partition("script-src")[2].partition(";")[0]
