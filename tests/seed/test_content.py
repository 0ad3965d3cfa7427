"""What the demo shop says and how it is put together."""

import re
from collections import Counter

from store.seed.art import studio
from store.seed.art.motifs import MOTIFS
from store.seed.art.shots import BACKDROPS, shots_of
from store.seed.content import ITEMS
from store.seed.content.model import combination_name
from store.seed.content.pages import PAGES
from store.seed.content.shop import DELIVERIES, SHELVES
from store.seed.fill import variants_of


def test_about_sixty_products_stand_on_six_shelves():
    on_shelf = Counter(item.collection for item in ITEMS)
    assert set(on_shelf) == {shelf.handle for shelf in SHELVES}
    assert len(SHELVES) == 6
    assert 55 <= len(ITEMS) <= 70
    assert min(on_shelf.values()) >= 8


def test_handles_and_skus_are_each_given_once():
    assert max(Counter(item.handle for item in ITEMS).values()) == 1
    skus = Counter(variant.sku for item in ITEMS for variant in variants_of(item))
    assert [sku for sku, count in skus.items() if count > 1] == []


def test_at_least_twenty_five_products_have_two_real_axes():
    two = [item for item in ITEMS if len(item.axes) == 2 and all(len(axis.values) > 1 for axis in item.axes)]
    assert len(two) >= 25
    assert any(len(item.axes) == 1 for item in ITEMS)
    assert any(not item.axes for item in ITEMS)


def test_stock_shows_every_case_a_shopper_can_meet():
    stock = {item.handle: [variant.on_hand for variant in variants_of(item)] for item in ITEMS}
    assert any(not any(counts) for counts in stock.values()), "one wholly sold out"
    assert sum(0 in counts and any(counts) for counts in stock.values()) >= 15, "several partly sold out"
    assert sum(any(0 < count <= 5 for count in counts) for counts in stock.values()) >= 15, "several with few left"
    assert [item.handle for item in ITEMS if item.policy == "continue"] == ["kiln-mug"]
    assert [item.handle for item in ITEMS if item.status == "draft"] == ["moon-calendar"]
    assert any(item.compare_at for item in ITEMS)


def test_combinations_named_in_stock_lists_exist():
    for item in ITEMS:
        names = {combination_name(values) for values in item.combinations()}
        named = {*item.sold_out, *(name for name, _count in item.few)} - {"*"}
        assert named <= names, item.handle


def test_prices_are_plausible_euros():
    for item in ITEMS:
        for variant in variants_of(item):
            assert 500 <= variant.price <= 20000, item.handle
            assert variant.compare_at is None or variant.compare_at > variant.price, item.handle
            assert variant.weight > 0


def test_descriptions_hold_paragraphs_and_one_list_and_nothing_else():
    for item in ITEMS:
        tags = set(re.findall(r"</?([a-z0-9]+)", item.description_html))
        assert tags == {"p", "ul", "li"}, item.handle
        assert 1 <= len(item.text) <= 2
        assert 2 <= len(item.details) <= 4
        assert 60 <= len(" ".join(item.text)) <= 500, item.handle


def test_every_product_has_pictures_and_every_colour_its_own():
    for item in ITEMS:
        shots = shots_of(item)
        assert len({shot.name for shot in shots}) == len(shots) >= 1
        assert all(shot.alt for shot in shots)
        if item.pictured:
            assert [shot.value for shot in shots if shot.value] == [value.name for value in item.pictured.values]
        assert item.look.backdrop in BACKDROPS
        assert item.look.motif in {"", *MOTIFS}
    assert sum(2 <= len(shots_of(item)) <= 7 for item in ITEMS) >= len(ITEMS) * 0.8


def test_the_shop_draws_at_least_twelve_motifs_and_uses_them():
    assert len(MOTIFS) >= 12
    used = {item.look.motif for item in ITEMS} | {word for item in ITEMS for word in item.look.words}
    assert set(MOTIFS) <= used


def test_legal_pages_are_there_and_own_up_to_being_placeholders():
    policies = {page.handle: page for page in PAGES if page.kind == "policy"}
    assert set(policies) == {"imprint", "terms", "privacy", "returns", "shipping"}
    assert all("placeholder" in page.body_html for page in policies.values())
    assert {"about", "contact"} <= {page.handle for page in PAGES if page.kind == "page"}


def test_what_the_delivery_page_promises_is_what_delivery_costs():
    page = next(page for page in PAGES if page.handle == "shipping")
    for method in DELIVERIES:
        assert method.name in page.body_html
        prices = [method.price, *(price for zone in method.zones for _up_to, price in zone.rates[:1])]
        for price in filter(None, prices):
            assert f"€ {price / 100:.2f}" in page.body_html


def test_pictures_have_names_of_their_own():
    names = studio.names()
    assert len(set(names)) == len(names)
    assert 150 <= len(names) <= 280
