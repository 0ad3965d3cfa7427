"""Films over HTTP: whole, in parts, and never at the cost of the shop."""

import pytest

from store.core.db import transaction
from store.films import routes
from store.media import storage
from tests.factories.films import make_film, make_mp4
from tests.factories.shop import make_shop
from tests.media.test_storage import admin, bucket, endpoint  # noqa: F401 - the bucket over real HTTP


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


@pytest.fixture
def in_a_bucket(bucket):  # noqa: F811
    before = storage.current()
    storage.use(bucket)
    yield
    storage.use(before)


def test_a_film_in_a_bucket_is_sent_the_same_way(client, db, in_a_bucket):
    with transaction():
        make_shop()
    data = make_mp4(pictures=bytes(range(256)) * 12_000)
    film = make_film(data=data)
    path = storage.film_url(film.key, film.kind)
    assert ask(client, path).data == data
    assert ask(client, path, Range="bytes=100-199").data == data[100:200]
    assert ask(client, path, Range="bytes=-7").data == data[-7:]
    assert len(ask(client, path, Range="bytes=5-").data) == routes.MOST_AT_ONCE
    assert client.head(path).headers["Content-Length"] == str(len(data))
    assert ask(client, path, Range=f"bytes={len(data)}-").status_code == 416


def test_a_film_is_one_statement(client, path, count_sql):
    ask(client, path, Range="bytes=0-")
    with count_sql() as statements:
        ask(client, path, Range="bytes=0-")
    assert len(statements) == 1


def test_a_long_film_goes_out_whole_to_a_proxy_only_and_in_parts_to_everybody(client, db):
    """A worker answers one request at a time: somebody who reads a long film slowly would keep it."""
    with transaction():
        make_shop()
    data = make_mp4(pictures=bytes(routes.MOST_WHOLE))
    film = make_film(data=data)
    path = storage.film_url(film.key, film.kind)
    refused = ask(client, path)
    assert refused.status_code == 403
    assert "immutable" not in refused.headers.get("Cache-Control", "")
    assert ask(client, path, Range="bytes=0-").status_code == 206
    assert client.head(path).headers["Content-Length"] == str(film.size)
    whole = client.get(path, environ_overrides={"store.behind_proxy": True})
    assert (whole.status_code, whole.data) == (200, data)
