"""Collections, categories and products show pictures that the shop has already."""

import re

import pytest

from store.catalog.models import Category
from store.core.db import session
from tests.admin.conftest import one
from tests.factories.catalog import forget, make_collection, make_product
from tests.factories.pictures import make_picture


@pytest.fixture
def heron(shop):
    return make_picture("A heron")


def make_category():
    row = Category(handle="cups", title="Cups")
    session.add(row)
    session.commit()
    return row


PLACES = {
    "collections": (make_collection, "/admin/collections/{}"),
    "categories": (make_category, "/admin/categories/{}"),
}
each_place = pytest.mark.parametrize("kind", PLACES)


def choose(desk, place, picture):
    return desk.send("/admin/media/choice", {"for": place, "picture": picture})


@each_place
def test_a_picture_is_chosen_from_the_library_and_taken_out_again(desk, heron, journal, kind):
    make, address = PLACES[kind]
    row = make()
    href = address.format(row.id)
    page = desk.get(href).get_data(as_text=True)
    assert f'href="/admin/media/?for={kind}-{row.id}"' in page
    offered = desk.get(f"/admin/media/?for={kind}-{row.id}").get_data(as_text=True)
    assert row.title in offered
    assert re.findall(r'name="picture" value="(\d+)"', offered) == [str(heron.id)]
    answer = choose(desk, f"{kind}-{row.id}", heron.id)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{href}#picture")
    assert one(f"SELECT image_id FROM {kind}")[0] == heron.id
    assert f"{heron.key}-" in desk.get(href).get_data(as_text=True)
    choose(desk, f"{kind}-{row.id}", "")
    assert one(f"SELECT image_id FROM {kind}")[0] is None
    assert journal() == [("edit", kind, str(row.id))] * 2


def test_the_picture_of_a_collection_is_on_the_home_page(desk, heron, client):
    shelf = make_collection("kitchen", title="Kitchen")
    make_product(collection=shelf)
    choose(desk, f"collections-{shelf.id}", heron.id)
    forget()
    assert f"{heron.key}-" in client.get("/").get_data(as_text=True)


def test_a_picture_joins_the_end_of_a_gallery_once(desk, heron, journal):
    made = make_product("mug")
    place = f"products-{made.product.id}"
    answer = choose(desk, place, heron.id)
    assert answer.headers["Location"] == f"/admin/products/{made.product.id}#pictures"
    assert choose(desk, place, heron.id).status_code == 422
    assert choose(desk, place, "").status_code == 422
    assert tuple(one("SELECT image_id, position FROM product_images")) == (heron.id, 0)
    assert journal() == [("edit_pictures", "product", str(made.product.id))]


@pytest.mark.parametrize("picture", ["999999", "x", "-1", "1" * 40])
def test_what_is_no_picture_of_the_library_is_not_shown(desk, heron, picture):
    shelf = make_collection()
    assert choose(desk, f"collections-{shelf.id}", picture).status_code == 422
    assert one("SELECT image_id FROM collections")[0] is None


def test_a_picture_that_was_not_fetched_is_not_offered(desk, shop):
    failed, shelf = make_picture("A fox", status="failed"), make_collection()
    assert 'name="picture"' not in desk.get(f"/admin/media/?for=collections-{shelf.id}").get_data(as_text=True)
    assert choose(desk, f"collections-{shelf.id}", failed.id).status_code == 422


@pytest.mark.parametrize("place", ["collections-404", "orders-1", "collections", "collections-x", "products-404"])
def test_there_is_no_choosing_for_what_is_not_there(desk, heron, place):
    assert desk.get(f"/admin/media/?for={place}").status_code == 404
    assert choose(desk, place, heron.id).status_code == 404
