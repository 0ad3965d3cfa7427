"""When money is taken and how long shipping can be undone: said at the desk, else by how the server is set up."""

from datetime import timedelta

import pytest

from store.core.clock import now
from store.core.db import session, transaction
from store.core.outbox import Outbox
from store.core.settings import Settings
from store.orders import services as orders
from store.orders.services import parcels
from store.payments import providers, services
from store.payments.services import shipped
from tests.factories.catalog import make_product
from tests.factories.payments import choose, make_payment, payment_of, run_jobs

PATH = "/admin/ways-to-pay/"


def keep(desk, **said):
    data = {"payment_capture": "automatic", "undo_minutes": "5", **said}
    return desk.send(PATH, data, form_at=PATH)


def promised(quantity=1):
    payment = make_payment(make_product(stock=5), quantity=quantity)
    choose(payment, "pay")
    services.apply_payment(payment.id)
    return payment_of(payment.order_id)


def send(order_id):
    with transaction():
        return orders.ship(order_id, carrier="", tracking_number="", actor="staff:1")


def test_as_long_as_nobody_says_anything_the_settings_hold(desk, monkeypatch):
    monkeypatch.setattr(shipped, "_wanted", True)
    monkeypatch.setattr(parcels, "_undo_for", timedelta(seconds=Settings().shipping_undo_seconds))
    monkeypatch.setattr(providers, "_settings", providers._settings.model_copy(update={"payment_capture": "manual"}))
    page = desk.get(PATH).text
    assert '<option selected value="manual">' in page
    assert "checked" in page
    assert 'value="5"' in page
    assert promised().status == "authorized"


@pytest.mark.parametrize(("said", "status"), [("manual", "authorized"), ("automatic", "captured")])
def test_the_desk_says_whether_money_is_promised_first(desk, journal, said, status):
    assert keep(desk, payment_capture=said).status_code == 303
    assert promised().status == status
    assert ("edit", "money_rules") in [(action, subject) for action, subject, _id in journal()]


@pytest.mark.parametrize(("said", "status"), [({"capture_on_shipping": "y"}, "captured"), ({}, "authorized")])
def test_the_desk_says_whether_parcels_take_promised_money(desk, said, status):
    keep(desk, payment_capture="manual", undo_minutes="0", **said)
    payment = promised()
    send(payment.order_id)
    run_jobs(only="payments.capture_shipped")
    assert payment_of(payment.order_id).status == status


def test_the_desk_says_how_long_shipping_can_be_undone_and_the_mail_waits_as_long(desk):
    keep(desk, undo_minutes="20")
    payment = promised()
    parcel = send(payment.order_id)
    assert timedelta(minutes=19) < orders.undo_until(parcel) - now() <= timedelta(minutes=20)
    due = session.query(Outbox).filter(Outbox.task.startswith("notifications"), Outbox.done_at.is_(None)).all()
    assert max(one.available_at for one in due) > orders.undo_until(parcel)


def test_what_was_sent_before_keeps_its_time(desk):
    keep(desk, undo_minutes="1")
    parcel = send(promised().order_id)
    until = orders.undo_until(parcel)
    keep(desk, undo_minutes="600")
    assert orders.undo_until(parcel) == until


@pytest.mark.parametrize("said", [{"undo_minutes": "-1"}, {"undo_minutes": "1441"}, {"payment_capture": "never"}])
def test_what_makes_no_sense_is_refused(desk, said):
    assert keep(desk, **said).status_code == 422
