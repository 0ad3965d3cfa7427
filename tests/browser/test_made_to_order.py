"""A tee that is made to order, chosen and bought with scripts and without them."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

TEE = "/products/your-own-tee"


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    return shared_shop(seed=True)


def test_a_print_changes_price_picture_and_what_it_goes_with(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}{TEE}?print=moth&colour=ink&size=l")
    expect(page.locator("#product-price")).to_contain_text("€42.00")
    expect(page.locator("#option-colour-dusk")).to_be_disabled()
    expect(page.locator("label:has(#option-print-stag-beetle)")).to_have_attribute(
        "title", "Stag beetle: its screens are cut for other cloths"
    )
    page.locator("label:has(#option-print-two-carp)").click()
    page.wait_for_url("**print=two-carp**")
    expect(page.locator("#product-price")).to_contain_text("€46.00")
    expect(page.locator("#photo-1 picture img")).to_have_attribute("alt", "Your Own Tee: Two carp, Ink")
    expect(page.locator("label:has(#option-print-moth)")).to_contain_text("− €4.00")
    page.locator("#add-to-cart").click()
    expect(page.locator("#cart-drawer")).to_contain_text("Two carp / Ink / L")


def test_a_way_out_leads_to_a_cloth_that_a_print_is_made_on(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}{TEE}?print=moth&colour=dusk&size=m")
    expect(page.locator("#product-availability")).to_have_text(
        "This combination is not made: its screens are cut for other cloths."
    )
    expect(page.locator("#add-to-cart")).to_be_disabled()
    page.locator(".buy__advice a").first.click()
    expect(page.locator("#add-to-cart")).to_be_enabled()


def test_everything_works_without_scripts(shop: LiveShop, plain_page: Page) -> None:
    plain_page.goto(f"{shop.url}{TEE}?print=moth&colour=ink&size=l")
    plain_page.locator("label:has(#option-size-xxl)").click()
    plain_page.get_by_role("button", name="Show this choice").click()
    expect(plain_page.locator("#product-price")).to_contain_text("€44.00")
    plain_page.locator("#add-to-cart").click()
    expect(plain_page.locator("main")).to_contain_text("Moth / Ink / XXL")
    plain_page.goto(f"{shop.url}{TEE}")
    plain_page.get_by_role("link", name="Surprise me").click()
    expect(plain_page.locator("#add-to-cart")).to_be_enabled()


def test_a_set_says_what_is_in_it(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/products/breakfast-for-two")
    expect(page.locator("#kit li")).to_have_count(3)
    page.locator("#kit a").first.click()
    page.wait_for_url("**/products/moth-mug**")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_hangs_over_the_edge(shop: LiveShop, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in (TEE, f"{TEE}?print=moth&colour=dusk&size=m", "/products/breakfast-for-two"):
        page.goto(f"{shop.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
