"""The shop's processes are killed at every marked point; what was promised happens all the same, and once.

One shop serves all drills. Before a drill its points are armed: each kills the first process that passes it.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from store.ops import migrate
from store.ops.ports import find_free
from tests.flows import books, desk
from tests.flows.conftest import Inbox
from tests.flows.drills import DRILLS, PLACED
from tests.flows.faults import Faults, outlive, points_in_code
from tests.flows.stage import Stage, newest_order
from tests.importer.test_crashes import POINTS as IMPORTS

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def stage(stocked, cluster, worker_name, shared_shop, inbox, tmp_path_factory) -> Iterator[Stage]:
    """A shop in which all points are marked and none is armed; at its end its books are audited."""
    name = f"crashes_{worker_name}"
    inbox.open()
    faults = Faults(tmp_path_factory.mktemp("faults"), points_in_code())
    shop = shared_shop(
        database_url=cluster.clone(name, stocked),
        SMTP_URL=inbox.url,
        OUTBOX_LEASE_SECONDS="3",
        OUTBOX_SWEEP_SECONDS="1",
        WEB_WORKERS="2",
        LOG_LEVEL="WARNING",
        SHIPPING_UNDO_SECONDS="300",
        **faults.environment,
    )
    outlive(shop, faults)
    yield Stage(shop, faults, inbox)
    books.stock(shop, "bowl")
    books.assert_sound(shop)
    shop.stop()
    cluster.drop(name)


# Money is promised in a shop of its own.
CAPTURES = ("payments.capture.before_call", "payments.capture.after_call", "payments.capture.before_commit")

# Pictures are fetched from public hosts only, so no drill over a running shop can reach it: a process alone does.
FETCH = "media.fetch.after_store"


def test_there_is_a_drill_for_every_point_in_the_code():
    assert points_in_code() == {FETCH, *IMPORTS, *CAPTURES, *(name for names in DRILLS.values() for name in names)}


@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.__name__)
def test_somebody(stage, drill):
    try:
        drill(stage)
    finally:
        unused = stage.faults.waiting
        for name in unused:
            (stage.faults.folder / name).touch()
    assert unused == []


def test_all_work_may_be_done_twice(stage):
    """A worker can die after its work and before it says so: then all of it is done again."""
    stage.bought()
    mails, ledgers = dict(stage.inbox.received), [stage.shop.query(sql) for sql in LEDGERS]
    stage.shop.query("UPDATE outbox SET done_at = NULL, enqueued_at = NULL, attempts = 0 WHERE task NOT LIKE 'house%%'")
    outlive(stage.shop, stage.faults, seconds=120)
    assert [stage.shop.query(sql) for sql in LEDGERS] == ledgers
    assert stage.inbox.received == mails


LEDGERS = (
    "SELECT order_id, number, status, payment_status, fulfilment_status FROM audit_orders ORDER BY 1",
    "SELECT payment_id, status, captured_minor, refunded_minor FROM audit_payments ORDER BY 1",
    "SELECT refund_id, status FROM audit_refunds ORDER BY 1",
    "SELECT level_id, on_hand, reserved, allocated FROM audit_stock ORDER BY 1",
    "SELECT dedupe_key, status, sent_at FROM audit_messages ORDER BY 1",
    "SELECT id, status, refunded_minor FROM test_bank_payments ORDER BY 1",
    "SELECT count(*) FROM stock_movements",
)


def test_the_relay_that_does_the_work_itself_may_die_over_it_as_well(open_shop, tmp_path):
    """There is no queue, so there is nobody else to do the work; the supervisor brings the relay back."""
    inbox = Inbox()
    inbox.open()
    faults = Faults(tmp_path, points_in_code())
    shop = open_shop(
        REDIS_URL=f"redis://127.0.0.1:{find_free()}/0",
        SMTP_URL=inbox.url,
        OUTBOX_LEASE_SECONDS="3",
        OUTBOX_SWEEP_SECONDS="1",
        **faults.environment,
    )
    stage = Stage(shop, faults, inbox)
    outlive(shop, faults)
    shopper = stage.shopper()
    bank_page = shopper.go_to_bank()
    faults.arm("outbox.after_claim", "payments.apply.before_commit", "notifications.after_send", "outbox.before_done")
    assert shopper.decide(bank_page, "pay_and_leave").status == 303
    outlive(shop, faults, seconds=90)
    assert shop.output.count("relay ended by signal 9") == 4
    stage.check(newest_order(stage), PLACED, ["reserved", "allocated"], ["receipt"])
    books.assert_sound(shop)
    inbox.close()


def test_promised_money_is_taken_once_whoever_dies_over_it(open_shop, tmp_path):
    """The clerk's form is sent again after each death, and at last by nobody."""
    inbox = Inbox()
    inbox.open()
    faults = Faults(tmp_path, points_in_code())
    shop = open_shop(
        SMTP_URL=inbox.url,
        OUTBOX_LEASE_SECONDS="3",
        OUTBOX_SWEEP_SECONDS="1",
        PAYMENT_CAPTURE="manual",
        **faults.environment,
    )
    stage = Stage(shop, faults, inbox)
    outlive(shop, faults)
    orders, clerk = [stage.bought() for _ in range(2)], stage.clerk()
    forms = [
        (
            f"/admin/orders/{order}/capture",
            {
                **desk.form_of(clerk.get(f"/admin/orders/{order}/capture"), f"/admin/orders/{order}/capture"),
                "amount": "10.00",
            },
        )
        for order in orders
    ]
    faults.arm(*CAPTURES)
    assert clerk.post(*forms[0]).status == 303
    clerk.patience = 0
    faults.arm("payments.capture.after_call")
    with pytest.raises(ConnectionError):
        clerk.post(*forms[1])
    outlive(shop, faults, seconds=90)
    for order in orders:
        stage.check(order, ("placed", "partially_paid", "unfulfilled"), ["reserved", "allocated"], ["receipt"])
        assert shop.query(
            "SELECT p.captured_minor, b.captured_minor FROM payments p JOIN test_bank_payments b ON b.id = p.external_id "
            "WHERE p.order_id = %s",
            order,
        ) == [(1000, 1000)]
        assert shop.query("SELECT count(*) FROM order_events WHERE kind = 'captured' AND order_id = %s", order) == [
            (1,)
        ]
    assert json.loads(shop.run("audit", "--json").stdout)["violations"] == []
    inbox.close()


FETCHING = """
import io
from PIL import Image
from sqlalchemy import select
from store.app import create_app
from store.core.db import session, transaction
from store.core.outbox import Outbox
from store.core.queue import perform
from store.media import fetching, services

picture = io.BytesIO()
Image.new("RGB", (1000, 1000), "teal").save(picture, "PNG")
fetching.fetch = lambda url: picture.getvalue()
with create_app().app_context():
    with transaction():
        services.add_sources({"https://pictures.example.com/teal.png": "Teal"})
        waiting = session.execute(select(Outbox.id).where(Outbox.done_at.is_(None))).scalars().all()
    for outbox_id in waiting:
        perform(outbox_id)
"""


def test_a_picture_whose_fetcher_dies_is_fetched_by_the_next(fresh_database, tmp_path):
    environment = {
        **os.environ,
        "DATABASE_URL": fresh_database,
        "STORE_ENV": "development",
        "STORE_DATA_DIR": str(tmp_path),
        "OUTBOX_LEASE_SECONDS": "0",
        "STORE_FAULT": FETCH,
        "STORE_FAULT_DIR": str(tmp_path),
    }
    ends = [
        subprocess.run([sys.executable, "-c", FETCHING], env=environment, check=False, timeout=240).returncode
        for _ in range(2)
    ]
    assert ends == [-signal.SIGKILL, 0]
    with psycopg.connect(migrate.plain(fresh_database)) as connection:
        assert connection.execute("SELECT status, widths FROM images").fetchall() == [
            ("ready", [320, 480, 640, 960, 1000])
        ]
