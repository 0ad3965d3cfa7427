"""Categories and custom fields over HTTP, as shoppers meet them."""

import re

import pytest
from sqlalchemy import text

from store.catalog import categories, fields
from store.core.db import session
from tests.factories.catalog import forget, make_product
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def shop(db: object) -> None:
    make_shop()


def titles(html: str) -> list[str]:
    return re.findall(r'class="card__link"[^>]*>([^<]*)<', html)


def crumbs(html: str) -> list[str]:
    return re.findall(r'class="breadcrumbs__item"><[^>]*>([^<]*)<', html)


@pytest.fixture
def tree() -> dict[str, int]:
    ids = categories.categories_by_path(["Clothes > Tees", "Clothes > Hats", "Home"])
    tee, coat = make_product("tee", title="Tee").product.id, make_product("coat", title="Coat").product.id
    categories.set_category([tee], ids["Clothes > Tees"])
    categories.set_category([coat], categories.find_paths(["Clothes"])["Clothes"])
    make_product("mug", title="Mug")
    forget()
    return ids


def test_a_category_shows_what_is_in_it_and_below(client, tree):
    html = client.get("/categories/clothes").get_data(as_text=True)
    assert sorted(titles(html)) == ["Coat", "Tee"]
    assert crumbs(html) == ["Home", "Clothes"]
    assert 'href="/categories/tees">Tees' in html
    # Nothing is in it: a link would lead nowhere.
    assert "/categories/hats" not in html
    assert titles(client.get("/categories/tees").get_data(as_text=True)) == ["Tee"]


def test_the_way_leads_from_the_root_also_on_a_product(client, tree):
    assert crumbs(client.get("/categories/tees").get_data(as_text=True)) == ["Home", "Clothes", "Tees"]
    assert crumbs(client.get("/products/tee").get_data(as_text=True)) == ["Home", "Clothes", "Tees", "Tee"]
    assert crumbs(client.get("/products/mug").get_data(as_text=True)) == ["Home", "Mug"]


def test_an_empty_category_says_so_and_an_unknown_one_is_not_found(client, tree):
    page = client.get("/categories/hats")
    assert page.status_code == 200
    assert "Nothing in this category" in page.get_data(as_text=True)
    assert client.get("/categories/nothing").status_code == 404
    assert client.get("/categories/clothes?page=9").status_code == 404


def test_every_order_works_and_search_engines_are_told_of_one(client, tree):
    for sort in ("newest", "price-up", "price-down", "title", "nonsense"):
        html = client.get(f"/categories/clothes?sort={sort}").get_data(as_text=True)
        assert sorted(titles(html)) == ["Coat", "Tee"]
        assert re.search(r'rel="canonical" href="[^"]*/categories/clothes"', html)
    assert "/categories/tees</loc>" in client.get("/sitemap.xml").get_data(as_text=True)


def test_a_category_page_costs_a_fixed_number_of_statements(client, tree, count_sql):
    client.get("/categories/clothes")
    with count_sql() as statements:
        client.get("/categories/clothes")
    assert len(statements) == 1


def test_the_page_of_a_product_says_what_its_fields_say(client, count_sql):
    product_id = make_product("print", title="Print").product.id
    weight = fields.define_field("Paper weight", "number", unit="g/m²").id
    said = {
        weight: ["1270.5"],
        fields.define_field("Framed", "boolean").id: ["no"],
        fields.define_field("Since", "date").id: ["2026-03-02"],
        fields.define_field("Maker", "url").id: ["https://www.example.org/<b>"[:23]],
        fields.define_field("Ink", "color").id: ["Sand #d8c8a8"],
        fields.define_field("Care", "text", many=True).id: ["Keep <dry>", "No sun"],
        fields.define_field("Secret", "text", visible=False).id: ["hidden words"],
    }
    fields.set_field_values({product_id: said})
    html = client.get("/products/print").get_data(as_text=True)
    assert "<dt>Paper weight</dt><dd>1,270.5 g/m²</dd>" in html
    assert "<dt>Framed</dt><dd>No</dd>" in html
    assert '<time datetime="2026-03-02">Mar 2, 2026</time>' in html
    assert '<a href="https://www.example.org" rel="nofollow noopener">example.org</a>' in html
    assert 'fill="#d8c8a8"' in html
    assert "<dd>Keep &lt;dry&gt;, No sun</dd>" in html
    assert "hidden words" not in html
    with count_sql() as statements:
        client.get("/products/print")
    assert len(statements) == 1
    fields.set_field_values({product_id: {weight: ["90"]}})
    assert "<dd>90 g/m²</dd>" in client.get("/products/print").get_data(as_text=True)


def test_numbers_and_days_are_written_as_the_reader_writes_them(client):
    session.execute(text("UPDATE markets SET locale = 'de'"))
    product_id = make_product("print").product.id
    fields.set_field_values({
        product_id: {
            fields.define_field("Weight", "number").id: ["1270.5"],
            fields.define_field("Since", "date").id: ["2026-03-02"],
        }
    })  # fmt: skip
    forget()
    html = client.get("/products/print").get_data(as_text=True)
    assert "1.270,5" in html
    assert "02.03.2026" in html


def test_a_definition_that_changes_is_shown_after_its_job(client):
    product_id = make_product("print").product.id
    field = fields.define_field("Wieght", "number")
    fields.set_field_values({product_id: {field.id: ["5"]}})
    assert "<dt>Wieght</dt>" in client.get("/products/print").get_data(as_text=True)
    session.execute(text("UPDATE custom_fields SET name = 'Weight'"))
    assert fields.touch_products(field.id) == 1
    assert "<dt>Weight</dt>" in client.get("/products/print").get_data(as_text=True)
    fields.delete_field(field.id)
    assert "<dt>Weight</dt>" not in client.get("/products/print").get_data(as_text=True)
