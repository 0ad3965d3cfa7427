"""A shop whose changes can be indexed at once."""

from collections.abc import Callable, Iterator

import pytest

from store.search import queries, services
from tests.factories.shop import make_shop


@pytest.fixture
def shop(db) -> Iterator[None]:
    make_shop()
    queries.forget()
    yield
    queries.forget()


@pytest.fixture
def reindex(shop) -> Callable[[], int]:
    """Follow all changes, as the job does within seconds."""
    return services.index_changes
