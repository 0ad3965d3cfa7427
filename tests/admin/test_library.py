"""The media library: every picture is found, says what it shows, and tells who shows it."""

import html
import re

import pytest
from sqlalchemy import text

from store.admin.queries import library
from store.catalog import graphs
from store.catalog.graphs import OverrideDraft
from store.catalog.models import Category, Collection, ProductImage, VariantImage
from store.core.db import session, transaction
from store.media.models import Image
from tests.admin.conftest import one
from tests.factories.catalog import make_product
from tests.factories.pictures import make_picture
from tests.factories.to_order import make_to_order


def names(page):
    """The pictures of the grid by their words, as they are read."""
    found = re.findall(r'<a class="library__link"[^>]*>(.*?)</a>', page, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in found]


def look(desk, query=""):
    answer = desk.get(f"/admin/media/{query}")
    assert answer.status_code == 200
    return names(answer.get_data(as_text=True))


def show_in_product(image, **product):
    made = make_product(options={"Colour": ["Sand", "Ink"]}, **product)
    session.add(ProductImage(product_id=made.product.id, image_id=image.id))
    session.commit()
    return made


def test_pictures_are_listed_the_newest_first(desk):
    make_picture("A heron")
    make_picture("A moth")
    assert look(desk) == ["A moth", "A heron"]


@pytest.mark.parametrize("query", ["?q=heron", "?q=HERON", "?q=night+mug", "?q=the-mug"])
def test_a_picture_is_found_by_its_words_and_by_the_product_that_shows_it(desk, query):
    show_in_product(make_picture("A heron"), handle="the-mug", title="Night mug")
    make_picture("A moth")
    assert look(desk, query) == ["A heron"]


@pytest.mark.parametrize("query", ["?q=%25", "?q=_", "?q=zebra"])
def test_what_does_not_match_is_left_out(desk, query):
    make_picture("A heron")
    assert look(desk, query) == []


def test_filters_find_what_wants_attention(desk):
    show_in_product(make_picture("A heron"))
    make_picture("A moth")
    show_in_product(make_picture(""))
    make_picture("A fox", status="failed")
    assert look(desk, "?show=unused") == ["A fox", "A moth"]
    assert [words.partition(" picture")[0] for words in look(desk, "?show=wordless")] == ["No words yet"]
    assert look(desk, "?show=failed") == ["A fox"]


def test_a_picture_without_words_of_its_own_goes_by_those_of_a_product(desk):
    image = make_picture("")
    made = show_in_product(image)
    session.get_one(ProductImage, (made.product.id, image.id)).alt = "A heron"
    session.commit()
    assert look(desk) == look(desk, "?q=heron") == ["A heron"]
    assert look(desk, "?show=wordless") == []


def test_the_grid_costs_the_same_however_many_pictures_there_are(desk, count_sql):
    def cost():
        with count_sql() as statements:
            look(desk)
        return len(statements)

    make_picture("A heron")
    look(desk)
    few = cost()
    for _picture in range(10):
        show_in_product(make_picture("A moth"))
    assert cost() == few


def test_a_picture_says_everywhere_it_is_shown(desk):
    image = make_picture("A heron")
    made = show_in_product(image, title="Night mug")
    order = make_to_order("tee", axes={"Motif": ["Moon", "Fox"], "Cloth": ["Ink", "Felt"]}, blank_axes=["Cloth"])
    with transaction():
        session.add(VariantImage(variant_id=made.variants[1].id, image_id=image.id))
        session.add(Collection(handle="kitchen", title="Kitchen", image_id=image.id))
        session.add(Category(handle="cups", title="Cups", image_id=image.id))
        graphs.save_override(order.id, OverrideDraft(order.ids("Fox", "Ink"), image_id=image.id))
    page = desk.get(f"/admin/media/{image.id}").get_data(as_text=True)
    uses = page.partition('id="uses-title"')[2].partition("</section>")[0]
    for words in ("Night mug", "Ink", "Kitchen", "Cups", "Fox · Ink"):
        assert words in uses, words
    assert "Sand" not in uses
    assert f'href="/admin/products/{made.product.id}"' in uses
    assert f'href="/admin/made-to-order/{order.id}"' in uses


def test_every_table_that_points_at_pictures_counts_as_a_use():
    pointing = {
        table.name
        for table in Image.metadata.tables.values()
        if any(key.column is Image.__table__.c.id for key in table.foreign_keys)
    }
    assert {"product_images", "variant_images", "choice_overrides", "collections", "categories"} <= pointing
    for table in pointing - library.ITS_OWN:
        assert f"FROM {table} " in library.used()


def test_words_are_saved_and_the_journal_keeps_both(desk, journal):
    image = make_picture("A heron")
    assert desk.send(f"/admin/media/{image.id}", {"alt": "  A grey heron "}).status_code == 303
    desk.send(f"/admin/media/{image.id}", {"alt": "A grey heron"})
    assert one("SELECT alt FROM images")[0] == "A grey heron"
    assert journal() == [("edit", "images", str(image.id))]
    before, after = one("SELECT before, after FROM staff_actions")
    assert (before, after) == ({"alt": "A heron"}, {"alt": "A grey heron"})


def test_words_that_are_too_long_come_back_with_the_reason(desk):
    image = make_picture("A heron")
    answer = desk.send(f"/admin/media/{image.id}", {"alt": "x" * 501})
    assert answer.status_code == 422
    assert "at most 500 characters" in answer.get_data(as_text=True)
    assert one("SELECT alt FROM images")[0] == "A heron"


def test_new_words_are_on_the_product_page_at_once(desk, client):
    image = make_picture("A heron")
    show_in_product(image, handle="mug")
    assert 'alt="A heron"' in client.get("/products/mug").get_data(as_text=True)
    desk.send(f"/admin/media/{image.id}", {"alt": "A grey heron"})
    assert 'alt="A grey heron"' in client.get("/products/mug").get_data(as_text=True)


def test_a_picture_that_is_gone_is_a_page_not_found(desk):
    assert desk.get("/admin/media/404").status_code == 404
    assert desk.send("/admin/media/404", {"alt": "x"}).status_code == 404


def test_whoever_only_looks_finds_no_button(desk_of):
    image = make_picture("A heron")
    page = desk_of("read_only").get(f"/admin/media/{image.id}").get_data(as_text=True)
    assert "A heron" in page
    assert "fieldset" in page.partition("disabled")[0]
    assert session.execute(text("SELECT count(*) FROM images")).scalar_one() == 1
