"""Nothing goes on sale with pictures of which nothing is said; what is missing is mended where it is missed."""

import re

import pytest

from store.catalog.models import ProductImage
from store.core.db import session
from tests.admin.conftest import one
from tests.admin.test_products import fields_of
from tests.factories.catalog import make_product
from tests.factories.pictures import make_picture


@pytest.fixture
def mug(shop):
    """A draft with three pictures: one says what it shows, one does so for this product, one says nothing."""
    made = make_product("mug", title="Moth mug", status="draft")
    pictures = [make_picture("A moth"), make_picture(""), make_picture("")]
    for place, (image, alt) in enumerate(zip(pictures, ("", "Its handle", ""), strict=True)):
        session.add(ProductImage(product_id=made.product.id, image_id=image.id, position=place, alt=alt))
    session.commit()
    return made


def save(desk, made, **changes):
    path = f"/admin/products/{made.product.id}"
    return desk.send(path, fields_of(desk.get(path).get_data(as_text=True)) | changes)


def asked_for(page):
    return [int(number) for number in re.findall(r'<input[^>]* name="words-(\d+)"', page)]


def silent_of(made):
    return one("SELECT max(image_id) FROM product_images WHERE product_id = :id", id=made.product.id)[0]


def status_of(made):
    return one("SELECT status FROM products WHERE id = :id", id=made.product.id)[0]


def test_a_draft_may_keep_pictures_without_words(desk, mug):
    assert save(desk, mug, title="Moth mug, large").status_code == 303
    assert asked_for(desk.get(f"/admin/products/{mug.product.id}").get_data(as_text=True)) == []


def test_a_product_does_not_go_on_sale_while_a_picture_has_no_words(desk, mug, journal):
    answer = save(desk, mug, status="active", title="Moth mug, large")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "1 picture has no words yet." in page
    assert asked_for(page) == [silent_of(mug)]
    assert 'value="Moth mug, large"' in page
    assert status_of(mug) == "draft"
    assert journal() == []


def test_words_sent_along_put_it_on_sale_at_once(desk, mug, journal, client):
    silent = silent_of(mug)
    assert save(desk, mug, status="active", **{f"words-{silent}": " Its  foot "}).status_code == 303
    assert status_of(mug) == "active"
    assert one("SELECT alt FROM product_images WHERE image_id = :id", id=silent)[0] == "Its foot"
    assert one("SELECT alt FROM images WHERE id = :id", id=silent)[0] == "Its foot"
    assert [entry[0] for entry in journal()] == ["edit_pictures", "edit"]
    assert 'alt="Its foot"' in client.get("/products/mug").get_data(as_text=True)


def test_blank_words_are_none(desk, mug):
    assert save(desk, mug, status="active", **{f"words-{silent_of(mug)}": "   "}).status_code == 422
    assert status_of(mug) == "draft"


def test_what_is_on_sale_can_be_saved_and_is_asked_for_the_missing_words(desk, mug):
    made = make_product("vase", title="Vase")
    image = make_picture("")
    session.add(ProductImage(product_id=made.product.id, image_id=image.id))
    session.commit()
    assert save(desk, made, title="Tall vase").status_code == 303
    assert asked_for(desk.get(f"/admin/products/{made.product.id}").get_data(as_text=True)) == [image.id]
    save(desk, made, **{f"words-{image.id}": "A vase"})
    assert asked_for(desk.get(f"/admin/products/{made.product.id}").get_data(as_text=True)) == []


def test_words_of_a_product_leave_those_of_the_picture_itself_alone(desk, mug):
    spoken = one("SELECT min(image_id) FROM product_images WHERE product_id = :id", id=mug.product.id)[0]
    desk.send(f"/admin/products/{mug.product.id}/pictures/{spoken}", {"alt": "A moth at night"})
    assert one("SELECT alt FROM images WHERE id = :id", id=spoken)[0] == "A moth"
    assert one("SELECT alt FROM product_images WHERE image_id = :id", id=spoken)[0] == "A moth at night"
