"""Every page and state passes axe, in light and dark, narrow and wide, and fits its window."""

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import scenarios
from tests.browser.visitors import Visitor
from tests.fixtures.browser import Complaints
from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# The narrowest is that of WCAG 1.4.10, Reflow.
NARROWEST = 320


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    return shared_shop(seed=True)


@pytest.fixture(scope="module")
def axe() -> str:
    """The checker, out of its wheel."""
    found = importlib.util.find_spec("axe_playwright_python")
    assert found is not None
    assert found.origin is not None
    return (Path(found.origin).parent / "axe.min.js").read_text()


def states(visitor: Visitor) -> Iterator[str]:
    """Walk through the shop; each stop is a state worth checking."""
    for name, path in (
        ("home", "/"),
        ("collection", "/collections/tees?sort=price-up"),
        ("search", "/search?q=moth"),
        ("search without results", "/search?q=xylophone"),
        ("page", "/pages/about"),
        ("policy", "/policies/returns"),
        ("not found", "/products/there-is-none"),
        ("empty cart", "/cart"),
        ("sold out", "/products/moth-garden-tee?colour=chalk&size=s"),
    ):
        visitor.go(path)
        yield name
    visitor.go("/products/fox-fire-matches")
    visitor.type("#product-quantity", "999")
    visitor.press("#add-to-cart")
    visitor.see("#product-problem")
    yield "refused"
    scenarios.find_a_tee(visitor)
    scenarios.put_into_cart(visitor)
    yield "drawer"
    visitor.go("/cart")
    yield "cart"
    visitor.press("main [id^=remove-]")
    visitor.see("main [id^=undo-]")
    yield "removed"
    visitor.press("main [id^=undo-]")
    visitor.see("main [id^=remove-]")
    visitor.go("/checkout")
    visitor.press("#contact-next")
    visitor.see("#form-errors")
    yield "contact with errors"
    for field, text in scenarios.CONTACT.items():
        visitor.type(field, text)
    visitor.press("#contact-next")
    visitor.see("#delivery-next")
    yield "delivery"
    visitor.press("#delivery-next")
    visitor.see("#place-order")
    yield "payment"
    scenarios.place_order(visitor)
    scenarios.pay(visitor)
    yield "thanks"


def violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{one['id']}: {node['target'][0]} {node['failureSummary'][:200]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize("width", [390, 1280])
def test_every_state_passes_axe_in_light_and_dark(
    shop: LiveShop, new_context: Callable[..., BrowserContext], complaints: Complaints, axe: str, width: int
) -> None:
    complaints.expect("404")
    # The checker puts a stylesheet of its own into the page.
    page = new_context(reduced_motion="reduce", bypass_csp=True).new_page()
    page.set_viewport_size({"width": width, "height": 900})
    found: dict[str, list[str]] = {}
    for state in states(Visitor(page, shop.url)):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            # A drawer or a colour that is still changing is not yet what people see; a busy machine takes its time.
            for patience in (250, 1000, 2000):
                page.wait_for_timeout(patience)
                found[f"{state}, {scheme}"] = violations(page, axe)
                if not found[f"{state}, {scheme}"]:
                    break
    assert {state: problems for state, problems in found.items() if problems} == {}


def test_no_page_is_wider_than_the_narrowest_window(shop: LiveShop, new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(reduced_motion="reduce").new_page()
    page.set_viewport_size({"width": NARROWEST, "height": 800})
    for path in ("/", "/collections/all", "/products/moth-garden-tee", "/search?q=x", "/pages/sizes", "/cart"):
        page.goto(shop.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, path
