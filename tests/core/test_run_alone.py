"""A statement that stands alone is committed at once, whatever was read before it and by which way."""

import psycopg
import pytest
from sqlalchemy import text

from store.core.db import read_rows, run_alone, session, transaction
from store.ops import migrate

_TURN = "INSERT INTO test_bank_knobs (call, fault, remaining) VALUES (:call, 'hang', 1) RETURNING call"


@pytest.fixture
def seen(committing_app, fresh_database):
    """What others see: the calls of the knobs that were committed."""

    def look() -> list[str]:
        with psycopg.connect(migrate.plain(fresh_database), autocommit=True) as other:
            return [call for (call,) in other.execute("SELECT call FROM test_bank_knobs ORDER BY call")]

    with committing_app.app_context():
        yield look


def test_it_is_committed_when_it_returns(seen):
    assert run_alone(_TURN, {"call": "start"})[0].call == "start"
    assert seen() == ["start"]


def test_it_is_committed_after_reads_by_either_way(seen):
    session.execute(text("SELECT 1"))
    run_alone(_TURN, {"call": "start"})
    assert seen() == ["start"]
    read_rows("SELECT 1 AS one")
    run_alone(_TURN, {"call": "fetch"})
    assert seen() == ["fetch", "start"]


def test_inside_a_transaction_it_is_part_of_that_one(seen):
    def turn_and_regret() -> None:
        with transaction():
            run_alone(_TURN, {"call": "start"})
            assert seen() == []
            raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError, match="changed my mind"):
        turn_and_regret()
    assert seen() == []
    with transaction():
        run_alone(_TURN, {"call": "fetch"})
        assert seen() == []
    assert seen() == ["fetch"]
