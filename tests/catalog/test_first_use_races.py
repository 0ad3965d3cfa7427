"""Many who want the same new choice at the same moment, in processes of their own."""

import subprocess
import sys
import time

import pytest
from sqlalchemy import text

from store.core.db import session
from tests.factories.shop import make_shop
from tests.factories.to_order import make_to_order

BUYERS = 12
STOCK = 8

# A family of processes, each with connections of its own. Every one waits until all are there: for an advisory lock
# that the test holds and lets go.
_BUYERS = """
import os
import sys
from sqlalchemy import text
from store.app import create_app
from store.cart import services
from store.core.db import db, retrying, session, transaction
from store.core.settings import Settings
from store.inventory import services as inventory
from store.shop.queries import get_default_market

def buy(number):
    market = get_default_market()
    with transaction():
        session.execute(text("SELECT pg_advisory_xact_lock_shared(77)"))
    wanted = {"motif": "fox", "colour": "ink", "size": "s"}
    added = retrying(lambda: services.add_line(
        f"{number:064d}", handle="tee", wanted=wanted, quantity=1, market=market, locale="en"))
    with transaction():
        variant_id = session.execute(
            text("SELECT variant_id FROM cart_lines WHERE id = :id"), {"id": added.line_id}).scalar_one()
    try:
        retrying(lambda: inventory.hold(f"order:{number}", {variant_id: 1}))
        return f"{variant_id} held"
    except inventory.OutOfStock:
        return f"{variant_id} sold out"

app = create_app(Settings(database_url=sys.argv[1], store_env="development", redis_url="", secret_key="x" * 40))
with app.app_context():
    db.engine.dispose()
    for number in range(int(sys.argv[2])):
        if os.fork() == 0:
            os.write(1, (buy(number) + "\\n").encode())
            os._exit(0)
    failed = [status for _pid, status in (os.wait() for _ in range(int(sys.argv[2]))) if status]
sys.exit(len(failed))
"""


@pytest.fixture
def shop(committing_app, fresh_database):
    with committing_app.app_context():
        make_shop()
        yield fresh_database


def test_buyers_of_one_new_choice_get_one_variant_and_the_stock_is_exact(shop):
    made = make_to_order(stock=STOCK)
    session.execute(text("SELECT pg_advisory_xact_lock(77)"))
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with subprocess.Popen(
        [sys.executable, "-c", _BUYERS, shop, str(BUYERS)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as buyers:
        try:
            deadline = time.monotonic() + 120
            while session.execute(waiting).scalar_one() < BUYERS:
                assert buyers.poll() is None
                assert time.monotonic() < deadline, "not all buyers came"
                time.sleep(0.05)
            session.rollback()
            printed, problems = buyers.communicate(timeout=120)
        finally:
            buyers.kill()
    assert buyers.returncode == 0, problems[-2000:]
    variants = session.execute(text("SELECT id, option_key, available, stock_left FROM variants")).all()
    assert [tuple(row)[1:] for row in variants] == [(made.key("Fox", "Ink", "S"), False, 0)]
    sold_out = BUYERS - STOCK
    assert (
        sorted(printed.splitlines()) == [f"{variants[0].id} held"] * STOCK + [f"{variants[0].id} sold out"] * sold_out
    )
    held = session.execute(text("SELECT sum(reserved), max(on_hand) FROM stock_levels WHERE reserved > 0")).one()
    assert tuple(held) == (STOCK, STOCK)
    blanks = text("SELECT count(*) FROM blanks WHERE NOT available")
    assert session.execute(blanks).scalar_one() == 1
