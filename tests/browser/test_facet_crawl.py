"""Walks by chance over filters, orders, pages, back and forward: what is shown is what the address says."""

import random
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Complaints
from tests.fixtures.live import LiveShop

pytestmark = [pytest.mark.browser, pytest.mark.live]

STEPS = 25
LISTS = ("/collections/all", "/categories/clothes", "/search?q=ink")

_STATE = """() => ({
    count: document.querySelector("#listing-count")?.textContent.trim() ?? null,
    cards: [...document.querySelectorAll("#results .card__link")].map(link => link.pathname),
    chips: [...document.querySelectorAll(".chips .chip")].map(chip => chip.href),
    boxes: [...document.querySelectorAll("#filters-form input[type=checkbox]")].map(box => [
        box.name, box.value, box.checked, box.disabled, box.parentElement.querySelector(".facet__count").textContent,
    ].join(" ")),
    prices: [...document.querySelectorAll("#filters-form input[type=number]")].map(field => field.value),
    sort: document.querySelector("#sort")?.value ?? null,
    more: document.querySelector("#load-more")?.href ?? null,
})"""

# What can be ticked now without opening anything.
_BOXES = """() => [...document.querySelectorAll("#filters-form input[type=checkbox]:not(:disabled)")]
    .filter(box => box.checkVisibility()).map(box => box.id)"""


@pytest.fixture(scope="module")
def shop(shared_shop: Callable[..., LiveShop]) -> LiveShop:
    """One demo shop for all of these."""
    found = shared_shop(seed=True)
    found.wait_for("SELECT 1 WHERE NOT EXISTS (SELECT FROM facet_queue)")
    return found


class Walker:
    """Goes on by chance, and after each step compares the page with a fresh look at its address."""

    def __init__(self, page: Page, other: Page, chance: random.Random) -> None:
        self.page, self.other, self.chance = page, other, chance
        self.behind, self.ahead = 0, 0
        self.path: list[str] = []

    def step(self) -> None:
        moves = [self.tick, self.tick, self.tick, self.price, self.sort, self.drop, self.more, self.back, self.forward]
        before = self.page.url
        if self.chance.choice(moves)():
            self.path.append(self.page.url)
            self.compare(before)

    def compare(self, before: str) -> None:
        """Wait until what is shown is what its address shows to somebody who comes anew."""
        found: Any = None
        for _look in range(50):
            self.other.goto(self.page.url)
            found, fresh = self.page.evaluate(_STATE), self.other.evaluate(_STATE)
            if found == fresh:
                return
            self.page.wait_for_timeout(100)
        assert found == fresh, (before, self.path)

    def went(self, before: str) -> bool:
        for _look in range(100):
            if self.page.url != before:
                self.behind, self.ahead = self.behind + 1, 0
                return True
            self.page.wait_for_timeout(50)
        raise AssertionError(f"nothing came of it at {before}, after {self.path}")

    def tick(self) -> bool:
        boxes = self.page.evaluate(_BOXES)
        if not boxes:
            return False
        before, id_ = self.page.url, self.chance.choice(boxes)
        self.page.locator(f"[id='{id_}']").click()
        self.apply()
        return self.went(before)

    def price(self) -> bool:
        if not self.page.locator("#facet-price").count():
            return False
        if self.page.locator("#facet-price").get_attribute("open") is None:
            self.page.locator("#facet-price summary").click()
        before = self.page.url
        field = self.page.locator(self.chance.choice(("#filter-price-min", "#filter-price-max")))
        wanted = self.chance.choice(("20", "39", "55.50", "4000"))
        if field.input_value() == wanted:
            return False
        field.fill(wanted)
        field.press("Enter")
        return self.went(before)

    def sort(self) -> bool:
        field = self.page.locator("#sort")
        if not field.count():
            return False
        before, wanted = self.page.url, self.chance.choice(("newest", "price-up", "price-down", "title"))
        if field.input_value() == wanted:
            return False
        field.select_option(wanted)
        self.apply()
        return self.went(before)

    def drop(self) -> bool:
        chips = self.page.locator(".chips a")
        if not chips.count():
            return False
        before = self.page.url
        chips.nth(self.chance.randrange(chips.count())).click()
        return self.went(before)

    def more(self) -> bool:
        if not self.page.locator("#load-more[href]").count():
            return False
        before, behind = self.page.url, self.behind
        self.page.locator("#load-more").click()
        self.went(before)
        if self.replaces:
            # The list grew in its place: no stop of its own on the way back.
            self.behind = behind
        return True

    def back(self) -> bool:
        if not self.behind:
            return False
        self.page.go_back()
        self.behind, self.ahead = self.behind - 1, self.ahead + 1
        return True

    def forward(self) -> bool:
        if not self.ahead:
            return False
        self.page.go_forward()
        self.behind, self.ahead = self.behind + 1, self.ahead - 1
        return True

    replaces = True

    def apply(self) -> None:
        """Nothing to do: a change is enough."""


class PlainWalker(Walker):
    """The same without JavaScript, where a button sends the form."""

    replaces = False

    def apply(self) -> None:
        self.page.get_by_role("button", name="Apply").click()


@pytest.mark.parametrize("path", LISTS)
def test_a_walk_shows_what_its_addresses_say(
    shop: LiveShop, page: Page, new_context: Any, complaints: Complaints, path: str
) -> None:
    # A choice overtakes the request of the one before; htmx notes what it gave up.
    complaints.expect("signal is aborted")
    page.goto(shop.url + path)
    walker = Walker(page, new_context().new_page(), random.Random(path))
    for _step in range(STEPS):
        walker.step()
    assert len(walker.path) > STEPS / 3


@pytest.mark.parametrize("path", LISTS)
def test_a_walk_without_scripts_shows_what_its_addresses_say(
    shop: LiveShop, plain_page: Page, new_context: Any, path: str
) -> None:
    plain_page.goto(shop.url + path)
    walker = PlainWalker(plain_page, new_context(java_script_enabled=False).new_page(), random.Random(path))
    for _step in range(STEPS):
        walker.step()
    assert len(walker.path) > STEPS / 3


def test_what_is_ticked_stands_in_the_address_and_keeps_the_focus(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/collections/all")
    box = page.locator("#filter-category-clothes")
    box.focus()
    page.keyboard.press("Space")
    page.wait_for_url("**/collections/all*filter.category=clothes")
    expect(page.locator(".chips .chip")).to_have_count(1)
    expect(box).to_be_focused()
    page.locator("#filter-category-bags").check()
    page.wait_for_url("**filter.category=bags**")
    assert sorted(parse_qsl(urlsplit(page.url).query)) == [("filter.category", "bags"), ("filter.category", "clothes")]


def test_a_filter_taken_back_is_no_longer_ticked(shop: LiveShop, page: Page) -> None:
    page.goto(f"{shop.url}/collections/all")
    box = page.locator("#filter-category-clothes")
    box.check()
    page.locator(".chips .chip").click()
    page.wait_for_url("**/collections/all")
    expect(page.locator(".chips .chip")).to_have_count(0)
    expect(box).not_to_be_checked()
    page.go_back()
    expect(box).to_be_checked()


def test_on_a_phone_filters_open_beside_the_list_and_stay_open_while_choosing(shop: LiveShop, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{shop.url}/collections/all")
    expect(page.locator("#filters-form")).to_be_hidden()
    page.locator("#open-filters").click()
    page.locator("#filter-category-clothes").check()
    page.wait_for_url("**filter.category=clothes")
    expect(page.locator("#filter-category-clothes")).to_be_visible()
    show = page.locator(".filters__show")
    count = page.locator("#listing-count")
    expect(show).to_contain_text(count.inner_text().split()[0])
    show.click()
    expect(page.locator("#filters-form")).to_be_hidden()
    expect(page.locator(".chips .chip")).to_be_visible()
    page.go_back()
    expect(page.locator(".chips .chip")).to_have_count(0)
    expect(page.locator("#filters-form")).to_be_hidden()


def test_on_a_phone_without_scripts_filters_open_by_a_link(shop: LiveShop, plain_page: Page) -> None:
    plain_page.set_viewport_size({"width": 390, "height": 844})
    plain_page.goto(f"{shop.url}/collections/all")
    expect(plain_page.locator("#filters-form")).to_be_hidden()
    plain_page.get_by_role("link", name="Filter and sort").click()
    plain_page.locator("#filter-category-clothes").check()
    plain_page.get_by_role("button", name="Apply").click()
    plain_page.wait_for_url("**filter.category=clothes**")
    expect(plain_page.locator("#filters-form")).to_be_hidden()
    expect(plain_page.locator(".chips .chip")).to_have_count(1)
