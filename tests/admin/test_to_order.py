"""Products made to order and kits at the desk: from nothing to a choice in the shop, with the pages' own forms."""

import re

import pytest
from sqlalchemy import select, text

from store.catalog import kits
from store.catalog.models import Blank, Product, Variant
from store.catalog.queries import find_choice
from store.core.db import session
from store.inventory.queries import available_for
from store.shop.prices import PriceScope
from tests.admin.test_products import fields_of
from tests.factories.catalog import forget, make_product
from tests.factories.to_order import make_to_order

EUR = PriceScope("EUR")


def page_of(product_id: int) -> str:
    return f"/admin/made-to-order/{product_id}"


def send(desk, product_id: int, action: str, fields: dict, *, version: int | None = None):
    forget()
    path = page_of(product_id)
    page = desk.get(path).get_data(as_text=True)
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    return desk.send(f"{path}/{action}", {"version": version or found[1], **fields}, form_at=path)


def test_a_mug_becomes_made_to_order_and_is_bought_with_a_motif(desk):
    mug = make_product("mug", title="Mug", stock=7, price=1500)
    assert "220 lines, not 19,200" in desk.get(page_of(mug.product.id)).get_data(as_text=True)
    assert send(desk, mug.product.id, "beginning", {}).status_code == 303
    lines = "Moon | MO\nFox | #aa3311 | +4.00\nFern | +1.50, +2.00 USD"
    fields = {"axis-0-name": "Motif", "axis-0-lines": lines}
    assert send(desk, mug.product.id, "axes", fields).status_code == 303
    page = desk.get(page_of(mug.product.id)).get_data(as_text=True)
    assert "Fox | #aa3311 | FOX | +4.00" in page
    assert "Fern | FERN | +1.50, +2.00 USD" in page
    forget()
    _product, choice = find_choice("mug", {"motif": "fox"}, EUR)
    assert choice.variant is not None
    assert (choice.variant.amount.minor, choice.variant.sku, choice.variant.can_be_bought) == (1900, "MUG-FOX", True)


def test_blanks_come_in_one_click_and_are_counted_in_a_table(desk):
    made = make_to_order(stock=1)
    desk.send(
        f"{page_of(made.id)}/blanks", {"version": session.get_one(Product, made.id).version}, form_at=page_of(made.id)
    )
    axes = session.execute(text("SELECT id FROM options WHERE name IN ('Colour', 'Size')")).scalars().all()
    for blank in session.execute(select(Blank.id)).scalars().all():
        assert send(desk, made.id, "blanks", {f"out-{blank}": "1"}).status_code == 303
    answer = send(desk, made.id, "blanks/generation", {"axis": axes, "on_hand": "12", "quantity": "1"})
    assert answer.status_code == 303
    blanks = session.execute(select(Blank).order_by(Blank.id)).scalars().all()
    assert len(blanks) == 4
    assert all(blank.available for blank in blanks)
    fields = {f"seen-{blanks[0].id}": "12", f"count-{blanks[0].id}": "0", f"quantity-{blanks[0].id}": "1"}
    assert send(desk, made.id, "blanks", fields).status_code == 303
    session.expire_all()
    assert not session.get_one(Blank, blanks[0].id).available
    moved = session.execute(text("SELECT reason FROM stock_movements WHERE kind = 'adjusted'")).scalars().all()
    assert moved == ["counted as a blank"]
    again = send(desk, made.id, "blanks/generation", {"axis": axes})
    assert again.status_code == 422
    assert "has its blank already" in again.get_data(as_text=True)


def test_pairs_are_left_out_many_at_once_and_taken_back(desk):
    made = make_to_order()
    fields = {"one": [*made.ids("Moon", "Fox")], "other": [*made.ids("Ink")], "reason": "Dark on dark"}
    assert send(desk, made.id, "exclusions", fields).status_code == 303
    forget()
    assert find_choice("tee", {"motif": "fox", "colour": "ink"}, EUR)[1].reason == "Dark on dark"
    one, other = sorted(made.ids("Fox", "Ink"))
    assert send(desk, made.id, "exclusions", {f"out-{one}-{other}": "1"}).status_code == 303
    forget()
    assert find_choice("tee", {"motif": "fox", "colour": "ink"}, EUR)[1].variant is not None
    assert find_choice("tee", {"motif": "moon", "colour": "ink"}, EUR)[1].variant is None


def test_an_exception_has_a_price_of_its_own_until_it_is_taken_out(desk):
    made = make_to_order()
    fields = {"value-0": made.ids("Fox")[0], "price-EUR": "12,50"}
    assert send(desk, made.id, "exceptions", fields).status_code == 303
    forget()
    assert find_choice("tee", {"motif": "fox"}, EUR)[1].variant.amount.minor == 1250
    assert send(desk, made.id, "exceptions", {"value-0": made.ids("Fox")[0], "remove": "1"}).status_code == 303
    forget()
    assert find_choice("tee", {"motif": "fox"}, EUR)[1].variant.amount.minor == 3000


@pytest.mark.parametrize(
    ("action", "fields", "sentence"),
    [
        ("axes", {"axis-0-name": "Motif", "axis-0-lines": "Moon\nFox | #zz"}, "Motif, line 2: A colour is written"),
        ("axes", {"axis-0-name": "Motif", "axis-0-lines": "Moon | +4,0,0"}, "Motif, line 1: "),
        ("axes", {"axis-0-name": "Motif", "axis-0-lines": "Moon\nmoon"}, "each value is written once"),
        ("axes", {"axis-0-lines": "Moon"}, "Give these values a name"),
        ("axes", {}, "one to 4 axes"),
        ("terms", {"weight": "heavy"}, "no whole number"),
        ("terms", {"price-EUR": "cheap"}, "not an amount of money"),
        ("exclusions", {"one": ["1"]}, "Choose values on both sides"),
        ("exceptions", {"value-0": "1", "price-EUR": "1"}, "not there any more"),
        ("exceptions", {}, "Say what is different"),
        ("blanks/generation", {"existing": "1", "sku": "NOTHING"}, "Nothing is counted under the SKU NOTHING"),
    ],
)
def test_what_can_not_be_is_refused_in_words_and_keeps_what_was_entered(desk, action, fields, sentence):
    made = make_to_order()
    answer = send(desk, made.id, action, fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    for text_ in (value for name, value in fields.items() if name == "axis-0-lines"):
        assert text_.split("\n")[0] in page


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("axes", {"axis-0-name": "Motif\0", "axis-0-lines": "Moon"}),
        ("axes", {"axis-0-name": "Motif", "axis-0-lines": "\n".join(f"V{n}" for n in range(1001))}),
        ("axes", {"axis-0-name": "Motif", "axis-0-lines": "Moon | +99999999999999999999"}),
        ("axes", {"axis-0-name": "Motif", "axis-0-lines": "Moon | +1.00 QQQ"}),
        ("axes", {"axis-0-name": "Motif", "axis-0-lines": "| | |"}),
        ("terms", {"price-EUR": "1" * 400}),
        ("terms", {"price-EUR": "-1"}),
        ("terms", {"sku": "\0", "price-EUR": "1"}),
        ("exclusions", {"one": ["9" * 18], "other": ["8" * 18]}),
        ("exclusions", {"one": [str(n) for n in range(1, 200)], "other": [str(n) for n in range(1, 200)]}),
        ("exceptions", {"value-0": "9" * 18, "blocked": "1"}),
        ("exceptions", {"value-0": "1", "image": "77", "blocked": "1"}),
        ("blanks/generation", {"axis": ["9" * 18, "x"], "on_hand": "-1"}),
        ("blanks/generation", {"existing": "1", "sku": "\0"}),
        ("blanks/generation", {"sku": "\0", "on_hand": "1", "quantity": "2"}),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(desk, action, fields):
    made = make_to_order()
    before = session.get_one(Product, made.id).version
    assert send(desk, made.id, action, fields).status_code in (400, 422)
    session.expire_all()
    assert session.get_one(Product, made.id).version == before


def test_the_second_editor_is_told(desk):
    made = make_to_order()
    answer = send(desk, made.id, "terms", {"price-EUR": "1.00", "sku": "X"}, version=1)
    assert answer.status_code == 409
    assert "changed by somebody else" in answer.get_data(as_text=True)
    assert "save again to keep yours" in answer.get_data(as_text=True)
    assert 'value="1.00"' in answer.get_data(as_text=True)
    version = session.get_one(Product, made.id).version
    assert send(desk, made.id, "terms", {"price-EUR": "1.00", "sku": "X"}, version=version).status_code == 303


def test_a_renamed_value_keeps_its_variant(desk):
    made = make_to_order()
    desk.client.submit("/cart/lines", {"product": "tee", "motif": "fox", "quantity": "1"})
    variant_id = session.execute(select(Variant.id)).scalar_one()
    lines = {"axis-0-name": "Motif", "axis-0-lines": "Moon\nFox => Red fox"}
    rest = {"axis-1-name": "Colour", "axis-1-lines": "Ink\nSand", "axis-2-name": "Size", "axis-2-lines": "S\nM"}
    assert send(desk, made.id, "axes", {**lines, **rest}).status_code == 303
    session.expire_all()
    assert session.get_one(Variant, variant_id).deleted_at is None
    assert session.get_one(Variant, variant_id).sku == "TEE-REDFOX-INK-S"


def test_a_set_is_made_of_skus_and_its_page_says_what_is_missing(desk):
    mug, bowl, kit = make_product("mug", stock=9), make_product("bowl", stock=3), make_product("set", title="Breakfast")
    path = f"/admin/made-to-order/kits/{kit.variant.id}"
    refused = desk.send(path, {"version": kit.product.version, "parts": "2 NOTHING"}, form_at=path)
    assert refused.status_code == 422
    assert "Nothing has this SKU: NOTHING" in refused.get_data(as_text=True)
    parts = f"2 {mug.variant.sku}\n1 x {bowl.variant.sku}"
    answer = desk.send(path, {"version": kit.product.version, "parts": parts}, form_at=path)
    assert answer.status_code == 303
    assert available_for([kit.variant.id]) == {kit.variant.id: 3}
    assert f"2 {mug.variant.sku}" in desk.get(path).get_data(as_text=True)
    assert kits.MAX_PARTS


def test_texts_of_a_product_made_to_order_are_saved_without_touching_its_choices(desk):
    made = make_to_order()
    path = f"/admin/products/{made.id}"
    page = desk.get(path).get_data(as_text=True)
    assert f"/admin/made-to-order/{made.id}" in page
    desk.client.submit("/cart/lines", {"product": "tee", "motif": "fox", "quantity": "1"})
    fields = fields_of(page) | {"title": "Shirt", "description_html": "<p>New</p>"}
    assert desk.send(path, fields).status_code == 303
    session.expire_all()
    assert session.get_one(Product, made.id).title == "Shirt"
    assert session.execute(text("SELECT count(*) FROM variants WHERE deleted_at IS NULL")).scalar_one() == 1
    assert session.execute(text("SELECT count(*) FROM option_values")).scalar_one() == 7
