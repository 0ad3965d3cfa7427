"""A zip file of pictures: each comes in by itself, and nothing of the archive is trusted."""

import io
import struct
import zipfile

import pytest
from PIL import Image as Pillow
from sqlalchemy import text

from store.core.db import session, transaction
from store.media import incoming, library, storage, unpacking, uploads
from store.media.incoming import FolderIncoming
from store.media.storage import FolderStorage
from tests.factories.work import do_all_work

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def places(tmp_path):
    before = storage.current()
    storage.use(FolderStorage(tmp_path / "media"))
    incoming.use(FolderIncoming(tmp_path / "incoming"))
    yield tmp_path
    storage.use(before)


def picture(colour="teal"):
    target = io.BytesIO()
    Pillow.new("RGB", (40, 30), colour).save(target, "PNG")
    return target.getvalue()


def archive(*members, **options):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", **options) as made:
        for name, body in members:
            made.writestr(name, body)
    return target.getvalue()


def send(body, folder=None):
    upload = uploads.receive(
        io.BytesIO(body), "pictures.zip", size=len(body), content_type="application/zip", actor="staff:1",
        kind="archive", purpose=library.PURPOSE, subject_id=folder,
    )  # fmt: skip
    do_all_work()
    return upload.token


def said(token):
    session.rollback()
    upload = uploads.get_upload(token)
    return upload.state, upload.reason


def rows(sql):
    return [tuple(row) for row in session.execute(text(sql))]


def test_each_picture_of_an_archive_is_in_the_library_under_its_name_and_in_the_folder(places):
    with transaction():
        folder = library.add_folder("Autumn").id
    body = archive(
        ("one.png", picture("red")), ("deep/er/two.PNG", picture("blue")), ("notes.txt", b"words"),
        ("__MACOSX/._one.png", b"x"), (".hidden.png", picture("green")), ("empty/", b""),
    )  # fmt: skip
    assert said(send(body, folder)) == ("ready", "")
    assert rows("SELECT l.name, l.folder_id FROM library_entries l ORDER BY 1") == [
        ("one.png", folder),
        ("two.PNG", folder),
    ]
    assert rows("SELECT count(*) FROM images WHERE status = 'ready'") == [(2,)]
    assert list((places / "incoming").rglob("*.*")) == []


def test_what_is_no_picture_inside_says_so_and_the_others_come_in():
    body = archive(("page.jpg", b"<!doctype html><script>"), ("good.png", picture()), ("empty.png", b""))
    assert said(send(body)) == ("ready", "")
    assert rows("SELECT name, state, reason FROM uploads WHERE kind = 'picture' ORDER BY name") == [
        ("empty.png", "refused", "empty"),
        ("good.png", "ready", ""),
        ("page.jpg", "refused", "web_page"),
    ]


@pytest.mark.parametrize(
    "name", ["../../evil.png", "/etc/evil.png", "C:\\evil.png", "e\u202egnp.png", "a" * 500 + ".png"]
)
def test_a_name_leads_nowhere(places, name):
    before = {path for path in places.parent.rglob("*") if path.is_file()}
    send(archive((name, picture())))
    (kept,) = rows("SELECT name FROM library_entries")[0]
    assert not set(kept) & set("/\\\u202e")
    new = {path for path in places.parent.rglob("*") if path.is_file()} - before
    assert all(path.is_relative_to(places / "media") for path in new)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"PK\x03\x04 this is none", "broken_archive"),
        (archive(("notes.txt", b"words")), "nothing_in_it"),
        (archive(*((f"{number}.png", b"x") for number in range(unpacking.MOST_FILES + 1))), "too_many_files"),
        (archive(("one.png", picture()))[:-30], "broken_archive"),
    ],
    ids=["no archive", "no picture", "too many", "cut off"],
)
def test_an_archive_that_is_no_good_is_refused_with_the_reason(body, reason):
    assert said(send(body)) == ("refused", reason)
    assert rows("SELECT count(*) FROM images") == [(0,)]


def test_a_directory_that_would_fill_the_memory_is_never_read(monkeypatch):
    body = bytearray(archive(("one.png", picture())))
    struct.pack_into("<L", body, len(body) - 10, 50_000_000)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert said(send(bytes(body))) == ("refused", "too_many_files")


def test_a_picture_that_swells_is_read_no_further_than_a_picture_may_be(monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_BYTES", 1000)
    swelling = archive(("bomb.png", bytes(50_000_000)), compression=zipfile.ZIP_DEFLATED)
    assert len(swelling) < 60_000
    send(swelling)
    assert rows("SELECT size <= 1001 FROM uploads WHERE kind = 'picture'") == [(True,)]


def test_an_archive_that_promises_a_terabyte_is_refused(monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_UNPACKED", 1000)
    body = archive(("one.png", bytes(5000)), compression=zipfile.ZIP_DEFLATED)
    assert said(send(body)) == ("refused", "too_costly")


def test_an_archive_with_a_password_says_so():
    body = bytearray(archive(("one.png", picture())))
    at = body.rfind(b"PK\x01\x02")
    body[at + 8] |= 1
    assert said(send(bytes(body))) == ("refused", "locked")
