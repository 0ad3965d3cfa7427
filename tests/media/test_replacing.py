"""Other bytes in the place of a picture: what shows it shows the new ones, and old addresses keep the old."""

import io

import pytest
from PIL import Image as Pillow
from sqlalchemy import text

from store.core.db import session, transaction
from store.media import incoming, library, on_demand, replacing, services, storage, uploads
from store.media.incoming import FolderIncoming
from store.media.models import Image
from store.media.storage import FolderStorage, name_of
from tests.factories.catalog import make_collection
from tests.factories.work import do_all_work

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def places(tmp_path):
    before = storage.current()
    storage.use(FolderStorage(tmp_path / "media"))
    incoming.use(FolderIncoming(tmp_path / "incoming"))
    yield tmp_path
    storage.use(before)


def picture(colour, size=(700, 500)):
    target = io.BytesIO()
    Pillow.new("RGB", size, colour).save(target, "PNG")
    return target.getvalue()


def add(colour, alt="A heron"):
    with transaction():
        image = services.add_image(picture(colour), alt)
    do_all_work()
    return image.id


def replace(image_id, colour, size=(900, 600)):
    body = picture(colour, size)
    upload = uploads.receive(
        io.BytesIO(body), "new.png", size=len(body), content_type="image/png", actor="staff:1",
        purpose=replacing.PURPOSE, subject_id=image_id,
    )  # fmt: skip
    do_all_work()
    session.rollback()
    return upload.id


def row(image_id):
    return session.get_one(Image, image_id, populate_existing=True)


def colour_at(key, width, extension="webp"):
    body = on_demand.rendition(name_of(key, width, extension))
    assert body is not None, (key, width)
    found = Pillow.open(io.BytesIO(body)).convert("RGB").getpixel((20, 20))
    return max(("red", "green", "blue"), key=lambda name: found[("red", "green", "blue").index(name)])


def count():
    return session.execute(text("SELECT count(*) FROM images")).scalar_one()


def test_new_bytes_take_the_place_and_words_and_point_and_tags_stay():
    image_id = add("red")
    with transaction():
        library.aim(image_id, 75, 25)
        library.set_tags(image_id, ["birds"])
    old_key = row(image_id).key
    replace(image_id, "blue")
    new = row(image_id)
    assert new.key != old_key
    assert (new.width, new.height, new.status, new.alt) == (900, 600, "ready", "A heron")
    assert (new.focal_x, new.focal_y) == (75, 25)
    assert session.execute(text("SELECT name, tags FROM library_entries")).one() == ("new.png", ["birds"])
    assert colour_at(new.key, 640) == "blue"
    assert count() == 1


def test_old_addresses_keep_working_also_in_sizes_that_were_never_made(places):
    image_id = add("red")
    old_key = row(image_id).key
    replace(image_id, "blue")
    for file in (places / "media").rglob(f"{old_key}-3*"):
        file.unlink()
    assert colour_at(old_key, 320) == "red"
    assert colour_at(old_key, 640, "jpg") == "red"
    assert on_demand.rendition(name_of(old_key, 555)) is None


def test_going_back_to_the_first_file_works():
    image_id = add("red")
    old_key = row(image_id).key
    replace(image_id, "blue")
    blue = row(image_id).key
    replace(image_id, "red", (700, 500))
    assert row(image_id).key == old_key
    assert colour_at(blue, 480) == "blue"
    assert session.execute(text("SELECT key FROM former_keys")).scalars().all() == [blue]
    assert count() == 1


def test_a_file_that_is_a_picture_elsewhere_stays_that_too():
    image_id, other = add("red"), add("blue", "A moth")
    shelf = make_collection()
    with transaction():
        session.execute(
            text("UPDATE collections SET image_id = :id WHERE id = :shelf"), {"id": other, "shelf": shelf.id}
        )
    replace(image_id, "blue", (700, 500))
    assert row(image_id).key not in (None, row(other).key)
    assert (row(image_id).alt, row(other).alt) == ("A heron", "A moth")
    assert colour_at(row(image_id).key, 640) == colour_at(row(other).key, 640) == "blue"
    assert count() == 2


def test_putting_in_place_twice_changes_nothing():
    image_id = add("red")
    upload_id = replace(image_id, "blue")
    key = row(image_id).key
    replacing.put_in_place(upload_id)
    session.rollback()
    assert (row(image_id).key, count()) == (key, 1)


def test_a_picture_that_could_not_be_fetched_is_mended_by_a_file():
    with transaction():
        image_id = services.add_source("https://pictures.example/gone.jpg", "A heron").id
        session.execute(text("UPDATE images SET status = 'failed', error = 'gone'"))
    session.execute(text("DELETE FROM outbox"))
    session.commit()
    replace(image_id, "blue")
    assert (row(image_id).status, row(image_id).error) == ("ready", None)
    assert colour_at(row(image_id).key, 480) == "blue"


def test_what_is_no_picture_leaves_the_old_one():
    image_id = add("red")
    key = row(image_id).key
    body = b"<html>"
    uploads.receive(
        io.BytesIO(body), "new.jpg", size=6, content_type="image/jpeg", actor="staff:1",
        purpose=replacing.PURPOSE, subject_id=image_id,
    )  # fmt: skip
    do_all_work()
    session.rollback()
    assert row(image_id).key == key
