"""Staff define a custom field and open a market in the back office; a shopper filters by the one and buys in the other."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser import scenarios
from tests.browser.visitors import Visitor, VisitorWithoutScripts
from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

Window = Callable[..., BrowserContext]

FIELD = {"#name": "Weave", "#choices": "Jersey\nSlub"}
WOVEN = {"deep-fern-tee": "Slub", "moth-garden-tee": "Jersey"}
MARKET = {
    "#name": "United Kingdom",
    "#code": "gb",
    "#prefix": "gb",
    "#currency": "GBP",
    "#locale": "en-GB",
    "#countries": "GB",
    "#exchange_rate": "0.85",
}
DELIVERY = {"#name": "Royal Mail", "#code": "royal-mail", "#currency": "GBP", "#countries": "GB", "#min_days": "2",
            "#max_days": "4", "#position": "9"}  # fmt: skip
SAVE = "main form .button--primary[type=submit]"


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    return shared_shop(seed=True)


@pytest.fixture(scope="module")
def opened(shop: LiveShop, browser: Any) -> LiveShop:
    """The shop after staff have worked in its back office: by nothing but its forms."""
    context = browser.new_context()
    staff = Visitor(context.new_page(), shop.url)
    email, password = shop.staff
    staff.go("/admin/")
    staff.type("#email", email)
    staff.type("#password", password)
    staff.press("main form button[type=submit]")
    staff.see(".desk-nav")
    _define_field(staff)
    for handle, weave in WOVEN.items():
        _say(staff, shop, handle, weave)
    _open_market(staff)
    _deliver_there(staff)
    _wait_until_all_know(staff)
    context.close()
    return shop


@pytest.mark.parametrize("kind", [Visitor, VisitorWithoutScripts])
def test_a_shopper_filters_by_the_new_field_and_buys_in_the_new_market(
    kind: type[Visitor], new_context: Window, opened: LiveShop
) -> None:
    shopper = kind(new_context(java_script_enabled=kind.scripts).new_page(), opened.url)
    shopper.go("/collections/tees")
    everything = shopper.page.locator("#results article").count()
    shopper.pick("#market-choice", "gb")
    shopper.press(".market-choice button")
    shopper.page.wait_for_url("**/gb/collections/tees")
    _filter(shopper, "custom.weave", "Slub")
    assert "filter.custom.weave=slub" in shopper.page.url
    shown = shopper.page.locator("#results article a[href*='/products/']")
    assert everything > shown.count() == 1
    assert "£" in shopper.read("#results article")
    shopper.press("#results article a[href*='/products/deep-fern-tee']")
    shopper.see("#add-to-cart")
    assert "Slub" in (shopper.page.locator("#product").text_content() or "")
    assert shopper.page.url.startswith(f"{opened.url}/gb/products/deep-fern-tee")
    scenarios.put_into_cart(shopper)
    scenarios.go_to_checkout(shopper)
    shopper.type("#postcode", "EC1A 1BB")
    shopper.type("#city", "London")
    for field in ("#email", "#name", "#line1"):
        shopper.type(field, scenarios.CONTACT[field])
    shopper.press("#contact-next")
    shopper.see("#delivery-next")
    assert "Royal Mail" in shopper.read("main")
    shopper.press("#delivery-next")
    scenarios.place_order(shopper)
    number = "".join(filter(str.isdigit, scenarios.pay(shopper)))
    ((market, currency, payment, unit),) = opened.query(
        "SELECT o.market, o.currency, a.payment_status, l.unit_gross_minor FROM orders o "
        "JOIN audit_orders a ON a.order_id = o.id JOIN order_lines l ON l.order_id = o.id WHERE o.number = %s",
        number,
    )
    assert (market, currency, payment) == ("gb", "GBP", "paid")
    # The price that staff accepted, ending as they asked, and nothing converted at the till.
    assert unit % 100 == 99
    opened.settle()
    assert opened.run("audit").returncode == 0


def test_two_values_widen_and_a_chip_takes_one_away(new_context: Window, opened: LiveShop) -> None:
    shopper = Visitor(new_context().new_page(), opened.url)
    shopper.go("/gb/collections/tees")
    _filter(shopper, "custom.weave", "Slub")
    _filter(shopper, "custom.weave", "Jersey")
    expect(shopper.page.locator("#results article")).to_have_count(2)
    shopper.press("#listing .chip:has-text('Slub')")
    expect(shopper.page.locator("#results article")).to_have_count(1)
    shopper.page.go_back()
    expect(shopper.page.locator("#results article")).to_have_count(2)


def test_the_other_market_keeps_its_prices(new_context: Window, opened: LiveShop) -> None:
    shopper = VisitorWithoutScripts(new_context(java_script_enabled=False).new_page(), opened.url)
    shopper.go("/products/deep-fern-tee")
    assert "€" in shopper.read("#product")
    assert "£" not in shopper.read("#product")


def _define_field(staff: Visitor) -> None:
    staff.press(".desk-nav a[href='/admin/custom-fields/']")
    staff.press("a[href^='/admin/custom-fields/new']")
    staff.pick("#kind", "choice")
    for selector, text in FIELD.items():
        staff.type(selector, text)
    staff.page.check("#filterable")
    staff.press(SAVE)
    staff.see(".notice--ok")


def _say(staff: Visitor, shop: LiveShop, handle: str, weave: str) -> None:
    ((product, field),) = shop.query(
        "SELECT (SELECT id FROM products WHERE handle = %s), (SELECT id FROM custom_fields WHERE key = 'weave')", handle
    )
    staff.go(f"/admin/products/{product}")
    staff.pick(f"#field-{field}", weave)
    staff.press("#describing button[type=submit]")
    staff.see(".notice--ok")


def _open_market(staff: Visitor) -> None:
    staff.press(".desk-nav a[href='/admin/markets/']")
    staff.press("a[href^='/admin/markets/new']")
    for selector, text in MARKET.items():
        staff.type(selector, text)
    staff.pick("#price_ending", ".99")
    staff.press(SAVE)
    staff.see(".notice--ok")
    staff.press(".desk-head a[href$='/suggestions']")
    staff.press("main button[name=all]")
    staff.see(".notice--ok")


def _deliver_there(staff: Visitor) -> None:
    staff.press(".desk-nav a[href='/admin/delivery/']")
    staff.press("a[href^='/admin/delivery/new']")
    for selector, text in DELIVERY.items():
        staff.type(selector, text)
    staff.press(SAVE)
    staff.see(".notice--ok")
    staff.type("#price", "5.00")
    staff.press("main form[action$='/price'] button[type=submit]")
    staff.see(".notice--ok")
    staff.page.check("#active")
    staff.press(SAVE)
    staff.see(".notice--ok")


def _wait_until_all_know(staff: Visitor) -> None:
    """Each web process learns of a new market within seconds: one answer after the other has to show it."""
    in_a_row = 0
    for _turn in range(120):
        page = staff.page.request.get(f"{staff.base_url}/collections/tees").text()
        in_a_row = in_a_row + 1 if 'value="gb"' in page else 0
        if in_a_row == 12:
            return
        staff.page.wait_for_timeout(250)
    raise AssertionError("shoppers do not see the new market")


def _filter(shopper: Visitor, facet: str, value: str) -> None:
    """Tick a value in the filters, which learn of it within seconds; without scripts, and apply."""
    box = f"input[name='filter.{facet}'][value='{value.lower()}']"
    for _turn in range(60):
        if shopper.page.locator(box).count():
            break
        shopper.page.wait_for_timeout(500)
        shopper.page.reload()
    group = shopper.page.locator(f"details.facet:has({box})").first
    if group.get_attribute("open") is None:
        group.locator("summary").first.click()
    shopper.press(f"label:has({box})")
    if not shopper.scripts:
        shopper.press("#filters-form button.without-script")
    shopper.page.wait_for_url(f"**filter.{facet}={value.lower()}*")
