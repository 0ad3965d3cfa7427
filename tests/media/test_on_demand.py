"""Renditions that storage lacks: made when somebody asks, once, and nothing that was not declared."""

import io
import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from PIL import Image as Pillow

from store.core import single_flight
from store.core.db import transaction
from store.media import on_demand, renditions, services, storage
from store.media.storage import MemoryStorage, name_of
from store.ops import migrate
from tests.factories.shop import make_shop

KEY = "fedcba9876543210"


def webp(width: int, height: int | None = None) -> bytes:
    target = io.BytesIO()
    Pillow.effect_noise((width, height or width), 60).convert("RGB").save(target, "WEBP", quality=60)
    return target.getvalue()


@pytest.fixture
def kept():
    before, memory = storage.current(), MemoryStorage()
    storage.use(memory)
    yield memory
    storage.use(before)


@pytest.fixture
def image(db, kept):
    with transaction():
        make_shop()
        one = services.RenderedSet(
            KEY, {480: webp(480)}, 1200, 1200, "#102030", master=webp(1200), widths=(320, 480, 640, 960, 1200)
        )
        services.add_rendered_sets([one])


@pytest.mark.parametrize(("width", "extension"), [(320, "webp"), (960, "jpg"), (640, "avif"), (1200, "webp")])
def test_what_is_missing_is_made_and_kept(client, image, kept, width, extension):
    name = name_of(KEY, width, extension)
    answer = client.get(f"/media/{name}")
    assert answer.status_code == 200
    assert answer.content_type == storage.content_type_of(name)
    assert Pillow.open(io.BytesIO(answer.data)).width == width
    assert kept.files[name] == answer.data
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("width", [321, 100, 1000, 1280, 1920, 9999])
def test_a_width_that_is_not_declared_is_never_made(client, image, kept, width):
    before = set(kept.files)
    assert client.get(f"/media/{name_of(KEY, width)}").status_code == 404
    assert set(kept.files) == before


def test_a_picture_that_nobody_took_in_is_not_there(client, image):
    assert client.get(f"/media/{name_of('0' * 16, 480)}").status_code == 404


def test_without_a_master_the_widest_rendition_is_what_smaller_ones_are_made_from(db, client, kept):
    with transaction():
        make_shop()
        services.add_rendered({960: webp(960)}, KEY, 960, 960, "#102030", "")
    assert client.get(f"/media/{name_of(KEY, 960, 'jpg')}").status_code == 200
    kept.delete(name_of(KEY, 960))
    assert client.get(f"/media/{name_of(KEY, 960, 'avif')}").status_code == 404


def test_whoever_asks_still_gets_a_rendition_that_cannot_be_kept(client, image, kept, monkeypatch):
    def full(_name, _body):
        raise OSError("no space left")

    monkeypatch.setattr(kept, "write", full)
    assert client.get(f"/media/{name_of(KEY, 640)}").status_code == 200
    assert name_of(KEY, 640) not in kept.files


@pytest.fixture
def somebody_else(app) -> Callable[..., threading.Thread]:
    """A function that lets another process, by its own connection, be at a rendition for a moment and end with `then`."""

    def work(name: str, seconds: float, then: Callable[[], object] = lambda: None) -> threading.Thread:
        busy = threading.Event()

        def run() -> None:
            with psycopg.connect(migrate.plain(app.config["SQLALCHEMY_DATABASE_URI"]), autocommit=True) as other:
                other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"rendition {name}"])
                busy.set()
                time.sleep(seconds)
                then()

        thread = threading.Thread(target=run)
        thread.start()
        assert busy.wait(20)
        return thread

    return work


def test_while_somebody_makes_it_the_others_wait_for_the_file(image, kept, monkeypatch, somebody_else):
    name = name_of(KEY, 640)
    monkeypatch.setattr(renditions, "encode", lambda *_: pytest.fail("made twice"))
    maker = somebody_else(name, 0.3, lambda: kept.write(name, b"made elsewhere"))
    assert on_demand.rendition(name) == b"made elsewhere"
    maker.join()


def test_whoever_waits_too_long_makes_it_himself(image, kept, monkeypatch, somebody_else):
    monkeypatch.setattr(single_flight, "_PATIENCE", "100ms")
    name = name_of(KEY, 640)
    maker = somebody_else(name, 1.0)
    body = on_demand.rendition(name)
    assert maker.is_alive()
    assert body == kept.files[name]
    maker.join()
