"""Notes of what has changed are taken in time that grows with their number, whatever the planner believes."""

import pytest
from sqlalchemy import text

from store.catalog import indexing, membership
from store.core.db import session
from store.search import services as searching

pytestmark = pytest.mark.usefixtures("db")

QUEUES = {
    "facet_queue": indexing._TAKEN,
    "product_changes": membership._TAKEN,
    "search_changes": searching._TAKE,
}


@pytest.mark.parametrize("queue", QUEUES)
def test_a_full_queue_that_is_believed_to_be_empty_is_not_joined_row_by_row(queue):
    session.execute(text(f"INSERT INTO {queue} (product_id) SELECT n FROM generate_series(1, 20000) n"))
    # What autovacuum leaves behind when it comes by while nothing waits.
    session.execute(text("UPDATE pg_class SET reltuples = 0 WHERE oid = CAST(:queue AS regclass)"), {"queue": queue})
    taking = QUEUES[queue].replace(":batch", "5000").replace(":most", "5000")
    plan = "\n".join(session.execute(text(f"EXPLAIN (COSTS OFF) {taking}")).scalars())
    assert f"Delete on {queue}" in plan
    assert "Join" not in plan
    assert "Nested Loop" not in plan
    # Nor is every note compared with every id of the array.
    assert "Index Cond: (id = ANY" in plan
