"""Search at the desk: tried out, taught and followed."""

import pytest

from store.core.db import session, transaction
from store.search import queries, services
from tests.admin.conftest import one
from tests.factories.catalog import make_product


@pytest.fixture(autouse=True)
def indexed(shop):
    make_product("mug", title="Moth mug")
    make_product("bowl", title="Supper bowl")
    services.index_changes()
    queries.forget()
    yield
    queries.forget()


def test_a_trial_says_why_each_product_is_found(desk):
    page = desk.get("/admin/search/?q=mohth").get_data(as_text=True)
    assert "searched for “moth” instead" in page
    assert "mohth → moth" in page
    assert "spelled like it" in page
    assert "in the title" in page


def test_a_synonym_made_here_finds(desk, client, journal):
    assert "Nothing called" in client.get("/search?q=tasse").text
    answer = desk.send("/admin/search/synonyms", {"words": "Tasse", "meant": "mug", "direction": "both"})
    assert answer.status_code == 303
    assert 'href="/products/mug"' in client.get("/search?q=tasse").text
    assert ("create", "search_synonyms") in [line[:2] for line in journal()]
    synonym = one("SELECT id, words FROM search_synonyms")
    assert synonym.words == ["tasse", "mug"]
    desk.send(f"/admin/search/synonyms/{synonym.id}/removal")
    assert "Nothing called" in client.get("/search?q=tasse").text


def test_a_one_way_synonym_does_not_lead_back(desk, client):
    desk.send("/admin/search/synonyms", {"words": "crockery", "meant": "mug, bowl", "direction": "one"})
    page = client.get("/search?q=crockery").text
    assert 'href="/products/mug"' in page
    assert 'href="/products/bowl"' in page
    assert 'href="/products/bowl"' not in client.get("/search?q=mug").text


def test_what_staff_put_first_comes_first(desk, client):
    make_product("best", title="Mug mug mug")
    services.index_changes()
    answer = desk.send("/admin/search/pins", {"query": "Mug", "products": "bowl\nmug"})
    assert answer.status_code == 303
    page = client.get("/search?q=mug").text
    places = [page.index(f'href="/products/{handle}"') for handle in ("bowl", "mug", "best")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("synonyms", {"words": "", "meant": "mug"}, "One word alone"),
        ("synonyms", {"words": "mug", "meant": ""}, "One word alone"),
        ("synonyms", {"words": "mug", "direction": "one"}, "What do these words mean?"),
        ("pins", {"query": "mug", "products": "nowhere"}, "There is no product with this address or SKU: nowhere"),
        ("pins", {"query": "!!", "products": "mug"}, "Which query is it about?"),
        ("pins", {"query": "mug", "products": ""}, "Which products come first?"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_reason(desk, path, data, said):
    answer = desk.send(f"/admin/search/{path}", data)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_searches_in_vain_are_counted_without_anybodys_address(desk, client):
    for query in ("Xylophone", "xylophone", "ana@example.com", "+43 660 1234567"):
        client.get("/search", query_string={"q": query})
    page = desk.get("/admin/search/?tab=misses").get_data(as_text=True)
    assert one("SELECT sum(times) FROM search_misses")[0] == 2
    assert "xylophone" in page
    assert "ana@" not in page
    assert "660" not in page
    assert 'href="/admin/search/?tab=synonyms&amp;word=xylophone"' in page


def test_the_count_of_a_day_is_bounded(client, monkeypatch):
    monkeypatch.setattr(services, "MOST_MISSES_A_DAY", 2)
    for query in ("aaaa", "bbbb", "cccc", "aaaa"):
        with transaction():
            services.note_miss(query)
    assert one("SELECT count(*), sum(times) FROM search_misses")[:] == (2, 3)
    session.rollback()


def test_who_may_only_look_may_not_teach(desk_of):
    desk = desk_of("read_only")
    assert desk.get("/admin/search/?tab=synonyms").status_code == 200
    assert desk.send("/admin/search/synonyms", {"words": "a", "meant": "b"}).status_code == 403
