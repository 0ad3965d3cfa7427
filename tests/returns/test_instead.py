"""Exchanges and replacements: other goods join the order, and the difference is paid by whoever owes it."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from store.changes import services as changes
from store.changes.errors import Outdated
from store.changes.queries import get_change
from store.core.db import session, transaction
from store.core.errors import Conflict
from store.inventory.errors import OutOfStock
from store.invoicing.queries import list_documents
from store.orders import services as orders
from store.orders.queries import get_order
from store.orders.services.parcels import NotShippable
from store.payments import services as payments
from store.returns import services
from store.returns.errors import NotDecided
from store.returns.exchanging import list_instead
from store.returns.reckoning import units_left
from store.returns.services import Arrived, Wanted
from store.tax.services import begin_rate
from tests.factories.catalog import make_product
from tests.factories.payments import bank_balance, choose, payments_of, refunds_of, run_jobs, shop_balance
from tests.factories.prices import set_price
from tests.returns.conftest import mails, order_now, send_out, the_return

# What one tee and three mugs cost with their delivery.
PAID, THREE = 2390, 6190

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def tee(db: object):
    """A tee in two sizes."""
    return make_product("tee", title="Tee", options={"Size": ["S", "M"]}, stock=[5, 5], price=1900)


def exchange_of(order, *, price: int | None = None, tee=None):
    """Ask for the other size, and bring the first one back; return the return."""
    if price is not None:
        set_price(tee.variants[1].id, price)
    with transaction():
        whole = get_order(order.id)
        (other,) = list_instead(whole, whole.lines[0])
        wanted = [Wanted(whole.lines[0].id, 1, "too_small", other.variant_id)]
        shown = services.preview(whole, "exchange", wanted)
    with transaction():
        one = services.ask(
            order.id,
            "exchange",
            wanted,
            request_id="k" * 26,
            seen_minor=shown.difference_minor,
            actor="customer",
        )
    with transaction():
        services.receive(one.id, [Arrived(the_return().lines[0].id, 1, 1)], actor="staff:1")
    return the_return(), shown


def test_what_costs_the_same_is_exchanged_without_any_money(tee, violations) -> None:
    order = send_out(tee, quantity=1)
    one, shown = exchange_of(order)
    assert shown.difference_minor == 0
    change = services.exchange(one.id, actor="staff:1")
    assert change.status == "confirmed"
    after = order_now(order.id)
    assert (after.total_minor, after.credited_minor) == (PAID + 1900, 1900)
    assert after.fulfilment_status == "partial"
    assert bank_balance(order.token) == PAID
    run_jobs()
    with transaction():
        kinds = [(one.kind, one.total_minor) for one in list_documents(order.id)]
    assert sorted(kinds) == [("credit_note", 1900), ("invoice", 1900), ("invoice", PAID)]
    with transaction():
        parcel = orders.ship(order.id, carrier="", tracking_number="", actor="staff:1")
    assert parcel.status == "shipped"
    assert order_now(order.id).fulfilment_status == "partially_returned"
    assert violations() == []


def test_what_costs_less_gives_the_difference_back_once(tee, violations) -> None:
    order = send_out(tee, quantity=1)
    one, shown = exchange_of(order, price=1500, tee=tee)
    assert shown.difference_minor == -400
    for _twice in range(2):
        services.exchange(one.id, actor="staff:1")
    assert bank_balance(order.token) == shop_balance(order.id) == PAID - 400
    assert [refund.amount_minor for refund in refunds_of(order.id)] == [400]
    assert the_return().resolution == "exchange"
    assert violations() == []


def test_what_costs_more_is_paid_before_it_leaves(tee, violations) -> None:
    order = send_out(tee, quantity=1)
    one, shown = exchange_of(order, price=2500, tee=tee)
    assert shown.difference_minor == 600
    assert services.exchange(one.id, actor="staff:1").status == "requested"
    assert order_now(order.id).payment_status == "partially_paid"
    with pytest.raises(NotShippable), transaction():
        orders.ship(order.id, carrier="", tracking_number="", actor="staff:1")
    payments.begin(order.id, "test")
    payment = payments_of(order.id)[-1]
    assert payment.amount_minor == 600
    choose(payment, "pay")
    payments.apply_payment(payment.id)
    run_jobs()
    assert bank_balance(order.token) == PAID + 600
    with transaction():
        orders.ship(order.id, carrier="", tracking_number="", actor="staff:1")
    assert violations() == []


def test_nothing_is_exchanged_before_it_has_come_back(tee) -> None:
    order = send_out(tee, quantity=1)
    with transaction():
        whole = get_order(order.id)
        (other,) = list_instead(whole, whole.lines[0])
        wanted = [Wanted(whole.lines[0].id, 1, "unsaid", other.variant_id)]
    with transaction():
        one = services.ask(order.id, "exchange", wanted, request_id="k" * 26, seen_minor=0, actor="customer")
    with pytest.raises(NotDecided):
        services.exchange(one.id, actor="staff:1")
    assert order_now(order.id).credited_minor == 0


def test_what_has_sold_out_meanwhile_is_not_exchanged_and_nothing_is_credited(tee) -> None:
    order = send_out(tee, quantity=1)
    one, _shown = exchange_of(order)
    with transaction():
        session.execute(
            text(
                "UPDATE stock_levels SET on_hand = 0 WHERE item_id = "
                "(SELECT item_id FROM variant_items WHERE variant_id = :id)"
            ),
            {"id": tee.variants[1].id},
        )
    with pytest.raises(OutOfStock):
        services.exchange(one.id, actor="staff:1")
    assert (order_now(order.id).credited_minor, the_return().status) == (0, "received")
    assert services.refund(one.id, actor="staff:1").amount_minor == 1900 + 490


def test_an_exchange_is_not_paid_back_as_well(tee) -> None:
    order = send_out(tee, quantity=1)
    one, _shown = exchange_of(order)
    services.exchange(one.id, actor="staff:1")
    with pytest.raises(Conflict):
        services.refund(one.id, actor="staff:1")
    assert refunds_of(order.id) == []


def test_what_arrived_broken_is_sent_once_more_free_of_charge(mug, sent, violations) -> None:
    with transaction():
        line = get_order(sent.id).lines[0].id
    wanted = [Wanted(line, 1, "damaged")]
    with transaction():
        one = services.ask(sent.id, "claim", wanted, request_id="k" * 26, seen_minor=1900, actor="customer")
    for _twice in range(2):
        services.replace(one.id, actor="staff:1", answer="Sorry!")
    after = order_now(sent.id)
    assert (after.total_minor, after.payment_status, after.fulfilment_status) == (THREE, "paid", "partial")
    with transaction():
        assert [(one.quantity, one.total_minor) for one in get_order(sent.id).lines] == [(3, 5700), (1, 0)]
    run_jobs()
    with transaction():
        orders.ship(sent.id, carrier="", tracking_number="", actor="staff:1")
    assert order_now(sent.id).fulfilment_status == "fulfilled"
    assert bank_balance(sent.token) == THREE
    assert violations() == []


def unpaid_exchange(tee):
    """An exchange for a dearer piece whose difference nobody has paid."""
    order = send_out(tee, quantity=1)
    one, _shown = exchange_of(order, price=2500, tee=tee)
    change = services.exchange(one.id, actor="staff:1")
    assert change.status == "requested"
    return order, one, change


def assert_paid_back(order, tee, violations) -> None:
    """What came is paid back once, what waited is free again, and papers, money and books say the same."""
    after = order_now(order.id)
    assert (after.total_minor, after.credited_minor, after.payment_status) == (PAID, 1900, "partially_refunded")
    assert bank_balance(order.token) == shop_balance(order.id) == PAID - 1900
    assert [refund.amount_minor for refund in refunds_of(order.id)] == [1900]
    with transaction():
        held = session.execute(text("SELECT count(*) FROM holds WHERE state IN ('held', 'allocated')")).scalar_one()
        papers = sorted((one.kind, one.total_minor) for one in list_documents(order.id))
    assert (held, papers) == (0, [("credit_note", 1900), ("invoice", PAID)])
    assert the_return().resolution == "refund"
    assert after.fulfilment_status == "returned"
    assert violations() == []


def test_an_exchange_whose_difference_is_never_paid_is_paid_back(tee, clock, violations) -> None:
    order, _one, _change = unpaid_exchange(tee)
    run_jobs()
    assert changes.take_unpaid_exchanges_back() == 0
    clock.shift(timedelta(days=14, minutes=1))
    assert [changes.take_unpaid_exchanges_back() for _twice in range(2)] == [1, 0]
    run_jobs()
    assert_paid_back(order, tee, violations)
    told = [mail.subject for mail in mails()]
    assert sum("is called off" in subject for subject in told) == 1
    with transaction():
        assert units_left(get_order(order.id)) == {get_order(order.id).lines[0].id: 0}


def test_whoever_does_not_want_to_pay_the_difference_is_paid_back(tee, shopper, violations) -> None:
    order, _one, change = unpaid_exchange(tee)
    page = shopper.client.get(f"/orders/{order.token}").text
    assert "Pay me back instead" in page
    at = f"/orders/{order.token}/changes/{change.id}/refusal"
    asked = shopper.client.get(at).text
    assert "You get back what you paid for what you sent back" in asked
    assert shopper.send(at, {}, page=asked).status_code == 303
    run_jobs()
    assert_paid_back(order, tee, violations)
    assert "Paid back" in shopper.client.get(f"/orders/{order.token}/returns/{the_return().id}").text


def test_an_exchange_that_was_paid_in_the_last_moment_is_not_taken_back(tee, clock, violations) -> None:
    order, _one, change = unpaid_exchange(tee)
    payments.begin(order.id, "test")
    payment = payments_of(order.id)[-1]
    choose(payment, "pay_untold")
    with pytest.raises(Outdated):
        changes.take_back(order.id, change.id, move="cancel", version=change.version, actor="staff:1")
    with pytest.raises(Outdated):
        changes.waive(order.id, change.id, version=change.version, actor="staff:1", reason="")
    run_jobs()
    after = order_now(order.id)
    assert (after.payment_status, after.credited_minor) == ("partially_refunded", 1900)
    assert bank_balance(order.token) == PAID + 600
    with transaction():
        assert get_change(order.id, change.id).status == "confirmed"
    assert violations() == []


@pytest.mark.parametrize("price", [1900, 1551])
def test_after_an_exchange_all_papers_together_leave_no_tax_of_any_rate(tee, price, violations) -> None:
    order = send_out(tee, quantity=1)
    session.execute(text("UPDATE products SET tax_class = 'reduced'"))
    begin_rate("AT", "reduced", Decimal("0.1"), valid_from=date(2020, 1, 1))
    one, _shown = exchange_of(order, price=price, tee=tee)
    services.exchange(one.id, actor="staff:1")
    run_jobs()
    payments.refund_in_full(order.id, request_id="f" * 26, actor="staff:1", reason="Closing down", restock=False)
    run_jobs()
    left: dict[Decimal, list[int]] = defaultdict(lambda: [0, 0])
    with transaction():
        for paper in list_documents(order.id):
            for row in paper.data["taxes"]:
                sign = 1 if paper.kind == "invoice" else -1
                left[Decimal(row["rate"])][0] += sign * row["gross"]
                left[Decimal(row["rate"])][1] += sign * row["tax"]
    assert len(left) == 2
    assert set(map(tuple, left.values())) == {(0, 0)}
    assert bank_balance(order.token) == 0
    assert violations() == []
