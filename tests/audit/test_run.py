"""`store audit` as an operator meets it: what it prints and how it exits."""

import json

import pytest
from sqlalchemy import text

from store.audit import run
from store.core.db import session
from tests.factories.orders import make_pending_order
from tests.factories.shop import make_shop


@pytest.fixture
def shop(committing_app):
    """A whole database: an audit reads one snapshot, which needs a transaction of its own."""
    with committing_app.app_context():
        make_shop()
        yield


def audited(*, as_json=True):
    printed: list[str] = []
    status = run(as_json=as_json, echo=printed.append)
    return status, "\n".join(printed)


def test_a_sound_shop_exits_with_0_and_an_empty_list(shop):
    make_pending_order()
    session.commit()
    status, printed = audited()
    report = json.loads(printed)
    assert (status, report["violations"]) == (0, [])
    assert report["checks"] > 50


def test_a_violation_exits_with_1_and_says_its_check_its_subject_and_its_facts(shop):
    order = make_pending_order()
    session.execute(text("UPDATE orders SET total_minor = total_minor + 1"))
    session.commit()
    status, printed = audited()
    (violation,) = json.loads(printed)["violations"]
    assert status == 1
    assert violation["check"] == "orders.total_adds_up"
    assert violation["subject"] == f"order:{order.id}"
    assert violation["facts"]["total_minor"] == 1900 + 490 + 1


def test_a_warning_is_told_and_does_not_change_the_exit_status(shop):
    order = make_pending_order()
    session.execute(text("UPDATE orders SET attention = 'Call her back.'"))
    session.commit()
    status, printed = audited(as_json=False)
    assert status == 0
    assert "look at: orders.needs_attention" in printed
    assert f"order:{order.id}" in printed


def test_for_people_it_says_what_is_wrong_in_a_sentence(shop):
    make_pending_order()
    session.execute(text("UPDATE orders SET total_minor = total_minor + 1"))
    session.commit()
    status, printed = audited(as_json=False)
    assert status == 1
    assert "violated: orders.total_adds_up: An order's total is its subtotal and its delivery." in printed
    assert printed.splitlines()[-1].endswith("1 violations, 0 warnings")


def test_an_audit_writes_nothing_and_leaves_the_session_usable(shop):
    audited()
    make_pending_order()
    session.commit()
    assert audited()[0] == 0
