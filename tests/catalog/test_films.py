"""Films on a product's page: a picture that leads to a player, and nothing of the film before."""

import pytest
from sqlalchemy import text

from store.catalog import films as shelves
from store.core.db import session, transaction
from store.media import services as media
from tests.factories.catalog import make_product
from tests.factories.films import make_film
from tests.factories.shop import forget, make_shop


@pytest.fixture
def mug(db):
    with transaction():
        make_shop()
        return make_product("mug", title="Moth mug").product


@pytest.fixture
def film(mug):
    return make_film(mug.id)


def test_the_gallery_leads_to_the_film_and_loads_nothing_of_it(client, film):
    page = client.get("/products/mug").text
    assert f'href="/products/mug/films/{film.id}"' in page
    assert "The mug is thrown" in page
    assert "0:45" in page
    assert "<video" not in page
    assert film.key not in page.replace(f"gallery-{film.key[:12]}", "")


def test_the_films_page_plays_it_and_has_an_address_of_its_own(client, film):
    page = client.get(f"/products/mug/films/{film.id}").text
    assert f'<source src="/films/{film.key}-film.mp4" type="video/mp4">' in page
    assert 'class="film__player"' in page
    assert 'rel="canonical" href="http://127.0.0.1:8000/products/mug"' in page
    assert "media-src 'self'" in client.get("/products/mug").headers["Content-Security-Policy"]


def test_a_film_of_another_product_or_of_a_draft_is_not_there(client, mug, film):
    with transaction():
        make_product("cup")
    assert client.get(f"/products/cup/films/{film.id}").status_code == 404
    assert client.get(f"/products/mug/films/{film.id + 1}").status_code == 404
    with transaction():
        session.execute(text("UPDATE products SET status = 'draft' WHERE handle = 'mug'"))
    assert client.get(f"/products/mug/films/{film.id}").status_code == 404


def test_a_page_shows_a_film_from_the_moment_on_that_it_is_there(client, mug):
    assert "film__open" not in client.get("/products/mug").text
    film = make_film(mug.id)
    assert "film__open" in client.get("/products/mug").text
    with transaction():
        session.execute(text("UPDATE films SET title = 'The glaze runs'"))
    assert "The glaze runs" in client.get("/products/mug").text
    with transaction():
        image = media.add_rendered({480: b"RIFF"}, "fedcba9876543210", 480, 600, "#102030", "")
        session.execute(text("UPDATE films SET image_id = :image"), {"image": image.id})
    assert "fedcba9876543210-480.jpg" in client.get("/products/mug").text
    with transaction():
        session.execute(text("UPDATE images SET widths = '{320}'"))
    assert "fedcba9876543210-320.jpg" in client.get("/products/mug").text
    with transaction():
        shelves.take_off(mug.id, film.id)
    assert "film__open" not in client.get("/products/mug").text
    forget()
