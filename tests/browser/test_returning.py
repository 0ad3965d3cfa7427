"""What was bought comes back, is exchanged or was broken: from the order's link to the desk and the money."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser import scenarios
from tests.browser.visitors import Visitor, VisitorWithoutScripts
from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

Window = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    return shared_shop(seed=True)


@pytest.fixture
def clerk(shop: LiveShop, new_context: Window) -> Visitor:
    """The owner, logged in."""
    person = Visitor(new_context().new_page(), shop.url)
    email, password = shop.staff
    person.go("/admin/")
    person.type("#email", email)
    person.type("#password", password)
    person.press("main form button[type=submit]")
    person.see(".desk-nav")
    return person


def buy(shop: LiveShop, clerk: Visitor, shopper: Visitor) -> tuple[int, str, int]:
    """Buy a tee and have it sent; return the order's id, its link and what was paid."""
    number = "".join(filter(str.isdigit, scenarios.buy(shopper)))
    ((order_id, paid),) = shop.query("SELECT order_id, captured_minor FROM audit_orders WHERE number = %s", number)
    ((token, line),) = shop.query(
        "SELECT token, (SELECT min(id) FROM order_lines WHERE order_id = orders.id) FROM orders WHERE id = %s", order_id
    )
    clerk.go(f"/admin/orders/{order_id}")
    clerk.type("#carrier", "Post")
    clerk.press(f"form[action='/admin/orders/{order_id}/shipment'] button")
    clerk.see(".notice--ok")
    shopper.go(f"/orders/{token}")
    return order_id, line, paid


def send_back(shopper: Visitor, line: int) -> None:
    """Ask, read what comes of it, and put the parcel on its way."""
    shopper.press("#returns-ask")
    shopper.see("#returns-status")
    shopper.type("#tracking_number", "RR 1")
    shopper.press("#returns-sent")
    shopper.see("#returns-status")


def take_in(shop: LiveShop, clerk: Visitor, order_id: int, way: str) -> None:
    """The parcel comes to the desk, is counted and settled."""
    ((return_id,),) = shop.query("SELECT id FROM returns WHERE order_id = %s", order_id)
    clerk.go("/admin/returns/?tab=under-way")
    clerk.press(f"main a[href='/admin/returns/{return_id}']")
    clerk.press("#receive")
    clerk.see(".notice--ok")
    clerk.page.check(f"#settle-{way}")
    clerk.press("#settle")
    clerk.see(".notice--ok")


def check_ledgers(shop: LiveShop) -> None:
    shop.settle()
    audit = shop.run("audit", "--json")
    assert audit.returncode == 0, audit.stdout


def kept(shop: LiveShop, order_id: int) -> int:
    """What the bank has of an order, in minor units."""
    ((minor,),) = shop.query("SELECT captured_minor - refunded_minor FROM audit_orders WHERE order_id = %s", order_id)
    return int(minor)


@pytest.mark.parametrize("kind", [Visitor, VisitorWithoutScripts])
def test_a_tee_is_sent_back_and_paid_back(
    kind: type[Visitor], shop: LiveShop, clerk: Visitor, new_context: Window
) -> None:
    shopper = kind(new_context(java_script_enabled=kind.scripts).new_page(), shop.url)
    order_id, line, paid = buy(shop, clerk, shopper)
    shopper.press("#send-back")
    shopper.pick(f"#quantity-{line}", "1")
    shopper.pick(f"#reason-{line}", "too_small")
    shopper.press("#returns-preview")
    said = shopper.read("#returns-back")
    assert "".join(filter(str.isdigit, said)) == str(paid)
    send_back(shopper, line)
    take_in(shop, clerk, order_id, "refund")
    assert kept(shop, order_id) == 0
    shopper.page.reload()
    assert "Paid back" in shopper.read("#returns-status")
    check_ledgers(shop)


@pytest.mark.parametrize("kind", [Visitor, VisitorWithoutScripts])
def test_a_tee_is_exchanged_for_a_cheaper_one_and_the_difference_goes_back(
    kind: type[Visitor], shop: LiveShop, clerk: Visitor, new_context: Window
) -> None:
    shopper = kind(new_context(java_script_enabled=kind.scripts).new_page(), shop.url)
    order_id, line, paid = buy(shop, clerk, shopper)
    ask_for_another(shop, shopper, line, -400)
    said = shopper.read("#returns-difference")
    difference = int("".join(filter(str.isdigit, said)))
    assert difference > 0
    send_back(shopper, line)
    take_in(shop, clerk, order_id, "exchange")
    shop.settle()
    assert kept(shop, order_id) == paid - difference
    ((status, fulfilment),) = shop.query(
        "SELECT payment_status, fulfilment_status FROM audit_orders WHERE order_id = %s", order_id
    )
    assert fulfilment == "partial", status
    check_ledgers(shop)


@pytest.mark.parametrize("kind", [Visitor, VisitorWithoutScripts])
def test_a_tee_is_exchanged_for_a_dearer_one_and_the_difference_is_paid(
    kind: type[Visitor], shop: LiveShop, clerk: Visitor, new_context: Window
) -> None:
    shopper = kind(new_context(java_script_enabled=kind.scripts).new_page(), shop.url)
    order_id, line, paid = buy(shop, clerk, shopper)
    ask_for_another(shop, shopper, line, 900)
    difference = int("".join(filter(str.isdigit, shopper.read("#returns-difference"))))
    assert difference > 0
    send_back(shopper, line)
    take_in(shop, clerk, order_id, "exchange")
    shopper.go(f"/orders/{token_of(shop, order_id)}")
    assert "What comes instead costs more" in shopper.read("#to-pay")
    assert str(difference) in "".join(filter(str.isdigit, shopper.read("#pay-due")))
    shopper.press("#pay-due")
    shopper.press("button[value=pay]")
    shop.wait_for("SELECT 1 FROM order_changes WHERE order_id = %s AND status = 'confirmed'", order_id)
    assert kept(shop, order_id) == paid + difference
    shopper.go(f"/orders/{token_of(shop, order_id)}")
    assert shopper.page.locator("#to-pay").count() == 0
    clerk.go(f"/admin/orders/{order_id}")
    clerk.press(f"form[action='/admin/orders/{order_id}/shipment'] button")
    clerk.see(".notice--ok")
    check_ledgers(shop)


@pytest.mark.parametrize("kind", [Visitor, VisitorWithoutScripts])
def test_whoever_does_not_pay_for_a_dearer_tee_gets_the_money_for_the_first_one(
    kind: type[Visitor], shop: LiveShop, clerk: Visitor, new_context: Window
) -> None:
    shopper = kind(new_context(java_script_enabled=kind.scripts).new_page(), shop.url)
    order_id, line, paid = buy(shop, clerk, shopper)
    ask_for_another(shop, shopper, line, 900)
    send_back(shopper, line)
    take_in(shop, clerk, order_id, "exchange")
    ((credited,),) = shop.query("SELECT credited_minor FROM orders WHERE id = %s", order_id)
    shopper.go(f"/orders/{token_of(shop, order_id)}")
    shopper.press("#to-pay a.button")
    shopper.press("#refuse-change")
    shop.settle()
    assert kept(shop, order_id) == paid - credited
    shopper.go(f"/orders/{token_of(shop, order_id)}")
    assert shopper.page.locator("#to-pay").count() == 0
    check_ledgers(shop)


def ask_for_another(shop: LiveShop, shopper: Visitor, line: int, more: int) -> None:
    """Ask for another variant that costs so many cents more or less, up to the page that says what comes of it."""
    ((other,),) = shop.query(
        "SELECT v.id FROM variants v JOIN order_lines l ON l.product_id = v.product_id AND l.variant_id <> v.id "
        "WHERE l.id = %s AND v.available AND v.deleted_at IS NULL ORDER BY v.id DESC LIMIT 1",
        line,
    )
    shop.query(
        "UPDATE prices SET amount_minor = (SELECT unit_gross_minor + %s FROM order_lines WHERE id = %s) "
        "WHERE variant_id = %s AND currency = 'EUR'",
        more,
        line,
        other,
    )
    shopper.press("#send-back")
    shopper.pick(f"#quantity-{line}", "1")
    shopper.press("label[for=kind-exchange]")
    shopper.press("#returns-preview")
    shopper.pick(f"#instead-{line}", str(other))
    shopper.press("#returns-preview")


def token_of(shop: LiveShop, order_id: int) -> str:
    ((token,),) = shop.query("SELECT token FROM orders WHERE id = %s", order_id)
    return str(token)


@pytest.mark.parametrize("kind", [Visitor, VisitorWithoutScripts])
def test_what_arrived_broken_is_sent_once_more(
    kind: type[Visitor], shop: LiveShop, clerk: Visitor, new_context: Window
) -> None:
    shopper = kind(new_context(java_script_enabled=kind.scripts).new_page(), shop.url)
    order_id, line, paid = buy(shop, clerk, shopper)
    shopper.press("#something-wrong")
    shopper.pick(f"#quantity-{line}", "1")
    shopper.pick(f"#reason-{line}", "damaged")
    shopper.press("#returns-preview")
    shopper.type("#message", "A hole in the sleeve.")
    shopper.press("#returns-ask")
    shopper.see("#returns-status")
    ((return_id,),) = shop.query("SELECT id FROM returns WHERE order_id = %s", order_id)
    clerk.go("/admin/returns/")
    clerk.press(f"main a[href='/admin/returns/{return_id}']")
    assert "A hole in the sleeve." in clerk.read("main")
    clerk.page.check("#settle-replacement")
    clerk.press("#settle")
    clerk.see(".notice--ok")
    assert kept(shop, order_id) == paid
    assert shop.query(
        "SELECT quantity, total_minor FROM order_lines WHERE order_id = %s AND total_minor = 0", order_id
    ) == [(1, 0)]
    check_ledgers(shop)
