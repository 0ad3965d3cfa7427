"""Orders that staff change: their lines, stock and money, and the papers of it, read back from the ledgers."""

import pytest
from sqlalchemy import text

from store.changes import services
from store.changes.errors import AnotherChange, CantGoBack, HasLeft, NotEditable, Outdated
from store.changes.queries import find_live_change, get_change, list_changes, told
from store.changes.wanted import Wanted, WantedLine
from store.core.db import session, transaction
from store.core.moves import IllegalMove
from store.inventory.errors import OutOfStock
from store.orders import services as orders
from store.orders.queries import get_order
from store.payments import services as payments
from tests.factories import payments as money
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order

STAFF = "staff:1"


def begin(order, **change):
    """Open a change of an order and write down what is wanted of its first line and of other variants."""
    with transaction():
        opened = services.open_change(order.id, actor=STAFF)
    kept = Wanted.from_json(opened.wanted).lines
    lines = [WantedLine(line.variant_id, change.get("keep", line.quantity), line_id=line.line_id) for line in kept]
    lines += [WantedLine(made.variant.id, quantity) for made, quantity in change.get("add", ())]
    with transaction():
        look = services.save(order.id, opened.id, Wanted(tuple(lines)), version=opened.version)
    return look.change, look.reckoning


def request(order, change, reckoning, *, waive=False, message=""):
    return services.request(
        order.id,
        change.id,
        version=change.version,
        expected_total_minor=reckoning.totals.total_minor,
        waive=waive,
        message=message,
        actor=STAFF,
    )


def state(order):
    row = session.execute(
        text("SELECT status, payment_status, total_minor, credited_minor FROM orders WHERE id = :id"), {"id": order.id}
    ).one()
    session.rollback()
    return tuple(row)


def stock(made):
    row = session.execute(
        text(
            "SELECT s.on_hand, s.reserved, s.allocated FROM stock_levels s "
            "JOIN variant_items vi ON vi.item_id = s.item_id WHERE vi.variant_id = :id"
        ),
        {"id": made.variant.id},
    ).one()
    session.rollback()
    return tuple(row)


def documents(order):
    rows = session.execute(
        text("SELECT kind, total_minor, tax_minor FROM documents WHERE order_id = :id ORDER BY id"), {"id": order.id}
    )
    found = [tuple(row) for row in rows]
    session.rollback()
    return found


def pay_difference(order):
    """Let the customer pay by their link what is due."""
    payments.begin(order.id, "test")
    payment = money.payments_of(order.id)[-1]
    money.choose(payment, "pay")
    payments.apply_payment(payment.id)


@pytest.fixture
def mug():
    return make_product(stock=5, title="Moth mug", price=1900)


@pytest.fixture
def cup():
    return make_product(stock=3, title="Night cup", price=2500)


@pytest.fixture
def paid(mug):
    return money.make_paid_order(mug, quantity=2)


def test_a_dearer_order_waits_for_the_difference_and_is_settled_by_it(paid, mug, cup, violations):
    change, reckoning = begin(paid, add=[(cup, 2)])
    assert state(paid)[2] == 4290
    assert stock(cup) == (3, 0, 0)
    requested = request(paid, change, reckoning)
    assert (requested.status, requested.settlement, requested.difference_minor) == ("requested", "charge", 5000)
    assert state(paid) == ("placed", "partially_paid", 9290, 0)
    assert stock(cup) == (3, 0, 2)
    pay_difference(paid)
    assert services.confirm_settled(paid.id).status == "confirmed"
    assert state(paid) == ("placed", "paid", 9290, 0)
    assert money.bank_balance(paid.token) == 9290
    money.run_jobs(only="changes")
    assert documents(paid) == [("invoice", 4290, 715), ("invoice", 5000, 833)]
    assert violations() == []


def test_a_cheaper_order_gives_back_what_was_paid_too_much(paid, mug, violations):
    change, reckoning = begin(paid, keep=1)
    done = request(paid, change, reckoning)
    assert (done.status, done.settlement, done.difference_minor) == ("confirmed", "refund", -1900)
    assert state(paid) == ("placed", "paid", 2390, 0)
    assert stock(mug) == (5, 0, 1)
    assert money.bank_balance(paid.token) == 2390
    money.run_jobs()
    assert documents(paid) == [("invoice", 4290, 715), ("credit_note", 1900, 316)]
    assert violations() == []


def test_a_swap_at_the_same_price_settles_at_once(paid, mug, violations):
    plate = make_product(stock=1, title="Plate", price=1900)
    change, reckoning = begin(paid, keep=1, add=[(plate, 1)])
    done = request(paid, change, reckoning)
    assert (done.status, done.settlement) == ("confirmed", "none")
    money.run_jobs()
    assert documents(paid)[1:] == [("credit_note", 1900, 316), ("invoice", 1900, 317)]
    assert (stock(mug), stock(plate)) == ((5, 0, 1), (1, 0, 1))
    assert violations() == []


def test_what_it_costs_more_can_be_waived(paid, cup, violations):
    change, reckoning = begin(paid, add=[(cup, 1)])
    done = request(paid, change, reckoning, waive=True)
    assert (done.status, done.settlement) == ("confirmed", "waive")
    assert state(paid) == ("placed", "partially_refunded", 6790, 2500)
    assert money.bank_balance(paid.token) == 4290
    assert violations() == []


def test_a_difference_that_was_asked_for_can_be_forgiven_later(paid, cup, violations):
    change, reckoning = begin(paid, add=[(cup, 1)])
    waiting = request(paid, change, reckoning)
    payments.begin(paid.id, "test")
    done = services.waive(paid.id, change.id, version=waiting.version, actor=STAFF, reason="a friend")
    assert (done.status, done.settlement) == ("confirmed", "waive")
    # The attempt to pay it was called off.
    assert [payment.status for payment in money.payments_of(paid.id)] == ["captured", "voided"]
    with pytest.raises(IllegalMove):
        services.waive(paid.id, change.id, version=done.version, actor=STAFF, reason="twice")
    assert violations() == []


def test_a_change_that_is_taken_back_leaves_the_order_as_it_was(paid, mug, cup, violations):
    before = [(line.id, line.quantity, line.total_minor) for line in get_order(paid.id).lines]
    change, reckoning = begin(paid, keep=1, add=[(cup, 2)])
    waiting = request(paid, change, reckoning)
    done = services.take_back(paid.id, change.id, move="decline", version=waiting.version, actor="customer")
    assert done.status == "declined"
    assert [(line.id, line.quantity, line.total_minor) for line in get_order(paid.id).lines] == before
    assert state(paid) == ("placed", "paid", 4290, 0)
    assert (stock(mug), stock(cup)) == ((5, 0, 2), (3, 0, 0))
    money.run_jobs()
    assert documents(paid) == [("invoice", 4290, 715)]
    assert violations() == []


def test_a_line_that_was_taken_out_comes_back_as_itself(paid, mug, cup, violations):
    (line,) = get_order(paid.id).lines
    change, reckoning = begin(paid, keep=0, add=[(cup, 3)])
    waiting = request(paid, change, reckoning)
    assert [one.title for one in get_order(paid.id).lines] == ["Night cup"]
    services.take_back(paid.id, change.id, move="cancel", version=waiting.version, actor=STAFF)
    assert [one.id for one in get_order(paid.id).lines] == [line.id]
    assert violations() == []


def test_what_was_sold_meanwhile_keeps_a_change_from_being_taken_back(paid, mug, cup, violations):
    change, reckoning = begin(paid, keep=1, add=[(cup, 1)])
    waiting = request(paid, change, reckoning)
    with transaction():
        make_pending_order(mug, quantity=4)
    with pytest.raises(CantGoBack):
        services.take_back(paid.id, change.id, move="cancel", version=waiting.version, actor=STAFF)
    assert get_change(paid.id, change.id).status == "requested"
    assert violations() == []


def test_nothing_changes_when_a_piece_is_not_there(paid, mug, cup, violations):
    change, reckoning = begin(paid, keep=1, add=[(cup, 3)])
    with transaction():
        make_pending_order(cup, quantity=1)
    with pytest.raises(OutOfStock):
        request(paid, change, reckoning)
    assert state(paid) == ("placed", "paid", 4290, 0)
    assert (stock(mug), stock(cup)) == ((5, 0, 2), (3, 1, 0))
    assert get_change(paid.id, change.id).status == "open"
    assert violations() == []


def test_one_change_at_a_time(paid, cup):
    change, reckoning = begin(paid, add=[(cup, 1)])
    with transaction():
        assert services.open_change(paid.id, actor=STAFF).id == change.id
    request(paid, change, reckoning)
    with pytest.raises(AnotherChange), transaction():
        services.open_change(paid.id, actor=STAFF)


def test_only_what_was_shown_becomes_true(paid, cup):
    change, reckoning = begin(paid, add=[(cup, 1)])
    session.execute(text("UPDATE prices SET amount_minor = 2600 WHERE variant_id = :id"), {"id": cup.variant.id})
    session.commit()
    with pytest.raises(Outdated):
        request(paid, change, reckoning)
    assert state(paid)[2] == 4290


def test_two_hands_on_one_change_do_not_write_over_each_other(paid, cup):
    change, _reckoning = begin(paid, add=[(cup, 1)])
    with pytest.raises(Outdated), transaction():
        services.save(paid.id, change.id, Wanted(), version=change.version - 1)


def request_twice(order, change, reckoning):
    """Send the same form a second time, as it was; return the change as that answer has it."""
    version = change.version
    request(order, change, reckoning)
    return services.request(
        order.id,
        change.id,
        version=version,
        expected_total_minor=reckoning.totals.total_minor,
        waive=False,
        message="",
        actor=STAFF,
    )


def test_the_same_form_sent_twice_is_one_change(paid, cup, violations):
    change, reckoning = begin(paid, add=[(cup, 1)])
    again = request_twice(paid, change, reckoning)
    assert again.status == "requested"
    assert len(list_changes(paid.id)) == 1
    assert stock(cup) == (3, 0, 1)
    assert violations() == []


def test_a_difference_of_an_order_that_was_cancelled_is_neither_asked_for_nor_invoiced(paid, cup, violations):
    change, reckoning = begin(paid, add=[(cup, 1)])
    request(paid, change, reckoning)
    payments.cancel_order(paid.id, request_id="r" * 20, actor=STAFF, reason="", restock=True)
    services.confirm_all_settled()
    money.run_jobs()
    assert get_change(paid.id, change.id).status == "cancelled"
    assert [(kind, total) for kind, total, _tax in documents(paid)] == [("invoice", 4290), ("credit_note", 4290)]
    assert stock(cup) == (3, 0, 0)
    assert violations() == []


def test_a_change_that_settles_at_once_is_told_as_done_to_whoever_sends_its_form_again(paid, mug):
    change, reckoning = begin(paid, keep=1)
    again = request_twice(paid, change, reckoning)
    assert again.status == "confirmed"
    assert [refund.amount_minor for refund in money.refunds_of(paid.id)] == [1900]


def test_a_closed_order_is_not_changed(paid):
    payments.cancel_order(paid.id, request_id="r" * 20, actor=STAFF, reason="", restock=True)
    with pytest.raises(NotEditable), transaction():
        services.open_change(paid.id, actor=STAFF)


def test_an_order_that_is_not_paid_yet_is_paid_as_it_is_then(mug, cup, violations):
    payment = money.make_payment(mug, quantity=1)
    order = money.order_of(payment)
    change, reckoning = begin(order, add=[(cup, 1)])
    done = request(order, change, reckoning)
    assert (done.status, done.settlement) == ("confirmed", "with_order")
    assert stock(cup) == (3, 1, 0)
    pay_difference(order)
    assert state(order) == ("placed", "paid", 4890, 0)
    money.run_jobs()
    assert documents(order) == [("invoice", 4890, 816)]
    assert violations() == []


def test_the_customer_is_told_what_is_another(paid, cup):
    change, reckoning = begin(paid, keep=1, add=[(cup, 1)])
    request(paid, change, reckoning, message="As agreed on the phone.")
    money.run_jobs(only="changes")
    words = session.execute(text("SELECT text FROM messages WHERE kind = 'changed'")).scalar_one()
    for said in ("As agreed on the phone.", "1 × Moth mug", "1 × Night cup", "€48.90", f"/orders/{paid.token}"):
        assert said in words
    assert told(get_change(paid.id, change.id)).put_in == [(1, "Night cup")]


def test_new_lines_of_an_exchange_go_in_by_one_call(paid, cup, violations):
    with transaction():
        change = services.add_lines(
            paid.id,
            [WantedLine(cup.variant.id, 1, 0, "replacement")],
            kind="claim",
            request_id="claim-1",
            reason="It came broken.",
            actor=STAFF,
        )
    assert services.settle(change).status == "confirmed"
    assert (state(paid)[2], stock(cup)) == (4290, (3, 0, 1))
    with transaction():
        again = services.add_lines(
            paid.id, [], kind="claim", request_id="claim-1", reason="", actor=STAFF
        )  # fmt: skip
    assert again.id == change.id
    assert find_live_change(paid.id) is None
    assert violations() == []


def test_what_a_change_was_stays_written(paid):
    change, reckoning = begin(paid, keep=1)
    request(paid, change, reckoning)
    with pytest.raises(Exception, match="append-only"), transaction():
        session.execute(text("UPDATE order_changes SET before = '{}' WHERE id = :id"), {"id": change.id})
    with pytest.raises(Exception, match="append-only"), transaction():
        session.execute(text("DELETE FROM order_changes WHERE id = :id"), {"id": change.id})


def test_what_is_in_a_parcel_stays_and_the_rest_can_change(paid, mug, cup, violations):
    (line,) = get_order(paid.id).lines
    with transaction():
        orders.ship(paid.id, carrier="Post", tracking_number="1", actor=STAFF)
    change, reckoning = begin(paid, add=[(cup, 1)])
    with pytest.raises(HasLeft), transaction():
        services.save(paid.id, change.id, Wanted((WantedLine(mug.variant.id, 1, line_id=line.id),)), version=2)
    request(paid, change, reckoning)
    assert get_order(paid.id).fulfilment_status == "partial"
    assert (stock(mug), stock(cup)) == ((3, 0, 0), (3, 0, 1))
    pay_difference(paid)
    services.confirm_settled(paid.id)
    with transaction():
        orders.ship(paid.id, carrier="Post", tracking_number="2", actor=STAFF)
    assert get_order(paid.id).fulfilment_status == "fulfilled"
    assert violations_but_mails(violations) == []


def test_the_same_thing_again_in_an_order_that_has_left_is_held_anew(paid, mug, violations):
    with transaction():
        orders.ship(paid.id, carrier="Post", tracking_number="1", actor=STAFF)
        change = services.add_lines(
            paid.id, [WantedLine(mug.variant.id, 1, 0, "lost on the way")], kind="claim", request_id="c" * 20,
            reason="lost", actor=STAFF,
        )  # fmt: skip
    assert change.status == "confirmed"
    assert stock(mug) == (3, 0, 1)
    assert violations_but_mails(violations) == []


def violations_but_mails(violations):
    return [one for one in violations() if not one["check"].startswith("messages.")]
