"""Films as staff add them to a product: with words, a picture before them, captions and an order."""

import io

import pytest
from PIL import Image
from sqlalchemy import text

from store.core.db import session, transaction
from store.films import services
from store.media import storage
from store.media.storage import MemoryStorage
from tests.admin.conftest import SAME_ORIGIN, one
from tests.factories.catalog import make_product
from tests.factories.films import make_film, make_mp4
from tests.factories.pictures import make_picture
from tests.factories.work import do_all_work

GOOD = b"WEBVTT\n\n00:01.000 --> 00:02.000\nThe clay is <i>still</i> wet.\n"


@pytest.fixture
def mug(shop):
    with transaction():
        return make_product("mug", title="Moth mug").product


@pytest.fixture
def film(mug):
    return make_film(mug.id)


@pytest.fixture
def place():
    before = storage.current()
    storage.use(MemoryStorage())
    yield storage.current()
    storage.use(before)


def send(desk, path, **files):
    data = {"csrf_token": desk.token()} | {
        name: (io.BytesIO(value), f"{name}.bin") if isinstance(value, bytes) else value for name, value in files.items()
    }
    return desk.client.post(path, data=data, headers=SAME_ORIGIN)


def picture():
    body = io.BytesIO()
    Image.new("RGB", (640, 360), "teal").save(body, "JPEG")
    return body.getvalue()


def test_a_film_is_added_with_a_picture_and_shown_on_the_product(desk, client, mug, journal):
    answer = send(desk, f"/admin/films/{mug.id}/new", film=make_mp4(), title="The mug is thrown", poster=picture())
    assert answer.status_code == 303
    film_id = one("SELECT film_id FROM product_films WHERE product_id = :id", id=mug.id)[0]
    assert "A picture is being prepared" in desk.get(answer.location).text
    do_all_work()
    assert one("SELECT i.status FROM films f JOIN images i ON i.id = f.image_id")[0] == "ready"
    assert "A picture is being prepared" not in desk.get(answer.location).text
    assert f"/products/mug/films/{film_id}" in client.get("/products/mug").text
    page = desk.get(f"/admin/products/{mug.id}").text
    assert "The mug is thrown" in page
    assert "no captions yet" in page
    assert [entry[0] for entry in journal()] == ["add_film", "add_picture"]


@pytest.mark.parametrize(
    ("data", "title", "sentence"),
    [
        (b"", "Words", "Choose a film first."),
        (b"<html>", "Words", "This file is no film."),
        (make_mp4()[:-9], "Words", "damaged or was not sent completely"),
        (make_mp4(codec=b"hvc1"), "Words", "Many browsers can&#39;t play this film (hvc1)"),
        (make_mp4(), " ", "Say in a few words what the film shows."),
    ],
)
def test_what_is_no_film_is_refused_with_its_reason_and_leaves_nothing(desk, mug, place, data, title, sentence):
    answer = send(desk, f"/admin/films/{mug.id}/new", film=data, title=title)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert one("SELECT count(*) FROM films")[0] == 0
    assert place.files == {}


def test_a_film_may_be_larger_than_any_other_form_and_no_larger_than_the_limit(desk, mug, monkeypatch):
    large = make_mp4(pictures=bytes(2 * 1024 * 1024))
    assert send(desk, f"/admin/films/{mug.id}/new", film=large, title="Large").status_code == 303
    monkeypatch.setattr(services, "MAX_BYTES", 1024 * 1024)
    answer = send(desk, f"/admin/films/{mug.id}/new", film=large, title="Larger")
    assert answer.status_code == 422
    assert "larger than 1 MB" in answer.text


def test_only_the_page_that_shows_a_chosen_film_may_show_one_from_the_disk(desk, mug, film):
    assert "media-src 'self' blob:" in desk.get(f"/admin/films/{mug.id}/new").headers["Content-Security-Policy"]
    assert "blob:" not in desk.get(f"/admin/films/{mug.id}/{film.id}").headers["Content-Security-Policy"]


def test_captions_are_added_replaced_shown_and_taken_off(desk, client, mug, film, journal):
    at = f"/admin/films/{mug.id}/{film.id}"
    assert send(desk, f"{at}/captions", captions=GOOD, language="de").status_code == 303
    first = client.get(f"/products/mug/films/{film.id}").text
    track = first.partition('<track kind="captions" src="')[2].partition('"')[0]
    assert 'srclang="de" label="Deutsch" default' in first
    answer = client.get(track)
    assert answer.headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert answer.text == "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nThe clay is <i>still</i> wet.\n"
    send(desk, f"{at}/captions", captions=GOOD.replace(b"wet", b"dry"), language="de")
    again = client.get(f"/products/mug/films/{film.id}").text
    assert track not in again
    assert client.get(track).status_code == 404
    desk.send(f"{at}/captions/de/removal")
    assert "<track" not in client.get(f"/products/mug/films/{film.id}").text
    assert [entry[0] for entry in journal()] == ["add_captions", "add_captions", "delete_captions"]


@pytest.mark.parametrize(
    ("data", "language", "sentence"),
    [
        (b"", "de", "Choose a file of captions first."),
        (GOOD.replace(b"01.000", b"01,000"), "de", "Line 3: this time can&#39;t be read"),
        (GOOD, "xx-nowhere", "no language that we know"),
        (GOOD, "../de", "no language that we know"),
        (GOOD, "", "no language that we know"),
    ],
)
def test_captions_that_cannot_be_read_are_refused_with_the_line(desk, mug, film, data, language, sentence):
    answer = send(desk, f"/admin/films/{mug.id}/{film.id}/captions", captions=data, language=language)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert one("SELECT count(*) FROM film_captions")[0] == 0


def test_films_are_described_moved_and_taken_off_after_a_question(desk, client, mug, film, place):
    other = make_film(mug.id, title="The glaze runs", data=make_mp4(milliseconds=9000))
    at = f"/admin/films/{mug.id}/{other.id}"
    send(desk, at, title="The glaze  runs down")
    desk.send(f"{at}/place", {"move": "earlier"})
    page = client.get("/products/mug").text
    assert page.index("The glaze runs down") < page.index("The mug is thrown")
    assert "is deleted with its captions" in desk.get(f"{at}/deletion").text
    desk.send(f"{at}/deletion")
    do_all_work()
    assert "The glaze" not in client.get("/products/mug").text
    assert one("SELECT count(*) FROM films")[0] == 1
    assert not any(other.key in name for name in place.files)


def test_a_picture_before_a_film_is_chosen_from_the_library(desk, mug, film):
    with transaction():
        image = make_picture("Wet clay")
    at = f"/admin/media/?for=films-{film.id}"
    assert film.title in desk.get(at).text
    desk.send("/admin/media/choice", {"for": f"films-{film.id}", "picture": str(image.id)})
    assert one("SELECT image_id FROM films")[0] == image.id
    desk.send("/admin/media/choice", {"for": f"films-{film.id}", "picture": ""})
    assert one("SELECT image_id FROM films")[0] is None


def test_a_film_is_only_changed_on_a_product_that_shows_it(desk, mug, film):
    with transaction():
        cup = make_product("cup").product
    for path in ("", "/captions", "/place", "/deletion", "/captions/de/removal"):
        assert desk.send(f"/admin/films/{cup.id}/{film.id}{path}").status_code == 404
    assert session.execute(text("SELECT count(*) FROM product_films")).scalar() == 1
