"""A day at the desk, by keyboard alone: ship, cancel, refund; the ledgers are read beside it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser import scenarios
from tests.browser.visitors import KeyboardVisitor, VisitorWithoutScripts
from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

Window = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    return shared_shop(seed=True)


@pytest.fixture
def paid_order(shop: LiveShop, new_context: Window) -> tuple[int, int]:
    """Somebody has bought a tee: the order's id and what was paid, in minor units."""
    shopper = VisitorWithoutScripts(new_context(java_script_enabled=False).new_page(), shop.url)
    number = "".join(filter(str.isdigit, scenarios.buy(shopper)))
    ((order_id, captured),) = shop.query("SELECT order_id, captured_minor FROM audit_orders WHERE number = %s", number)
    return order_id, captured


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


def on_the_shelf(shop: LiveShop, order_id: int) -> list[tuple]:
    """The four figures of the levels that an order holds stock of."""
    return shop.query(
        "SELECT on_hand, reserved, allocated FROM audit_stock WHERE level_id IN "
        "(SELECT level_id FROM holds WHERE reference = %s) ORDER BY level_id",
        f"order:{order_id}",
    )


def states(shop: LiveShop, order_id: int) -> tuple:
    ((*found,),) = shop.query(
        "SELECT status, payment_status, fulfilment_status FROM audit_orders WHERE order_id = %s", order_id
    )
    return tuple(found)


def check_ledgers(shop: LiveShop) -> None:
    shop.settle()
    audit = shop.run("audit", "--json")
    assert audit.returncode == 0, audit.stdout


def open_order(clerk: KeyboardVisitor, order_id: int) -> None:
    """From Today over the queue to the order."""
    clerk.press(".desk-nav a[href='/admin/orders/']")
    clerk.press(f"main a[href='/admin/orders/{order_id}']")
    clerk.see("#lines-title")


def test_an_order_is_shipped(shop: LiveShop, clerk: KeyboardVisitor, paid_order: tuple[int, int]) -> None:
    order_id, _paid = paid_order
    ((on_hand, reserved, allocated),) = on_the_shelf(shop, order_id)
    open_order(clerk, order_id)
    clerk.type("#carrier", "Post")
    clerk.type("#tracking_number", "AT123")
    clerk.press(f"form[action='/admin/orders/{order_id}/shipment'] button")
    clerk.see(".notice--ok")
    assert on_the_shelf(shop, order_id) == [(on_hand - 1, reserved, allocated - 1)]
    assert states(shop, order_id) == ("placed", "paid", "fulfilled")
    shop.wait_for(
        "SELECT 1 FROM messages WHERE kind = 'shipped' AND subject_ref = %s AND status = 'sent'", f"order:{order_id}"
    )
    check_ledgers(shop)


def test_an_order_is_cancelled_and_its_money_and_stock_go_back(
    shop: LiveShop, clerk: KeyboardVisitor, paid_order: tuple[int, int]
) -> None:
    order_id, paid = paid_order
    ((on_hand, reserved, allocated),) = on_the_shelf(shop, order_id)
    open_order(clerk, order_id)
    clerk.press(f"a[href='/admin/orders/{order_id}/cancellation']")
    clerk.type("#reason", "Ordered twice")
    clerk.press(".desk-confirm form button[type=submit]")
    clerk.see(".notice--ok")
    assert on_the_shelf(shop, order_id) == [(on_hand, reserved, allocated - 1)]
    assert states(shop, order_id) == ("cancelled", "refunded", "cancelled")
    assert shop.query("SELECT amount_minor, status FROM audit_refunds WHERE order_id = %s", order_id) == [
        (paid, "succeeded")
    ]
    check_ledgers(shop)


def test_an_order_is_refunded_once_however_often_the_button_is_pressed(
    shop: LiveShop, clerk: KeyboardVisitor, paid_order: tuple[int, int]
) -> None:
    order_id, paid = paid_order
    open_order(clerk, order_id)
    clerk.press(f"a[href='/admin/orders/{order_id}/refund']")
    clerk.type("#reason", "Colour is off")
    clerk.press(".desk-confirm form button[type=submit]")
    clerk.see(".notice--ok")
    clerk.page.go_back()
    clerk.page.reload()
    assert shop.query("SELECT amount_minor, status FROM audit_refunds WHERE order_id = %s", order_id) == [
        (paid, "succeeded")
    ]
    assert states(shop, order_id)[1] == "refunded"
    check_ledgers(shop)
