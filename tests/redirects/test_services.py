"""Addresses lead on: at once, never in circles, and back when the page comes back."""

import random

import pytest
from sqlalchemy import text

from store.core.db import session, transaction
from store.redirects import services
from store.redirects.errors import BadAddress, RedirectLoop
from store.redirects.queries import Target, find_target

pytestmark = pytest.mark.usefixtures("db")


def all_redirects() -> dict[str, str | None]:
    return dict(session.execute(text("SELECT path, target FROM redirects ORDER BY path")).all())


def test_a_moved_page_leaves_a_redirect_and_a_chain_of_moves_is_one_step_each():
    services.move("/products/a", "/products/b")
    services.move("/products/b", "/products/c")
    assert all_redirects() == {"/products/a": "/products/c", "/products/b": "/products/c"}
    assert find_target("/products/a") == Target("/products/a", "/products/c")


def test_moving_back_removes_the_row_and_leaves_the_other_way_round():
    services.move("/products/a", "/products/b")
    services.move("/products/b", "/products/a")
    assert all_redirects() == {"/products/b": "/products/a"}


def test_an_address_that_is_gone_for_good_takes_those_that_led_to_it_along():
    services.move("/products/a", "/products/b")
    services.retire("/products/b")
    assert all_redirects() == {"/products/a": None, "/products/b": None}
    assert find_target("/products/a") == Target("/products/a", None)


def test_a_page_that_comes_back_is_led_to_again_by_its_own_old_addresses_and_by_no_others():
    services.move("/products/mug-2024", "/products/mug")
    services.retire("/products/cup", "/collections/cups")
    services.retire("/products/mug", "/collections/cups")
    services.restore("/products/mug")
    assert all_redirects() == {"/products/cup": "/collections/cups", "/products/mug-2024": "/products/mug"}


def test_coming_back_works_by_way_of_pages_that_were_given_up_meanwhile():
    services.move("/products/a", "/products/b")
    services.retire("/products/b", "/products/c")
    services.retire("/products/c")
    services.restore("/products/c")
    assert all_redirects() == {"/products/a": "/products/c", "/products/b": "/products/c"}


def test_leading_to_an_address_that_leads_on_takes_its_end():
    services.add("/b", "/products/mug")
    services.add("/a", "/b")
    services.add("/products/mug", "/products/cup")
    assert set(all_redirects().values()) == {"/products/cup"}


def test_leading_to_what_is_gone_says_gone():
    services.add("/products/mug", None)
    services.add("/old", "/products/mug")
    assert all_redirects()["/old"] is None


@pytest.mark.parametrize("target", ["/a", "/a?x=1", "/A/", "/b"])
def test_a_circle_is_refused(target):
    services.add("/b", "/a")
    with pytest.raises(RedirectLoop):
        services.add("/a", target)
    assert all_redirects() == {"/b": "/a"}


def test_a_query_of_the_target_is_kept_when_the_page_moves():
    services.add("/sale", "/collections/all?sort=price-up")
    services.move("/collections/all", "/collections/everything")
    assert all_redirects()["/sale"] == "/collections/everything?sort=price-up"


def test_letters_slashes_and_escapes_of_an_address_do_not_matter():
    services.add("https://old.example/Gr%C3%B6%C3%9Fe/Tassen/", "/collections/tassen")
    for asked in ("/größe/tassen", "/Größe/Tassen/", "/gr%C3%B6%C3%9Fe/tassen"):
        assert find_target(asked) == Target("/größe/tassen", "/collections/tassen")


@pytest.mark.parametrize("path", ["", "/", "products/mug", "/a?b=1", "/a b", "/a\\b", "//evil.example/x", "/admin/x", "/-/x",
                                  "/media/a.webp", "/" + "x" * 600, "/a\nb", "http://[", "/%5Cx", "/%0d%0aX:1"])  # fmt: skip
def test_what_can_not_be_an_address_is_refused(path):
    with pytest.raises(BadAddress):
        services.add(path, "/products/mug")


@pytest.mark.parametrize("target", ["", "mug", "//evil.example/", "javascript:alert(1)", "https://user@evil.example/", "/\\evil.example",
                                    "/%2F/evil.example", "/%5Cevil.example", "http://evil.example/", "https:///x", "/a\r\nSet-Cookie: x"])  # fmt: skip
def test_a_redirect_never_leads_where_nobody_meant(target):
    with pytest.raises(BadAddress):
        services.add("/old", target, external=True)


def test_another_shop_is_led_to_only_by_choice():
    with pytest.raises(BadAddress):
        services.add("/old", "https://other.example/mug")
    services.add("/old", "https://other.example/mug?x=1", external=True)
    assert all_redirects() == {"/old": "https://other.example/mug?x=1"}


def test_forgetting_a_redirect_says_which_address_it_was():
    services.add("/old", "/products/mug")
    row_id = session.execute(text("SELECT id FROM redirects")).scalar_one()
    assert services.remove(row_id) == "/old"
    assert services.remove(row_id) is None


def test_a_look_costs_one_statement(count_sql):
    services.add("/old", "/products/mug")
    with count_sql() as sent:
        find_target("/old")
    assert len(sent) == 1


class Shop:
    """Pages that move, go and come back, and what anybody would expect of their addresses."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.places = [f"/products/{letter}" for letter in "abcdefgh"]
        self.live = set(self.places[:4])
        self.led: dict[str, str | None] = {}

    def step(self) -> None:
        act = self.chance.choice(["move", "move", "retire", "gone", "restore"])
        if act == "move" and self.live:
            old = self.chance.choice(sorted(self.live))
            new = self.chance.choice([place for place in self.places if place not in self.live] or [old])
            if new == old:
                return
            services.move(old, new)
            self.live = self.live - {old} | {new}
            self.led.pop(new, None)
            self.led[old] = new
        elif act in ("retire", "gone") and len(self.live) > 1:
            old = self.chance.choice(sorted(self.live))
            target = self.chance.choice(sorted(self.live - {old})) if act == "retire" else None
            services.retire(old, target)
            self.live.discard(old)
            self.led[old] = target
        elif act == "restore":
            back = self.chance.choice(self.places)
            services.restore(back)
            self.live.add(back)
            self.led.pop(back, None)

    def end(self, path: str | None) -> str | None:
        """Walk step by step, as a visitor without collapsed chains would have to."""
        steps = 0
        while path is not None and path not in self.live:
            path = self.led.get(path)
            steps += 1
            assert steps < 20
        return path


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_moved_and_retired_each_address_leads_in_one_step_to_where_the_steps_lead(seed):
    shop = Shop(seed)
    for _ in range(30):
        with transaction():
            shop.step()
        rows = all_redirects()
        assert not set(rows) & shop.live
        assert set(rows) == set(shop.led)
        for path, target in rows.items():
            assert target is None or target in shop.live
            assert target == shop.end(path), (path, shop.led)
