"""PostgreSQL keeps the contract of a search engine."""

import pytest

from store.search.engine import Engine
from store.search.postgres import PostgresEngine
from tests.contracts.search_engine import SearchEngineContract


@pytest.mark.usefixtures("shop")
class TestPostgres(SearchEngineContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return PostgresEngine()
