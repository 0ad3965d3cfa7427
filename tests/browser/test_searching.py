"""Searching as people do it: typing, by keyboard alone, without scripts, and narrowing down what was found."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_access import axe, violations
from tests.fixtures.browser import Complaints
from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

__all__ = ["axe"]

FIELD, PANEL, OPTIONS = "#site-search", "#site-suggest", '#site-suggest [role="option"]'


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    return shared_shop(seed=True)


@pytest.fixture(autouse=True)
def patience(complaints: Complaints) -> None:
    # Typing on gives the suggestions for what was typed before up.
    complaints.expect("signal is aborted")


def type_slowly(page: Page, text: str) -> None:
    page.locator(FIELD).focus()
    page.keyboard.type(text, delay=40)


def test_suggestions_are_chosen_by_keyboard(shop: LiveShop, page: Page) -> None:
    page.goto(shop.url)
    type_slowly(page, "cand")
    expect(page.locator(PANEL)).to_be_visible()
    expect(page.locator(FIELD)).to_have_attribute("aria-expanded", "true")
    # What was proposed for its beginning is gone.
    expect(page.locator("#suggest-query-1")).to_contain_text("candle")
    page.keyboard.press("ArrowDown")
    # A query that is proposed stands in the field, to be gone on with.
    expect(page.locator(FIELD)).to_have_value("candle")
    expect(page.locator(FIELD)).to_have_attribute("aria-activedescendant", "suggest-query-1")
    page.keyboard.press("ArrowUp")
    expect(page.locator(FIELD)).to_have_value("cand")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=candle")
    expect(page.locator(".card").first).to_contain_text("Candle")


def test_escape_closes_first_and_empties_then(shop: LiveShop, page: Page) -> None:
    page.goto(shop.url)
    type_slowly(page, "moth")
    expect(page.locator(PANEL)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator(PANEL)).to_be_hidden()
    expect(page.locator(FIELD)).to_have_value("moth")
    page.keyboard.press("Escape")
    expect(page.locator(FIELD)).to_have_value("")


def test_a_product_is_opened_from_its_suggestion(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/cart")
    type_slowly(page, "moth mu")
    page.get_by_role("group", name="Products").get_by_role("option", name="Moth Mug").click()
    page.wait_for_url("**/products/moth-mug")


def test_enter_searches_for_what_was_typed_and_leaving_closes(shop: LiveShop, page: Page) -> None:
    page.goto(shop.url)
    type_slowly(page, "moth")
    expect(page.locator(PANEL)).to_be_visible()
    page.locator("#main").click(position={"x": 5, "y": 5})
    expect(page.locator(PANEL)).to_be_hidden()
    page.locator(FIELD).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=moth")


def test_results_are_narrowed_down_in_place_and_back_undoes_it(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/search?q=moht")
    expect(page.get_by_text("Showing results for “moth”")).to_be_visible()
    everything = page.locator(".card").count()
    page.locator("#filter-type-mug").check()
    page.wait_for_url("**/search?q=moht&filter.type=mug")
    expect(page.locator(".card")).to_have_count(1)
    expect(page.get_by_text("Showing results for “moth”")).to_be_visible()
    page.select_option("#sort", "price-up")
    page.wait_for_url("**sort=price-up**")
    page.go_back()
    page.go_back()
    expect(page.locator(".card")).to_have_count(everything)


def test_without_scripts_the_field_and_the_filters_are_plain_forms(shop: LiveShop, plain_page: Page) -> None:
    plain_page.goto(shop.url)
    plain_page.fill(FIELD, "moht")
    plain_page.keyboard.press("Enter")
    plain_page.wait_for_url("**/search?q=moht")
    plain_page.locator("#filter-type-mug").check()
    plain_page.get_by_role("button", name="Apply").click()
    expect(plain_page.locator(".card")).to_have_count(1)
    plain_page.get_by_role("link", name="Search instead for “moht”").click()
    expect(plain_page.locator("h1")).to_have_text("Nothing called “moht”")


@pytest.mark.parametrize("width", [390, 1280])
def test_open_suggestions_and_results_pass_axe(
    shop: LiveShop, new_context: Callable[..., BrowserContext], axe: str, width: int
) -> None:
    page = new_context(reduced_motion="reduce", bypass_csp=True).new_page()
    page.set_viewport_size({"width": width, "height": 900})
    found = []
    for path in ("/search?q=moth", "/search?q=candel&filter.available=1", "/search?q=moth&filter.type=nothing"):
        page.goto(shop.url + path)
        found += violations(page, axe)
    type_slowly(page, "cand")
    expect(page.locator(PANEL)).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        # A colour that is still changing is not yet what people see; a busy machine takes its time.
        for patience in (500, 1500, 3000):
            page.wait_for_timeout(patience)
            if not (problems := violations(page, axe)):
                break
        found += problems
    assert found == []
