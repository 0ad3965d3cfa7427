"""Staff put rules together: the page follows each choice with scripts, and each press of Preview without."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.visitors import KeyboardVisitor, Visitor, VisitorWithoutScripts
from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

Window = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    return shared_shop(seed=True)


@pytest.mark.parametrize("kind", [Visitor, VisitorWithoutScripts])
def test_a_collection_is_filled_by_rules_that_were_previewed(
    kind: type[Visitor], new_context: Window, shop: LiveShop
) -> None:
    staff = kind(new_context(java_script_enabled=kind.scripts).new_page(), shop.url)
    email, password = shop.staff
    staff.go("/admin/")
    staff.type("#email", email)
    staff.type("#password", password)
    staff.press("main form button[type=submit]")
    staff.see(".desk-nav")
    handle = f"mugs-{kind.__name__.lower()}"
    staff.go("/admin/collections/new")
    staff.type("#title", "All mugs")
    staff.type("#handle", handle)
    staff.type("#position", "200")
    staff.press("main form .button--primary[type=submit]")
    staff.press("#products a[href*='/collection-rules/']")
    staff.pick("#field-0", "type")
    _follow(staff)
    staff.type("#value-0", "mug")
    _follow(staff)
    ((count,),) = shop.query("SELECT count(*) FROM products WHERE product_type = 'Mug' AND status <> 'archived'")
    expect(staff.page.locator("#preview-title")).to_contain_text(f"{count} product")
    # The value asked for turns with what is looked at: a box becomes a list, and nothing that was typed is lost.
    staff.pick("#field-1", "available")
    _follow(staff)
    expect(staff.page.locator("select#value-1")).to_be_visible()
    assert staff.page.locator("#value-0").input_value() == "mug"
    staff.page.check("[name=out-1]", force=True)
    _follow(staff)
    expect(staff.page.locator("#value-1")).to_have_count(0)
    assert shop.query("SELECT kind FROM collections WHERE handle = %s", handle) == [("manual",)]
    staff.press("button[value=save]")
    staff.see(".notice--ok")
    found = shop.wait_for(
        "SELECT c.id FROM collections c JOIN collection_products cp ON cp.collection_id = c.id "
        "WHERE c.handle = %s GROUP BY c.id HAVING count(*) = %s",
        handle,
        count,
    )
    assert len(found) == 1
    staff.go(f"/collections/{handle}")
    for _turn in range(40):
        if staff.page.locator("#results article").count() == count:
            return
        staff.page.wait_for_timeout(500)
        staff.page.reload()
    raise AssertionError("shoppers do not see what is in it")


def test_rules_are_put_together_by_keyboard(new_context: Window, shop: LiveShop) -> None:
    staff = KeyboardVisitor(new_context().new_page(), shop.url)
    email, password = shop.staff
    staff.go("/admin/")
    staff.type("#email", email)
    staff.type("#password", password)
    staff.press("main form button[type=submit]")
    staff.see(".desk-nav")
    ((collection,),) = shop.query("SELECT id FROM collections WHERE handle = 'small-presents'")
    staff.go(f"/admin/collection-rules/{collection}")
    before = staff.read("#preview-title")
    staff.type("#value-0", "1")
    staff.page.keyboard.press("Tab")
    expect(staff.page.locator("#preview-title")).not_to_have_text(before)
    expect(staff.page.locator("#preview-title")).to_contain_text("0 products")
    assert staff.page.evaluate("() => document.activeElement.name") == "out-0"


def _follow(staff: Visitor) -> None:
    """Leave the field, as people do; without scripts, and ask."""
    if staff.scripts:
        staff.page.keyboard.press("Tab")
    else:
        staff.press("button[value=preview]")
