"""What product pages tell search engines is what they show: price, currency, availability, the way to the page."""

import json
import re

import pytest
from sqlalchemy import text

from store.catalog import categories
from store.core.db import session
from store.shop.models import Market
from tests.factories.catalog import forget, make_collection, make_product
from tests.factories.shop import forget as forget_shop
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")

IN_STOCK, SOLD_OUT = "https://schema.org/InStock", "https://schema.org/OutOfStock"


@pytest.fixture(autouse=True)
def shop(db):
    make_shop()


def told(client, path: str) -> tuple[dict, dict]:
    """What is said of the product, and of the way to it."""
    page = client.get(path)
    assert page.status_code == 200
    about, trail = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.text)
    return json.loads(about), json.loads(trail)


def test_a_plain_product_has_one_offer_that_is_true(client):
    made = make_product("mug", price=1950, stock=1)
    about, _ = told(client, "/products/mug")
    assert about["@type"] == "Product"
    assert about["offers"] == {
        "@type": "Offer",
        "url": about["url"],
        "price": "19.50",
        "priceCurrency": "EUR",
        "availability": IN_STOCK,
    }
    session.execute(text("UPDATE variants SET available = false WHERE id = :id"), {"id": made.variant.id})
    session.commit()
    assert told(client, "/products/mug")[0]["offers"]["availability"] == SOLD_OUT


def test_variants_have_their_own_offers_and_the_product_their_span(client):
    made = make_product("tee", price=2000, stock=[0, 3], options={"Colour": ["Sand", "Moss"]})
    session.execute(text("UPDATE prices SET amount_minor = 2500 WHERE variant_id = :id"), {"id": made.variants[1].id})
    session.commit()
    forget()
    about, _ = told(client, "/products/tee")
    assert about["@type"] == "ProductGroup"
    assert about["variesBy"] == ["Colour"]
    offers = [one["offers"] for one in about["hasVariant"]]
    assert [(one["price"], one["availability"]) for one in offers] == [("20.00", SOLD_OUT), ("25.00", IN_STOCK)]
    span = about["offers"]
    assert (span["@type"], span["lowPrice"], span["highPrice"], span["offerCount"]) == (
        "AggregateOffer",
        "20.00",
        "25.00",
        2,
    )
    assert span["availability"] == IN_STOCK
    # Each offer's address shows that choice at that price.
    for offer in offers:
        assert offer["price"].replace(".00", "") in client.get(re.sub("^https?://[^/]+", "", offer["url"])).text


def test_another_market_hears_of_its_own_prices_and_addresses(client):
    made = make_product("mug", price=1900)
    session.add(Market(code="ch", name="Switzerland", prefix="ch", currency="CHF", locale="en", countries=["CH"]))
    session.execute(
        text("INSERT INTO prices (variant_id, currency, min_qty, amount_minor) VALUES (:id, 'CHF', 1, 2300)"),
        {"id": made.variant.id},
    )
    session.commit()
    forget_shop()
    about, trail = told(client, "/ch/products/mug")
    assert (about["offers"]["price"], about["offers"]["priceCurrency"]) == ("23.00", "CHF")
    assert about["url"].endswith("/ch/products/mug")
    assert all("/ch/" in step["item"] for step in trail["itemListElement"])
    assert told(client, "/products/mug")[0]["offers"]["priceCurrency"] == "EUR"


def test_the_way_is_the_one_that_the_page_shows(client):
    make_product("mug", title="Mug </script><b>", collection=make_collection("kitchen", title="Kitchen"))
    _, trail = told(client, "/products/mug")
    assert [step["name"] for step in trail["itemListElement"]] == ["Home", "Kitchen", "Mug </script><b>"]
    home = categories.add_category("Home ware")
    cups = categories.add_category("Cups", parent_id=home.id)
    session.execute(text("UPDATE products SET category_id = :id"), {"id": cups.id})
    session.commit()
    forget()
    _, trail = told(client, "/products/mug")
    steps = trail["itemListElement"]
    assert [step["name"] for step in steps][1:3] == ["Home ware", "Cups"]
    assert [step["position"] for step in steps] == [1, 2, 3, 4]
    for step in steps:
        assert client.get(re.sub("^https?://[^/]+", "", step["item"]) or "/").status_code == 200
