"""Staff open a second market and say something new of a product; a shopper finds it by that and buys it there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import scenarios
from tests.browser.visitors import VisitorWithoutScripts
from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

Window = Callable[..., BrowserContext]

MARKET = {
    "name": "United States",
    "code": "us",
    "prefix": "us",
    "currency": "USD",
    "locale": "en-US",
    "countries": "US",
    "exchange_rate": "1.10",
}
DELIVERY = {
    "name": "Air mail",
    "code": "air",
    "currency": "USD",
    "countries": "US",
    "min_days": "5",
    "max_days": "9",
    "position": "30",
}
SAVE = "main form button.button--primary"


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """A demo shop that sells in Europe and Switzerland."""
    return shared_shop(seed=True)


@pytest.fixture
def desk(shop: LiveShop, new_context: Window) -> Page:
    """The owner, logged in."""
    page = new_context().new_page()
    email, password = shop.staff
    page.goto(f"{shop.url}/admin/")
    page.fill("#email", email)
    page.fill("#password", password)
    page.click("main form button[type=submit]")
    page.wait_for_selector(".desk-nav")
    return page


def fill(page: Page, facts: dict[str, str]) -> None:
    for name, value in facts.items():
        page.fill(f"main form [name={name}]", value)


def open_market(page: Page, url: str) -> None:
    page.goto(f"{url}/admin/markets/new")
    fill(page, MARKET)
    page.select_option("[name=price_ending]", ".99")
    page.click(SAVE)
    page.get_by_role("link", name="Suggest prices").click()
    page.locator("button[name=all]").click()
    page.wait_for_selector(".empty__title")


def offer_delivery(page: Page, url: str) -> None:
    page.goto(f"{url}/admin/delivery/new")
    fill(page, DELIVERY)
    page.click(SAVE)
    page.fill("#price", "12")
    page.get_by_role("button", name="Change price").click()
    page.wait_for_load_state()
    page.check("#active")
    page.click(SAVE)
    page.wait_for_load_state()


def describe(page: Page, url: str, product: str) -> None:
    page.goto(f"{url}/admin/custom-fields/new")
    page.fill("[name=name]", "Mood")
    page.select_option("[name=kind]", "text")
    page.check("#filterable")
    page.click(SAVE)
    page.wait_for_url(lambda address: not address.endswith("/new"))
    page.goto(f"{url}/admin/products/{product}")
    page.get_by_label("Mood").fill("Wide awake")
    page.locator("form:has([name=seen]):has(#category)").get_by_role("button").last.click()
    page.wait_for_load_state()


def test_a_second_market_and_a_field_of_ones_own_are_opened_filtered_and_bought_by(
    shop: LiveShop, desk: Page, new_context: Window
) -> None:
    ((tee, in_euros),) = shop.query(
        "SELECT p.id, pr.low_minor FROM products p JOIN product_prices pr ON pr.product_id = p.id"
        " WHERE p.handle = 'deep-fern-tee' AND pr.currency = 'EUR' AND pr.price_list_id IS NULL"
    )
    open_market(desk, shop.url)
    offer_delivery(desk, shop.url)
    describe(desk, shop.url, tee)

    shopper = VisitorWithoutScripts(new_context(java_script_enabled=False).new_page(), shop.url)
    shopper.go("/collections/tees")
    shopper.pick("#market-choice", "us")
    shopper.press("#choose-market")
    shopper.page.wait_for_url("**/us/collections/tees")
    shopper.press("#filters details:has([name='filter.custom.mood']) summary")
    shopper.page.locator("#filters").get_by_label("Wide awake").check()
    shopper.press("#filters button[type=submit]")
    shopper.see("#listing-count")
    assert shopper.page.locator("#listing article").count() == 1
    shopper.press("#listing article a")
    shopper.see("#add-to-cart")
    # 1.10 dollars for a euro, to the nearest .99: what staff accepted, and no other money.
    price = shopper.read("#product-price")
    assert "$42.99" in price, (price, in_euros)
    assert "€" not in shopper.read("main")
    scenarios.put_into_cart(shopper)
    scenarios.go_to_checkout(shopper)
    for field, text in {**scenarios.CONTACT, "#postcode": "10001"}.items():
        shopper.type(field, text)
    shopper.press("#contact-next")
    shopper.see("#delivery-next")
    shopper.press("#delivery-next")
    shopper.see("#place-order")
    scenarios.place_order(shopper)
    scenarios.pay(shopper)
    ((currency, market, total),) = shop.query(
        "SELECT currency, market, total_minor FROM orders ORDER BY id DESC LIMIT 1"
    )
    assert (currency, market, total) == ("USD", "us", 4299 + 1200)
