"""A picture has one row and one set of files, whoever brings it and however often."""

import io
from typing import Any

import pytest
from PIL import Image as Pillow
from sqlalchemy import func, select

from store.core import queue
from store.core.db import session, transaction
from store.core.errors import Invalid, Unavailable
from store.core.outbox import Outbox
from store.media import fetching, services, storage
from store.media.models import Image
from store.media.storage import FolderStorage, MemoryStorage, media_url, name_of

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def kept() -> object:
    """A storage of this test's own."""
    before, memory = storage.current(), MemoryStorage()
    storage.use(memory)
    yield memory
    storage.use(before)


def picture(width: int = 1600, colour: str = "teal") -> bytes:
    target = io.BytesIO()
    Pillow.new("RGB", (width, width), colour).save(target, "PNG")
    return target.getvalue()


def rows() -> int:
    return session.execute(select(func.count()).select_from(Image)).scalar_one()


def fresh(image_id: int) -> Image:
    return session.get_one(Image, image_id, populate_existing=True)


def test_the_same_bytes_give_the_same_row(kept):
    with transaction():
        first = services.add_image(picture(), "Teal")
        second = services.add_image(picture(), "Something else")
    assert first.id == second.id
    assert rows() == 1
    assert first.widths == [320, 480, 640, 960, 1280, 1600]
    assert first.formats == ["webp"]
    assert first.status == "ready"
    assert set(kept.files) == {name_of(first.key or "", size) for size in (480, 960, "master")}


def perform_next() -> dict[str, Any]:
    """Perform the job that waits; return what it was asked."""
    job = session.execute(select(Outbox).where(Outbox.task == "media.make_renditions", Outbox.done_at.is_(None)))
    row = job.scalar_one()
    assert queue.perform(row.id)
    return row.payload


def test_the_rest_follows_by_job_and_avif_is_offered_when_all_of_it_is_there(kept):
    with transaction():
        image = services.add_image(picture(), "")
    key = image.key or ""
    widths = (320, 480, 640, 960, 1280, 1600)
    assert perform_next() == {"image_id": image.id}
    assert fresh(image.id).formats == ["webp"]
    assert {name_of(key, width) for width in widths} | {name_of(key, 640, "jpg")} <= set(kept.files)
    assert perform_next() == {"image_id": image.id, "extension": "avif"}
    assert fresh(image.id).formats == ["avif", "webp"]
    assert {name_of(key, width, "avif") for width in widths} <= set(kept.files)


def test_a_broken_upload_leaves_nothing_behind(kept):
    with pytest.raises(Invalid), transaction():
        services.add_image(b"nothing", "")
    assert rows() == 0
    assert kept.files == {}


def test_renditions_made_elsewhere_are_taken_as_they_are(kept):
    files = {480: b"small", 960: b"large"}
    with transaction():
        image = services.add_rendered(files, "abcdef0123456789", 960, 1200, "#102030", "Drawn")
        again = services.add_rendered(files, "abcdef0123456789", 960, 1200, "#102030", "Drawn")
    assert image.id == again.id
    assert (image.widths, image.width, image.height, image.colour) == ([480, 960], 960, 1200, "#102030")
    assert kept.read("abcdef0123456789-480.webp") == b"small"


def test_many_sets_cost_two_statements(count_sql):
    sets = [services.RenderedSet(f"{number:016x}", {480: b"x"}, 480, 480, "#000000") for number in range(50)]
    with transaction(), count_sql() as statements:
        assert len(services.add_rendered_sets(sets)) == 50
    assert len(statements) == 2


def test_a_source_waits_for_its_job_and_is_noted_once():
    with transaction():
        one = services.add_source("https://example.com/a.jpg", "A")
        two = services.add_source("https://example.com/a.jpg", "B")
    assert one.id == two.id
    assert (one.status, one.alt) == ("pending", "A")
    assert session.execute(select(Outbox.task)).scalars().all() == ["media.fetch"]


def test_a_fetched_picture_becomes_ready(monkeypatch):
    monkeypatch.setattr(fetching, "fetch", lambda _url: picture(1000))
    with transaction():
        image = services.add_source("https://example.com/a.jpg", "A")
        twin = services.add_source("https://example.com/b.jpg", "B")
    services.fetch(image.id, 1)
    services.fetch(image.id, 1)
    services.fetch(twin.id, 1)
    image, twin = fresh(image.id), fresh(twin.id)
    assert (image.status, image.widths, image.width) == ("ready", [320, 480, 640, 960, 1000], 1000)
    # The same bytes from two addresses are two rows with keys of their own.
    assert twin.status == "ready"
    assert twin.key != image.key


def test_without_a_network_it_is_tried_again_and_given_up_quietly(monkeypatch):
    def offline(_url: str) -> bytes:
        raise Unavailable("no network")

    monkeypatch.setattr(fetching, "fetch", offline)
    with transaction():
        image = services.add_source("https://example.com/a.jpg", "A")
    for attempt in range(1, 6):
        assert fresh(image.id).status == "pending"
        services.fetch(image.id, attempt)
    assert (fresh(image.id).status, fresh(image.id).error) == ("failed", "no network")
    attempts = session.execute(select(Outbox).order_by(Outbox.id)).scalars().all()
    assert [row.payload["attempt"] for row in attempts] == [1, 2, 3, 4, 5]
    waits = [round((row.available_at - row.created_at).total_seconds() / 60) for row in attempts]
    assert waits == [0, 1, 5, 25, 125]


def test_what_is_no_picture_fails_at_once_with_its_reason(monkeypatch):
    monkeypatch.setattr(fetching, "fetch", lambda _url: b"<html>")
    with transaction():
        image = services.add_source("https://example.com/a.jpg", "A")
    services.fetch(image.id, 1)
    assert fresh(image.id).status == "failed"
    assert "web page" in (fresh(image.id).error or "")


@pytest.mark.parametrize("make", [FolderStorage, lambda _folder: MemoryStorage()])
def test_every_storage_keeps_whole_files_under_names_of_ours(make, tmp_path):
    keep = make(tmp_path / "media")
    name = name_of("abcdef0123456789", 480)
    assert keep.read(name) is None
    assert not keep.exists(name)
    keep.write(name, b"one")
    keep.write(name, b"two")
    assert keep.read(name) == b"one"
    assert keep.exists(name)


@pytest.mark.parametrize("key", ["../../etc/passwd", "a/b", "ABCDEF0123456789", "short", "", "x" * 65, "abcdefgh\n"])
def test_no_other_name_reaches_the_disk(key, tmp_path):
    with pytest.raises(ValueError, match="not a name of ours"):
        name_of(key, 480)
    with pytest.raises(ValueError, match="not a name of ours"):
        FolderStorage(tmp_path).read(f"{key}-480.webp")


def test_a_media_host_takes_the_shops_place_in_addresses():
    assert media_url("abcdef0123456789", 480) == "/media/abcdef0123456789-480.webp"
    before = storage.current()
    storage.use(before, public_base="https://media.example.com/shop/")
    assert media_url("abcdef0123456789", 480) == "https://media.example.com/shop/abcdef0123456789-480.webp"
    storage.use(before)
