"""Packing and shipping at the desk: in parts, in parcels that wait, many orders at once, and a step back."""

from datetime import timedelta

import pytest

from store.audit.report import audit
from store.core.db import session
from store.invoicing import paper
from store.orders.services import parcels
from tests.admin.conftest import one
from tests.factories import payments as money
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order


@pytest.fixture
def paid(shop):
    return money.make_paid_order(make_product(stock=9, title="Moth mug"), quantity=3)


def line_of(order):
    return one("SELECT id FROM order_lines WHERE order_id = :id", id=order.id)[0]


def parcel_of(order):
    return one("SELECT max(id) FROM fulfilments WHERE order_id = :id", id=order.id)[0]


def state_of(order):
    return one("SELECT fulfilment_status FROM orders WHERE id = :id", id=order.id)[0]


def violations():
    money.run_jobs(only="notifications.send")
    return [finding.as_dict() for finding in audit().violations]


def test_a_part_of_an_order_is_sent_and_the_rest_stays_to_be_shipped(desk, paid, journal):
    answer = desk.send(f"/admin/orders/{paid.id}/shipment", {f"quantity-{line_of(paid)}": "1", "carrier": "Post"})
    assert answer.status_code == 303
    assert state_of(paid) == "partial"
    page = desk.get(f"/admin/orders/{paid.id}").text
    assert "Ship 2 items" in page
    assert "1 × Moth mug" in page
    assert f"/admin/orders/{paid.id}" in desk.get("/admin/orders/?state=to-ship").text
    desk.send(f"/admin/orders/{paid.id}/shipment")
    assert state_of(paid) == "fulfilled"
    assert f"/admin/orders/{paid.id}" not in desk.get("/admin/orders/?state=to-ship").text
    assert [line[0] for line in journal()] == ["ship", "ship"]
    assert violations() == []


@pytest.mark.parametrize("count", ["0", "4", "-1", "1.5", "x", "9" * 9])
def test_a_quantity_that_can_not_be_sent_is_refused_with_a_sentence(desk, paid, count):
    answer = desk.send(f"/admin/orders/{paid.id}/shipment", {f"quantity-{line_of(paid)}": count})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert state_of(paid) == "unfulfilled"


def test_a_parcel_is_begun_packed_shipped_and_arrives(desk, paid, journal):
    order = f"/admin/orders/{paid.id}"
    desk.send(f"{order}/parcels", {f"quantity-{line_of(paid)}": "2"})
    parcel = f"{order}/parcels/{parcel_of(paid)}"
    page = desk.get(order).text
    assert "To be packed" in page
    assert "Ship 1 item" in page
    assert desk.get(f"{parcel}/packing-slip.pdf").data.startswith(b"%PDF")
    desk.send(f"{parcel}/packing")
    assert desk.send(f"{parcel}/packing").status_code == 409
    desk.send(f"{parcel}/shipment", {"carrier": "DHL", "tracking_number": "JD1, JD2"})
    assert "tracking-id=JD2" in desk.get(order).text
    desk.send(f"{parcel}/tracking", {"carrier": "GLS", "tracking_number": "G7"})
    assert "match=G7" in desk.get(order).text
    desk.send(f"{parcel}/delivery")
    assert state_of(paid) == "partial"
    assert [line[0] for line in journal()] == [
        "prepare_parcel",
        "pack",
        "ship",
        "edit_tracking",
        "deliver_parcel",
    ]
    assert violations() == []


def test_a_parcel_that_waits_is_called_off(desk, paid):
    desk.send(f"/admin/orders/{paid.id}/parcels")
    assert desk.send(f"/admin/orders/{paid.id}/parcels/{parcel_of(paid)}/cancellation").status_code == 303
    assert "Ship 3 items" in desk.get(f"/admin/orders/{paid.id}").text
    assert violations() == []


def test_shipping_is_undone_while_the_customer_has_not_been_told(desk, paid, monkeypatch):
    desk.send(f"/admin/orders/{paid.id}/shipment")
    assert "Undo shipping" not in desk.get(f"/admin/orders/{paid.id}").text
    other = money.make_paid_order(make_product(stock=1))
    monkeypatch.setattr(parcels, "_undo_for", timedelta(minutes=5))
    answer = desk.send(f"/admin/orders/{other.id}/shipment")
    page = desk.get(answer.headers["Location"]).text
    assert "until then you can undo it" in page
    assert "Undo shipping" in page
    assert desk.send(f"/admin/orders/{other.id}/parcels/{parcel_of(other)}/undoing").status_code == 303
    assert state_of(other) == "unfulfilled"


def test_a_parcel_of_another_order_is_not_found(desk, paid):
    other = money.make_paid_order(make_product(stock=1))
    desk.send(f"/admin/orders/{other.id}/parcels")
    for path in ("packing", "cancellation", "delivery", "undoing"):
        assert desk.send(f"/admin/orders/{paid.id}/parcels/{parcel_of(other)}/{path}").status_code == 404
    assert desk.get(f"/admin/orders/{paid.id}/parcels/{parcel_of(other)}/packing-slip.pdf").status_code == 404


def test_many_orders_are_shipped_at_once_and_what_can_not_leave_says_why(desk, paid):
    second, unpaid = money.make_paid_order(make_product(stock=2)), make_pending_order()
    session.commit()
    page = desk.get(f"/admin/orders/together/shipment?ids={paid.id}&ids={second.id}&ids={unpaid.id}").text
    assert "Ship 3 orders" in page
    answer = desk.send(
        "/admin/orders/together/shipment",
        {
            "ids": [str(paid.id), str(second.id), str(unpaid.id)],
            f"carrier-{paid.id}": "DHL",
            f"tracking-{paid.id}": "A1",
            f"tracking-{second.id}": "B2",
        },
    )
    assert answer.status_code == 409
    assert "2 orders shipped." in answer.text
    assert "Only an order that is paid can be shipped." in answer.text
    assert (state_of(paid), state_of(second), state_of(unpaid)) == ("fulfilled", "fulfilled", "unfulfilled")
    assert violations() == []


def test_shipping_many_orders_ends_on_the_queue(desk, paid):
    desk.send(f"/admin/orders/{paid.id}/parcels", {f"quantity-{line_of(paid)}": "1"})
    answer = desk.send("/admin/orders/together/shipment", {"ids": str(paid.id)})
    assert answer.status_code == 303
    assert state_of(paid) == "fulfilled"
    assert one("SELECT count(*) FROM fulfilments")[0] == 2


def test_the_papers_of_many_orders_hold_what_is_still_to_leave_and_nothing_else(desk, paid, monkeypatch):
    second = money.make_paid_order(make_product(stock=2, title="Owl bowl"))
    desk.send(f"/admin/orders/{paid.id}/shipment", {f"quantity-{line_of(paid)}": "1"})
    desk.send(f"/admin/orders/{paid.id}/parcels", {f"quantity-{line_of(paid)}": "1"})
    papers = f"/admin/orders/together/packing-papers.pdf?ids={paid.id}&ids={second.id}"
    answer = desk.get(papers)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    seen = []
    monkeypatch.setattr(paper, "typeset", lambda _template, words, _moment: seen.append(words) or b"")
    desk.get(papers)
    assert [[row[0] for row in slip["rows"]] for slip in seen[0]["slips"]] == [["1"], ["1"], ["1"]]
    assert [(row[0], row[1]) for row in seen[0]["pick"]["rows"]] == [("2", "Moth mug"), ("1", "Owl bowl")]
    desk.send("/admin/orders/together/shipment", {"ids": [str(paid.id), str(second.id)]})
    assert desk.get(papers).status_code == 404


@pytest.mark.parametrize("query", ["", "ids=", "ids=x", "ids=99999", "ids=" + "9" * 40])
def test_nothing_is_done_for_no_orders(desk, query):
    assert desk.get(f"/admin/orders/together/shipment?{query}").status_code == 404
    assert desk.get(f"/admin/orders/together/packing-papers.pdf?{query}").status_code == 404


def as_pickup(order):
    order.delivery = {"kind": "pickup", "point": {"name": "The shop", "line1": "Lindengasse 1", "country": "AT"}}
    session.commit()


def test_what_is_fetched_is_made_ready_and_then_handed_over(desk, paid, journal):
    as_pickup(paid)
    page = desk.get(f"/admin/orders/{paid.id}").text
    assert "Ready to fetch: tell the customer" in page
    assert 'name="carrier"' not in page
    assert desk.send(f"/admin/orders/{paid.id}/pickup", {}).status_code == 303
    queue = desk.get("/admin/orders/?state=to-ship").text
    assert "Ready to fetch" in queue
    assert f'name="ids" value="{paid.id}" form="together"' in queue
    page = desk.get(f"/admin/orders/{paid.id}").text
    assert f"/parcels/{parcel_of(paid)}/handover" in page
    assert "Buy a label" not in page
    assert desk.send(f"/admin/orders/{paid.id}/parcels/{parcel_of(paid)}/handover", {}).status_code == 303
    assert state_of(paid) == "delivered"
    assert "Fetched by the customer" in desk.get(f"/admin/orders/{paid.id}").text
    assert violations() == []


def test_what_is_put_aside_can_be_ready_later(desk, paid):
    as_pickup(paid)
    desk.send(f"/admin/orders/{paid.id}/parcels", {})
    parcel = parcel_of(paid)
    refused = desk.send(f"/admin/orders/{paid.id}/parcels/{parcel}/readiness", {})
    assert refused.status_code == 303
    assert desk.send(f"/admin/orders/{paid.id}/parcels/{parcel}/readiness", {}).status_code == 409


def test_many_orders_at_once_are_sent_or_made_ready_each_in_its_way(desk, paid):
    as_pickup(paid)
    assert "Ready to fetch: the customer is told." in desk.get(f"/admin/orders/together/shipment?ids={paid.id}").text
    assert desk.send("/admin/orders/together/shipment", {"ids": str(paid.id)}).status_code == 303
    assert one("SELECT status, ready_at IS NOT NULL FROM fulfilments")[:] == ("packed", True)
    assert state_of(paid) == "unfulfilled"


def test_the_slip_of_what_is_fetched_names_the_place_and_not_where_its_buyer_lives(paid, monkeypatch):
    as_pickup(paid)
    said = {}
    monkeypatch.setattr(paper, "typeset", lambda _template, words, _moment: said.update(words) or b"")
    paper.packing_slip_pdf(paid, shop_name="Dimmet", time_zone="Europe/Vienna")
    (slip,) = said["slips"]
    assert slip["to"] == [paid.shipping_address["name"]]
    assert "Lindengasse 1" in slip["delivery"]
