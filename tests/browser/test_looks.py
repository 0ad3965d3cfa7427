"""What is made to order is seen in the frame of the click, and then as a picture composed by the shop."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

TEE = "/products/your-own-tee?print=hare&colour=chalk&size=l"

# Clicks, and says in the same task what the page would paint next: no answer of a server can have come.
CLICK = """(id) => {
    document.getElementById(id).click();
    const style = (name) => getComputedStyle(document.querySelector(name));
    return {
        cloth: style('.look__cloth').backgroundColor,
        print: style('.look__print').backgroundImage,
        composed: style('.look ~ picture').opacity,
    };
}"""


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    return shared_shop(seed=True)


def test_a_colour_is_seen_in_the_frame_of_the_click_and_then_in_the_composed_picture(
    shop: LiveShop, page: Page
) -> None:
    page.goto(f"{shop.url}{TEE}")
    shown = page.locator("#photo-1 picture img")
    before = shown.get_attribute("src")
    expect(page.locator(".look")).to_have_count(1)
    seen = page.evaluate(CLICK, "option-colour-ink")
    assert seen["cloth"] == "rgb(38, 43, 56)"
    assert seen["composed"] == "0", "the picture of the other colour is out of sight"
    page.wait_for_url("**colour=ink**")
    expect(page.locator("#photo-1 img").last).to_have_attribute("alt", "Your Own Tee: Hare, Ink")
    expect(shown).not_to_have_attribute("src", before or "")
    page.wait_for_function(
        "() => { const i = document.querySelector('#photo-1 picture img'); return i.complete && i.naturalWidth > 0 }"
    )
    assert page.evaluate("() => getComputedStyle(document.querySelector('.look ~ picture')).opacity") == "1"


def test_a_print_changes_in_the_frame_of_the_click_too(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}{TEE}")
    before = page.evaluate("() => getComputedStyle(document.querySelector('.look__print')).backgroundImage")
    seen = page.evaluate(CLICK, "option-print-swallows")
    assert seen["print"].startswith("url(")
    assert seen["print"] != before
    assert seen["composed"] == "0"


def test_a_size_that_looks_the_same_hides_nothing(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}{TEE}")
    assert page.evaluate(CLICK, "option-size-xl")["composed"] == "1"


def test_the_layers_are_there_without_scripts(shop: LiveShop, plain_page: Page) -> None:
    plain_page.goto(f"{shop.url}{TEE}")
    plain_page.locator("label:has(#option-colour-ink)").click()
    assert (
        plain_page.locator(".look__cloth").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(38, 43, 56)"
    )
    plain_page.get_by_role("button", name="Show this choice").click()
    expect(plain_page.locator("#photo-1 img").last).to_have_attribute("alt", "Your Own Tee: Hare, Ink")
