"""What the shop stands on goes away under load, and comes back."""

import http.client
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from store.ops import servers
from store.ops.datadir import DataDir
from store.ops.valkey import Valkey
from tests.fixtures.live import LiveShop
from tests.flows import books
from tests.flows.faults import outlive
from tests.flows.visitors import UNANSWERED, Answer, Browser, Shopper, token_in

pytestmark = pytest.mark.live


def wait_until(true: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def valkey(tmp_path) -> Iterator[Valkey]:
    """A queue of the test's own, to be killed."""
    own = servers.embedded(DataDir(tmp_path), database=False)
    own.start()
    assert own.queue is not None
    yield own.queue
    assert own.queue.child is not None
    own.queue.child.process.send_signal(signal.SIGCONT)
    own.stop()


def slowest(shopper: Shopper) -> float:
    return max(answer.seconds for _, answer in shopper.answers)


def receipt_is_sent(shop: LiveShop, token: str) -> None:
    sql = "SELECT 1 FROM audit_messages WHERE subject_ref = %s AND kind = 'receipt' AND status = 'sent'"
    shop.wait_for(sql, f"order:{books.order_id(shop, token)}", seconds=60)


@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_without_valkey_the_shop_sells_and_its_mails_go_out(open_shop, valkey, how):
    shop = open_shop(REDIS_URL=valkey.url, WEB_WORKERS="2", OUTBOX_SWEEP_SECONDS="1")
    before = Shopper(shop.url)
    receipt_is_sent(shop, before.buy())
    assert shop.query("SELECT 1 FROM outbox WHERE task = 'notifications.deliver' AND enqueued_at IS NOT NULL")

    valkey.child.process.send_signal(signal.SIGKILL if how == "killed" else signal.SIGSTOP)
    crowd = [Shopper(shop.url) for _ in range(4)]
    tokens = [shopper.buy() for shopper in crowd]
    for shopper, token in zip(crowd, tokens, strict=True):
        assert {answer.status for _, answer in shopper.answers} <= {200, 303}
        assert slowest(shopper) < slowest(before) + 1
        receipt_is_sent(shop, token)
    shop.settle(seconds=60)
    books.assert_sound(shop)

    if how == "killed":
        valkey.child.wait(10)
        valkey.start()
        valkey.wait_until_ready(seconds=10)
    else:
        valkey.child.process.send_signal(signal.SIGCONT)
    # The queue is used again as soon as the relay finds it.
    handed_over = "SELECT 1 FROM outbox WHERE enqueued_at IS NOT NULL AND id > %s"
    ((last,),) = shop.query("SELECT max(id) FROM outbox")
    wait_until(lambda: Shopper(shop.url).buy() and shop.query(handed_over, last), seconds=60)
    shop.settle(seconds=60)
    assert set(books.states(shop)) == {"placed"}
    books.assert_sound(shop)


@contextmanager
def cutting(cluster, shop: LiveShop) -> Iterator[None]:
    """End every connection to the shop's database, again and again."""
    stopping = threading.Event()
    name = shop.database_url.rpartition("/")[2]

    def cut() -> None:
        with psycopg.connect(cluster.admin_url, autocommit=True) as connection:
            while not stopping.wait(0.05):
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                    [name],
                )

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()
        # The last ones are gone, not only told to go, when we say that it is over.
        with psycopg.connect(cluster.admin_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", [name]
            )


@contextmanager
def a_crowd(shop: LiveShop, size: int = 6) -> Iterator[list["Restless"]]:
    """Shoppers who buy again and again, and press on whatever they are told."""
    crowd = [Restless(shop.url) for _ in range(size)]
    threads = [threading.Thread(target=one.shop_on) for one in crowd]
    for thread in threads:
        thread.start()
    try:
        yield crowd
    finally:
        for one in crowd:
            one.leaving.set()
        for thread in threads:
            thread.join()


class Restless(Shopper):
    """A shopper who keeps buying; `promised` are the tokens of the orders that the shop has confirmed to have."""

    def __init__(self, url: str, **more: float) -> None:
        super().__init__(url, **more)
        self.leaving = threading.Event()
        self.promised: set[str] = set()
        self.halves: list[Exception] = []

    def shop_on(self) -> None:
        while not self.leaving.is_set():
            try:
                self._try_to_buy()
            except UNANSWERED:
                self.leaving.wait(0.05)
            except http.client.HTTPException as error:
                self.halves.append(error)

    def _try_to_buy(self) -> None:
        self.cookies.clear()
        steps: list[Callable[[], Answer]] = [self._add, self.give_contact, self.choose_delivery]
        try:
            if any(step().status != 303 for step in steps):
                return
            placed = self.place(self.last_step())
            if placed.status != 303:
                return
            if placed.location.startswith("/orders/"):
                self.promised.add(token_in(placed.location))
                return
            back = self.decide(placed.location)
            if back.status == 303:
                self.promised.add(token_in(back.location))
                self.get(back.location)
        except AssertionError:
            # The page of a step was an error page without its form: begin again.
            return

    def _add(self) -> Answer:
        return self.post("/cart/lines", {"product": "bowl", "quantity": "1"})


def test_a_database_that_cuts_every_connection_costs_patience_and_nothing_else(open_shop, cluster):
    shop = open_shop(WEB_WORKERS="2", OUTBOX_SWEEP_SECONDS="1", OUTBOX_LEASE_SECONDS="3")
    with a_crowd(shop) as crowd:
        wait_until(lambda: any(one.promised for one in crowd))
        with cutting(cluster, shop):
            seen = sum(len(one.answers) for one in crowd)
            wait_until(
                lambda: (
                    [answer for one in crowd for _, answer in one.answers if answer.status == 503]
                    and sum(len(one.answers) for one in crowd) > seen + 100
                ),
                seconds=60,
            )
        somebody = Browser(shop.url)
        wait_until(lambda: somebody.get("/readyz").status == 200, seconds=30)
        bought = Shopper(shop.url).buy()
    answers = [answer for one in crowd for _, answer in one.answers]
    # 400: the form was shown while its session could not be kept, and says so when it is sent.
    bugs = "\n".join(
        shop.output.partition(said)[2][:6000] for said in ("failed outside the application", "unhandled error")
    )
    assert {answer.status for answer in answers} <= {200, 303, 400, 404, 409, 422, 503}, bugs
    assert all("Please reload it" in answer.text for answer in answers if answer.status == 400)
    assert not any("Traceback" in answer.text for answer in answers)
    assert [one.unanswered for one in crowd] == [0] * len(crowd)
    no_promise_is_broken(shop, crowd)
    assert books.state(shop, books.order_id(shop, bought))[:2] == ("placed", "paid")


def no_promise_is_broken(shop: LiveShop, crowd: list[Restless]) -> None:
    promised = set().union(*(one.promised for one in crowd))
    known = {token for (token,) in shop.query("SELECT token FROM orders")}
    assert promised
    assert promised <= known
    # What the bank has taken and nobody came back for is found by its notification.
    outlive(shop)
    assert (
        shop.query(
            "SELECT o.id FROM test_bank_payments b JOIN orders o ON o.token = b.reference "
            "WHERE b.status = 'succeeded' AND o.status <> 'placed'"
        )
        == []
    )
    on_hand, reserved, allocated = books.stock(shop, "bowl")
    states = books.states(shop)
    assert (on_hand, reserved, allocated) == (1000, states.get("pending", 0), states["placed"])
    books.assert_sound(shop)


def test_mails_wait_for_their_server_and_then_go_out_once_each(open_shop, inbox):
    shop = open_shop(SMTP_URL=inbox.url, WEB_WORKERS="2", OUTBOX_SWEEP_SECONDS="1")
    tokens = [Shopper(shop.url).buy() for _ in range(3)]
    waiting = "SELECT 1 FROM outbox WHERE task = 'notifications.deliver' AND last_error <> '' HAVING count(*) = 3"
    shop.wait_for(waiting, seconds=60)
    assert not shop.query("SELECT 1 FROM audit_messages WHERE status <> 'queued'")
    inbox.open()
    for token in tokens:
        receipt_is_sent(shop, token)
    shop.settle()
    assert sorted(inbox.received.values()) == [1, 1, 1]
    books.assert_sound(shop)


def test_a_shop_that_is_ended_in_the_middle_of_things_leaves_no_half_of_anything(open_shop):
    shop = open_shop(WEB_WORKERS="2")
    everybody = family(shop.process.pid)
    with a_crowd(shop) as crowd:
        wait_until(lambda: sum(len(one.promised) for one in crowd) >= 3)
        started = time.monotonic()
        shop.process.send_signal(signal.SIGTERM)
        assert shop.process.wait(timeout=20) == 0
        assert time.monotonic() - started < 10
    assert [pid for pid in everybody if not is_gone(pid)] == []
    answers = [answer for one in crowd for _, answer in one.answers]
    assert {answer.status for answer in answers} <= {200, 303, 404, 409, 503}
    assert [one.halves for one in crowd] == [[]] * len(crowd)
    assert "Traceback" not in shop.output
    known = {token for (token,) in shop.query("SELECT token FROM orders")}
    assert set().union(*(one.promised for one in crowd)) <= known
    assert shop.query("SELECT 1 FROM stock_levels WHERE reserved < 0 OR allocated < 0") == []
    audit = shop.run("audit")
    assert "0 violations" in audit.stdout, audit.stdout


def family(pid: int) -> set[int]:
    """A process and everything that descends from it."""
    parents = {int(one.name): parent_of(int(one.name)) for one in Path("/proc").iterdir() if one.name.isdigit()}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def parent_of(pid: int) -> int:
    stat = stat_of(pid)
    return int(stat[1]) if stat else 0


def is_gone(pid: int) -> bool:
    stat = stat_of(pid)
    return not stat or stat[0] == "Z"


def stat_of(pid: int) -> list[str]:
    """What the kernel says of a process from its state on; nothing when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
