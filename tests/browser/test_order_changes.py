"""Orders changed and put together at the desk: a difference charged in one, paid back in another; by keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser import scenarios
from tests.browser.visitors import KeyboardVisitor, Visitor, VisitorWithoutScripts
from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

Window = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    return shared_shop(seed=True)


@pytest.fixture
def shopper(shop: LiveShop, new_context: Window) -> VisitorWithoutScripts:
    return VisitorWithoutScripts(new_context(java_script_enabled=False).new_page(), shop.url)


@pytest.fixture
def order(shop: LiveShop, shopper: VisitorWithoutScripts) -> tuple[int, str]:
    """Somebody has bought a tee: the order's id and the token of its link."""
    number = "".join(filter(str.isdigit, scenarios.buy(shopper)))
    ((order_id, token),) = shop.query("SELECT id, token FROM orders WHERE number = %s", int(number))
    return order_id, token


@pytest.fixture
def clerk(shop: LiveShop, new_context: Window) -> KeyboardVisitor:
    """The owner, logged in, hands on the keyboard."""
    person = KeyboardVisitor(new_context().new_page(), shop.url)
    email, password = shop.staff
    person.go("/admin/")
    person.type("#email", email)
    person.type("#password", password)
    person.press("main form button[type=submit]")
    person.see(".desk-nav")
    return person


def total(shop: LiveShop, order_id: int) -> tuple[int, str]:
    ((minor, status),) = shop.query("SELECT total_minor, payment_status FROM orders WHERE id = %s", order_id)
    return minor, status


def put_in(clerk: Visitor, words: str) -> None:
    """Look for something and put the first that is found in."""
    clerk.type("#picker-search", words)
    clerk.press("#picker .desk-search button")
    clerk.press(".found__item button")
    clerk.see(".notice--ok")


def check_ledgers(shop: LiveShop) -> None:
    shop.settle()
    audit = shop.run("audit", "--json")
    assert audit.returncode == 0, audit.stdout


def test_a_piece_more_is_paid_by_the_customers_link(
    shop: LiveShop, clerk: KeyboardVisitor, shopper: VisitorWithoutScripts, order: tuple[int, str]
) -> None:
    order_id, token = order
    before, _status = total(shop, order_id)
    clerk.go(f"/admin/orders/{order_id}")
    clerk.press(f"form[action='/admin/orders/{order_id}/changes'] button")
    put_in(clerk, "kiln mug")
    clerk.type("#message", "As you asked for.")
    clerk.press("form[action$='/request'] button[type=submit]")
    clerk.see(".notice--ok")
    after, status = total(shop, order_id)
    assert after > before
    assert status == "partially_paid"
    shop.wait_for("SELECT 1 FROM messages WHERE kind = 'changed' AND subject_ref = %s", f"order:{order_id}")
    shopper.go(f"/orders/{token}")
    assert "As you asked for." in shopper.read("#to-pay")
    shopper.press("#pay-due")
    shopper.press("button[value=pay]")
    shop.wait_for("SELECT 1 FROM order_changes WHERE order_id = %s AND status = 'confirmed'", order_id)
    assert total(shop, order_id) == (after, "paid")
    shop.wait_for("SELECT 1 FROM documents WHERE order_id = %s AND change_id IS NOT NULL", order_id)
    check_ledgers(shop)


def test_what_is_cheaper_is_paid_back(shop: LiveShop, clerk: KeyboardVisitor, order: tuple[int, str]) -> None:
    order_id, _token = order
    before, _status = total(shop, order_id)
    ((line_id,),) = shop.query("SELECT id FROM order_lines WHERE order_id = %s", order_id)
    clerk.go(f"/admin/orders/{order_id}")
    clerk.press(f"form[action='/admin/orders/{order_id}/changes'] button")
    clerk.type(f"#unit-l{line_id}", "10.00")
    clerk.type(f"#reason-l{line_id}", "scratched")
    clerk.press("form[action$='/lines'] .button:not([name])")
    clerk.see(".want__was")
    clerk.press("form[action$='/request'] button[type=submit]")
    clerk.see(".notice--ok")
    after, status = total(shop, order_id)
    assert after < before
    assert status == "paid"
    assert shop.query("SELECT amount_minor, status FROM audit_refunds WHERE order_id = %s", order_id) == [
        (before - after, "succeeded")
    ]
    check_ledgers(shop)


def test_an_order_is_put_together_and_paid_by_the_link_in_the_mail(
    shop: LiveShop, clerk: KeyboardVisitor, shopper: VisitorWithoutScripts
) -> None:
    clerk.go("/admin/drafts/")
    clerk.press("form[action='/admin/drafts/'] button")
    put_in(clerk, "kiln mug")
    for field, text in scenarios.CONTACT.items():
        clerk.type(field, text)
    clerk.press("form[action$='/contact'] button[type=submit]")
    clerk.see(".notice--ok")
    clerk.page.locator("input[name=method]").first.check()
    clerk.press("form[action$='/delivery'] button[type=submit]")
    clerk.press("form[action$='/order'] button[type=submit]")
    clerk.see("#timeline")
    order_id = int(clerk.page.url.rsplit("/", 1)[1])
    ((token,),) = shop.query("SELECT token FROM orders WHERE id = %s", order_id)
    shop.wait_for("SELECT 1 FROM messages WHERE kind = 'pay_link' AND subject_ref = %s", f"order:{order_id}")
    shopper.go(f"/orders/{token}")
    shopper.press("#pay-now")
    assert "Order" in scenarios.pay(shopper)
    assert total(shop, order_id)[1] == "paid"
    check_ledgers(shop)
