"""Films taken in and let go: stored once, never half, and never deleted under somebody who shows them."""

import io

import pytest
from sqlalchemy import text

from store.catalog import films as shelves
from store.core.db import session, transaction
from store.core.errors import Conflict, Invalid
from store.films import services
from store.media import storage
from tests.factories.catalog import make_product
from tests.factories.films import make_film, make_mp4
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def shop(db):
    with transaction():
        make_shop()


@pytest.fixture
def place():
    before = storage.current()
    storage.use(storage.MemoryStorage())
    yield storage.current()
    storage.use(before)


def statuses():
    return [row.status for row in session.execute(text("SELECT status FROM films ORDER BY id"))]


def test_two_uploads_of_one_film_are_stored_once(place):
    first, second = make_film(), make_film(title="Another name")
    assert (first.id, first.title) == (second.id, "The mug is thrown")
    assert list(place.files) == [f"{first.key}-film.mp4"]


def test_what_is_refused_leaves_nothing_behind(place):
    for data in (b"", b"no film", make_mp4()[:-5]):
        with pytest.raises(Invalid):
            services.take_in(io.BytesIO(data))
    assert place.files == {}
    assert statuses() == []


def test_a_film_larger_than_the_limit_is_refused(place, monkeypatch):
    monkeypatch.setattr(services, "MAX_BYTES", 500)
    with pytest.raises(Invalid, match="larger than"):
        services.take_in(io.BytesIO(make_mp4()))


def test_a_film_without_words_is_refused(place):
    with pytest.raises(Invalid, match="what the film shows"):
        make_film(title="  ")


def test_the_last_product_that_lets_go_of_a_film_takes_its_file_along(place):
    with transaction():
        one, other = make_product("one").product.id, make_product("other").product.id
    film = make_film(one)
    with transaction():
        shelves.put_on(other, film.id)
        shelves.take_off(one, film.id)
    services.forget(film.id)
    assert place.files
    with transaction():
        shelves.take_off(other, film.id)
    services.forget(film.id)
    services.forget(film.id)
    assert (place.files, statuses()) == ({}, [])


def test_a_film_that_comes_back_before_its_file_is_gone_stays(place):
    with transaction():
        product_id = make_product("one").product.id
    film = make_film(product_id)
    with transaction():
        shelves.take_off(product_id, film.id)
    assert statuses() == ["leaving"]
    again = make_film(product_id)
    services.forget(film.id)
    assert (again.id, statuses()) == (film.id, ["ready"])
    assert place.files


def test_a_film_whose_file_is_going_right_now_is_not_taken_in(place):
    film = make_film()
    with transaction():
        session.execute(text("UPDATE films SET status = 'deleting'"))
    with pytest.raises(Conflict):
        make_film()
    services.forget(film.id)
    assert (place.files, statuses()) == ({}, [])


def test_a_film_deleted_between_its_file_and_its_row_is_kept_again(place):
    file = io.BytesIO(make_mp4())
    taken = services.take_in(file)
    place.delete(storage.film_name(taken.key, "mp4"))
    with transaction():
        services.add_film(taken, title="Back")
    services.keep(taken, file)
    assert place.read(storage.film_name(taken.key, "mp4")) == file.getvalue()


def test_the_films_of_a_product_have_an_order_and_an_end():
    with transaction():
        product_id = make_product("one").product.id
    ids = [
        make_film(product_id, title=f"{n}", data=make_mp4(milliseconds=n)).id for n in range(1, shelves.MOST_FILMS + 1)
    ]

    def order():
        return list(session.execute(text("SELECT film_id FROM product_films ORDER BY position, film_id")).scalars())

    with transaction():
        shelves.move(product_id, ids[2], earlier=True)
        shelves.move(product_id, ids[0], earlier=True)
        shelves.move(product_id, ids[-1], earlier=False)
    assert order() == [ids[0], ids[2], ids[1], *ids[3:]]
    with transaction():
        shelves.put_on(product_id, ids[0])
    assert len(order()) == shelves.MOST_FILMS
    with pytest.raises(Conflict):
        make_film(product_id, data=make_mp4(milliseconds=99))
