"""The media library: every picture is found, says what it shows, and tells who shows it."""

import html
import re

import pytest
from sqlalchemy import text

from store.catalog import graphs
from store.catalog.graphs import OverrideDraft
from store.catalog.models import Category, Collection, ProductImage, VariantImage
from store.core.db import session, transaction
from store.media import usage
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
    assert [words.partition(" ")[0] for words in look(desk, "?show=wordless")] == ["Picture"]
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
    shows = {"product_images", "variant_images", "choice_overrides", "collections", "categories", "garment_photos"}
    facts = {"uploads", "former_keys", "library_entries", "image_storage"}
    assert shows | facts <= pointing
    for table in pointing:
        assert (f"FROM {table} " in usage.used()) == (table not in facts), table


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


def folder_of(image):
    return one("SELECT f.name FROM library_entries l JOIN media_folders f ON f.id = l.folder_id "
               "WHERE image_id = :id", id=image.id)[0]  # fmt: skip


def test_pictures_are_put_into_a_folder_together_and_found_there(desk, journal):
    heron, moth, fox = make_picture("A heron"), make_picture("A moth"), make_picture("A fox")
    made = desk.send("/admin/media-folders/new", {"name": "Birds"})
    folder = int(made.headers["Location"].rpartition("/")[2])
    data = {"do": "file", "folder": folder, "picture": [heron.id, fox.id], "back": "q=a&show=unused"}
    answer = desk.send("/admin/media/sorting", data)
    assert answer.headers["Location"] == "/admin/media/?q=a&show=unused"
    assert look(desk, f"?folder={folder}") == ["A fox", "A heron"]
    assert look(desk, "?folder=0") == ["A moth"]
    assert folder_of(heron) == "Birds"
    desk.send("/admin/media/sorting", {"do": "file", "folder": "", "picture": [fox.id]})
    assert look(desk, f"?folder={folder}") == ["A heron"]
    assert [entry[:2] for entry in journal()] == [("create", "media_folders"), ("file", "images"), ("file", "images")]
    assert "1 picture is in no folder then." in desk.get(f"/admin/media-folders/{folder}/deletion").text
    desk.send(f"/admin/media-folders/{folder}/deletion")
    assert look(desk) == ["A fox", "A moth", "A heron"]
    assert moth.id


def test_two_folders_of_one_name_are_refused(desk):
    desk.send("/admin/media-folders/new", {"name": "Birds"})
    answer = desk.send("/admin/media-folders/new", {"name": "birds"})
    assert answer.status_code == 409
    assert "There is a folder “birds” already." in answer.get_data(as_text=True)


def test_tags_are_given_to_many_and_narrow_the_grid_down(desk):
    heron, moth, _fox = make_picture("A heron"), make_picture("A moth"), make_picture("A fox")
    desk.send("/admin/media/sorting", {"do": "tag", "tags": "Night, sea", "picture": [heron.id, moth.id]})
    desk.send("/admin/media/sorting", {"do": "tag", "tags": "night", "picture": [moth.id]})
    assert look(desk, "?tag=night") == ["A moth", "A heron"]
    assert look(desk, "?q=night") == ["A moth", "A heron"]
    assert one("SELECT tags FROM library_entries WHERE image_id = :id", id=moth.id)[0] == ["Night", "sea"]


def test_words_are_written_for_many_on_one_page(desk, journal):
    heron, moth, fox = make_picture(""), make_picture(""), make_picture("")
    page = desk.get("/admin/media/?show=wordless").get_data(as_text=True)
    assert set(re.findall(r'name="alt-(\d+)"', page)) == {str(one.id) for one in (heron, moth, fox)}
    assert 'name="alt-' not in desk.get("/admin/media/").get_data(as_text=True)
    sent = {"do": "words", f"alt-{heron.id}": " A  heron ", f"alt-{moth.id}": "", f"alt-{fox.id}": "A fox"}
    answer = desk.send("/admin/media/sorting", {**sent, "back": "show=wordless"})
    assert answer.headers["Location"] == "/admin/media/?show=wordless"
    assert set(look(desk, "?q=a")) == {"A heron", "A fox"}
    assert len(look(desk, "?show=wordless")) == 1
    assert journal() == [("edit", "images", str(heron.id)), ("edit", "images", str(fox.id))]
    assert desk.send("/admin/media/sorting", {"do": "words", f"alt-{moth.id}": "  "}).status_code == 422


def test_sorting_nothing_says_what_is_missing(desk):
    answer = desk.send("/admin/media/sorting", {"do": "tag", "tags": "x"})
    assert (answer.status_code, "Choose pictures first." in answer.get_data(as_text=True)) == (422, True)


def test_the_way_back_stays_in_the_library(desk):
    heron = make_picture("A heron")
    answer = desk.send(
        "/admin/media/sorting", {"do": "tag", "tags": "x", "picture": [heron.id], "back": "//evil.example"}
    )
    assert answer.headers["Location"].startswith("/admin/media/")


def test_file_tags_and_folder_are_kept_on_the_page_of_a_picture(desk, journal):
    heron = make_picture("A heron")
    folder = desk.send("/admin/media-folders/new", {"name": "Birds"}).headers["Location"].rpartition("/")[2]
    data = {"alt": "A heron", "name": "IMG_0001.jpg", "folder": folder, "tags": "night, sea"}
    assert desk.send(f"/admin/media/{heron.id}", data).status_code == 303
    assert look(desk, "?q=img_0001") == ["A heron"]
    assert (folder_of(heron), journal()[-1][0]) == ("Birds", "edit")
    assert one("SELECT after FROM staff_actions ORDER BY id DESC LIMIT 1")[0].keys() == {"name", "folder", "tags"}
    version = one("SELECT max(version), max(revision) FROM products")
    assert desk.send(f"/admin/media/{heron.id}", {**data, "folder": "999"}).status_code == 422
    assert one("SELECT max(version), max(revision) FROM products") == version


def test_what_is_pressed_stays_in_sight_in_the_shop(desk, client, journal):
    image = make_picture("A heron")
    show_in_product(image, handle="mug")
    page = desk.get(f"/admin/media/{image.id}").get_data(as_text=True)
    assert len(set(re.findall(r'name="point" value="(\d+-\d+)"', page))) == 25
    assert re.search(r'value="50-50"[^>]* checked', page)
    assert desk.send(f"/admin/media/{image.id}/focal-point", {"point": "75-0"}).status_code == 303
    assert re.search(r'value="75-0"[^>]* checked', desk.get(f"/admin/media/{image.id}").get_data(as_text=True))
    assert 'class="focal-x-3 focal-y-0"' in client.get("/products/mug").get_data(as_text=True)
    assert journal() == [("edit", "images", str(image.id))]


@pytest.mark.parametrize("point", ["", "75", "10-10", "75-0-1", "-25-0", "١٠٠-0"])
def test_a_point_beside_the_grid_is_refused(desk, point):
    image = make_picture("A heron")
    assert desk.send(f"/admin/media/{image.id}/focal-point", {"point": point}).status_code == 422
    assert tuple(one("SELECT focal_x, focal_y FROM images")) == (50, 50)
