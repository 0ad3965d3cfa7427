"""A product that is there is changed where the file speaks, left alone where it is silent, and untouched when equal."""

from collections.abc import Mapping

import pytest
from sqlalchemy import select, text

from store.catalog.drafts import PriceDraft
from store.catalog.models import Product, Variant
from store.core.db import db as database
from store.core.db import session
from store.inventory.models import InventoryItem, StockLevel, StockMovement

MUG = {
    "URL handle": "mug",
    "Title": "Mug",
    "Description": "<p>Stoneware</p>",
    "Vendor": "Nachtfalter",
    "Tags": "cup, gift",
    "SKU": "MUG-1",
    "Price": "19.00",
    "Compare-at price": "25.00",
    "Inventory tracker": "shopify",
    "Inventory quantity": "5",
    "Product image URL": "https://example.com/mug.jpg",
    "Image alt text": "A mug",
}
TEE = [
    {"URL handle": "tee", "Title": "Tee", "Option1 name": "Size", "Option1 value": "S", "SKU": "T-S", "Price": "29.00"},
    {"URL handle": "tee", "Option1 value": "M", "SKU": "T-M", "Price": "29.00"},
]


def fingerprint() -> Mapping[str, object]:
    """Return a digest of every table of the shop."""
    session.expire_all()
    found = {}
    for table in database.metadata.sorted_tables:
        if table.name in ("import_runs", "import_rows"):
            continue
        rows = session.execute(text(f'SELECT to_jsonb(t)::text FROM "{table.name}" t ORDER BY 1')).scalars()
        found[table.name] = hash(tuple(rows))
    return found


def product_row() -> Product:
    return session.execute(select(Product).execution_options(populate_existing=True)).scalar_one()


def test_the_same_file_twice_changes_nothing_at_all(take_in):
    assert take_in([MUG, *TEE]).status == 0
    before = fingerprint()
    again = take_in([MUG, *TEE])
    assert again.status == 0
    assert "Rows: 0 create, 0 update, 3 unchanged" in again.text
    assert fingerprint() == before


def test_revision_and_time_stamp_move_with_a_change_only(take_in):
    take_in([MUG])
    row = product_row()
    before = (row.revision, row.version, row.updated_at)
    take_in([MUG])
    row = product_row()
    assert (row.revision, row.version, row.updated_at) == before
    take_in([{**MUG, "Price": "21.00"}])
    row = product_row()
    assert row.revision > before[0]
    assert row.version == before[1] + 1
    assert row.updated_at > before[2]


def test_a_dry_run_says_what_would_change_and_writes_nothing(take_in):
    take_in([MUG, *TEE])
    before = fingerprint()
    changed = [
        {
            **MUG,
            "Title": "Big mug",
            "Price": "21.00",
            "Tags": "cup",
            "Product image URL": "https://example.com/new.jpg",
        },
        {**TEE[0], "Status": ""},
        TEE[1],
        {"URL handle": "cup", "Title": "Cup", "Option1 name": "Title", "Option1 value": "Default Title", "Price": "x"},
        {"URL handle": "jug", "Title": "Jug", "Price": "30.00"},
    ]
    outcome = take_in(changed, dry_run=True)
    assert outcome.status == 1
    assert "update" in outcome.line(2)
    for words in ("title: Mug → Big mug", "price: 19.00 EUR → 21.00 EUR", "tags: cup, gift → cup", "new picture"):
        assert words in outcome.text
    assert "1 picture is taken off" in outcome.text
    assert "unchanged" in outcome.line(4)
    assert "refused" in outcome.line(5)
    assert "create" in outcome.line(6)
    assert "nothing has been written" in outcome.lines[-1]
    assert fingerprint() == before


def test_a_dry_run_on_an_empty_shop_writes_nothing(take_in):
    before = fingerprint()
    assert take_in([MUG, *TEE], dry_run=True).status == 0
    assert fingerprint() == before


def test_the_real_run_does_what_the_dry_run_said(take_in):
    take_in([MUG])
    changed = [{**MUG, "Vendor": "Other", "SKU": "MUG-2"}, *TEE]
    said = [line for line in take_in(changed, dry_run=True).lines if line.startswith(("row", " "))]
    done = [line for line in take_in(changed).lines if line.startswith(("row", " "))]
    assert done == said


def test_an_absent_column_is_left_alone_and_a_blank_cell_erases(take_in, product):
    take_in([MUG])
    take_in([{"URL handle": "mug", "Title": "Mug"}])
    assert product("mug").vendor == "Nachtfalter"
    assert product("mug").variants[0].prices == {"EUR": PriceDraft(1900, 2500)}
    assert len(product("mug").pictures) == 1
    outcome = take_in([{"URL handle": "mug", "Title": "Mug", "Vendor": "", "Tags": "", "Product image URL": ""}])
    assert product("mug").vendor == ""
    assert product("mug").tags == ()
    assert product("mug").pictures == ()
    assert "vendor: Nachtfalter → —" in outcome.text


def test_a_blank_price_beside_other_variant_cells_erases_the_price(take_in, product):
    take_in([MUG])
    take_in([{"URL handle": "mug", "Title": "Mug", "SKU": "MUG-1", "Compare-at price": ""}])
    assert product("mug").variants[0].prices == {"EUR": PriceDraft(1900, None)}
    take_in([{"URL handle": "mug", "Title": "Mug", "SKU": "MUG-1", "Price": ""}])
    assert product("mug").variants[0].prices == {}


def test_a_price_in_another_currency_is_none_of_the_files_business(take_in, product):
    take_in([MUG])
    variant_id = session.execute(select(Variant.id)).scalar_one()
    session.execute(
        text("INSERT INTO prices (variant_id, currency, min_qty, amount_minor) VALUES (:id, 'USD', 1, 2400)"),
        {"id": variant_id},
    )
    take_in([{**MUG, "Price": "20.00"}])
    assert product("mug").variants[0].prices == {"EUR": PriceDraft(2000, 2500), "USD": PriceDraft(2400)}


def test_stock_is_counted_on_creation_only(take_in):
    take_in([MUG])
    take_in([{**MUG, "Inventory quantity": "500"}])
    assert session.execute(select(StockLevel.on_hand)).scalar_one() == 5
    assert session.execute(select(StockMovement.kind)).scalars().all() == ["received"]


def test_how_stock_is_counted_can_be_changed_by_a_file(take_in):
    take_in([MUG])
    outcome = take_in([{**MUG, "Inventory tracker": "", "Continue selling when out of stock": "continue"}])
    item = session.execute(select(InventoryItem).execution_options(populate_existing=True)).scalar_one()
    assert (item.tracked, item.policy) == (False, "continue")
    assert "stock is counted: yes → no" in outcome.text
    assert "when none is left: deny → continue" in outcome.text


def test_variants_that_a_file_leaves_out_stay(take_in, product):
    take_in(TEE)
    take_in([{**TEE[0], "Price": "31.00"}])
    assert [variant.values for variant in product("tee").variants] == [("S",), ("M",)]
    assert product("tee").variants[0].prices == {"EUR": PriceDraft(3100)}


def test_a_new_size_joins_the_others(take_in, product):
    take_in(TEE)
    outcome = take_in([*TEE, {"URL handle": "tee", "Option1 value": "L", "SKU": "T-L", "Price": "29.00"}])
    assert [variant.values for variant in product("tee").variants] == [("S",), ("M",), ("L",)]
    assert product("tee").options[0].values == ("S", "M", "L")
    assert "create" in outcome.line(4)


def test_another_option_makes_the_variants_anew_and_says_so(take_in, product):
    take_in(TEE)
    old = set(session.execute(select(Variant.id)).scalars())
    outcome = take_in(
        [
            {**TEE[0], "Option2 name": "Colour", "Option2 value": "Ink"},
            {**TEE[1], "Option2 value": "Ink"},
        ]
    )
    assert outcome.status == 0
    assert "options: Size → Size × Colour" in outcome.text
    assert "2 variants there are taken off and made anew" in outcome.text
    assert [variant.values for variant in product("tee").variants] == [("S", "Ink"), ("M", "Ink")]
    assert [variant.sku for variant in product("tee").variants] == ["T-S", "T-M"]
    gone = session.execute(select(Variant.id).where(Variant.deleted_at.is_not(None))).scalars()
    assert set(gone) == old


def test_options_in_another_order_keep_their_variants(take_in, product):
    rows = [{**TEE[0], "Option2 name": "Colour", "Option2 value": "Ink"}, {**TEE[1], "Option2 value": "Ochre"}]
    take_in(rows)
    before = sorted(session.execute(select(Variant.id)).scalars())
    swapped = [
        {**TEE[0], "Option1 name": "Colour", "Option1 value": "Ink", "Option2 name": "Size", "Option2 value": "S"},
        {**TEE[1], "Option1 value": "Ochre", "Option2 value": "M"},
    ]
    take_in(swapped)
    assert sorted(session.execute(select(Variant.id)).scalars()) == before
    assert [option.name for option in product("tee").options] == ["Colour", "Size"]
    assert [variant.values for variant in product("tee").variants] == [("Ink", "S"), ("Ochre", "M")]


def test_two_variants_may_exchange_their_skus(take_in, product):
    take_in(TEE)
    outcome = take_in([{**TEE[0], "SKU": "T-M"}, {**TEE[1], "SKU": "T-S"}])
    assert outcome.status == 0
    assert [variant.sku for variant in product("tee").variants] == ["T-M", "T-S"]


def test_a_sku_of_a_sibling_that_keeps_it_is_refused(take_in, product):
    take_in(TEE)
    large = {"URL handle": "tee", "Option1 value": "L", "SKU": "T-M"}
    outcome = take_in([{**TEE[0], "Status": "active"}, {"URL handle": "tee", "Option1 value": "M"}, large])
    assert outcome.status == 0
    assert [variant.sku for variant in product("tee").variants] == ["T-S", None, "T-M"]
    kept = {key: value for key, value in TEE[1].items() if key != "SKU"}
    take_in([{**TEE[0], "Price": "9.00"}, kept])
    outcome = take_in([{**TEE[0]}, {"URL handle": "tee", "Option1 value": "XL", "SKU": "T-S"}])
    assert outcome.status == 1
    assert "SKU: row 2 has the same SKU" in outcome.line(3)


def test_another_option_value_for_the_same_sku_makes_the_variant_anew_and_says_so(take_in, product):
    take_in(TEE)
    rows = [TEE[0], {**TEE[1], "Option1 value": "L"}]
    outcome = take_in(rows, dry_run=True)
    assert "the variant M is taken off and made anew" in outcome.text
    assert take_in(rows).status == 0
    assert [(variant.values, variant.sku) for variant in product("tee").variants] == [(("S",), "T-S"), (("L",), "T-M")]


def test_a_variant_row_without_options_is_refused_where_there_are_some(take_in):
    take_in(TEE)
    outcome = take_in([{"URL handle": "tee", "Title": "Tee", "Price": "9.00"}])
    assert outcome.status == 1
    assert "this product has options" in outcome.line(2)


def test_unpublishing_and_publishing_again_is_possible(take_in, product):
    take_in([MUG])
    take_in([{**MUG, "Published on online store": "false"}])
    assert product("mug").published_at is None
    take_in([{**MUG, "Published on online store": "TRUE"}])
    assert product("mug").published_at is not None


def test_pictures_are_put_in_the_order_of_the_file(take_in, product):
    take_in([MUG, {"URL handle": "mug", "Product image URL": "https://example.com/two.jpg"}])
    first, second = (picture.image_id for picture in product("mug").pictures)
    outcome = take_in(
        [
            {**MUG, "Image position": "2"},
            {"URL handle": "mug", "Product image URL": "https://example.com/two.jpg", "Image position": "1"},
        ]
    )
    assert [picture.image_id for picture in product("mug").pictures] == [second, first]
    assert "change their order" in outcome.text


@pytest.mark.parametrize("size", [5, 40])
def test_new_products_cost_the_same_statements_however_many_they_are(take_in, count_sql, size):
    rows = [{**MUG, "URL handle": f"mug-{number}", "SKU": f"M-{number}"} for number in range(size)]
    with count_sql() as statements:
        assert take_in(rows).status == 0
    # One picture is shared by all, so it is one job.
    assert len(statements) <= 30
