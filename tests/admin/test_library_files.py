"""Files for the library: many at once, in a zip, or in the place of a picture that is there."""

import io
import re
import zipfile

import pytest
from PIL import Image as Pillow
from sqlalchemy import text

from store.catalog.models import ProductImage
from store.core.db import session, transaction
from store.media import incoming, services, storage
from store.media.incoming import FolderIncoming
from store.media.storage import FolderStorage
from tests.admin.conftest import SAME_ORIGIN, one
from tests.factories.catalog import make_product
from tests.factories.pictures import make_picture
from tests.factories.work import do_all_work


@pytest.fixture(autouse=True)
def places(shop, tmp_path):
    before = storage.current()
    storage.use(FolderStorage(tmp_path / "media"))
    incoming.use(FolderIncoming(tmp_path / "incoming"))
    yield tmp_path
    storage.use(before)


def picture(colour="teal"):
    target = io.BytesIO()
    Pillow.new("RGB", (400, 300), colour).save(target, "PNG")
    return target.getvalue()


def send(desk, path, *files, **data):
    sent = {"csrf_token": desk.token(), **data, "file": [(io.BytesIO(body), name) for name, body in files]}
    return desk.client.post(path, data=sent, headers=SAME_ORIGIN)


def notice(desk, answer):
    page = desk.get(answer.headers["Location"]).get_data(as_text=True)
    return re.search(r'notice notice--(\w+)" role="status">.*?notice__title">(.*?)</p>', page, re.DOTALL).groups()


def test_many_files_are_in_the_grid_once_they_have_been_looked_at(desk, journal):
    answer = send(desk, "/admin/media/files/", ("one.png", picture("red")), ("two.png", picture("blue")), back="q=a")
    assert answer.headers["Location"] == "/admin/media/?q=a"
    assert notice(desk, answer) == ("ok", "2 files have arrived.")
    assert desk.get("/admin/media/").get_data(as_text=True).count('id="upload-') == 2
    do_all_work()
    page = desk.get("/admin/media/").get_data(as_text=True)
    assert (page.count('class="library__link"'), page.count('id="upload-')) == (2, 0)
    assert [entry[0] for entry in journal()] == ["add_picture"] * 2


def test_a_zip_file_is_taken_apart_into_the_folder_that_is_open(desk):
    folder = desk.send("/admin/media-folders/new", {"name": "Autumn"}).headers["Location"].rpartition("/")[2]
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("one.png", picture("red"))
        archive.writestr("two.png", picture("blue"))
    send(desk, "/admin/media/files/", ("all.zip", body.getvalue()), folder=folder)
    do_all_work()
    page = desk.get(f"/admin/media/?folder={folder}").get_data(as_text=True)
    assert page.count('class="library__link"') == 2


def test_a_file_that_is_refused_does_not_keep_the_others_out(desk):
    answer = send(desk, "/admin/media/files/", ("empty.png", b""), ("good.png", picture()))
    assert notice(desk, answer) == ("bad", "1 file has arrived. empty.png: The file is empty.")
    do_all_work()
    assert one("SELECT count(*) FROM images")[0] == 1


def test_what_was_refused_says_why_until_it_is_taken_off_the_list(desk):
    send(desk, "/admin/media/files/", ("page.jpg", b"<!doctype html>"))
    do_all_work()
    page = desk.get("/admin/media/").get_data(as_text=True)
    assert "This is a web page, whatever its name says." in page
    token = one("SELECT token FROM uploads")[0]
    answer = desk.send(f"/admin/uploads/{token}/dismissal")
    assert answer.headers["Location"] == "/admin/media/"
    assert "page.jpg" not in desk.get("/admin/media/").get_data(as_text=True)


def test_sending_nothing_says_what_is_missing(desk):
    assert send(desk, "/admin/media/files/").status_code == 422
    assert send(desk, "/admin/media/files/", ("one.png", picture()), folder="404").status_code == 404


def test_the_product_page_shows_the_file_that_took_the_place_of_another(desk, client):
    with transaction():
        image = services.add_image(picture("red"), "A heron")
    made = make_product("mug")
    session.add(ProductImage(product_id=made.product.id, image_id=image.id))
    session.commit()
    before = image.key
    assert f"/media/{before}-" in client.get("/products/mug").get_data(as_text=True)
    answer = send(desk, f"/admin/media/files/{image.id}/replacement", ("new.png", picture("blue")))
    assert answer.headers["Location"] == f"/admin/media/{image.id}"
    do_all_work()
    session.rollback()
    after = one("SELECT key FROM images WHERE id = :id", id=image.id)[0]
    page = client.get("/products/mug").get_data(as_text=True)
    assert (f"/media/{after}-" in page, f"/media/{before}-" in page, 'alt="A heron"' in page) == (True, False, True)
    assert client.get(f"/media/{before}-320.webp").status_code == 200
    assert session.execute(text("SELECT count(*) FROM images")).scalar_one() == 1


def test_there_is_no_replacing_what_is_not_there(desk):
    assert send(desk, "/admin/media/files/404/replacement", ("new.png", picture())).status_code == 404


def test_a_tile_becomes_the_picture_and_of_an_archive_the_way_to_its_pictures(desk):
    send(desk, "/admin/media/files/", ("one.png", picture()))
    token = one("SELECT token FROM uploads")[0]
    assert "hx-get" in desk.get(f"/admin/uploads/{token}").get_data(as_text=True)
    do_all_work()
    assert 'class="library__link"' in desk.get(f"/admin/uploads/{token}").get_data(as_text=True)


def test_what_nothing_shows_is_deleted_after_a_question_that_says_what_stays(desk, journal):
    shown, free, other = make_picture("A heron"), make_picture("A moth"), make_picture("A fox")
    session.add(ProductImage(product_id=make_product().product.id, image_id=shown.id))
    session.commit()
    answer = desk.send("/admin/media/sorting", {"do": "delete", "picture": [shown.id, free.id]})
    asked = desk.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Delete 1 picture?" in asked
    assert "1 picture stays: something shows it." in asked
    assert re.findall(r'name="picture" value="(\d+)"', asked) == [str(free.id)]
    answer = desk.send("/admin/media/files/deletion", {"picture": [shown.id, free.id]})
    assert notice(desk, answer) == ("ok", "1 picture deleted.")
    assert session.execute(text("SELECT id FROM images ORDER BY id")).scalars().all() == [shown.id, other.id]
    assert journal() == [("delete", "images", str(free.id))]


def test_all_that_nothing_shows_is_deleted_but_not_what_came_after_the_question(desk):
    for words in ("A heron", "A moth"):
        make_picture(words)
    asked = desk.get("/admin/media/files/deletion?all=unused").get_data(as_text=True)
    assert "Delete 2 pictures?" in asked
    newest = re.search(r'name="picture" value="(\d+)"', asked)[1]
    later = make_picture("A fox")
    desk.send("/admin/media/files/deletion", {"all": "unused", "picture": newest})
    assert session.execute(text("SELECT id FROM images")).scalars().all() == [later.id]


def test_nothing_is_deleted_without_a_choice(desk):
    make_picture("A heron")
    assert notice(desk, desk.send("/admin/media/files/deletion", {"all": "unused"})) == ("ok", "Nothing was deleted.")
    assert "There is nothing to delete." in desk.get("/admin/media/files/deletion").get_data(as_text=True)
    assert one("SELECT count(*) FROM images")[0] == 1
