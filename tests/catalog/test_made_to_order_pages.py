"""Products made to order and kits as pages: the picker without scripts, structured data, the cart's line."""

import itertools
import json
import re
import urllib.parse

import pytest
from sqlalchemy import text

from store.catalog import graphs, kits
from store.catalog.graphs import OverrideDraft
from store.catalog.kits import PartDraft
from store.core.db import session, transaction
from store.core.errors import Invalid
from store.inventory.queries import available_for
from tests.factories.catalog import forget, make_product
from tests.factories.shop import make_shop
from tests.factories.to_order import AXES, make_to_order

MANY = {**AXES, "Motif": [f"Motif {number}" for number in range(200)]}


@pytest.fixture(autouse=True)
def shop(db):
    make_shop()


def body(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.text


def test_what_does_not_go_together_is_disabled_with_its_reason_and_a_way_out(client):
    made = make_to_order(deltas={"M": 400})
    with transaction():
        graphs.save_exclusions(made.id, [(*made.ids("Moon", "Ink"), "Dark on dark does not show")])
    page = body(client, "/products/tee?motif=moon&colour=sand&size=s")
    ink = re.search(r'<input[^>]*id="option-colour-ink"[^>]*>', page)
    assert ink is not None
    assert " disabled" in ink[0]
    assert "Ink: Dark on dark does not show" in page
    assert 'href="/products/tee?motif=fox&amp;colour=ink&amp;size=s"' in page
    assert "+ €4.00" in page


def test_an_address_of_what_is_not_made_says_why_and_leads_on(client):
    made = make_to_order()
    with transaction():
        graphs.save_override(made.id, OverrideDraft(made.ids("Fox", "Sand"), blocked=True, reason="sold to a museum"))
    page = body(client, "/products/tee?motif=fox&colour=sand&size=s")
    assert "This combination is not made: sold to a museum." in page
    assert re.search(r'id="add-to-cart" disabled', page)
    assert "/products/tee?motif=fox&amp;colour=ink&amp;size=s" in page


def test_a_motif_is_found_without_scripts(client):
    make_to_order(axes=MANY)
    page = body(client, "/products/tee?motif=motif-7&colour=ink&size=s&find-motif=motif+19")
    assert re.findall(r'id="option-motif-([\w-]+)"', page)[:3] == ["motif-7", "motif-19", "motif-119"]
    finder = re.search(r'<form id="finder-motif".*?</form>', page, re.DOTALL)
    assert finder is not None
    assert 'name="size" value="s"' in finder[0]
    assert "200 to choose from" in page
    assert "called “dragon”" in body(client, "/products/tee?find-motif=dragon")
    assert body(client, "/products/tee?all-motif=1").count('name="motif" value="motif-') == 201


def test_the_same_page_for_everyone_costs_one_statement_for_200_motifs_as_for_a_mug(client, count_sql):
    make_to_order(axes=MANY)
    make_product("mug")
    for path in ("/products/mug", "/products/tee?motif=motif-150"):
        client.get(path)
        with count_sql() as statements:
            answer = client.get(path)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        about_products = [one for one in statements if "products p" in one]
        assert len(about_products) == 1, path


def test_search_engines_read_at_most_fifty_choices_each_at_its_address(client):
    make_to_order(axes=MANY, deltas={"Motif 3": 250})
    page = body(client, "/products/tee?motif=motif-3&colour=ink&size=s")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    about = json.loads(found[1])
    offers = [one["offers"] for one in about["hasVariant"]]
    assert len(offers) == 50
    assert len({offer["url"] for offer in offers}) == 50
    assert offers[0]["url"].endswith("/products/tee?motif=motif-3&colour=ink&size=s")
    assert (offers[0]["price"], offers[0]["availability"]) == ("32.50", "https://schema.org/InStock")
    assert about["hasVariant"][0]["sku"] == "TEE-MOTIF3-INK-S"
    canonical = re.search(r'<link rel="canonical" href="([^"]+)"', page)
    assert canonical is not None
    assert canonical[1].endswith("/products/tee")


def test_chance_leads_to_something_that_can_be_bought_and_the_page_stays_one(client):
    made = make_to_order()
    with transaction():
        graphs.save_exclusions(made.id, [(*made.ids(motif, "Ink"), "") for motif in ("Moon", "Fox")])
    assert '/-/surprise/tee"' in body(client, "/products/tee")
    seen = set()
    for _ in range(20):
        answer = client.get("/-/surprise/tee")
        assert answer.status_code == 303
        assert "private" in answer.headers["Cache-Control"]
        fields = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(answer.location).query))
        assert (fields["motif"], fields["colour"]) not in {("moon", "ink"), ("fox", "ink")}
        seen.add(answer.location)
        assert 'id="add-to-cart" hx-post' in body(client, answer.location)
    assert len(seen) > 1
    assert client.get("/-/surprise/nothing").status_code == 404


def test_a_choice_goes_into_the_cart_as_what_the_page_said(client):
    make_to_order(deltas={"Fox": 450})
    fields = {"product": "tee", "motif": "fox", "colour": "sand", "size": "m", "quantity": "2"}
    assert client.submit("/cart/lines", fields).status_code == 303
    page = body(client, "/cart")
    assert "Fox / Sand / M" in page
    assert "€69.00" in page
    assert "motif=fox&amp;colour=sand&amp;size=m" in page
    refused = client.submit("/cart/lines", {**fields, "motif": "dragon"})
    assert refused.status_code == 422
    assert client.submit("/cart/lines", {**fields, "quantity": "20"}).status_code == 409


@pytest.mark.parametrize(
    "query",
    [
        "motif=" + "x" * 5000,
        "find-motif=" + "%25" * 50,
        "all-motif=2&find-motif=%25",
        "motif=1&motif=2",
        "find-motif=-",
        "motif=-1&colour=999999999999999999999&size=%00",
        "motif=" + "&motif=".join(map(str, range(3000))),
        "&".join(f"p{number}={number}" for number in range(100_000)),
    ],
)
def test_odd_addresses_are_answered(client, query):
    make_to_order(axes=MANY)
    assert client.get("/products/tee?" + query).status_code in (200, 400, 414)


def test_a_product_of_which_nothing_goes_together_says_so_and_sells_nothing(client):
    made = make_to_order()
    with transaction():
        pairs = itertools.product(AXES["Motif"], AXES["Colour"])
        graphs.save_exclusions(made.id, [(*made.ids(*pair), "Not this year.") for pair in pairs])
    forget()
    page = body(client, "/products/tee")
    assert "This combination is not made: Not this year." in page
    assert re.search(r'id="add-to-cart" disabled', page)
    assert "Close to it" not in page
    fields = {"product": "tee", "motif": "fox", "colour": "sand", "size": "m", "quantity": "1"}
    assert client.submit("/cart/lines", fields).status_code == 422
    assert client.get("/-/surprise/tee").status_code == 303
    assert session.execute(text("SELECT available FROM products")).scalar_one() is False
    assert session.execute(text("SELECT count(*) FROM variants")).scalar_one() == 0


def test_a_kit_shows_what_is_in_it_and_is_there_as_long_as_all_of_it_is(client):
    mug, bowl = make_product("mug", title="Mug", stock=5), make_product("bowl", title="Bowl", stock=2)
    kit = make_product("breakfast", title="Breakfast", stock=0)
    with transaction():
        kits.set_parts(kit.variant.id, [PartDraft(mug.variant.id, 2), PartDraft(bowl.variant.id)])
    forget()
    page = body(client, "/products/breakfast")
    assert "In this set" in page
    assert re.search(r'2 ×</span> <span><a href="/products/mug">Mug</a>', page)
    assert available_for([kit.variant.id]) == {kit.variant.id: 2}
    assert "Only 2 left" in page
    assert client.submit("/cart/lines", {"product": "breakfast", "quantity": "3"}).status_code == 409
    assert client.submit("/cart/lines", {"product": "breakfast", "quantity": "2"}).status_code == 303


def test_contents_that_make_no_kit_are_refused():
    mug, kit, other = make_product("mug"), make_product("kit"), make_product("other")
    set_parts = kits.set_parts
    with transaction():
        set_parts(other.variant.id, [PartDraft(mug.variant.id)])
    for parts in (
        [],
        [PartDraft(kit.variant.id)],
        [PartDraft(mug.variant.id), PartDraft(mug.variant.id)],
        [PartDraft(mug.variant.id, 0)],
        [PartDraft(other.variant.id)],
    ):
        with pytest.raises(Invalid), transaction():
            set_parts(kit.variant.id, parts)
