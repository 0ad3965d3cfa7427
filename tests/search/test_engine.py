"""Engines keep their contract, and the shop runs on any that does."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from store.core.db import session
from store.search import handlers, queries, services
from store.search.engine import Engine
from store.search.postgres import PostgresEngine
from tests.contracts.search_engine import SearchEngineContract
from tests.factories.catalog import make_product
from tests.standins.search_engine import MemoryEngine


@pytest.mark.usefixtures("shop")
class TestPostgres(SearchEngineContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return PostgresEngine()


@pytest.mark.usefixtures("shop")
class TestMemory(SearchEngineContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return MemoryEngine()


@pytest.fixture
def replaced(shop) -> Iterator[MemoryEngine]:
    """The shop searches with another engine."""
    before, engine = queries.engine(), MemoryEngine()
    services.use(engine)
    yield engine
    services.use(before)


def test_the_shop_runs_on_another_engine(replaced: MemoryEngine, client: FlaskClient) -> None:
    product_id = make_product("mug", title="Moth mug").product.id
    handlers.index_changes()
    page = client.get("/search?q=mohth").text
    assert 'href="/products/mug"' in page
    assert "Showing results for “moth”" in page
    assert 'href="/products/mug"' in client.get("/search/suggest?q=mo").text
    services.save_synonym(None, ["tasse", "mug"], [])
    assert 'href="/products/mug"' in client.get("/search?q=Tasse").text
    session.execute(text("UPDATE products SET title = 'Owl mug' WHERE id = :id"), {"id": product_id})
    session.commit()
    handlers.index_changes()
    assert "Nothing called “moth”" in client.get("/search?q=moth&exact=1").text
    assert 'href="/products/mug"' in client.get("/search?q=owl").text
    assert not queries.read_rows("SELECT 1 FROM search_documents")


def test_what_another_engine_names_is_shown_only_when_it_is_on_sale(
    replaced: MemoryEngine, client: FlaskClient
) -> None:
    product_id = make_product("mug", title="Moth mug").product.id
    handlers.index_changes()
    session.execute(text("UPDATE products SET status = 'draft' WHERE id = :id"), {"id": product_id})
    session.commit()
    assert list(replaced.search("moth").product_ids) == [product_id]
    assert "Nothing called “moth”" in client.get("/search?q=moth").text
    assert "Moth mug" not in client.get("/search/suggest?q=mot").text
