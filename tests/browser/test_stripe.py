"""Paying with Stripe's form on our own page, in a real browser, with a stand-in that serves its script and its frames."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import scenarios
from tests.browser.visitors import Visitor, VisitorWithoutScripts
from tests.fixtures.live import LiveShop
from tests.standins.stripe import PUBLISHABLE_KEY, SECRET_KEY, StripeStandIn
from tests.standins.stripe_intents import AUTHENTICATE, DECLINED, GOOD
from tests.standins.stripe_post import WEBHOOK_SECRET

pytestmark = [pytest.mark.browser, pytest.mark.live]

Window = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def account() -> Iterator[StripeStandIn]:
    """A Stripe account whose hosted pages can be reached from here."""
    account = StripeStandIn()
    account.books.hosted_here = True
    yield account
    account.close()


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop], account: StripeStandIn) -> LiveShop:
    """The demo shop, set up for Stripe."""
    return shared_shop(
        seed=True,
        STRIPE_SECRET_KEY=SECRET_KEY,
        STRIPE_WEBHOOK_SECRETS=WEBHOOK_SECRET,
        STRIPE_PUBLISHABLE_KEY=PUBLISHABLE_KEY,
        STRIPE_API_BASE=account.url,
        STRIPE_JS_URL=f"{account.url}/endive/stripe.js",
    )


def open_payment(kind: type[Visitor], new_context: Window, shop: LiveShop, size: str) -> Visitor:
    visitor = kind(new_context(java_script_enabled=kind.scripts).new_page(), shop.url)
    scenarios.find_a_tee(visitor, size=size)
    scenarios.put_into_cart(visitor)
    scenarios.go_to_checkout(visitor)
    scenarios.fill_in_checkout(visitor)
    visitor.page.check("input[name=provider][value=stripe]")
    return visitor


def type_card(page: Page, number: str) -> None:
    frame = page.frame_locator("[data-stripe-form] iframe")
    frame.locator("#card").fill(number)


def check_paid(shop: LiveShop, account: StripeStandIn, visitor: Visitor) -> None:
    expect(visitor.page.locator(".thanks__number")).to_be_visible()
    number = "".join(filter(str.isdigit, visitor.page.locator(".thanks__number").inner_text()))
    ((order_id, status, payment, total),) = shop.query(
        "SELECT order_id, status, payment_status, total_minor FROM audit_orders WHERE number = %s", number
    )
    assert (status, payment) == ("placed", "paid")
    captured = "SELECT captured_minor FROM audit_payments WHERE order_id = %s AND captured_minor > 0"
    assert shop.query(captured, order_id) == [(total,)]
    (token,) = shop.query("SELECT token FROM orders WHERE id = %s", order_id)[0]
    received = [one["amount_received"] for one in account.intents.values() if one["metadata"]["reference"] == token]
    assert sum(received) == total
    shop.settle()
    audit = shop.run("audit", "--json")
    assert audit.returncode == 0, audit.stdout


def test_a_card_typed_on_our_page_pays_the_order(new_context: Window, shop: LiveShop, account: StripeStandIn) -> None:
    visitor = open_payment(Visitor, new_context, shop, "m")
    visitor.press("#place-order")
    expect(visitor.page.locator("[data-stripe-problem]")).to_have_text("Your card number is incomplete.")
    type_card(visitor.page, GOOD)
    visitor.press("#place-order")
    check_paid(shop, account, visitor)


def test_a_declined_card_can_be_followed_by_another_on_the_orders_page(
    new_context: Window, shop: LiveShop, account: StripeStandIn
) -> None:
    visitor = open_payment(Visitor, new_context, shop, "l")
    type_card(visitor.page, DECLINED)
    visitor.press("#place-order")
    visitor.see("#pay-now")
    assert "did not go through" in visitor.page.content()
    type_card(visitor.page, GOOD)
    visitor.press("#pay-now")
    check_paid(shop, account, visitor)


@pytest.mark.parametrize("outcome", ["complete", "fail"])
def test_a_bank_that_asks_is_answered_on_its_page(
    new_context: Window, shop: LiveShop, account: StripeStandIn, outcome: str
) -> None:
    visitor = open_payment(Visitor, new_context, shop, "s")
    type_card(visitor.page, AUTHENTICATE)
    visitor.press("#place-order")
    visitor.press(f"button[value={outcome}]")
    if outcome == "fail":
        visitor.see("#pay-now")
        type_card(visitor.page, GOOD)
        visitor.press("#pay-now")
    check_paid(shop, account, visitor)


def test_a_wallets_button_pays_without_a_card(new_context: Window, shop: LiveShop, account: StripeStandIn) -> None:
    visitor = open_payment(Visitor, new_context, shop, "xl")
    visitor.press("[data-express]")
    check_paid(shop, account, visitor)


def test_without_javascript_stripes_own_page_takes_the_money(
    new_context: Window, shop: LiveShop, account: StripeStandIn
) -> None:
    visitor = open_payment(VisitorWithoutScripts, new_context, shop, "xs")
    visitor.press("#place-order")
    visitor.press("#hosted-pay")
    check_paid(shop, account, visitor)
