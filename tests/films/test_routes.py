"""Films over HTTP: whole, in parts, and never at the cost of the shop."""

import time

import pytest

from store.core.db import transaction
from store.films import routes
from store.films.sending import Sending, take_turn
from store.media import storage
from tests.factories.films import make_film, make_mp4
from tests.factories.shop import make_shop


@pytest.fixture
def film(db):
    with transaction():
        make_shop()
    return make_film()


@pytest.fixture
def path(film):
    return storage.film_url(film.key, film.kind)


@pytest.fixture
def body(film):
    return storage.current().read(storage.film_name(film.key, film.kind))


def ask(client, path, **headers):
    return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_a_whole_film_may_be_kept_for_ever(client, film, path, body):
    answer = ask(client, path, Cookie="sid=x")
    assert (answer.status_code, answer.data) == (200, body)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Length"] == str(film.size)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == storage.CACHE_CONTROL
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    again = ask(client, path, If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-", 0, -1),
        ("bytes=0-1", 0, 1),
        ("bytes=100-199", 100, 199),
        ("bytes=-7", -7, -1),
        ("bytes=5-999999", 5, -1),
    ],
)
def test_a_part_is_sent_exactly(client, path, body, wanted, first, last):
    size = len(body)
    first, last = first % size, last % size
    answer = ask(client, path, Range=wanted)
    assert answer.status_code == 206
    assert answer.data == body[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
    assert answer.headers["Content-Length"] == str(last + 1 - first)
    assert answer.headers["Cache-Control"] == storage.CACHE_CONTROL


def test_a_part_beyond_the_end_is_told_where_the_end_is(client, path, body):
    answer = ask(client, path, Range=f"bytes={len(body)}-")
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(body)}"
    assert "immutable" not in answer.headers["Cache-Control"]


def test_a_download_goes_on_where_it_stopped_only_in_the_same_film(client, path, body):
    tag = ask(client, path, Range="bytes=0-1").headers["ETag"]
    assert not tag.startswith("W/")
    assert ask(client, path, Range="bytes=4-", If_Range=tag).status_code == 206
    for other in ('"another"', f"W/{tag}", "Sat, 21 Nov 2026 10:00:00 GMT"):
        answer = ask(client, path, Range="bytes=4-", If_Range=other)
        assert (answer.status_code, answer.data) == (200, body)


def test_head_tells_the_size_and_sends_nothing(client, path, film):
    for headers in ({}, {"Range": "bytes=0-1"}):
        answer = client.head(path, headers=headers)
        assert (answer.status_code, answer.data) == (200, b"")
        assert answer.headers["Content-Length"] == str(film.size)
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert answer.headers["ETag"] == f'"{film.key}"'


def test_a_part_is_never_longer_than_what_is_held_in_memory(client, db):
    with transaction():
        make_shop()
    film = make_film(data=make_mp4(pictures=bytes(3 * 1024 * 1024)))
    answer = ask(client, storage.film_url(film.key, film.kind), Range="bytes=10-")
    assert answer.status_code == 206
    assert len(answer.data) == routes.MOST_AT_ONCE
    assert answer.headers["Content-Range"] == f"bytes 10-{routes.MOST_AT_ONCE + 9}/{film.size}"


@pytest.mark.parametrize(
    "name", ["0123456789abcdef-film.mp4", "x-film.mp4", "..%2f..%2fetc%2fpasswd", "%00", "x" * 3000]
)
def test_anything_else_is_not_there(client, film, name):
    answer = client.get(f"/films/{name}")
    assert answer.status_code in (400, 404, 414)
    assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_a_film_is_one_statement(client, path, count_sql):
    ask(client, path, Range="bytes=0-")
    with count_sql() as statements:
        ask(client, path, Range="bytes=0-")
    assert len(statements) == 1


def test_only_one_whole_film_is_on_its_way_at_a_time(app, client, path, body):
    turn = take_turn(app.extensions["store.settings"].data_dir / "films.turn")
    refused = ask(client, path)
    assert refused.status_code == 503
    assert "immutable" not in refused.headers.get("Cache-Control", "")
    assert ask(client, path, Range="bytes=0-").status_code == 206
    turn.close()
    for _twice in range(2):
        assert ask(client, path).data == body


def test_a_reader_who_is_too_slow_is_cut_off_and_the_next_one_has_its_turn(tmp_path):
    sending = Sending(iter([b"one", b"two", b"three"]), take_turn(tmp_path / "turn"), patience=0.05)
    assert next(sending) == b"one"
    assert take_turn(tmp_path / "turn") is None
    time.sleep(0.1)
    with pytest.raises(TimeoutError):
        next(sending)
    assert take_turn(tmp_path / "turn") is not None
