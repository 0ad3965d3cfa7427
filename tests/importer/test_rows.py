"""Each rule of the file format, once: what goes in, and what stays out with its row, column and reason."""

import pytest
from sqlalchemy import func, select

from store.catalog.drafts import PriceDraft
from store.catalog.models import Product, Variant
from store.core.db import session
from store.inventory.models import InventoryItem, StockLevel, StockMovement
from store.media.models import Image

MUG = {"URL handle": "mug", "Title": "Mug", "Price": "19.00"}
TEE = [
    {
        "URL handle": "tee",
        "Title": "Tee",
        "Option1 name": "Size",
        "Option1 value": "S",
        "Option2 name": "Colour",
        "Option2 value": "Ochre",
        "SKU": "TEE-S-O",
        "Price": "29.00",
    },
    {"URL handle": "tee", "Option1 value": "M", "Option2 value": "Ochre", "SKU": "TEE-M-O", "Price": "29.00"},
    {"URL handle": "tee", "Option1 value": "M", "Option2 value": "Ink", "SKU": "TEE-M-I", "Price": "31.50"},
]


def only(model):
    return session.execute(select(model).execution_options(populate_existing=True)).scalar_one()


def count(model) -> int:
    return session.execute(select(func.count()).select_from(model)).scalar_one()


def test_a_product_with_several_options_has_each_combination_of_the_file(take_in, product):
    assert take_in(TEE).status == 0
    tee = product("tee")
    assert [(option.name, option.values) for option in tee.options] == [
        ("Size", ("S", "M")),
        ("Colour", ("Ochre", "Ink")),
    ]
    assert [variant.values for variant in tee.variants] == [("S", "Ochre"), ("M", "Ochre"), ("M", "Ink")]
    assert tee.variants[2].prices == {"EUR": PriceDraft(3150)}
    assert tee.variants[2].sku == "TEE-M-I"


def test_default_title_is_a_product_without_options(take_in, product):
    take_in([{**MUG, "Option1 name": "Title", "Option1 value": "Default Title"}])
    assert product("mug").options == ()
    assert [variant.values for variant in product("mug").variants] == [()]


def test_a_row_without_options_at_all_is_the_only_variant(take_in, product):
    take_in([MUG])
    assert product("mug").variants[0].prices == {"EUR": PriceDraft(1900)}


def test_columns_are_found_in_any_order_and_case_and_unknown_ones_are_passed_over(take_in, product):
    rows = "COLOR (product.metafields.shopify.color-pattern),pRiCe,TITLE,url HANDLE,Price / Elsewhere\nred,7.50,Mug,mug,9\n"
    assert take_in(rows).status == 0
    assert product("mug").variants[0].prices == {"EUR": PriceDraft(750)}


def test_the_older_header_generation_means_the_same(take_in, product):
    row = {
        "Handle": "mug",
        "Title": "Mug",
        "Body (HTML)": "<p>Stoneware</p>",
        "Vendor": "Nachtfalter",
        "Type": "Cups",
        "Tags": "cup, gift, cup",
        "Published": "TRUE",
        "Option1 Name": "Title",
        "Option1 Value": "Default Title",
        "Variant SKU": "MUG-1",
        "Variant Grams": "350.0",
        "Variant Inventory Tracker": "shopify",
        "Variant Inventory Qty": "12",
        "Variant Inventory Policy": "continue",
        "Variant Price": "19.00",
        "Variant Compare At Price": "25.00",
        "Variant Requires Shipping": "true",
        "Variant Taxable": "false",
        "Variant Barcode": "4006381333931",
        "Cost per item": "6.20",
        "SEO Title": "A mug",
        "SEO Description": "Holds coffee.",
        "Status": "active",
    }
    assert take_in([row]).status == 0
    mug = product("mug")
    variant = mug.variants[0]
    assert (mug.description_html, mug.vendor, mug.product_type) == ("<p>Stoneware</p>", "Nachtfalter", "Cups")
    assert mug.tags == ("cup", "gift")
    assert (mug.seo_title, mug.seo_description) == ("A mug", "Holds coffee.")
    assert (variant.sku, variant.barcode, variant.weight_grams, variant.taxable) == (
        "MUG-1",
        "4006381333931",
        350,
        False,
    )
    assert (variant.prices, variant.cost_minor) == ({"EUR": PriceDraft(1900, 2500)}, 620)
    item, level, movement = only(InventoryItem), only(StockLevel), only(StockMovement)
    assert (item.tracked, item.policy, item.sku, level.on_hand) == (True, "continue", "MUG-1", 12)
    assert (movement.kind, movement.on_hand_delta, movement.actor) == ("received", 12, "import")


def test_a_row_may_hold_a_picture_only_or_a_variant_and_a_picture(take_in, product):
    rows = [{**TEE[0], "Product image URL": "https://example.com/a.jpg", "Image position": "2"}, *TEE[1:]]
    rows += [
        {
            "URL handle": "tee",
            "Product image URL": "https://example.com/b.jpg",
            "Image position": "1",
            "Image alt text": "From behind",
        }
    ]
    assert take_in(rows).status == 0
    images = {image.id: image for image in session.execute(select(Image)).scalars()}
    gallery = [(images[one.image_id].source_url, one.alt) for one in product("tee").pictures]
    assert gallery == [("https://example.com/b.jpg", "From behind"), ("https://example.com/a.jpg", "")]
    assert {image.status for image in images.values()} == {"pending"}


def test_a_variants_picture_stands_in_the_gallery_too(take_in, product):
    rows = [{**TEE[0], "Variant image URL": "https://example.com/ochre.jpg"}, *TEE[1:]]
    assert take_in(rows).status == 0
    image_id = only(Image).id
    assert product("tee").variants[0].image_ids == (image_id,)
    assert product("tee").variants[1].image_ids == ()
    assert [one.image_id for one in product("tee").pictures] == [image_id]


def test_two_products_may_share_a_picture(take_in, product):
    rows = [
        {**MUG, "Product image URL": "https://example.com/a.jpg"},
        {**MUG, "URL handle": "cup", "Title": "Cup", "Product image URL": "https://example.com/a.jpg"},
    ]
    assert take_in(rows).status == 0
    assert product("mug").pictures == product("cup").pictures
    assert count(Image) == 1


@pytest.mark.parametrize(("cell", "published"), [("TRUE", True), ("true", True), ("", True), ("False", False)])
def test_published_is_yes_when_blank_and_true_in_any_case(take_in, product, cell, published):
    take_in([{**MUG, "Published on online store": cell}])
    assert (product("mug").published_at is not None) is published


@pytest.mark.parametrize(("cell", "status"), [("Draft", "draft"), ("archived", "archived"), ("", "active")])
def test_status_is_taken_over(take_in, product, cell, status):
    take_in([{**MUG, "Status": cell}])
    assert product("mug").status == status


@pytest.mark.parametrize(
    ("tracker", "quantity", "tracked", "on_hand"),
    [("shopify", "4", True, 4), ("", "4", False, 4), ("shopify", "-2", True, 0), ("shopify", "", True, 0)],
)
def test_a_blank_tracker_means_that_stock_is_not_counted(take_in, tracker, quantity, tracked, on_hand):
    take_in([{**MUG, "Inventory tracker": tracker, "Inventory quantity": quantity}])
    assert (only(InventoryItem).tracked, only(StockLevel).on_hand) == (tracked, on_hand)


def test_what_was_oversold_elsewhere_begins_at_zero_and_is_told(take_in):
    outcome = take_in([{**MUG, "Inventory tracker": "shopify", "Inventory quantity": "-2"}])
    assert outcome.status == 0
    assert "2 were oversold there" in outcome.text


def test_a_file_silent_on_stock_makes_uncounted_variants(take_in):
    take_in([MUG])
    assert only(InventoryItem).tracked is False
    assert session.execute(select(Variant.available)).scalar_one() is True


@pytest.mark.parametrize(("cell", "policy"), [("CONTINUE", "continue"), ("deny", "deny"), ("TRUE", "continue")])
def test_selling_on_without_stock_is_a_policy(take_in, cell, policy):
    take_in([{**MUG, "Continue selling when out of stock": cell}])
    assert only(InventoryItem).policy == policy


@pytest.mark.parametrize(("cell", "grams"), [("0", 0), ("0.0", 0), ("350", 350), ("350.5", 351), ("", 0)])
def test_weights_are_grams_with_or_without_decimals(take_in, product, cell, grams):
    take_in([{**MUG, "Weight value (grams)": cell, "Weight unit for display": "kg"}])
    assert product("mug").variants[0].weight_grams == grams


def test_html_keeps_its_text_and_loses_what_acts(take_in, product):
    html = (
        '<p onclick="steal()">Soft <b style="color:red">wool</b></p><script>alert(1)</script><style>p{}</style>'
        '<img src=x onerror=alert(1)><a href="javascript:alert(1)">here</a><div hx-get="/admin">x</div>'
    )
    take_in([{**MUG, "Description": html}])
    kept = product("mug").description_html
    assert kept.startswith("<p>Soft <b>wool</b></p>")
    for bad in ("onclick", "script", "style", "onerror", "javascript", "hx-get", "<img"):
        assert bad not in kept


def test_a_byte_order_mark_and_line_breaks_in_quotes_are_legal(take_in, product):
    file = (
        '\ufeffURL handle,Title,Description,Price\r\nmug,Mug,"<p>one</p>\r\n<p>two, ""three""</p>",9\r\ncup,Cup,,8\r\n'
    )
    outcome = take_in(file, dry_run=False)
    assert outcome.status == 0
    assert 'two, "three"' in product("mug").description_html
    assert "row 3" in outcome.text


def test_rows_are_counted_as_a_spreadsheet_counts_them(take_in):
    file = 'URL handle,Title,Description,Price\nmug,Mug,"one\ntwo\nthree",9\ncup,Cup,,x\n'
    assert "row 3" in take_in(file).line(3)


def test_blank_rows_and_missing_cells_at_the_end_are_harmless(take_in, product):
    assert take_in("URL handle,Title,Price,Vendor\nmug,Mug,9\n,,,\n\ncup,Cup,8,Us\n").status == 0
    assert product("mug").vendor == ""


def test_a_handle_is_made_from_the_title_when_there_is_none(take_in, product):
    assert take_in([{"Title": "Größe 42 Café", "Price": "9"}]).status == 0
    assert product("groesse-42-cafe").title == "Größe 42 Café"


def test_a_handle_that_is_no_address_here_is_made_one(take_in, product):
    assert take_in([{**MUG, "URL handle": "Blue_Mug"}]).status == 0
    assert product("blue-mug").title == "Mug"


def test_a_variant_without_a_price_goes_in_and_is_told(take_in, product):
    outcome = take_in([{**MUG, "Price": ""}])
    assert outcome.status == 0
    assert "can't be bought yet" in outcome.text
    assert product("mug").variants[0].prices == {}


REFUSED = [
    ("Price", "12,50", "no amount"),
    ("Price", "1e3", "no amount"),
    ("Price", "-1", "negative"),
    ("Price", "€9", "no amount"),
    ("Price", "9.999", "no amount"),
    ("Price", "9" * 30, "no amount"),
    ("Price", "NaN", "no amount"),
    ("Cost per item", "a", "no amount"),
    ("Inventory quantity", "1.5", "number of pieces"),
    ("Inventory quantity", "9" * 20, "is no number"),
    ("Weight value (grams)", "-1", "weight"),
    ("Charge tax", "maybe", "neither TRUE nor FALSE"),
    ("Status", "gone", "none of"),
    ("Published on online store", "perhaps", "neither"),
    ("Continue selling when out of stock", "sometimes", "none of"),
    ("Product image URL", "picture.jpg", "no address"),
    ("Product image URL", "javascript:alert(1)", "no address"),
    ("Image position", "first", "no number"),
    ("SKU", "x" * 256, "longer than"),
    ("Vendor", "a\0b", "NUL"),
    ("Title", "x" * 256, "longer than"),
    ("Title", "", "needs a title"),
    ("Gift card", "perhaps", "neither TRUE nor FALSE"),
    ("Option4 name", "Fit", "three options"),
    ("Description", "x" * 200_001, "longer than"),
]


@pytest.mark.parametrize(("column", "cell", "reason"), REFUSED, ids=[f"{one[0]}-{one[1][:12]!r}" for one in REFUSED])
def test_a_bad_cell_keeps_its_row_out_and_the_others_go_in(take_in, product, column, cell, reason):
    good = {**MUG, "URL handle": "cup", "Title": "Cup"}
    outcome = take_in([{**MUG, column: cell}, good])
    assert outcome.status == 1
    assert f"{column}: " in outcome.line(2)
    assert reason in outcome.line(2)
    assert product("cup").title == "Cup"
    assert count(Product) == 1


def test_a_bad_later_row_leaves_the_rest_of_its_product_in(take_in, product):
    rows = [TEE[0], {**TEE[1], "Price": "a lot"}, TEE[2]]
    outcome = take_in(rows)
    assert outcome.status == 1
    assert "refused" in outcome.line(3)
    assert [variant.values for variant in product("tee").variants] == [("S", "Ochre"), ("M", "Ink")]


def test_a_bad_first_row_keeps_its_whole_product_out(take_in):
    outcome = take_in([{**TEE[0], "Price": "a lot"}, *TEE[1:]])
    assert outcome.status == 1
    assert all("refused" in outcome.line(row) for row in (2, 3, 4))
    assert "row 2, the first of this product" in outcome.line(3)
    assert count(Product) == 0


def test_notes_between_the_products_are_refused_with_their_row(take_in):
    outcome = take_in(
        [
            MUG,
            {"URL handle": "NOTE: fill in the columns below"},
            {"Title": "", "Price": "9"},
            {**MUG, "URL handle": "cup"},
        ]
    )
    assert outcome.status == 1
    assert "Title: a product needs a title" in outcome.line(3)
    assert "belongs to no product" in outcome.line(4)
    assert count(Product) == 2


@pytest.mark.parametrize(
    ("later", "column", "reason"),
    [
        ({"Option1 value": "L", "Title": "Other"}, "Title", "another title"),
        ({"Option1 value": "L"}, "Option2 value", "missing"),
        ({"Option1 value": "L", "Option2 value": "Ink", "Option3 value": "x"}, "Option3 value", "no option"),
        ({"Option1 value": "S", "Option2 value": "Ochre"}, "Option1 value", "same options"),
        ({"Option1 value": "L", "Option2 value": "Ink", "SKU": "TEE-S-O"}, "SKU", "row 2 has the same SKU"),
        ({"Price": "9"}, "Option1 value", "needs its option values"),
        ({"Option1 name": "Fit", "Option1 value": "L", "Option2 value": "Ink"}, "Option1 name", "differently"),
        ({}, "URL handle", "neither a variant nor a picture"),
    ],
)
def test_a_later_row_must_fit_its_product(take_in, product, later, column, reason):
    outcome = take_in([{**TEE[0], "Option3 name": "", "Option3 value": ""}, {"URL handle": "tee", **later}])
    assert outcome.status == 1
    assert f"{column}: " in outcome.line(3)
    assert reason in outcome.line(3)
    assert len(product("tee").variants) == 1


def test_two_spellings_of_one_address_do_not_become_one_product(take_in, product):
    outcome = take_in([{**MUG, "URL handle": "blue-mug"}, {**MUG, "URL handle": "blue_mug", "Title": "Other"}])
    assert outcome.status == 1
    assert "same address" in outcome.line(3)
    assert product("blue-mug").title == "Mug"


def test_a_sku_of_another_product_is_refused(take_in):
    take_in([{**MUG, "SKU": "ONE"}])
    outcome = take_in([{**MUG, "URL handle": "cup", "Title": "Cup", "SKU": "ONE"}])
    assert outcome.status == 1
    assert "SKU: it belongs to the product mug" in outcome.line(2)
    assert count(Product) == 1


def test_more_cells_than_columns_are_refused(take_in):
    assert "more cells" in take_in("URL handle,Title,Price\nmug,Mug,9,10\n").line(2)


def test_a_compare_at_price_needs_a_price(take_in):
    assert "compared with" in take_in([{**MUG, "Price": "", "Compare-at price": "9"}]).line(2)


def test_the_terminal_is_safe_from_what_a_file_holds(take_in):
    outcome = take_in([{**MUG, "Title": "\x1b[2JMug", "URL handle": "x"}])
    assert "\x1b" not in outcome.text
