"""Every screen of the back office in Chromium: axe finds nothing, and nothing is wider than the window."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import scenarios
from tests.browser.visitors import VisitorWithoutScripts
from tests.fixtures.browser import Complaints
from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROWEST = 360

Window = Callable[..., BrowserContext]


@pytest.fixture(autouse=True)
def shop() -> None:
    """The shop here is a whole one, see `house`; the one of the other tests is not needed."""


@pytest.fixture(scope="module")
def house(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    return shared_shop(seed=True)


def _drafts_and_changes(house: LiveShop, order: int) -> list[str]:
    """A draft with a price of its own, and a change of an order that is being written."""
    line = (
        "jsonb_build_object('variant_id', (SELECT max(id) FROM variants), 'quantity', 2, 'unit_minor', 1500, "
        "'reason', 'a regular', 'line_id', null)"
    )
    wanted = f"jsonb_build_object('lines', jsonb_build_array({line}))"
    house.query(
        "INSERT INTO order_drafts (market, email, wanted, created_at, updated_at, expires_at) "
        f"SELECT (SELECT code FROM markets WHERE is_default), 'ana@example.com', {wanted}, now(), now(), now() "
        "WHERE NOT EXISTS (SELECT 1 FROM order_drafts)"
    )
    house.query(
        "INSERT INTO order_changes (order_id, wanted, created_at, updated_at) "
        f"SELECT %s, {wanted}, now(), now() WHERE NOT EXISTS (SELECT 1 FROM order_changes)",
        order,
    )
    ((draft, change),) = house.query(
        "SELECT (SELECT min(id) FROM order_drafts), (SELECT min(id) FROM order_changes WHERE order_id = %s)", order
    )
    return [f"/admin/drafts/{draft}?q=mug", f"/admin/orders/{order}/changes/{change}?q=nothing-like-it"]


@pytest.fixture
def screens(house: LiveShop, new_context: Window) -> list[str]:
    """The address of each screen, with an order, a product and so on to look at."""
    if not house.query("SELECT 1 FROM orders"):
        scenarios.buy(VisitorWithoutScripts(new_context(java_script_enabled=False).new_page(), house.url))
    ((order, product, collection, level, method, page, person, market, price_list, variant, ruled, tree, field),) = (
        house.query(
            "SELECT (SELECT min(id) FROM orders), (SELECT min(id) FROM products), (SELECT min(id) FROM collections), "
            "(SELECT min(id) FROM stock_levels), (SELECT min(id) FROM shipping_methods), (SELECT min(id) FROM pages), "
            "(SELECT min(id) FROM staff), (SELECT max(id) FROM markets), (SELECT min(id) FROM price_lists), "
            "(SELECT min(id) FROM variants WHERE product_id = (SELECT min(id) FROM products)), "
            "(SELECT min(id) FROM collections WHERE kind = 'rule'), (SELECT min(id) FROM categories), "
            "(SELECT min(id) FROM custom_fields)"
        )
    )
    house.query(
        "INSERT INTO returns (order_id, name, kind, request_id, message, requested_at) "
        "SELECT min(id), '1001-R1', 'claim', repeat('k', 26), 'The box was open when it came.', now() FROM orders "
        "HAVING NOT EXISTS (SELECT 1 FROM returns)"
    )
    house.query(
        "INSERT INTO return_lines (return_id, order_line_id, quantity, reason, amount_minor) "
        "SELECT r.id, l.id, 1, 'damaged', 100 FROM returns r JOIN order_lines l ON l.order_id = r.order_id "
        "WHERE NOT EXISTS (SELECT 1 FROM return_lines)"
    )
    house.query(
        "INSERT INTO import_runs (kind, filename, status, created_at, rows_total, scan) "
        """SELECT 'products', 'goods.csv', 'checked', now(), 4, '{"check": {"create": 1, "update": 2, "refused": 1}}' """
        "WHERE NOT EXISTS (SELECT 1 FROM import_runs)"
    )
    house.query(
        "INSERT INTO import_rows (run_id, phase, row, handle, verdict, label, changes, flags) "
        "SELECT (SELECT min(id) FROM import_runs), 'check', n, 'a-rather-long-address-of-a-product', 'update', "
        "'Size / S', ARRAY['title: Mug → Big mug', 'vendor: Nachtfalter → —'], ARRAY['erases', 'recreates'] "
        "FROM generate_series(2, 4) n WHERE NOT EXISTS (SELECT 1 FROM import_rows)"
    )
    house.query(
        "INSERT INTO uploads (token, kind, name, content_type, size, purpose, subject_id, state, reason, created_at) "
        "SELECT repeat(reason, 2), 'picture', 'a-rather-long-name-of-a-photograph-from-a-camera.jpg', 'image/jpeg', 4, "
        "'product', %s, state, reason, now() FROM (VALUES ('refused', 'web_page'), ('received', 'storage_away')) v "
        "(state, reason) WHERE NOT EXISTS (SELECT 1 FROM uploads)",
        product,
    )
    imports = [f"/admin/imports/{run}" for (run,) in house.query("SELECT id FROM import_runs")]
    ((to_order, kit),) = house.query(
        "SELECT (SELECT min(id) FROM products WHERE made_to_order), (SELECT min(kit_id) FROM kit_parts)"
    )
    ((picture,),) = house.query("SELECT min(image_id) FROM product_images")
    return [
        "/admin/",
        "/admin/orders/?state=all",
        "/admin/disputes/",
        f"/admin/orders/{order}",
        f"/admin/orders/together/shipment?ids={order}",
        "/admin/orders/?state=to-ship",
        f"/admin/orders/{order}/cancellation",
        f"/admin/orders/{order}/rest",
        f"/admin/orders/{order}/refund",
        "/admin/drafts/",
        *_drafts_and_changes(house, order),
        "/admin/returns/?tab=all",
        "/admin/returns/rules",
        *[f"/admin/returns/{one}" for (one,) in house.query("SELECT min(id) FROM returns HAVING count(*) > 0")],
        f"/admin/orders/{order}/refund/parts",
        f"/admin/orders/{order}/receipt",
        "/admin/follow-up/?kind=mails",
        "/admin/products/",
        "/admin/products/new",
        f"/admin/products/{product}",
        "/admin/addresses/",
        "/admin/addresses/missed",
        "/admin/addresses/new?path=/old",
        f"/admin/films/{product}/new",
        f"/admin/addresses/products/{product}/address",
        f"/admin/addresses/products/{product}/retirement",
        f"/admin/addresses/products/{product}/merger",
        f"/admin/addresses/products/{product}/beside",
        f"/admin/made-to-order/{product}",
        f"/admin/made-to-order/{to_order}",
        f"/admin/garments/{to_order}",
        f"/admin/made-to-order/kits/{kit}",
        "/admin/media/",
        f"/admin/media/{picture}",
        "/admin/media-folders/",
        "/admin/media/files/deletion?all=unused",
        f"/admin/media/?for=collections-{collection}",
        "/admin/collections/",
        f"/admin/collections/{collection}",
        f"/admin/collections/{collection}/deletion",
        f"/admin/collections/{ruled}",
        f"/admin/collection-rules/{ruled}",
        "/admin/categories/",
        f"/admin/categories/{tree}",
        "/admin/custom-fields/",
        "/admin/custom-fields/new",
        f"/admin/custom-fields/{field}",
        "/admin/labels/?kind=type&old=Mug",
        "/admin/picture-storage/",
        "/admin/search/?q=candel",
        "/admin/search/?tab=synonyms",
        "/admin/search/?tab=pins",
        "/admin/search/?tab=misses",
        "/admin/stock/",
        f"/admin/stock/{level}",
        f"/admin/delivery/{method}",
        f"/admin/delivery-rates/{method}",
        "/admin/delivery-zones/",
        "/admin/delivery-zones/new",
        "/admin/delivery-terms/",
        "/admin/delivery-preview/?grams=800&country=AT&postcode=1010",
        f"/admin/pages/{page}",
        "/admin/tax/",
        "/admin/tax/rates/AT",
        "/admin/tax/update",
        "/admin/invoices/",
        "/admin/ways-to-pay/",
        "/admin/ways-to-pay/bank_transfer",
        "/admin/staff/new",
        f"/admin/staff/{person}",
        "/admin/markets/",
        f"/admin/markets/{market}",
        f"/admin/markets/{market}/suggestions",
        f"/admin/markets/{market}/deletion",
        "/admin/price-lists/",
        "/admin/price-lists/new",
        f"/admin/price-lists/{price_list}",
        f"/admin/prices/{product}",
        f"/admin/prices/{product}/{variant}/history",
        "/admin/journal/",
        "/admin/imports/",
        *imports,
    ]


def log_in(page: Page, house: LiveShop) -> None:
    email, password = house.staff
    page.goto(f"{house.url}/admin/")
    page.fill("#email", email)
    page.fill("#password", password)
    page.click("main form button[type=submit]")
    page.wait_for_selector(".desk-nav")


def violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [f"{one['id']}: {node['target'][0]}" for one in found["violations"] for node in one["nodes"][:3]]


def test_every_screen_passes_axe_in_light_and_dark(
    house: LiveShop, screens: list[str], new_context: Window, complaints: Complaints
) -> None:
    found_at = importlib.util.find_spec("axe_playwright_python")
    assert found_at is not None
    assert found_at.origin is not None
    axe = (Path(found_at.origin).parent / "axe.min.js").read_text()
    # The checker puts a stylesheet of its own into the page.
    page = new_context(reduced_motion="reduce", bypass_csp=True).new_page()
    log_in(page, house)
    found: dict[str, list[str]] = {}
    for path in screens:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.goto(house.url + path)
            found[f"{path}, {scheme}"] = violations(page, axe)
    assert {state: problems for state, problems in found.items() if problems} == {}


def test_no_screen_is_wider_than_a_phone(house: LiveShop, screens: list[str], new_context: Window) -> None:
    page = new_context(reduced_motion="reduce").new_page()
    page.set_viewport_size({"width": NARROWEST, "height": 800})
    log_in(page, house)
    wide = []
    for path in screens:
        page.goto(house.url + path)
        if page.evaluate("document.documentElement.scrollWidth") > NARROWEST:
            wide.append(path)
    assert wide == []


def test_a_slash_moves_to_the_search_without_typing_itself(house: LiveShop, new_context: Window) -> None:
    page = new_context().new_page()
    log_in(page, house)
    page.goto(f"{house.url}/admin/orders/")
    page.keyboard.press("/")
    page.keyboard.type("1001/2")
    assert page.input_value("#desk-search") == "1001/2"
