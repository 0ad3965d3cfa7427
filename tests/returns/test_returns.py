"""Sending something back: what can come back, what it brings, and where it ends up."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from store.core.db import session, transaction
from store.core.errors import Conflict, Invalid
from store.core.moves import IllegalMove
from store.orders import services as orders
from store.orders.queries import get_order
from store.payments import services as payments
from store.returns import services
from store.returns.errors import NotDecided, NothingChosen, NotReturnable
from store.returns.models import ReturnExclusion, ReturnRules
from store.returns.queries import offer
from store.returns.services import Arrived, Wanted
from tests.factories.catalog import make_product
from tests.factories.orders import make_placed_order
from tests.factories.payments import bank_balance, break_next, make_paid_order, refunds_of, run_jobs, shop_balance
from tests.returns.conftest import mails, on_hand, order_now, send_out, the_return

pytestmark = pytest.mark.usefixtures("db")

KEY = "k" * 26


def line_of(order) -> int:
    with transaction():
        return get_order(order.id).lines[0].id


def ask(order, quantity: int = 1, *, kind: str = "return", reason: str = "unsaid", key: str = KEY, seen: int = 0):
    wanted = [Wanted(line_of(order), quantity, reason)]
    with transaction():
        shown = services.preview(get_order(order.id), kind, wanted)
    with transaction():
        return services.ask(
            order.id, kind, wanted, request_id=key, seen_minor=seen or shown.back_minor, actor="customer"
        )


def receive(one, *, received: int = 1, sellable: int = 1):
    with transaction():
        return services.receive(one.id, [Arrived(the_return().lines[0].id, received, sellable)], actor="staff:1")


def test_a_return_comes_back_is_put_on_the_shelf_and_paid_back_to_the_cent(mug, sent, violations) -> None:
    one = ask(sent, 2)
    assert (one.status, one.name, one.promised_minor) == ("approved", f"{sent.number}-R1", 3800)
    assert on_hand(mug) == 7
    receive(one, received=2, sellable=2)
    assert on_hand(mug) == 9
    assert order_now(sent.id).fulfilment_status == "partially_returned"
    refund = services.refund(one.id, actor="staff:1")
    assert (refund.amount_minor, refund.status) == (3800, "succeeded")
    after = order_now(sent.id)
    assert (after.credited_minor, after.payment_status) == (3800, "partially_refunded")
    assert (the_return().status, the_return().resolution) == ("resolved", "refund")
    assert bank_balance(sent.token) == shop_balance(sent.id) == sent.total_minor - 3800
    assert violations() == []


def test_what_is_not_as_new_is_written_off(mug, sent, violations) -> None:
    one = ask(sent, 2)
    receive(one, received=2, sellable=1)
    assert on_hand(mug) == 8
    with transaction():
        kinds = session.execute(text("SELECT kind, on_hand_delta, reason FROM stock_movements ORDER BY id")).all()
    assert ("adjusted", -1) in [(row.kind, row.on_hand_delta) for row in kinds]
    assert f"{sent.number}-R1" in next(row.reason for row in kinds if row.kind == "adjusted" and row.on_hand_delta < 0)
    assert violations() == []


def test_what_comes_bit_by_bit_is_counted_once(mug, sent) -> None:
    one = ask(sent, 3)
    receive(one, received=1)
    receive(one, received=2, sellable=2)
    assert on_hand(mug) == 10
    with pytest.raises(Invalid):
        receive(one, received=1)
    assert order_now(sent.id).fulfilment_status == "returned"


def test_the_last_goods_bring_the_delivery_along(sent) -> None:
    with transaction():
        order = get_order(sent.id)
        some = services.preview(order, "return", [Wanted(order.lines[0].id, 2, "unsaid")])
        everything = services.preview(order, "return", [Wanted(order.lines[0].id, 3, "unsaid")])
    assert (some.back_minor, some.shipping_minor) == (3800, 0)
    assert (everything.back_minor, everything.shipping_minor) == (sent.total_minor, 490)


def test_returning_everything_step_by_step_gives_back_exactly_what_was_paid(sent, violations) -> None:
    for step in (1, 2, 3):
        one = ask(sent, 1, key=f"{KEY}{step}")
        with transaction():
            services.receive(one.id, [Arrived(one_line(one.id), 1, 1)], actor="staff:1")
        services.refund(one.id, actor="staff:1")
    assert bank_balance(sent.token) == 0
    after = order_now(sent.id)
    assert (after.payment_status, after.fulfilment_status) == ("refunded", "returned")
    assert violations() == []


def one_line(return_id: int) -> int:
    sql = "SELECT id FROM return_lines WHERE return_id = :id"
    return session.execute(text(sql), {"id": return_id}).scalar_one()


def test_a_return_is_paid_back_once_however_often_it_is_settled(sent) -> None:
    one = ask(sent)
    receive(one)
    for _twice in range(2):
        services.refund(one.id, actor="staff:1")
    assert [refund.amount_minor for refund in refunds_of(sent.id)] == [1900]


def test_a_return_whose_end_was_lost_is_ended_without_a_second_payment(sent, monkeypatch) -> None:
    one = ask(sent, 3)
    receive(one, received=3, sellable=3)
    with monkeypatch.context() as patched:
        patched.setattr("store.returns.services.settle._end", lambda *_a, **_k: (_ for _ in ()).throw(OSError))
        with pytest.raises(OSError):
            services.refund(one.id, actor="staff:1")
    assert the_return().status == "received"
    services.refund(one.id, actor="staff:1")
    assert the_return().resolution == "refund"
    assert len(refunds_of(sent.id)) == 1


def test_a_refused_refund_leaves_the_return_open_and_can_be_tried_again(sent) -> None:
    one = ask(sent)
    receive(one)
    break_next("refund", "declined")
    with pytest.raises(Conflict):
        services.refund(one.id, actor="staff:1")
    assert the_return().status == "received"
    assert services.refund(one.id, actor="staff:1").status == "succeeded"
    assert bank_balance(sent.token) == sent.total_minor - 1900


def test_nothing_is_paid_back_before_the_goods_are_here(sent) -> None:
    one = ask(sent)
    with pytest.raises(NotDecided):
        services.refund(one.id, actor="staff:1")
    assert refunds_of(sent.id) == []


def test_no_more_comes_back_than_was_sent(sent) -> None:
    ask(sent, 2)
    with pytest.raises(NotReturnable):
        ask(sent, 2, key="j" * 26)
    ask(sent, 1, key="i" * 26)
    with pytest.raises(NotReturnable):
        ask(sent, 1, key="h" * 26)


def test_what_was_paid_back_at_the_desk_does_not_come_back_again(sent) -> None:
    parts = payments.RefundParts(lines=(payments.LinePart(line_of(sent), 3, 5700),))
    payments.refund(sent.id, request_id="desk", actor="staff:1", reason="", parts=parts)
    with transaction():
        assert not offer(get_order(sent.id), "return").open


def test_one_form_is_one_return(sent) -> None:
    assert ask(sent).id == ask(sent).id


def test_what_the_shopper_saw_is_what_is_promised(sent) -> None:
    with pytest.raises(Conflict):
        ask(sent, seen=1)


def test_an_order_that_is_still_here_or_long_gone_can_not_be_sent_back(sent, clock) -> None:
    here = make_paid_order(make_product("cup", stock=1))
    with transaction():
        assert "Nothing of this order has been sent yet" in offer(get_order(here.id), "return").why
        assert offer(get_order(sent.id), "return").open
    clock.shift(timedelta(days=14 + 4))
    with transaction():
        assert offer(get_order(sent.id), "return").open
    clock.shift(timedelta(days=4))
    with transaction():
        assert not offer(get_order(sent.id), "return").open
        assert offer(get_order(sent.id), "claim").open


def test_the_shop_says_what_it_does_not_take_back(mug, sent) -> None:
    with transaction():
        session.execute(text("UPDATE products SET tags = '{hygiene}' WHERE id = :id"), {"id": mug.product.id})
        session.add_all([ReturnRules(id=1, approves_at_once=False), ReturnExclusion(tag="hygiene", reason="Opened.")])
    with transaction():
        offered = offer(get_order(sent.id), "return")
        assert [one.why for one in offered.lines] == ["Opened."]
        assert offer(get_order(sent.id), "claim").open
    with pytest.raises(NotReturnable):
        ask(sent)


def test_a_claim_waits_for_a_person_and_is_paid_back_without_a_parcel(mug, sent, violations) -> None:
    one = ask(sent, kind="claim", reason="damaged")
    assert (one.status, one.sends_back) == ("requested", False)
    services.refund(one.id, actor="staff:1", answer="We are sorry.")
    assert bank_balance(sent.token) == sent.total_minor - 1900
    assert on_hand(mug) == 7
    assert violations() == []
    with pytest.raises(NothingChosen):
        ask(sent, kind="claim", reason="too_small", key="j" * 26)


def test_staff_may_want_to_see_what_is_broken_first(sent) -> None:
    one = ask(sent, kind="claim", reason="faulty")
    with transaction():
        services.approve(one.id, actor="staff:1", sends_back=True)
    with pytest.raises(NotDecided):
        services.refund(one.id, actor="staff:1")
    receive(one, received=1, sellable=0)
    assert services.refund(one.id, actor="staff:1").amount_minor == 1900


def test_a_return_that_is_called_off_can_be_asked_for_again(sent) -> None:
    one = ask(sent, 3)
    with transaction():
        services.cancel(one.id, actor="customer")
    assert ask(sent, 3, key="j" * 26).name == f"{sent.number}-R2"
    with pytest.raises(IllegalMove), transaction():
        services.approve(one.id, actor="staff:1")


def test_whoever_is_turned_down_reads_why(sent) -> None:
    one = ask(sent, kind="claim", reason="damaged")
    with pytest.raises(Invalid), transaction():
        services.reject(one.id, actor="staff:1", answer=" ")
    with transaction():
        services.reject(one.id, actor="staff:1", answer="It was whole when it left, see the picture.")
    run_jobs(only="returns")
    assert "whole when it left" in mails()[-1].text


def test_each_step_is_one_mail(sent) -> None:
    one = ask(sent)
    with transaction():
        services.note_sent(one.id, tracking_number="RR1", actor="customer")
    receive(one)
    services.refund(one.id, actor="staff:1")
    run_jobs(only="returns")
    run_jobs(only="returns")
    assert [mail.dedupe_key for mail in mails()] == [
        f"return:{one.id}:{status}" for status in ("approved", "received", "resolved")
    ]
    assert f"/orders/{sent.token}/returns/{one.id}" in mails()[0].text


def test_two_requests_at_once_are_numbered_apart(sent) -> None:
    assert {ask(sent).name, ask(sent, key="j" * 26).name} == {f"{sent.number}-R1", f"{sent.number}-R2"}


def test_a_closed_return_takes_nothing_any_more(sent) -> None:
    one = ask(sent)
    receive(one)
    with transaction():
        services.close(one.id, actor="staff:1", answer="Worn.")
    with pytest.raises(IllegalMove):
        receive(one)
    services_refund = pytest.raises(Conflict)
    with services_refund:
        services.refund(one.id, actor="staff:1")
    assert refunds_of(sent.id) == []


def test_an_unpaid_order_that_comes_back_is_owed_less(mug) -> None:
    with transaction():
        order = make_placed_order(make_product("cup", stock=3), quantity=2)
        session.execute(
            text("UPDATE orders SET ship_unpaid = true, payment_status = 'pending' WHERE id = :id"), {"id": order.id}
        )
    with transaction():
        orders.ship(order.id, carrier="", tracking_number="", actor="test")
    one = ask(order)
    receive(one)
    for _twice in range(2):
        assert services.refund(one.id, actor="staff:1") is None
    assert order_now(order.id).credited_minor == 1900


def test_several_orders_do_not_mix(mug, sent) -> None:
    other = send_out(mug, quantity=1)
    ask(sent)
    with pytest.raises(Conflict):
        ask(other)
