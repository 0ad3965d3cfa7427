"""The whole way from the home page to a receipt, by the same steps: mouse, keyboard alone, and without JavaScript."""

import email
import email.policy
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import scenarios
from tests.browser.visitors import KeyboardVisitor, Visitor, VisitorWithoutScripts
from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

# Home to confirmation on the seeded shop; a page that grows in front of its content shows here.
MOST_KEY_PRESSES = 200


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    return shared_shop(seed=True)


Window = Callable[..., BrowserContext]


def visit(kind: type[Visitor], new_context: Window, shop: LiveShop, **options: Any) -> Visitor:
    context = new_context(java_script_enabled=kind.scripts, **options)
    return kind(context.new_page(), shop.url)


def check_sold(shop: LiveShop, number: str) -> None:
    """The order is paid once, its stock is allocated, its receipt went out once, and every ledger adds up."""
    ((order_id, status, payment, total),) = shop.query(
        "SELECT order_id, status, payment_status, total_minor FROM audit_orders WHERE number = %s", number
    )
    assert (status, payment) == ("placed", "paid")
    captured = "SELECT captured_minor FROM audit_payments WHERE order_id = %s AND captured_minor > 0"
    assert shop.query(captured, order_id) == [(total,)]
    assert shop.query("SELECT state FROM holds WHERE reference = %s", f"order:{order_id}") == [("allocated",)]
    shop.wait_for("SELECT 1 FROM messages WHERE subject_ref = %s AND status = 'sent'", f"order:{order_id}")
    mails = [path.read_bytes() for path in (shop.data_dir / "mail").glob("*.eml")]
    receipts = [
        mail for mail in mails if number in str(email.message_from_bytes(mail, policy=email.policy.default)["Subject"])
    ]
    assert len(receipts) == 1
    shop.settle()
    audit = shop.run("audit", "--json")
    assert audit.returncode == 0, audit.stdout


@pytest.mark.parametrize("kind", [Visitor, VisitorWithoutScripts, KeyboardVisitor])
def test_a_guest_who_fetches_sees_and_types_no_address(
    kind: type[Visitor], new_context: Window, shop: LiveShop
) -> None:
    visitor = visit(kind, new_context, shop)
    scenarios.find_a_tee(visitor)
    scenarios.put_into_cart(visitor)
    scenarios.go_to_checkout(visitor)
    for field in ("#email", "#name"):
        visitor.type(field, scenarios.CONTACT[field])
    visitor.see("#line1")
    visitor.choose("input[name='way'][value='collect']")
    visitor.page.locator("#line1").wait_for(state="hidden")
    visitor.press("#contact-next")
    assert "Dimmet Studio" in visitor.read(".choice__note")
    visitor.press("#delivery-next")
    visitor.see("#place-order")
    scenarios.place_order(visitor)
    check_sold(shop, "".join(filter(str.isdigit, scenarios.pay(visitor))))


@pytest.mark.parametrize("kind", [Visitor, VisitorWithoutScripts, KeyboardVisitor])
def test_a_guest_buys_a_tee(kind: type[Visitor], new_context: Window, shop: LiveShop) -> None:
    visitor = visit(kind, new_context, shop)
    said = scenarios.buy(visitor)
    check_sold(shop, "".join(filter(str.isdigit, said)))
    if isinstance(visitor, KeyboardVisitor):
        assert visitor.presses <= MOST_KEY_PRESSES


def test_a_phone_in_the_dark_buys_as_well(new_context: Window, shop: LiveShop) -> None:
    visitor = visit(Visitor, new_context, shop, color_scheme="dark")
    visitor.page.set_viewport_size({"width": 390, "height": 800})
    said = scenarios.buy(visitor)
    check_sold(shop, "".join(filter(str.isdigit, said)))
    overflow = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for path in ("/", "/collections/tees", "/products/deep-fern-tee", "/cart"):
        visitor.go(path)
        assert visitor.page.evaluate(overflow) <= 0, path


@pytest.mark.parametrize("kind", [Visitor, VisitorWithoutScripts])
def test_what_was_removed_can_be_brought_back(kind: type[Visitor], new_context: Window, shop: LiveShop) -> None:
    visitor = visit(kind, new_context, shop)
    scenarios.find_a_tee(visitor, colour="oat", size="l")
    scenarios.put_into_cart(visitor)
    visitor.go("/cart")
    visitor.press("#cart-body [id^=remove-]")
    visitor.press("#cart-body [id^=undo-]")
    assert "Deep Fern Tee" in visitor.read("#cart-body .line__title")
    visitor.see("#go-to-checkout")


@pytest.mark.parametrize("kind", [Visitor, VisitorWithoutScripts])
def test_a_declined_payment_can_be_tried_again_and_is_charged_once(
    kind: type[Visitor], new_context: Window, shop: LiveShop
) -> None:
    visitor = visit(kind, new_context, shop)
    scenarios.find_a_tee(visitor, size="l")
    scenarios.put_into_cart(visitor)
    scenarios.go_to_checkout(visitor)
    scenarios.fill_in_checkout(visitor)
    scenarios.place_order(visitor)
    visitor.press("button[value=decline]")
    visitor.press("#pay-now")
    said = scenarios.pay(visitor)
    check_sold(shop, "".join(filter(str.isdigit, said)))


@pytest.mark.parametrize("kind", [Visitor, VisitorWithoutScripts])
def test_extra_authentication_has_its_own_page(kind: type[Visitor], new_context: Window, shop: LiveShop) -> None:
    visitor = visit(kind, new_context, shop)
    scenarios.find_a_tee(visitor, size="s")
    scenarios.put_into_cart(visitor)
    scenarios.go_to_checkout(visitor)
    scenarios.fill_in_checkout(visitor)
    scenarios.place_order(visitor)
    visitor.press("button[value=challenge]")
    visitor.press("button[value=approve]")
    said = visitor.read(".thanks__number")
    check_sold(shop, "".join(filter(str.isdigit, said)))


def test_a_payment_that_comes_later_is_told_on_the_page_that_waits(new_context: Window, shop: LiveShop) -> None:
    visitor = visit(Visitor, new_context, shop)
    scenarios.find_a_tee(visitor, size="xl")
    scenarios.put_into_cart(visitor)
    scenarios.go_to_checkout(visitor)
    scenarios.fill_in_checkout(visitor)
    scenarios.place_order(visitor)
    visitor.page.locator("select").first.select_option(index=0)
    visitor.press("button[value=pay_later]")
    assert "Waiting for your bank" in visitor.read("h1")
    visitor.page.locator(".thanks__number").wait_for(timeout=40_000)


def test_a_double_click_on_the_order_button_makes_one_order(new_context: Window, shop: LiveShop) -> None:
    visitor = visit(Visitor, new_context, shop)
    scenarios.find_a_tee(visitor, colour="oat")
    scenarios.put_into_cart(visitor)
    scenarios.go_to_checkout(visitor)
    scenarios.fill_in_checkout(visitor)
    before = shop.query("SELECT count(*) FROM orders")
    visitor.page.locator("#place-order").dblclick()
    visitor.see("button[value=pay]")
    ((count,),) = shop.query("SELECT count(*) FROM orders")
    assert count == before[0][0] + 1


def test_the_badge_is_right_after_going_back(browser: Any, shop: LiveShop) -> None:
    # A page of its own: with the back/forward cache on, as browsers have it.
    context = browser.new_context()
    page: Page = context.new_page()
    page.goto(shop.url + "/collections/tees")
    page.goto(shop.url + "/products/deep-fern-tee?colour=oat&size=m")
    page.click("#add-to-cart")
    page.wait_for_selector("#cart-drawer[open] .line")
    page.go_back()
    page.wait_for_selector("#cart-badge.cart-badge")
    assert page.inner_text("#cart-badge [aria-hidden]") == "1"
    context.close()
