"""Rows written past the unit of work are the same rows, and the same objects, as by the long way."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from store.core.db import session, transaction
from store.core.rows import put
from store.payments.testbank.models import BankPayment


def made(key: str = "key", **facts: object) -> BankPayment:
    named = {"amount_minor": 5, "currency": "EUR", "reference": "r", "return_url": "/", **facts}
    return BankPayment(id=f"tb_{key}", idempotency_key=key, **named)


def test_what_is_put_is_in_the_database_with_the_model_s_own_defaults(db):
    row = made(facts={"captures": {"a": 1}})
    with transaction():
        assert put(row)
    session.expunge(row)
    stored = session.get_one(BankPayment, "tb_key")
    assert stored is not row
    for column in BankPayment.__table__.columns:
        assert getattr(stored, column.key) == getattr(row, column.key)
    assert (stored.status, stored.captured_minor, stored.facts) == ("requires_payment", 0, {"captures": {"a": 1}})


def test_what_is_put_is_known_without_being_read(db, count_sql):
    row = made()
    with transaction():
        put(row)
    with count_sql() as statements:
        assert session.get_one(BankPayment, "tb_key") is row
        assert row.status == "requires_payment"
    assert statements == []
    row.status = "declined"
    session.flush()
    assert session.execute(select(BankPayment.status)).scalar_one() == "declined"


def test_a_second_row_with_the_same_key_is_not_written_or_refused(db):
    with transaction():
        put(made())
    with transaction():
        assert not put(made(amount_minor=9), unless="idempotency_key")
    assert session.execute(select(BankPayment.amount_minor)).scalars().all() == [5]
    with pytest.raises(IntegrityError), transaction():
        put(made())


def test_outside_a_transaction_it_is_written_at_once_and_the_session_keeps_nothing(db):
    row = made()
    assert put(row)
    assert row not in session
    assert session.execute(select(BankPayment.id)).scalars().all() == ["tb_key"]
