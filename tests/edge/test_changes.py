"""What is noted in the transaction of a change: what shows it, and nothing else."""

import pytest
from sqlalchemy import text

from store.catalog.models import Category, Collection, CollectionProduct, OptionValue, Product, Variant
from store.content.models import Page
from store.core.db import run, session, transaction
from store.media.models import Image
from tests.edge.conftest import noted, nothing_noted
from tests.factories.catalog import make_collection, make_product


@pytest.fixture
def shelf(shop) -> Collection:
    return make_collection("shelf", title="Shelf")


@pytest.fixture
def mug(shelf):
    make_product("other", collection=shelf)
    made = make_product("mug", collection=shelf, options={"Colour": ["Red", "Blue"]})
    nothing_noted()
    return made


def test_other_words_about_a_product_are_told_to_what_shows_the_product(mug):
    mug.product.description_html = "<p>Of clay.</p>"
    session.flush()
    assert noted() == {f"product-{mug.product.id}"}


def test_another_title_price_or_value_is_told_to_its_lists_too(mug, shelf):
    lists = {"lists", f"collection-{shelf.id}"}
    own = f"product-{mug.product.id}"
    mug.product.title = "Cup"
    session.flush()
    assert noted() == {own} | lists
    nothing_noted()
    run("UPDATE prices SET amount_minor = 900 WHERE variant_id = :id", {"id": mug.variant.id})
    assert noted() == {own} | lists
    nothing_noted()
    session.query(OptionValue).filter_by(value="Red").one().value = "Crimson"
    session.flush()
    assert noted() == {own} | lists


def test_one_piece_less_is_told_to_nobody_until_it_shows(mug, shelf):
    item = session.execute(
        text("SELECT item_id FROM variant_items WHERE variant_id = :id"), {"id": mug.variant.id}
    ).scalar_one()
    run("UPDATE stock_levels SET on_hand = 9 WHERE item_id = :item", {"item": item})
    assert noted() == set()
    run("UPDATE stock_levels SET on_hand = 3 WHERE item_id = :item", {"item": item})
    assert noted() == {f"product-{mug.product.id}"}
    nothing_noted()
    run("UPDATE stock_levels SET on_hand = 0 WHERE item_id IN (SELECT item_id FROM variant_items vi JOIN variants v "
        "ON v.id = vi.variant_id WHERE v.product_id = :id)", {"id": mug.product.id})  # fmt: skip
    assert noted() == {f"product-{mug.product.id}", "lists", f"collection-{shelf.id}"}


def test_how_often_it_sells_is_told_to_nobody(mug):
    mug.product.popularity = 99
    session.flush()
    assert noted() == set()


def test_a_draft_is_told_to_nobody_until_it_is_on_sale(shop, shelf):
    draft = make_product("draft", status="draft", collection=shelf)
    nothing_noted()
    draft.product.title = "Still a draft"
    run("UPDATE prices SET amount_minor = 1 WHERE variant_id = :id", {"id": draft.variant.id})
    session.flush()
    assert noted() == set()
    draft.product.status = "active"
    session.flush()
    assert noted() == {f"product-{draft.product.id}", "lists", f"collection-{shelf.id}"}
    nothing_noted()
    draft.product.status = "archived"
    session.flush()
    assert noted() == {f"product-{draft.product.id}", "lists", f"collection-{shelf.id}"}


def test_a_product_that_moves_is_told_to_the_categories_it_leaves_and_comes_to(mug):
    above = Category(handle="above", title="Above")
    session.add(above)
    session.flush()
    left, entered = Category(handle="left", title="L", parent_id=above.id), Category(handle="entered", title="E")
    session.add_all([left, entered])
    session.flush()
    mug.product.category_id = left.id
    session.flush()
    nothing_noted()
    mug.product.category_id = entered.id
    session.flush()
    categories = {tag for tag in noted() if tag.startswith("category-")}
    assert categories == {f"category-{one.id}" for one in (above, left, entered)}


def test_a_place_in_a_collection_is_told_to_that_collection(mug, shelf):
    session.get(CollectionProduct, (shelf.id, mug.product.id)).position = 0
    session.flush()
    assert noted() == {f"collection-{shelf.id}"}


def test_a_shelf_that_was_empty_comes_into_the_navigation_of_every_page(mug):
    fresh = make_collection("fresh")
    nothing_noted()
    session.add(CollectionProduct(collection_id=fresh.id, product_id=mug.product.id))
    session.flush()
    assert noted() == {f"collection-{fresh.id}", "pages"}
    nothing_noted()
    run("DELETE FROM collection_products WHERE collection_id = :id", {"id": fresh.id})
    assert noted() == {f"collection-{fresh.id}", "pages"}


def test_what_stands_in_every_page_is_told_to_every_page(mug, shelf):
    shelf.title = "Better shelf"
    session.flush()
    assert noted() == {f"collection-{shelf.id}", "pages"}
    nothing_noted()
    run("UPDATE shops SET name = 'Better shop'")
    assert noted() == {"pages"}
    nothing_noted()
    shelf.refreshed_at = shop_time()
    session.flush()
    assert noted() == set()


def shop_time():
    return session.execute(text("SELECT now()")).scalar_one()


def test_a_written_page_is_told_to_itself_and_its_title_to_every_footer(shop):
    page = Page(kind="page", handle="about", title="About", body_html="<p>We.</p>")
    session.add(page)
    session.flush()
    nothing_noted()
    page.body_html = "<p>We sell.</p>"
    session.flush()
    assert noted() == {"page-page-about"}
    nothing_noted()
    page.title = "About us"
    session.flush()
    assert noted() == {"page-page-about", "pages"}


def test_a_picture_that_is_deleted_or_has_other_bytes_is_thrown_away_itself(shop, shelf):
    image = Image(key="a" * 32, alt="", width=10, height=10, widths=[10], status="ready")
    session.add(image)
    session.flush()
    shelf.image_id = image.id
    session.flush()
    nothing_noted()
    image.alt = "A shelf"
    session.flush()
    assert noted() == {f"collection-{shelf.id}", "home"}
    nothing_noted()
    image.key = "b" * 32
    session.flush()
    assert f"image-{'a' * 32}" in noted()
    session.delete(image)
    session.flush()
    assert f"image-{'b' * 32}" in noted()


def test_a_change_that_is_taken_back_is_never_noted(mug):
    class TakenBack(Exception):
        pass

    savepoint = session.begin_nested()
    run("UPDATE products SET title = 'Cup' WHERE id = :id", {"id": mug.product.id})
    assert noted()
    savepoint.rollback()
    assert noted() == set()


def test_a_variant_that_goes_away_is_told_to_the_lists_that_filter_by_its_price(mug, shelf):
    with transaction():
        session.get(Variant, mug.variants[1].id).deleted_at = shop_time()
    assert {"lists", f"collection-{shelf.id}", f"product-{mug.product.id}"} <= noted()


def test_a_product_that_is_deleted_is_told_to_all_that_showed_it(mug, shelf):
    run(
        "DELETE FROM variant_items WHERE variant_id IN (SELECT id FROM variants WHERE product_id = :id)",
        {"id": mug.product.id},
    )
    nothing_noted()
    session.delete(session.get(Product, mug.product.id))
    session.flush()
    assert {"lists", f"collection-{shelf.id}", f"product-{mug.product.id}"} <= noted()
