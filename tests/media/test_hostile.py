"""Hostile files on their way in: each is refused with a reason or becomes a clean picture, and nobody notices."""

import io
from pathlib import Path

import pytest
from PIL import Image as Pillow
from sqlalchemy import select

from store.core.db import session
from store.media import handlers, incoming, reasons, sandbox, storage, uploads
from store.media.incoming import FolderIncoming
from store.media.models import Image, Upload
from store.media.storage import MemoryStorage
from tests.media.hostile import CORPUS, photograph, png, zeros

pytestmark = pytest.mark.usefixtures("db")

MOST_MEMORY_KB = 200 * 1024
MOST_SECONDS = 5.0
# What the corpus carries with it, and nothing that is kept may.
CONTRABAND = (b"Camera of Ana", b"shot at home", b"<?php", b"alert(1)", b"evil", b"Exif", b"ICC_PROFILE", b"ICCP")


@pytest.fixture(autouse=True)
def kept() -> object:
    before, memory = storage.current(), MemoryStorage()
    storage.use(memory)
    yield memory
    storage.use(before)


@pytest.fixture(autouse=True)
def waiting_room(tmp_path) -> object:
    before, folder = incoming.current(), tmp_path / "incoming"
    incoming.use(FolderIncoming(folder))
    yield folder
    incoming.use(before)


@pytest.fixture
def opened(monkeypatch) -> list[sandbox.Opened]:
    """What became of each file in the process that opened it."""
    seen, real = [], sandbox.open_picture

    def watched(*arguments: object) -> sandbox.Opened:
        seen.append(real(*arguments))
        return seen[-1]

    monkeypatch.setattr(sandbox, "open_picture", watched)
    return seen


def send(data: bytes, name: str = "picture.jpg") -> Upload:
    sent = uploads.receive(io.BytesIO(data), name, size=len(data), content_type="image/jpeg", actor="system")
    # What follows is made of the master, which is ours.
    handlers.check_upload(sent.id)
    return session.get_one(Upload, sent.id, populate_existing=True)


@pytest.mark.parametrize(("name", "make", "reason"), CORPUS, ids=[ascii(name)[:40] for name, _make, _reason in CORPUS])
def test_a_file_is_refused_with_its_reason_or_becomes_a_clean_picture(name, make, reason, kept, waiting_room, opened):
    upload = send(make(), name)
    assert (upload.state, upload.reason) == (("refused", reason) if reason else ("ready", ""))
    assert list(waiting_room.iterdir()) == []
    assert [one for one in opened if one.peak_kb > MOST_MEMORY_KB or one.seconds > MOST_SECONDS] == []
    if reason:
        assert str(reasons.REASONS[reason])
        assert (kept.files, session.execute(select(Image)).all()) == ({}, [])
        return
    image = session.get_one(Image, upload.image_id)
    assert len(kept.files) == len([width for width in image.widths if width in (480, 960)] or [image.width]) + 1
    for body in kept.files.values():
        picture = Pillow.open(io.BytesIO(body))
        picture.load()
        assert getattr(picture, "n_frames", 1) == 1
        assert not picture.getexif()
        assert not [mark for mark in CONTRABAND if mark in body]


def test_no_name_leads_anywhere_or_hides_what_it_is():
    names = {name: uploads.plain_name(name) for name, _make, _reason in CORPUS}
    assert names["../../etc/passwd"] == "passwd"
    assert names["..\\..\\windows\\win.ini\0.jpg"] == "win.ini.jpg"
    assert names["\u202egpj.exe"] == "gpj.exe"
    assert max(map(len, names.values())) <= 120
    assert not [name for name in names.values() if {"/", "\\", "\0", "\u202e"} & set(name)]
    assert uploads.plain_name("..") == uploads.plain_name("") == "unnamed"


def test_a_decoder_that_wants_more_memory_than_it_is_given_is_stopped(tmp_path, monkeypatch):
    program = "from store.media import decoding; decoding._MOST_PIXELS['PNG'] = 10**12; decoding.main()"
    raw = tmp_path / "raw"
    raw.write_bytes(png(15_000, 15_000, rows=zeros(15_000 * 45_001)))
    assert run_as(program, raw, tmp_path, monkeypatch) == "too_costly"


def test_a_decoder_that_never_ends_is_stopped(tmp_path, monkeypatch):
    program = (
        "from store.media import decoding; decoding.decode = lambda raw: exec('while True: pass'); decoding.main()"
    )
    monkeypatch.setattr(sandbox, "WALL_SECONDS", 30)
    assert (
        run_as(f"import store.media.decoding as d; d.DECODE_SECONDS = 1; {program}", tmp_path, tmp_path, monkeypatch)
        == "too_costly"
    )


def test_a_decoder_that_sleeps_is_stopped(tmp_path, monkeypatch):
    assert run_as("import time; time.sleep(60)", tmp_path, tmp_path, monkeypatch, seconds=1.0) == "too_costly"


def test_a_decoder_that_crashes_takes_nobody_with_it(tmp_path, monkeypatch):
    assert (
        run_as("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", tmp_path, tmp_path, monkeypatch) == "broken"
    )


def test_a_decoder_finds_none_of_the_shops_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "known to the shop alone")
    program = (
        "import os, sys, json; bad = [k for k in os.environ if k not in ('PATH', 'LANG', 'MALLOC_ARENA_MAX', 'LC_CTYPE')];"
        "bad += [f for f in os.listdir('/proc/self/fd') if int(f) > 3];"
        "print(json.dumps({'refused': ' '.join(bad), 'peak_kb': 0, 'seconds': 0}))"
    )
    assert run_as(program, tmp_path, tmp_path, monkeypatch) == ""


def test_the_same_file_is_opened_and_kept_once(kept, opened):
    data = photograph()
    first, second = send(data, "one.jpg"), send(data, "two.jpg")
    assert first.image_id == second.image_id
    assert len(opened) == 1
    assert len(session.execute(select(Image)).all()) == 1


def run_as(program: str, raw: Path, folder: Path, monkeypatch, *, seconds: float = 60.0) -> str:
    """Let another program stand where the decoder does."""
    real = sandbox.subprocess.run

    def instead(command: list[str], **options: object) -> object:
        return real([*command[:3], "-c", program, *command[-2:]], **options)

    monkeypatch.setattr(sandbox.subprocess, "run", instead)
    return sandbox.open_picture(raw, folder, seconds=seconds).refused
