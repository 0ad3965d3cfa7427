"""A run can be taken back; what somebody has changed since stays, and is told."""

import pytest
from sqlalchemy import select, text

from store.catalog.drafts import PriceDraft, find_stored
from store.catalog.models import Product
from store.catalog.services import save_product
from store.core.db import session, transaction
from store.importer import services
from store.importer.models import ImportChange, ImportRun
from store.importer.undoing import undo_some
from store.inventory.models import InventoryItem, StockLevel
from store.inventory.services import adjust
from store.redirects.services import add
from tests.importer.conftest import as_csv

MUG = {
    "URL handle": "mug",
    "Title": "Mug",
    "Vendor": "Nachtfalter",
    "Tags": "cup, gift",
    "Price": "19.00",
    "SKU": "MUG-1",
    "Product image URL": "https://example.com/one.jpg",
}
TEE = [
    {"URL handle": "tee", "Title": "Tee", "Option1 name": "Size", "Option1 value": "S", "SKU": "T-S", "Price": "29.00"},
    {"URL handle": "tee", "Option1 value": "M", "SKU": "T-M", "Price": "29.00"},
]


@pytest.fixture
def undo(db):
    def take_back() -> list[ImportChange]:
        with transaction():
            run = session.execute(select(ImportRun).order_by(ImportRun.id.desc()).limit(1)).scalar_one()
            services.ask_to_undo(run.id)
        while undo_some(run.id, actor="test"):
            pass
        session.expire_all()
        assert session.get(ImportRun, run.id).status == "undone"
        query = select(ImportChange).where(ImportChange.run_id == run.id).order_by(ImportChange.id)
        return list(session.execute(query).scalars())

    return take_back


def edit(handle: str, **columns) -> None:
    from dataclasses import replace

    with transaction():
        stored = find_stored([handle])[handle]
        save_product(replace(stored.draft, **columns), expected_version=stored.version)
    session.expire_all()


def test_an_update_is_put_back_with_texts_prices_pictures_variants_and_stock_rules(take_in, product, undo):
    take_in([{**MUG, "Inventory tracker": "shopify"}, *TEE])
    before = {handle: product(handle) for handle in ("mug", "tee")}
    take_in(
        [
            {
                **MUG, "Title": "Cup", "Tags": "", "Price": "21.00", "Inventory tracker": "",
                "Product image URL": "https://example.com/two.jpg",
            },
            {**TEE[0], "Price": "31.00"},
            TEE[1],
            {"URL handle": "tee", "Option1 value": "L", "SKU": "T-L", "Price": "29.00"},
        ]
    )  # fmt: skip
    assert product("mug").title == "Cup"
    assert len(product("tee").variants) == 3
    changes = undo()
    assert [change.outcome for change in changes] == ["", ""]
    assert {handle: product(handle) for handle in ("mug", "tee")} == before
    query = select(InventoryItem.tracked).where(InventoryItem.sku == "MUG-1")
    assert session.execute(query).scalar_one() is True


def test_an_edit_made_in_between_stays_and_is_named(take_in, product, undo):
    take_in([MUG])
    take_in([{**MUG, "Title": "Cup", "Vendor": "Other", "Price": "21.00"}])
    edit("mug", title="Staff's own title")
    changes = undo()
    assert product("mug").title == "Staff's own title"
    assert product("mug").vendor == "Nachtfalter"
    assert product("mug").variants[0].prices == {"EUR": PriceDraft(1900)}
    assert "title" in changes[0].outcome
    assert "vendor" not in changes[0].outcome


def test_a_product_that_was_renamed_since_is_put_back_under_its_new_address(take_in, product, undo):
    take_in([MUG])
    take_in([{**MUG, "Vendor": "Other"}])
    with transaction():
        session.execute(text("UPDATE products SET handle = 'big-mug' WHERE handle = 'mug'"))
    undo()
    assert product("big-mug").vendor == "Nachtfalter"


def test_what_a_run_has_made_goes_and_what_was_counted_or_edited_is_archived(take_in, product, undo):
    take_in([MUG, {**TEE[0], "Inventory quantity": "3"}, {"URL handle": "jug", "Title": "Jug"}])
    edit("jug", vendor="By hand")
    changes = {change.name: change.outcome for change in undo()}
    assert session.execute(select(Product.handle).order_by(Product.handle)).scalars().all() == ["jug", "tee"]
    assert changes["mug"] == ""
    assert "archived" in changes["tee"]
    assert "changed since" in changes["jug"]
    assert product("jug").status == "archived"
    assert product("jug").vendor == "By hand"
    assert product("tee").status == "archived"


def test_after_an_undo_the_same_file_goes_in_again(take_in, product, undo):
    take_in([MUG])
    take_in([{**MUG, "Vendor": "Other"}])
    undo()
    assert product("mug").vendor == "Nachtfalter"
    take_in([{**MUG, "Vendor": "Other"}])
    assert product("mug").vendor == "Other"


@pytest.mark.parametrize("change", [{"Option2 name": "Colour", "Option2 value": "Ink"}, {"Option1 value": "XL"}])
def test_what_a_run_made_anew_comes_back_with_its_stock(take_in, product, undo, change):
    counted = [{**row, "Inventory tracker": "shopify", "Inventory quantity": "4"} for row in TEE]
    take_in(counted)
    assert "taken off and made anew" in take_in([{**counted[0], **change, "Inventory quantity": "0"}]).text
    undo()
    assert [(one.values, one.sku) for one in product("tee").variants] == [(("S",), "T-S"), (("M",), "T-M")]
    standing = session.execute(text("SELECT available, stock_left FROM variants WHERE deleted_at IS NULL")).all()
    assert [tuple(row) for row in standing] == [(True, 4), (True, 4)]


def test_options_that_a_run_replaced_come_back(take_in, product, undo):
    take_in(TEE)
    take_in([{**TEE[0], "Option2 name": "Colour", "Option2 value": "Ink"}, {**TEE[1], "Option2 value": "Ink"}])
    undo()
    assert [option.name for option in product("tee").options] == ["Size"]
    assert [(one.values, one.sku) for one in product("tee").variants] == [(("S",), "T-S"), (("M",), "T-M")]


def test_counts_are_taken_back_by_their_difference(take_in, undo):
    take_in([{**MUG, "Inventory tracker": "shopify", "Inventory quantity": "5"}])
    location = session.execute(text("SELECT name FROM locations")).scalar_one()
    row = {"Handle": "mug", "Location": location, "On hand (current)": "5", "On hand (new)": "9"}
    assert take_in([row]).status == 0
    level = session.execute(select(StockLevel)).scalar_one()
    assert level.on_hand == 9
    with transaction():
        adjust(level.id, reason="counted", actor="test", delta=-2)
    changes = undo()
    assert session.execute(select(StockLevel.on_hand)).scalar_one() == 3
    assert "stock moved since" in changes[0].outcome


def test_a_count_that_moved_since_the_file_was_made_is_refused(take_in):
    take_in([{**MUG, "Inventory tracker": "shopify", "Inventory quantity": "5"}])
    location = session.execute(text("SELECT name FROM locations")).scalar_one()
    rows = [
        {"Handle": "mug", "Location": location, "On hand (current)": "7", "On hand (new)": "9"},
        {"Handle": "mug", "Location": "Nowhere", "On hand (current)": "", "On hand (new)": "1"},
        {"Handle": "cup", "Location": location, "On hand (current)": "", "On hand (new)": "1"},
        {"Handle": "mug", "Location": location, "On hand (current)": "", "On hand (new)": "many"},
    ]
    outcome = take_in(rows)
    assert outcome.status == 1
    for row, words in ((2, "now there are 5"), (3, "no such location"), (4, "no such product"), (5, "no number")):
        assert words in outcome.line(row)
    assert session.execute(select(StockLevel.on_hand)).scalar_one() == 5


def test_redirects_go_and_come_back(take_in, undo):
    with transaction():
        add("/pages/was", "/pages/before")
    rows = [
        {"Redirect from": "/pages/was", "Redirect to": "/pages/after"},
        {"Redirect from": "/pages/old", "Redirect to": "/pages/new"},
        {"Redirect from": "", "Redirect to": "/pages/new"},
    ]
    outcome = take_in(as_csv(rows))
    assert outcome.status == 1
    assert "Rows: 1 create, 1 update, 0 unchanged, 1 refused." in outcome.text
    undo()
    found = session.execute(text("SELECT path, target FROM redirects")).all()
    assert [tuple(row) for row in found] == [("/pages/was", "/pages/before")]
