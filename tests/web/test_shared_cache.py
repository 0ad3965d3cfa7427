"""A cache between the shop and everybody, as its headers allow: no market is ever answered with another's page."""

import random
import re

import pytest
from flask import Flask

from store.core.db import session
from tests.factories.catalog import make_collection, make_product
from tests.factories.prices import make_list, set_price
from tests.factories.shop import forget, make_market, make_shop

# Two markets of one currency and one of another, each with figures that no other has.
FIGURES = {"": r"€1\d\.\d1", "/de": r"€2\d\.\d2", "/ch": r"CHF\s3\d\.\d3"}
PAGES = (
    "/",
    "/collections/shelf",
    "/collections/all?sort=price-up",
    "/collections/all?filter.price.min=1",
    "/search?q=mug",
    "/products/mug-0",
    "/products/mug-3",
)
COUNTRIES = {"": "AT", "/de": "DE", "/ch": "CH"}


class SharedCache:
    """Keeps what it may, under the address and what `Vary` names, and asks again with the tag it has."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client(use_cookies=False)
        self.kept: dict[tuple[str, ...], tuple[str, str]] = {}
        self.hits = self.revalidated = 0
        self.varies: dict[str, tuple[str, ...]] = {}

    def get(self, path: str, headers: dict[str, str], *, stale: bool) -> str:
        key = (path, *(headers.get(name, "") for name in self.varies.get(path, ())))
        known = self.kept.get(key)
        if known is not None and not stale:
            self.hits += 1
            return known[1]
        asked = {**headers, "If-None-Match": known[0]} if known else headers
        answer = self.client.get(path, headers=asked)
        if answer.status_code == 304:
            assert known is not None
            self.revalidated += 1
            return known[1]
        assert answer.status_code == 200, path
        assert "Set-Cookie" not in answer.headers
        assert re.search(r"public.*s-maxage=\d", answer.headers["Cache-Control"])
        self.varies[path] = tuple(name.strip() for name in answer.headers.get("Vary", "").split(",") if name.strip())
        key = (path, *(headers.get(name, "") for name in self.varies[path]))
        self.kept[key] = (answer.headers["ETag"], answer.text)
        return answer.text


@pytest.fixture(autouse=True)
def three_markets(db: object) -> None:
    make_shop()
    german, swiss = make_market("de"), make_market("ch", currency="CHF")
    german.countries, swiss.countries = ["DE"], ["CH"]
    shelf = make_collection("shelf", title="Shelf")
    in_germany = {}
    for number in range(4):
        variant = make_product(
            f"mug-{number}", title=f"Mug {number}", price=1001 + number * 10, collection=shelf
        ).variant
        set_price(variant.id, 3003 + number * 10, currency="CHF")
        set_price(variant.id, 1901, min_qty=5)
        in_germany[variant.id] = 2002 + number * 10
    own = make_list("override", in_germany, markets=["de"])
    for variant_id in in_germany:
        set_price(variant_id, 2902, list_id=own.id, min_qty=5)
    session.commit()
    forget()


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_kept_each_market_sees_its_own_prices(app: Flask, seed: int) -> None:
    chance = random.Random(seed)
    cache = SharedCache(app)
    visits = [(prefix, page) for prefix in FIGURES for page in PAGES] * 3
    chance.shuffle(visits)
    for prefix, page in visits:
        # Cookies and countries of any market: a page that anybody may see heeds none of them.
        headers = {
            "Cookie": f"market={chance.choice(['at', 'de', 'ch'])}; cart=abc; has_cart=1",
            "CF-IPCountry": chance.choice(list(COUNTRIES.values())),
            "Accept-Language": chance.choice(["de-CH", "en", "de-DE"]),
        }
        answer = cache.get(prefix + page, headers, stale=chance.random() < 0.5)
        main = answer.partition("<main")[2].partition("</main>")[0]
        for market, figures in FIGURES.items():
            found = re.search(figures, main)
            assert bool(found) == (market == prefix), (prefix + page, market, found and found[0])
    assert cache.hits > 5
    assert cache.revalidated > 5


def test_no_tag_of_a_page_is_good_in_another_market(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    tags = {}
    for prefix in FIGURES:
        for page in PAGES:
            tags[prefix + page] = client.get(prefix + page).headers["ETag"]
    assert len(set(tags.values())) == len(tags)
    for prefix in FIGURES:
        for page in PAGES:
            others = ", ".join(tag for path, tag in tags.items() if path != prefix + page)
            assert client.get(prefix + page, headers={"If-None-Match": others}).status_code == 200
