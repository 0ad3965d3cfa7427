"""The option picker and the list, in place: address, focus and what was opened stay with the visitor."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Complaints
from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    return shared_shop(seed=True)


def test_arrow_keys_choose_and_the_address_follows_without_a_trail(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/products/moth-garden-tee?colour=ink&size=m")
    before = page.evaluate("history.length")
    page.locator("#option-colour-ink").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**colour=chalk&size=m")
    expect(page.locator(".options__chosen").first).to_have_text("Chalk")
    expect(page.locator("#option-colour-chalk")).to_be_focused()
    assert page.evaluate("history.length") == before


def test_what_is_sold_out_can_be_chosen_and_is_explained(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/products/moth-garden-tee?colour=chalk&size=m")
    page.locator("label:has(#option-size-s)").click()
    expect(page.locator("#product-availability")).to_have_text("Chalk / S is sold out.")
    expect(page.locator("#add-to-cart")).to_be_disabled()
    page.get_by_role("link", name="Ink / S").click()
    expect(page.locator("#add-to-cart")).to_be_enabled()


def test_a_choice_brings_its_picture_and_keeps_open_what_was_opened(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/products/moth-garden-tee?colour=ink&size=m")
    page.locator("#product-facts summary").click()
    page.locator("label:has(#option-colour-moss)").click()
    page.wait_for_url("**colour=moss**")
    expect(page.locator("#photo-1 picture img")).to_have_attribute("alt", "Moth Garden Tee in Moss")
    expect(page.locator("#product-facts")).to_have_attribute("open", "")


def test_fast_choices_end_at_the_last_one(shop: LiveShop, page: Page, complaints: Complaints) -> None:
    # A choice overtakes the request of the one before; htmx notes what it gave up.
    complaints.expect("signal is aborted")
    page.goto(f"{shop.url}/products/moth-garden-tee?colour=ink&size=xs")
    page.locator("#option-size-xs").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.wait_for_url("**size=xl")
    expect(page.locator("#option-size-xl")).to_be_checked()
    expect(page.locator("#option-size-xl")).to_be_focused()


def test_a_refused_quantity_is_said_where_the_product_is_bought(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/products/fox-fire-matches")
    page.fill("#product-quantity", "999")
    page.keyboard.press("Enter")
    expect(page.locator("#product-problem")).to_be_visible()
    assert page.url.endswith("/products/fox-fire-matches")


def test_more_of_a_list_comes_in_place_and_the_way_back_keeps_it(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/collections/all")
    expect(page.locator(".card")).to_have_count(24)
    page.locator("#load-more").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".card")).to_have_count(48)
    expect(page.locator("#load-more")).to_be_focused()
    assert page.url.endswith("?page=2")
    page.locator(".card__link").nth(30).click()
    page.wait_for_url("**/products/**")
    page.go_back()
    expect(page.locator(".card")).to_have_count(48)


def test_sorting_happens_in_place_and_back_undoes_it(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/collections/tees")
    first = page.locator(".card__link").first.inner_text()
    page.select_option("#sort", "price-down")
    page.wait_for_url("**sort=price-down")
    page.go_back()
    expect(page.locator(".card__link").first).to_have_text(first)
    expect(page.locator("#sort")).to_have_value("featured")


def test_thumbnails_turn_the_gallery_without_scripts_too(shop: LiveShop, plain_page: Page) -> None:
    plain_page.goto(f"{shop.url}/products/moth-garden-tee")
    plain_page.locator(".gallery__thumb").nth(2).click()
    rail, third = plain_page.locator(".gallery__rail"), plain_page.locator("#photo-3")
    # Its way there is smooth; a page without scripts can't be asked to wait.
    for _ in range(30):
        there, here = third.bounding_box(), rail.bounding_box()
        assert there is not None
        assert here is not None
        if abs(there["x"] - here["x"]) < 2:
            return
        plain_page.wait_for_timeout(100)
    pytest.fail("the third picture never came")
