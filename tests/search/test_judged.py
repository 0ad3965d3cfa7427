"""Search is good: judged queries over the demo catalogue, with a floor under their precision."""

import hashlib

from bench.judged import judge
from store.core.db import session
from store.media import storage
from store.media.services import RenderedSet
from store.search import queries, services
from store.seed.fill import fill
from tests.factories import shop as shop_factory

FLOOR = 0.93
FLOOR_OF_A_KIND = 0.8


def paint(names):
    for name in names:
        key = hashlib.sha256(name.encode()).hexdigest()[:32]
        yield RenderedSet(key, {480: b"small", 960: b"large"}, 960, 1200, "#887766")


def test_shoppers_find_what_they_mean(db):
    before = storage.current()
    storage.use(storage.MemoryStorage())
    try:
        fill(painter=paint)
    finally:
        storage.use(before)
        shop_factory.forget()
    queries.forget()
    for _done in services.rebuild():
        pass
    session.expire_all()
    judged = judge()
    report = "\n".join(
        [*judged.lines(), *(f"{query}: {precision:.2f} {shown}" for query, precision, shown in judged.wrong)]
    )
    print(report)
    queries.forget()
    assert judged.queries >= 60
    assert judged.precision >= FLOOR, report
    assert min(judged.by_kind.values()) >= FLOOR_OF_A_KIND, report
