"""A painter that is quick, and a storage that is gone after the test."""

import hashlib
from collections.abc import Callable, Iterator

import pytest

from store.content import queries as content_queries
from store.media import storage
from store.media.services import RenderedSet
from tests.factories import shop as shop_factory


@pytest.fixture
def painter() -> Callable[[list[str]], Iterator[RenderedSet]]:
    """Make no pictures, only what a picture leaves behind: a key, files, sizes."""

    def paint(names: list[str]) -> Iterator[RenderedSet]:
        for name in names:
            key = hashlib.sha256(name.encode()).hexdigest()[:32]
            yield RenderedSet(key, {480: b"small", 960: b"large"}, 960, 1200, "#887766")

    return paint


@pytest.fixture(autouse=True)
def memory() -> Iterator[storage.MemoryStorage]:
    """Keep files in memory, and forget afterwards what processes remember of the shop."""
    before = storage.current()
    kept = storage.MemoryStorage()
    storage.use(kept)
    yield kept
    storage.use(before)
    shop_factory.forget()
    content_queries.forget()
