"""The desk where staff say what is made to order looks like."""

import re

import pytest

from store.catalog.queries.garments import find_composed
from store.core.db import read_rows, transaction
from store.media import services, storage
from tests.factories.garments import artwork_png, dress, garment_png
from tests.factories.to_order import ToOrder, make_to_order


@pytest.fixture(autouse=True)
def kept(db):
    before = storage.current()
    storage.use(storage.MemoryStorage())
    yield
    storage.use(before)


@pytest.fixture
def tee(shop) -> ToOrder:
    return make_to_order()


def _image(data: bytes) -> int:
    with transaction():
        return services.add_image(data, "A layer").id


def _version(tee: ToOrder) -> str:
    return str(read_rows("SELECT version FROM products WHERE id = :id", {"id": tee.id})[0].version)


def _send(desk, tee: ToOrder, path: str, **data: object):
    return desk.send(f"/admin/garments/{tee.id}/{path}", {"version": _version(tee), **data})


def _choose(desk, place: str, image_id: int | str):
    return desk.send("/admin/media/choice", {"for": place, "picture": image_id})


def test_from_nothing_to_a_picture_on_the_page(client, desk, tee):
    garment, art = _image(garment_png()), _image(artwork_png("#d06020"))
    page = f"/admin/garments/{tee.id}"
    assert "No view yet" in desk.get(page).text
    assert _send(desk, tee, "views", name="Front", width="280", height="320").status_code == 303
    view = read_rows("SELECT id FROM garment_views")[0].id

    led = _send(desk, tee, "layers", view=view, kind="garment")
    assert led.location == f"/admin/media/?for=garment-{view}"
    assert f'value="{garment}"' in desk.get(led.location).text
    assert _choose(desk, f"garment-{view}", garment).status_code == 303
    photo = read_rows("SELECT * FROM garment_photos")[0]
    assert (photo.image_id, photo.option_key, photo.tinted) == (garment, "", True)

    fox, ink = tee.ids("Fox", "Ink")
    led = _send(desk, tee, "layers", view=view, kind="artwork", **{"value-1": fox, "value-2": ink})
    assert led.location == f"/admin/media/?for=artwork-{view}-{fox}-{ink}"
    assert _choose(desk, f"artwork-{view}-{fox}-{ink}", art).location.endswith(f"{page}#view-{view}")

    area = {"left": "20", "top": "22,5", "width": "50", "height": "40"}
    assert _send(desk, tee, f"photos/{photo.id}", tinted="1", **area).status_code == 303
    shown = client.get("/products/tee?motif=fox&colour=ink&size=m").text
    key = re.search(r"/media/compose/([0-9a-z]+)-", shown)[1]
    composed = find_composed(key)
    assert (composed.recipe.area.left, composed.recipe.area.top) == (20, 22.5)
    assert len(composed.recipe.prints) == 1
    assert client.get(f"/media/compose/{key}-480.webp").status_code == 200
    again = desk.get(page).text
    assert "/media/compose/" in again
    assert "Fox · Ink" in again


def test_folds_and_what_is_behind_can_be_chosen_and_taken_out(desk, tee):
    view, other = dress(tee), _image(artwork_png("#808080"))
    for kind in ("folds", "backdrop"):
        assert _choose(desk, f"{kind}-{view}", other).status_code == 303
        assert read_rows(f"SELECT {kind}_id AS id FROM garment_photos")[0].id == other
        assert _choose(desk, f"{kind}-{view}", "").status_code == 303
        assert read_rows(f"SELECT {kind}_id AS id FROM garment_photos")[0].id is None


def test_another_garment_keeps_the_print_where_it_was(desk, tee):
    view = dress(tee)
    before = read_rows("SELECT area_left, folds_id FROM garment_photos")[0]
    other = _image(artwork_png("#808080"))
    _choose(desk, f"garment-{view}", other)
    after = read_rows("SELECT area_left, folds_id, image_id FROM garment_photos")[0]
    assert (after.area_left, after.folds_id, after.image_id) == (before.area_left, before.folds_id, other)


def test_what_can_not_be_is_said_and_nothing_changes(desk, tee):
    view = dress(tee)
    photo = read_rows("SELECT id FROM garment_photos")[0].id
    refused = [
        ("views", {"name": "", "width": "280", "height": "280"}, "A view has a name"),
        ("views", {"name": "Front", "width": "280", "height": "280"}, "There is a view of this name already"),
        ("views", {"name": "Back", "width": "5000", "height": "280"}, "A print is between 10 and 500 mm"),
        (f"photos/{photo}", {"left": "60", "top": "0", "width": "50", "height": "50"}, "The print area lies within"),
        (f"photos/{photo}", {"left": "x", "top": "0", "width": "50", "height": "50"}, "is no number between 0 and 100"),
        ("layers", {"view": view, "kind": "artwork"}, "Choose at least one value"),
    ]
    before = read_rows("SELECT * FROM garment_photos"), read_rows("SELECT * FROM garment_views")
    for path, data, sentence in refused:
        answer = _send(desk, tee, path, **data)
        assert answer.status_code == 422, path
        assert sentence in answer.text
    assert (read_rows("SELECT * FROM garment_photos"), read_rows("SELECT * FROM garment_views")) == before


def test_whoever_saves_an_older_page_is_told(desk, tee):
    view = dress(tee)
    late = {"version": "1", "name": "Back", "width": "200", "height": "200"}
    assert desk.send(f"/admin/garments/{tee.id}/views/{view}", late).status_code == 409
    assert read_rows("SELECT name FROM garment_views")[0].name == "Front"


def test_views_garments_and_artwork_are_taken_out_and_their_pictures_stay(desk, tee):
    view = dress(tee)
    images = read_rows("SELECT count(*) FROM images")[0][0]
    artwork = read_rows("SELECT min(id) AS id FROM artworks")[0].id
    assert _send(desk, tee, f"artworks/{artwork}/removal").status_code == 303
    assert read_rows("SELECT count(*) FROM artworks")[0][0] == 2
    photo = read_rows("SELECT id FROM garment_photos")[0].id
    assert _send(desk, tee, f"photos/{photo}", remove="1").status_code == 303
    assert _send(desk, tee, f"views/{view}", remove="1").status_code == 303
    assert read_rows("SELECT count(*) FROM garment_views")[0][0] == 0
    assert read_rows("SELECT count(*) FROM images")[0][0] == images


@pytest.mark.parametrize(
    "name", ["garment-", "garment-x", "garment-0", "garment-1-2-3-4-5-6", f"artwork-{'9' * 20}", "folds"]
)
def test_places_that_are_none_are_not_there(desk, tee, name):
    assert desk.get(f"/admin/media/?for={name}").status_code == 404


def test_an_ordinary_product_has_no_such_page(desk, tee):
    assert desk.get("/admin/garments/999999").status_code == 404
