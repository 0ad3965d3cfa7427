"""Several people with one order in their hands: each has read a page, and all press their buttons at once.

An outside hand holds the order until two of them wait for it, so that each has decided before the other is done. One
of them wins; the other reads what is true; and money, goods and books agree to the cent and to the piece.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
import pytest

from store.ops import migrate
from tests.fixtures.live import LiveShop
from tests.flows import books, desk
from tests.flows.visitors import Answer, Clerk, Shopper, token_in

pytestmark = pytest.mark.live

TWO_WAIT = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
    "HAVING count(*) >= 2"
)
PRICE, DELIVERY = 1900, 490


@pytest.fixture(scope="module")
def shop(stocked, cluster, worker_name, shared_shop) -> Iterator[LiveShop]:
    """One shop for all races, with five web processes."""
    name = f"hands_{worker_name}"
    shop = shared_shop(database_url=cluster.clone(name, stocked), WEB_WORKERS="5", LOG_LEVEL="WARNING")
    yield shop
    shop.stop()
    cluster.drop(name)


@pytest.fixture(scope="module")
def clerks(shop: LiveShop) -> list[Clerk]:
    """Two of the staff."""
    people = [Clerk(shop.url) for _ in range(2)]
    for clerk in people:
        clerk.log_in(*shop.staff)
    return people


@pytest.fixture
def sound(shop: LiveShop) -> Iterator[None]:
    """After each race the books are right, and nobody met an error of the shop."""
    yield
    shop.settle()
    books.assert_sound(shop)
    for handle in ("bowl", "plate"):
        books.stock(shop, handle)
    assert books.deadlocks(shop) == 0


def buy(shop: LiveShop, *handles: str) -> tuple[int, str, list[int]]:
    """Buy, and return the order, its token and its lines."""
    shopper = Shopper(shop.url)
    for handle in handles[1:]:
        assert shopper.add(handle).status == 303
    token = shopper.buy(handles[0])
    shop.settle()
    order = books.order_id(shop, token)
    lines = shop.query("SELECT l.id FROM order_lines l WHERE l.order_id = %s ORDER BY l.title", order)
    return order, token, [line for (line,) in lines]


def race(shop: LiveShop, order: int, *works: Callable[[], Answer]) -> list[Answer]:
    """Let all wait for the order at once, and return their answers."""
    with ThreadPoolExecutor(len(works)) as pool:
        with psycopg.connect(migrate.plain(shop.database_url)) as outside:
            outside.execute("SELECT FROM orders WHERE id = %s FOR UPDATE", (order,))
            answers = [pool.submit(work) for work in works]
            # Unless one process got both of them: then the one comes after the other.
            deadline = time.monotonic() + 2
            while not shop.query(TWO_WAIT) and time.monotonic() < deadline:
                time.sleep(0.05)
        return [answer.result() for answer in answers]


def one_wins(answers: list[Answer], *sentences: str) -> Answer:
    """One was answered with a way on, and the other with a sentence that is true; return the loser's answer."""
    loser, winner = sorted(answers, key=lambda answer: -answer.status)
    assert (winner.status, loser.status in (409, 422)) == (303, True), [answer.text[:500] for answer in answers]
    assert any(sentence in loser.text for sentence in sentences), loser.text
    return loser


def kept(shop: LiveShop, order: int) -> int:
    ((minor,),) = shop.query("SELECT captured_minor - refunded_minor FROM audit_orders WHERE order_id = %s", order)
    return minor


def ready(clerk: Clerk, page: str, action: str, **entered: str) -> Callable[[], Answer]:
    """Read a page and return what sends a form of it."""
    return partial(clerk.post, action, {**desk.form_of(clerk.get(page), action), **entered})


@pytest.mark.usefixtures("sound")
def test_two_clerks_send_one_parcel_once(shop, clerks):
    order, _token, _lines = buy(shop, "bowl")
    page = f"/admin/orders/{order}"
    assert desk.prepare(clerks[0], order).status == 303
    ((parcel,),) = shop.query("SELECT id FROM fulfilments WHERE order_id = %s", order)
    one_wins(race(shop, order, *(ready(c, page, f"{page}/parcels/{parcel}/shipment") for c in clerks)), "moved on")
    assert books.moves(shop, order).count("shipped") == 1


@pytest.mark.usefixtures("sound")
def test_two_clerks_who_send_the_rest_send_it_once(shop, clerks):
    order, _token, _lines = buy(shop, "bowl")
    page = f"/admin/orders/{order}"
    one_wins(race(shop, order, *(ready(c, page, f"{page}/shipment") for c in clerks)), "has left already")
    assert books.state(shop, order) == ("placed", "paid", "fulfilled")


@pytest.mark.usefixtures("sound")
def test_two_clerks_give_one_piece_back_once(shop, clerks):
    order, _token, (bowl, _plate) = buy(shop, "bowl", "plate")
    forms = [desk.refund_line(clerk, order, bowl) for clerk in clerks]
    works = [partial(clerk.post, *form) for clerk, form in zip(clerks, forms, strict=True)]
    one_wins(race(shop, order, *works), "All of this has gone back")
    assert kept(shop, order) == PRICE + DELIVERY
    assert books.moves(shop, order).count("deallocated") == 1


@pytest.mark.usefixtures("sound")
def test_an_order_is_sent_or_cancelled_and_never_both(shop, clerks):
    for turn in (1, -1):
        order, _token, _lines = buy(shop, "bowl")
        page = f"/admin/orders/{order}"
        works = [
            ready(clerks[0], page, f"{page}/shipment"),
            ready(clerks[1], f"{page}/cancellation", f"{page}/cancellation", reason="asked to"),
        ]
        one_wins(
            race(shop, order, *works[::turn]),
            "has left already",
            "was cancelled",
            "on its way back",
            "Only an order that is paid",
        )
        state = books.state(shop, order)
        assert state in (("placed", "paid", "fulfilled"), ("cancelled", "refunded", "cancelled"))
        assert kept(shop, order) == (PRICE + DELIVERY if state[0] == "placed" else 0)
        assert ("shipped" in books.moves(shop, order)) == (state[0] == "placed")


@pytest.mark.usefixtures("sound")
def test_a_shopper_cancels_or_the_clerk_packs(shop, clerks):
    order, token, _lines = buy(shop, "bowl")
    page = f"/admin/orders/{order}"
    assert desk.prepare(clerks[0], order).status == 303
    ((parcel,),) = shop.query("SELECT id FROM fulfilments WHERE order_id = %s", order)
    at = f"/orders/{token}/cancellation"
    answers = race(
        shop,
        order,
        ready(clerks[0], page, f"{page}/parcels/{parcel}/packing"),
        ready(Shopper(shop.url), at, at),
    )
    one_wins(answers, "being packed or has left", "moved on", "was called off")
    state = books.state(shop, order)
    assert state in (("placed", "paid", "unfulfilled"), ("cancelled", "refunded", "cancelled"))
    packed = shop.query("SELECT status FROM fulfilments WHERE id = %s", parcel)
    assert packed == [("packed" if state[0] == "placed" else "cancelled",)]


@pytest.mark.usefixtures("sound")
def test_a_difference_that_is_paid_is_not_forgiven(shop, clerks):
    order, token, _lines = buy(shop, "bowl")
    ((variant,),) = shop.query(
        "SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id AND p.handle = 'plate'"
    )
    change, at, form = desk.change(clerks[0], order, variant)
    assert clerks[0].post(at, form).status == 303
    shopper = Shopper(shop.url)
    bank_page = desk.press(shopper, f"/orders/{token}", f"/orders/{token}/payments").location
    way_back = shopper.decide(bank_page, "pay_untold").location
    page = f"/admin/orders/{order}/changes/{change}"
    paid, waived = race(
        shop, order, partial(shopper.get, way_back), ready(clerks[1], page, f"{page}/waiver", reason="on us")
    )
    assert token_in(paid.location) == token
    assert (waived.status, "paid the difference meanwhile" in waived.text or "Somebody else" in waived.text) == (
        409,
        True,
    )
    shop.wait_for("SELECT 1 FROM order_changes WHERE id = %s AND status = 'confirmed'", change)
    assert shop.query("SELECT settlement FROM order_changes WHERE id = %s", change) == [("charge",)]
    assert kept(shop, order) == 2 * PRICE + DELIVERY
    assert shop.query("SELECT credited_minor FROM orders WHERE id = %s", order) == [(0,)]


def sent_back(shop: LiveShop, clerk: Clerk, *handles: str) -> tuple[int, int, int, list[int]]:
    """An order of which one piece is to come back: the order, the return, its line, and the order's lines."""
    order, token, lines = buy(shop, *handles)
    assert clerk.ship(order).status == 303
    assert desk.ask_back(Shopper(shop.url), token, lines[0]).status == 303
    ((return_id, row),) = shop.query(
        "SELECT r.id, l.id FROM returns r JOIN return_lines l ON l.return_id = r.id WHERE r.order_id = %s", order
    )
    return order, return_id, row, lines


@pytest.mark.usefixtures("sound")
def test_what_comes_back_is_counted_by_one_of_two_clerks(shop, clerks):
    order, return_id, row, _lines = sent_back(shop, clerks[0], "bowl")
    at = f"/admin/returns/{return_id}"
    counted = {f"received-{row}": "1", f"sellable-{row}": "1"}
    one_wins(race(shop, order, *(ready(c, at, f"{at}/arrival", **counted) for c in clerks)), "An arrival was noted")
    assert books.moves(shop, order).count("returned") == 1


@pytest.mark.usefixtures("sound")
def test_one_piece_is_asked_back_once(shop, clerks):
    order, token, (line,) = buy(shop, "bowl")
    assert clerks[0].ship(order).status == 303
    shoppers = [Shopper(shop.url) for _ in range(2)]
    forms = [desk.asking_back(shopper, token, line) for shopper in shoppers]
    works = [partial(shopper.post, *form) for shopper, form in zip(shoppers, forms, strict=True)]
    one_wins(race(shop, order, *works), "can be sent back", "has come back")
    assert shop.query("SELECT count(*) FROM returns WHERE order_id = %s", order) == [(1,)]


@pytest.mark.usefixtures("sound")
def test_a_piece_is_paid_back_by_its_return_or_by_hand(shop, clerks):
    order, return_id, row, (bowl, _plate) = sent_back(shop, clerks[0], "bowl", "plate")
    assert desk.take_in(clerks[0], return_id, row).status == 303
    at = f"/admin/returns/{return_id}"
    by_return = ready(clerks[1], at, f"{at}/settlement", resolution="refund")
    by_line = partial(clerks[0].post, *desk.refund_line(clerks[0], order, bowl))
    one_wins(race(shop, order, by_return, by_line), "All of this has gone back")
    assert kept(shop, order) == PRICE + DELIVERY


@pytest.mark.usefixtures("sound")
def test_two_clerks_end_one_return_once(shop, clerks):
    order, return_id, row, _lines = sent_back(shop, clerks[0], "bowl", "plate")
    assert desk.take_in(clerks[0], return_id, row).status == 303
    at = f"/admin/returns/{return_id}"
    answers = race(shop, order, *(ready(c, at, f"{at}/settlement", resolution="refund") for c in clerks))
    # Both wanted the same, so both are told that it is done.
    assert [answer.status for answer in answers] == [303, 303]
    assert kept(shop, order) == PRICE + DELIVERY
    assert shop.query("SELECT count(*) FROM order_events WHERE order_id = %s AND kind = 'return_resolved'", order) == [
        (1,)
    ]


def test_promised_money_is_taken_by_one_of_two_clerks(open_shop):
    shop = open_shop(WEB_WORKERS="5", PAYMENT_CAPTURE="manual")
    clerks = [Clerk(shop.url) for _ in range(2)]
    for clerk in clerks:
        clerk.log_in(*shop.staff)
    order, _token, _lines = buy(shop, "bowl")
    at = f"/admin/orders/{order}/capture"
    answers = race(shop, order, *(ready(clerk, at, at, amount="23.90") for clerk in clerks))
    one_wins(answers, "no promised money that could be taken", "being taken right now")
    parts, _token, _lines = buy(shop, "bowl")
    at = f"/admin/orders/{parts}/capture"
    answers = race(shop, parts, *(ready(clerk, at, at, amount="15.00") for clerk in clerks))
    one_wins(answers, "being taken right now", "no more than was promised")
    shop.settle()
    assert (kept(shop, order), kept(shop, parts)) == (2390, 1500)
    assert shop.query("SELECT captured_minor FROM test_bank_payments ORDER BY created_at") == [(2390,), (1500,)]
    assert shop.query("SELECT count(*) FROM order_events WHERE kind = 'captured'") == [(2,)]
    assert '"violations": []' in shop.run("audit", "--json").stdout
