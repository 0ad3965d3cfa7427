"""One mail for each thing that happens to an order, however often its handler runs."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from store.core import queue
from store.core.db import session, transaction
from store.core.outbox import Outbox
from store.notifications import handlers, services
from store.notifications.models import Message
from store.orders import services as orders
from store.orders.events import OrderCancelled, OrderExpired, OrderPlaced, OrderRefunded, OrderShipped
from store.payments.models import Payment, Refund
from tests.factories.orders import make_pending_order


def messages() -> list[Message]:
    return list(
        session.execute(select(Message).order_by(Message.id).execution_options(populate_existing=True)).scalars()
    )


def waiting(task: str) -> list[Outbox]:
    return list(
        session.execute(
            select(Outbox)
            .where(Outbox.task == task, Outbox.done_at.is_(None))
            .execution_options(populate_existing=True)
        ).scalars()
    )


def do_all() -> None:
    """Do what waits in the outbox, as the worker would."""
    while due := session.execute(
        select(Outbox.id).where(Outbox.done_at.is_(None), Outbox.parked_at.is_(None)).order_by(Outbox.id)
    ).first():
        assert queue.perform(due.id)


def refund_of(order) -> Refund:
    with transaction():
        payment = Payment(
            order_id=order.id,
            provider="test",
            external_id="pay_1",
            idempotency_key="k",
            currency="EUR",
            amount_minor=order.total_minor,
            captured_minor=order.total_minor,
            status="captured",
        )
        session.add(payment)
        session.flush()
        refund = Refund(
            payment_id=payment.id, request_id="r", amount_minor=1000, currency="EUR", status="succeeded", restock=False
        )
        session.add(refund)
        session.flush()
        return refund


def test_a_paid_order_gets_its_receipt_by_mail(order, by_smtp):
    do_all()
    (message,) = messages()
    assert (message.kind, message.status, message.recipient) == ("receipt", "sent", "ana@example.com")
    assert (message.dedupe_key, message.subject_ref) == (f"receipt:order:{order.id}", f"order:{order.id}")
    assert message.sent_at is not None
    (mail,) = by_smtp.mails
    assert mail["Subject"] == f"Your order {order.number} at Test Shop"
    assert mail["Message-ID"].startswith(f"<receipt.order.{order.id}@")
    assert by_smtp.recipients == ["ana@example.com"]
    text, html = (part.get_content() for part in mail.iter_parts())
    for words in ("Moth mug", "€38.00", "€42.90", "Ana Gruber", "Lindengasse 4", f"/orders/{order.token}"):
        assert words in text
        assert words in html


@pytest.mark.parametrize("times", [2, 5])
def test_a_handler_that_runs_again_writes_no_second_mail(order, by_smtp, times):
    for _ in range(times):
        handlers.send_receipt(OrderPlaced(order.id))
    do_all()
    for _ in range(times):
        handlers.send_receipt(OrderPlaced(order.id))
    do_all()
    assert len(messages()) == len(by_smtp.mails) == 1


def test_a_mail_is_sent_once_however_often_its_job_runs(order, by_smtp):
    do_all()
    services.deliver(messages()[0].id)
    assert len(by_smtp.mails) == 1


def test_the_parcel_is_told_with_a_link_to_follow_it(order, by_smtp):
    with transaction():
        orders.ship(order.id, carrier="DHL Paket", tracking_number="JD014 6", actor="staff")
    do_all()
    mail = by_smtp.mails[-1]
    assert mail["Subject"] == f"Your order {order.number} is on its way"
    for part in mail.iter_parts():
        assert "https://www.dhl.com/global-en/home/tracking.html?tracking-id=JD014%206" in part.get_content()


def test_a_parcel_of_a_carrier_we_dont_know_has_its_number_only(order, by_smtp):
    with transaction():
        orders.ship(order.id, carrier="Cousin Max", tracking_number="", actor="staff")
    do_all()
    assert "Cousin Max" in by_smtp.mails[-1].as_string()
    assert "Follow the parcel" not in by_smtp.mails[-1].as_string()


def test_an_order_that_was_not_paid_is_told_that_nothing_is_owed(order, by_smtp):
    with transaction():
        pending = make_pending_order()
        orders.mark_expired(pending.id)
    do_all()
    assert "expired" in {message.kind for message in messages()}
    assert any("nothing is owed" in mail.as_string() for mail in by_smtp.mails)
    handlers.send_expired(OrderExpired(pending.id))
    assert [message.kind for message in messages()].count("expired") == 1


def test_a_shopper_who_went_on_with_the_cart_is_not_told(order, by_smtp):
    with transaction():
        orders.mark_expired(make_pending_order().id, given_up=True)
    do_all()
    assert [message.kind for message in messages()] == ["receipt"]


def test_an_order_paid_late_is_not_told_that_it_was_closed(order, by_smtp):
    with transaction():
        late = make_pending_order()
        orders.mark_expired(late.id)
        orders.mark_placed(late.id)
    do_all()
    assert [message.kind for message in messages()] == ["receipt", "receipt"]


def test_a_cancelled_order_is_told(order, by_smtp):
    with transaction():
        orders.mark_cancelled(order.id, actor="staff", reason="asked for", restock=True)
    do_all()
    handlers.send_cancelled(OrderCancelled(order.id))
    assert [message.kind for message in messages()] == ["receipt", "cancelled"]
    assert "What you paid goes back" in messages()[1].text


def test_a_refund_is_told_with_its_amount(order, by_smtp):
    refund = refund_of(order)
    with transaction():
        orders.record_refund(order.id, refund_id=refund.id, amount_minor=1000, credit_minor=1000, actor="staff")
    do_all()
    handlers.send_refunded(OrderRefunded(order.id, refund.id))
    assert [message.kind for message in messages()] == ["receipt", "refunded"]
    assert "€10.00 paid back" in messages()[1].text


def test_a_mail_that_can_never_be_written_is_parked_and_holds_up_nobody(order, by_smtp, clock):
    with transaction():
        queue.enqueue("notifications.send_shipped", order_id=order.id, fulfilment_id=999)
    (poison,) = waiting("notifications.send_shipped")
    for _ in range(queue.MAX_ATTEMPTS):
        assert queue.perform(poison.id)
        clock.shift(timedelta(hours=1))
    session.refresh(poison)
    assert poison.parked_at is not None
    assert "NotFound" in (poison.last_error or "")
    assert not queue.perform(poison.id)
    do_all()
    assert len(by_smtp.mails) == 1


def test_a_server_that_asks_for_patience_is_tried_again(order, by_smtp, clock):
    by_smtp.at_rcpt = "451 try later"
    queue.perform(waiting("notifications.send_receipt")[0].id)
    (job,) = waiting("notifications.deliver")
    queue.perform(job.id)
    (message,) = messages()
    assert message.status == "queued"
    assert "451" in message.error
    by_smtp.at_rcpt = ""
    assert not queue.perform(job.id)
    clock.shift(timedelta(minutes=1))
    assert queue.perform(job.id)
    assert (messages()[0].status, messages()[0].error) == ("sent", "")
    assert len(by_smtp.mails) == 1


@pytest.mark.parametrize("where", ["at_rcpt", "at_data"])
def test_a_refusal_for_good_is_kept_where_staff_can_see_it(order, by_smtp, where):
    setattr(by_smtp, where, "550 no such person")
    do_all()
    (message,) = messages()
    assert message.status == "failed"
    assert "550" in message.error
    assert waiting("notifications.deliver") == []
    setattr(by_smtp, where, "")
    with transaction():
        services.send_again(message.id)
    do_all()
    assert messages()[0].status == "sent"
    assert len(by_smtp.mails) == 1


def test_a_mail_says_what_was_true_when_it_was_written(order, by_smtp, change):
    queue.perform(waiting("notifications.send_receipt")[0].id)
    change(email="later@example.com")
    do_all()
    assert by_smtp.recipients == ["ana@example.com"]


def test_events_of_an_order_lead_to_these_mails():
    names = {"send_receipt", "send_shipped", "send_expired", "send_cancelled", "send_refunded", "deliver"}
    assert {f"notifications.{name}" for name in names} <= queue.job_names()
    assert OrderShipped(1, 2).fulfilment_id == 2
