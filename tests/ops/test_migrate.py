"""The schema from an empty database to head, and what is said of databases that don't fit."""

import psycopg
import pytest

from store.core import schema
from store.ops import migrate
from store.ops.refusal import Refusal


def test_there_is_one_chain_with_one_head():
    assert len(schema.heads()) == 1


def test_an_empty_database_is_brought_to_what_the_models_say(empty_database):
    assert not migrate.is_at_head(empty_database)
    migrate.upgrade(empty_database)
    assert migrate.is_at_head(empty_database)
    assert migrate.difference(empty_database) == []
    migrate.upgrade(empty_database)


def test_connections_give_up_instead_of_waiting_for_ever(fresh_database):
    with psycopg.connect(fresh_database) as connection:
        found = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in migrate.TIMEOUTS}
    assert found == migrate.TIMEOUTS


def test_a_database_of_a_newer_program_is_left_alone(fresh_database):
    with psycopg.connect(fresh_database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Refusal, match="newer Vitrine"):
        migrate.upgrade(fresh_database)


def test_a_database_that_does_not_answer_is_told_in_one_line():
    with pytest.raises(Refusal) as refused:
        migrate.is_at_head("postgresql://nobody@127.0.0.1:1/none")
    assert len(str(refused.value).splitlines()) == 1
