"""Every column of both header generations has a home, and each rule of the rows holds."""

from decimal import Decimal

import pytest
from sqlalchemy import select, text

from store.catalog.drafts import PriceDraft
from store.catalog.models import Category, CustomField, CustomFieldValue
from store.core.db import session, transaction
from store.importer.headers import GOOGLE, NAMES, google_header
from store.shop import queries as shop_queries
from store.shop.models import Market

MUG = {"URL handle": "mug", "Title": "Mug", "Price": "19.00"}


@pytest.mark.parametrize("generation", [0, 1])
def test_all_columns_of_a_generation_are_taken_over(take_in, product, generation):
    said = {
        "handle": "mug", "title": "Mug", "description_html": "<p>Holds tea.</p>", "vendor": "Nachtfalter",
        "category": "Home > Kitchen", "product_type": "Cup", "tags": "a, b", "published": "TRUE", "status": "active",
        "sku": "M-1", "barcode": "401", "option1_name": "Size", "option1_value": "S",
        "option1_linked": "product.metafields.shopify.size", "price": "19.00", "compare_at": "25.00", "cost": "7.50",
        "taxable": "FALSE", "tax_code": "P1", "unit_total": "750", "unit_total_unit": "ml", "unit_base": "1.0",
        "unit_base_unit": "l", "tracker": "shopify", "quantity": "5", "policy": "continue", "grams": "300.0",
        "weight_unit": "kg", "requires_shipping": "FALSE", "fulfilment_service": "manual",
        "image": "https://example.com/a.jpg", "image_position": "1", "image_alt": "A mug",
        "variant_image": "https://example.com/a.jpg", "gift_card": "FALSE", "seo_title": "T", "seo_description": "D",
    }  # fmt: skip
    row = {NAMES[name][generation]: cell for name, cell in said.items()}
    row |= {google_header(name, generation): f"g{place}" for place, name in enumerate(GOOGLE)}
    assert take_in([row]).status == 0
    draft = product("mug")
    variant = draft.variants[0]
    assert (draft.vendor, draft.product_type, draft.tags, draft.seo_title) == ("Nachtfalter", "Cup", ("a", "b"), "T")
    assert draft.options[0].linked_to == "product.metafields.shopify.size"
    assert variant.prices == {"EUR": PriceDraft(1900, 2500)}
    assert (variant.cost_minor, variant.taxable, variant.tax_code) == (750, False, "P1")
    assert (variant.unit_total, variant.unit_base) == ("750 ml", "1 l")
    assert (variant.weight_grams, variant.weight_unit, variant.requires_shipping) == (300, "kg", False)
    assert variant.fulfilment_service == "manual"
    assert draft.fields["google.mpn"] == ("g3",)
    assert len(draft.fields) == len(GOOGLE)
    leaf = session.get(Category, draft.category_id)
    assert (leaf.title, session.get(Category, leaf.parent_id).title) == ("Kitchen", "Home")


def test_metafields_become_custom_fields_and_lists_fall_apart_at_semicolons(take_in, product):
    color = "Color (product.metafields.shopify.color-pattern)"
    care = "Care (product.metafields.custom.care)"
    take_in([{**MUG, color: "red; blue;a\\;b", care: "cold; gentle"}])
    assert product("mug").fields == {"shopify.color-pattern": ("red", "blue", "a;b"), "custom.care": ("cold; gentle",)}
    names = {row.key: row.name for row in session.execute(select(CustomField.key, CustomField.name))}
    assert names == {"color-pattern": "Color", "care": "Care"}
    outcome = take_in([{**MUG, color: ""}], dry_run=True)
    assert "shopify.color-pattern: red; blue; a;b → —" in outcome.text
    take_in([{**MUG, color: ""}])
    assert product("mug").fields == {"custom.care": ("cold; gentle",)}


def test_a_field_that_is_a_number_takes_numbers_only(take_in):
    with transaction():
        session.add(CustomField(namespace="custom", key="watts", name="Watts", kind="number"))
    column = "Watts (product.metafields.custom.watts)"
    outcome = take_in([{**MUG, column: "much"}, {**MUG, "URL handle": "cup", column: "12.50"}])
    assert outcome.status == 1
    assert column in outcome.line(2)
    value = session.execute(select(CustomFieldValue.value, CustomFieldValue.number)).one()
    assert tuple(value) == ("12.5", Decimal("12.5"))


@pytest.fixture
def markets(shop):
    with transaction():
        session.add(Market(code="us", name="United States", prefix="us", currency="USD", locale="en", countries=["US"]))
        session.add(Market(code="jp", name="Japan", prefix="jp", currency="JPY", locale="en", countries=["JP"]))
    shop_queries.forget()
    yield
    shop_queries.forget()


def test_market_columns_are_prices_in_the_currency_of_the_market(markets, take_in, product):
    row = {**MUG, "Price / United States": "24.00", "Compare-at price / us": "30.00", "Price / Japan": "2500"}
    assert take_in([row]).status == 0
    prices = {"EUR": PriceDraft(1900), "USD": PriceDraft(2400, 3000), "JPY": PriceDraft(2500)}
    assert product("mug").variants[0].prices == prices
    take_in([{**MUG, "Price / United States": "24.00", "Included / United States": "FALSE"}])
    assert "USD" not in product("mug").variants[0].prices
    outcome = take_in([{**MUG, "Price / Japan": "25.5"}])
    assert outcome.status == 1
    assert "no amount in JPY" in outcome.line(2)


def test_columns_of_a_market_that_does_not_exist_are_passed_over_and_told(take_in, product):
    outcome = take_in([{**MUG, "Price / Mars": "24.00"}])
    assert outcome.status == 0
    assert "“Price / Mars” is passed over: this shop has no such market." in outcome.text
    assert set(product("mug").variants[0].prices) == {"EUR"}


def test_an_unknown_currency_is_refused_with_its_row(take_in):
    outcome = take_in([{**MUG, "Currency": "XQQ"}, {**MUG, "URL handle": "cup", "Currency": "usd"}])
    assert outcome.status == 1
    assert "no currency" in outcome.line(2)
    assert "create" in outcome.line(3)


def test_a_gift_card_stays_a_draft_and_says_why(take_in, product):
    outcome = take_in([{**MUG, "Gift card": "TRUE", "Status": "active"}])
    assert "gift cards can't be sold here yet" in outcome.text
    assert (product("mug").gift_card, product("mug").status) == (True, "draft")


def test_rows_of_a_handle_that_lie_scattered_are_one_product(take_in, product):
    first = {"URL handle": "tee", "Title": "Tee", "Option1 name": "Size", "Option1 value": "S", "Price": "9.00"}
    last = {"URL handle": "tee", "Option1 value": "M", "Price": "9.00"}
    assert take_in([first, MUG, last]).status == 0
    assert [variant.values for variant in product("tee").variants] == [("S",), ("M",)]


def test_without_overwriting_products_that_are_there_are_skipped(shop, tmp_path, product, take_in):
    from store.importer import run
    from tests.importer.conftest import as_csv

    take_in([MUG])
    file = tmp_path / "again.csv"
    file.write_text(as_csv([{**MUG, "Title": "Other"}, {**MUG, "URL handle": "cup", "Title": "Cup"}]))
    lines: list[str] = []
    assert run(file, dry_run=False, echo=lines.append, overwrite=False) == 0
    assert product("mug").title == "Mug"
    assert product("cup").title == "Cup"
    assert "1 row was skipped" in lines[-1]


def test_blank_cells_that_erase_are_flagged(take_in, db):
    from store.importer.difference import ERASES, describe  # noqa: F401 - the flag that the page filters by

    take_in([{**MUG, "Vendor": "V"}])
    take_in([{**MUG, "Vendor": ""}])
    flagged = session.execute(text("SELECT count(*) FROM import_changes WHERE action = 'update'")).scalar_one()
    assert flagged == 1


def test_what_is_made_to_order_is_refused_in_words(take_in, product):
    take_in([MUG])
    with transaction():
        session.execute(text("UPDATE products SET made_to_order = true"))
    outcome = take_in([{**MUG, "Title": "Other"}])
    assert outcome.status == 1
    assert "made to order" in outcome.line(2)
    assert product("mug").title == "Mug"


def test_a_variant_with_several_pictures_keeps_them_behind_the_one_the_file_names(take_in, product):
    row = {**MUG, "Product image URL": "https://example.com/a.jpg", "Variant image URL": "https://example.com/a.jpg"}
    take_in([row, {"URL handle": "mug", "Product image URL": "https://example.com/b.jpg"}])
    images = [picture.image_id for picture in product("mug").pictures]
    with transaction():
        session.execute(
            text(
                "INSERT INTO variant_images (variant_id, image_id, position) SELECT variant_id, :other, 1 FROM variant_images"
            ),
            {"other": images[1]},
        )
    take_in([{**row, "Price": "20.00"}, {"URL handle": "mug", "Product image URL": "https://example.com/b.jpg"}])
    assert product("mug").variants[0].image_ids == tuple(images)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04" + b"\0" * 50, "archive"),
        (b"\x1f\x8b\x08" + b"\0" * 50, "archive"),
        (b"Handle,Handle,Title\na,a,A\n", "mean the same"),
        (b'Handle,Title\nmug,"' + b"x" * 1_100_000 + b'"\n', "quotes"),
    ],
)  # fmt: skip
def test_files_that_can_only_do_harm_are_refused_in_a_sentence(take_in, content, words):
    outcome = take_in(content)
    assert outcome.status == 2
    assert words in outcome.text


def test_rows_of_unequal_length_are_read_as_far_as_they_go(take_in, product):
    outcome = take_in("Handle,Title,Vendor\nmug,Mug\ncup,Cup,V,too much\n")
    assert outcome.status == 1
    assert product("mug").vendor == ""
    assert "more cells than the header" in outcome.line(3)
