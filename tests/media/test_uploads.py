"""A file on its way in: received, looked at, ready or refused; what breaks in between goes on or is told."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from store.core import queue
from store.core.db import session, transaction
from store.core.errors import Invalid, Unavailable
from store.core.outbox import Outbox
from store.media import checking, handlers, incoming, services, storage, uploads
from store.media.incoming import FolderIncoming
from store.media.models import Image, Upload
from store.media.storage import MemoryStorage
from tests.contracts.incoming import IncomingContract
from tests.factories.work import do_all_work
from tests.media.hostile import photograph

pytestmark = pytest.mark.usefixtures("db")


class TestFolder(IncomingContract):
    @pytest.fixture
    def place(self, tmp_path) -> FolderIncoming:
        return FolderIncoming(tmp_path / "incoming")

    def test_browsers_send_their_files_through_the_shop(self, place):
        assert place.ticket("a" * 26, "image/png", 10) is None


@pytest.fixture(autouse=True)
def kept() -> object:
    before, memory = storage.current(), MemoryStorage()
    storage.use(memory)
    yield memory
    storage.use(before)


@pytest.fixture(autouse=True)
def place(tmp_path) -> object:
    before, folder = incoming.current(), FolderIncoming(tmp_path / "incoming")
    incoming.use(folder)
    yield folder
    incoming.use(before)


def send(data: bytes, **more: object) -> Upload:
    facts = {"size": len(data), "content_type": "image/jpeg", "actor": "staff:1", **more}
    return uploads.receive(io.BytesIO(data), "picture.jpg", **facts)


def fresh(upload: Upload) -> Upload:
    return session.get_one(Upload, upload.id, populate_existing=True)


def images() -> int:
    return session.execute(select(func.count()).select_from(Image)).scalar_one()


def test_a_photograph_becomes_a_picture_with_its_words_and_all_its_renditions(kept, place):
    upload = send(photograph(1500, 1000), alt="Noise")
    assert fresh(upload).state == "received"
    assert kept.files == {}
    do_all_work()
    image = session.get_one(Image, fresh(upload).image_id)
    assert (image.alt, image.status, image.width, image.height) == ("Noise", "ready", 1500, 1000)
    assert image.placeholder
    assert image.widths == [320, 480, 640, 960, 1280, 1500]
    assert {name.rpartition(".")[2] for name in kept.files} == {"webp", "jpg", "avif"}
    assert place.size(upload.token) is None


def test_a_photograph_on_its_side_is_set_upright_and_measured_so():
    exif = services.renditions.Image.Exif()
    exif[0x0112] = 6
    upload = send(photograph(5000, 3000, exif=exif.tobytes()))
    handlers.check_upload(upload.id)
    image = session.get_one(Image, fresh(upload).image_id)
    assert (image.width, image.height) == (3000, 5000)


def test_a_store_that_is_away_is_told_and_the_upload_goes_on_when_it_is_back(kept, monkeypatch):
    upload = send(photograph())

    def away(*_file: object) -> None:
        raise Unavailable("The pictures can't be reached right now.")

    with monkeypatch.context() as broken:
        broken.setattr(MemoryStorage, "write", away)
        do_all_work()
    assert (fresh(upload).state, fresh(upload).reason) == ("received", "storage_away")
    assert images() == 0
    job = session.execute(select(Outbox).where(Outbox.task == "media.check_upload")).scalar_one()
    assert (job.done_at, job.parked_at) == (None, None)
    job.available_at = job.created_at
    session.commit()
    queue.perform(job.id)
    assert (fresh(upload).state, fresh(upload).reason) == ("ready", "")


def test_when_the_waiting_room_is_away_nothing_is_left_of_the_upload(monkeypatch):
    def away(*_file: object) -> None:
        raise Unavailable("The pictures can't be reached right now.")

    monkeypatch.setattr(FolderIncoming, "take", away)
    with pytest.raises(Unavailable):
        send(photograph())
    assert session.execute(select(func.count()).select_from(Upload)).scalar_one() == 0
    assert session.execute(select(func.count()).select_from(Outbox)).scalar_one() == 0


def test_looking_twice_changes_nothing(kept):
    upload = send(photograph())
    do_all_work()
    before = dict(kept.files)
    handlers.check_upload(upload.id)
    assert kept.files == before
    assert (fresh(upload).state, images()) == ("ready", 1)


def test_whoever_dies_between_files_and_row_is_followed_by_somebody_who_ends_it(kept, monkeypatch):
    upload = send(photograph())

    def dies(_name: str) -> None:
        raise SystemExit

    with monkeypatch.context() as armed:
        armed.setattr(checking, "point", dies)
        with pytest.raises(SystemExit):
            checking.check(upload.id)
    session.rollback()
    assert (fresh(upload).state, images()) == ("checking", 0)
    checking.check(upload.id)
    assert (fresh(upload).state, images()) == ("ready", 1)


@pytest.mark.parametrize(("size", "reason"), [(0, "empty"), (10 * 1024 * 1024 + 1, "too_large")])
def test_what_will_not_be_taken_is_refused_before_it_is_sent(size, reason):
    with pytest.raises(Invalid) as refused, transaction():
        uploads.open_upload("a.jpg", size=size, content_type="image/jpeg", actor="system")
    assert refused.value.facts["reason"] == reason


def opened(size: int) -> Upload:
    with transaction():
        return uploads.open_upload("a.jpg", size=size, content_type="text/html", actor="system")


def test_a_browser_that_says_more_than_it_sends_is_found_out(place):
    upload = opened(5000)
    place.take(upload.token, io.BytesIO(photograph()), "image/jpeg")
    with transaction():
        uploads.arrived(upload.token)
        uploads.arrived(upload.token)
    do_all_work()
    assert (fresh(upload).state, fresh(upload).reason) == ("refused", "wrong_size")
    assert images() == 0


def test_a_file_that_grows_past_the_limit_behind_our_back_is_not_even_fetched(place, monkeypatch):
    upload = opened(5000)
    monkeypatch.setattr(FolderIncoming, "size", lambda *_token: 10**10)
    monkeypatch.setattr(FolderIncoming, "fetch", None)
    with transaction():
        uploads.arrived(upload.token)
    do_all_work()
    assert fresh(upload).reason == "too_large"


def test_what_a_browser_calls_a_file_is_no_type_of_ours_unless_it_is_one():
    assert opened(10).content_type == "application/octet-stream"


def test_what_never_arrives_is_called_off_and_later_forgotten(clock, place):
    upload = opened(5000)
    clock.shift(timedelta(hours=5))
    handlers.sweep_uploads()
    assert fresh(upload).state == "waiting"
    place.take(upload.token, io.BytesIO(b"half"), "image/jpeg")
    clock.shift(timedelta(hours=2))
    handlers.sweep_uploads()
    assert (fresh(upload).state, fresh(upload).reason) == ("refused", "vanished")
    assert place.size(upload.token) is None
    clock.shift(timedelta(days=31))
    handlers.sweep_uploads()
    assert session.execute(select(func.count()).select_from(Upload)).scalar_one() == 0


def test_states_follow_one_another_by_the_table():
    upload = opened(10)
    for state in ("checking", "ready", "waiting"):
        with pytest.raises(ValueError, match="don't become"):
            uploads.turn(upload, state)
