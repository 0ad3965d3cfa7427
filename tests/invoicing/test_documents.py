"""Invoices and credit notes: numbered without gaps, frozen, and right to the cent."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from store.core.db import session, transaction
from store.core.errors import NotFound
from store.invoicing import paper, services
from store.invoicing.queries import list_documents
from store.invoicing.snapshots import billed, of_order, of_refund
from store.payments import services as payments
from store.pricing.sharing import share_out
from tests.factories import shop as shops
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order, make_placed_order
from tests.factories.payments import make_paid_order, refunds_of, run_jobs

SELLER = {
    "name": "Kreis und Faden e. U.",
    "shop": "Kreis & Faden",
    "address": "Lindengasse 1\n1070 Wien\nÖsterreich",
    "vat_id": "ATU12345678",
    "footer": "FN 123456a, Handelsgericht Wien",
    "invoice_prefix": "V-",
    "email": "hallo@shop.example",
    "time_zone": "Europe/Vienna",
}


@pytest.fixture
def shop(db):
    return shops.make_shop()


def save_seller(**changes):
    words = {"legal_name": "Kreis und Faden e. U.", "address": "Lindengasse 1", "vat_id": "ATU1", "footer": ""}
    with transaction():
        services.save_seller(**{**words, "invoice_prefix": "V-", **changes})


def test_a_paid_order_gets_its_invoice_and_a_refund_its_credit_note(shop):
    from store.payments import services as payments

    save_seller()
    order = make_paid_order()
    run_jobs(only="invoicing")
    (invoice,) = list_documents(order.id)
    assert (invoice.kind, invoice.name, invoice.total_minor) == ("invoice", "V-1", order.total_minor)
    payments.refund_in_full(order.id, request_id="r", actor="staff:1", reason="It broke.", restock=False)
    run_jobs(only="invoicing")
    invoice, note = list_documents(order.id)
    assert (note.kind, note.name, note.data["invoice"], note.data["reason"]) == (
        "credit_note", "V-C1", "V-1", "It broke.",
    )  # fmt: skip
    assert (note.total_minor, note.tax_minor) == (order.total_minor, order.tax_minor)
    assert note.refund_id == refunds_of(order.id)[0].id


def test_the_numbers_of_a_kind_have_no_gaps_even_when_an_issue_fails(shop):
    first, second, third = (make_placed_order() for _ in range(3))
    services.issue_invoice(first.id)
    undone = session.begin_nested()
    assert services.issue_invoice(second.id).number == 2
    undone.rollback()
    services.issue_invoice(third.id)
    services.issue_invoice(second.id)
    numbers = [one.number for order in (first, third, second) for one in list_documents(order.id)]
    assert numbers == [1, 2, 3]


def test_asked_twice_it_is_issued_once(shop):
    order = make_placed_order()
    assert services.issue_invoice(order.id).id == services.issue_invoice(order.id).id
    assert len(list_documents(order.id)) == 1


def test_an_order_that_is_not_placed_has_none(shop):
    assert services.issue_invoice(make_pending_order().id) is None


def test_a_credit_note_needs_a_refund_of_this_order(shop):
    with pytest.raises(NotFound):
        services.issue_credit_note(make_placed_order().id, 4711)


@pytest.mark.parametrize("sql", ["UPDATE documents SET total_minor = 1", "DELETE FROM documents"])
def test_what_was_issued_can_not_be_changed(shop, sql):
    services.issue_invoice(make_placed_order().id)
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(text(sql))


def test_a_document_keeps_what_its_issuer_was_called_on_that_day(shop):
    save_seller(legal_name="The old name")
    order = make_placed_order()
    before = paper.invoice_pdf(services.issue_invoice(order.id))
    save_seller(legal_name="The new name")
    (document,) = list_documents(order.id)
    assert document.data["seller"]["name"] == "The old name"
    assert paper.invoice_pdf(document) == before


def test_the_same_document_is_the_same_bytes_and_says_that_it_is_for_keeping(shop):
    document = services.issue_invoice(make_placed_order().id)
    first = paper.invoice_pdf(document)
    assert first == paper.invoice_pdf(document)
    assert first.startswith(b"%PDF-1.7")
    assert b"pdfaid:part>3<" in first


def test_an_invoice_adds_up_to_its_order(shop):
    order = make_placed_order(quantity=3)
    data = of_order(order, SELLER)
    assert sum(line["total"] for line in data["lines"]) == data["total"] == order.total_minor
    assert sum(row["tax"] for row in data["taxes"]) == sum(line["tax"] for line in data["lines"]) == order.tax_minor
    assert all(row["net"] + row["tax"] == row["gross"] for row in data["taxes"])


def test_credit_notes_in_any_split_give_back_exactly_what_was_invoiced(shop):
    chance = random.Random(7)
    order = make_placed_order(quantity=3)
    taxes = {row["rate"]: row for row in of_order(order, SELLER)["taxes"]}
    for _round in range(200):
        left, given = order.total_minor, []
        while left:
            amount = left if left < 3 else chance.randint(1, left)
            still = billed([("invoice", of_order(order, SELLER)), *(("credit_note", data) for data in given)])
            given.append(of_refund(order, SELLER, amount_minor=amount, reason="", invoice="V-1", left=still))
            left -= amount
        for rate, row in taxes.items():
            for part in ("net", "tax", "gross"):
                assert sum(one[part] for data in given for one in data["taxes"] if one["rate"] == rate) == row[part]
        assert all(one[part] >= 0 for data in given for one in data["taxes"] for part in ("net", "tax", "gross"))


def test_a_refund_by_line_is_told_by_line_and_all_of_them_give_back_what_was_invoiced(shop):
    order = make_paid_order(make_product(title="Moth mug"), quantity=3)
    invoice = services.issue_invoice(order.id)
    (line_id,) = (line.id for line in order.lines)
    steps = [
        payments.RefundParts(lines=(payments.LinePart(line_id, 1, 1900),), goodwill_minor=101),
        payments.RefundParts(lines=(payments.LinePart(line_id, 2, 3699),), shipping_minor=490),
    ]
    notes = []
    for number, parts in enumerate(steps):
        (refund,) = payments.refund(order.id, request_id=f"{number}" * 26, actor="staff:1", reason="x", parts=parts)
        notes.append(services.issue_credit_note(order.id, refund.id))
    told = [[(line["title"], line["quantity"], line["total"]) for line in note.data["lines"]] for note in notes]
    assert told[0] == [("Moth mug", 1, 1900), ("Price reduction", 1, 101)]
    assert told[1] == [("Moth mug", 2, 3699), ("Standard", 1, 490)]
    assert sum(note.total_minor for note in notes) == invoice.total_minor
    assert sum(note.tax_minor for note in notes) == invoice.tax_minor
    assert services.issue_credit_note(order.id, refund.id).id == notes[1].id


def test_shares_add_up_and_differ_from_exact_by_less_than_one():
    chance = random.Random(11)
    for _round in range(2000):
        weights = [chance.randint(0, 10_000) for _ in range(chance.randint(1, 6))]
        amount = chance.randint(0, 100_000)
        parts = share_out(amount, weights)
        if sum(weights):
            assert sum(parts) == amount
            assert all(
                abs(part - amount * weight / sum(weights)) < 1 for part, weight in zip(parts, weights, strict=True)
            )


def test_words_that_mean_something_to_the_typesetter_are_only_words(shop):
    save_seller(legal_name='#panic("x") $ \\ * _ ` <x> @y "z"', footer="#include sys", address="= a\n- b")
    document = services.issue_invoice(make_placed_order().id)
    assert paper.invoice_pdf(document).startswith(b"%PDF")


def test_a_packing_slip_has_no_prices(shop):
    order = make_placed_order()
    pdf = paper.packing_slip_pdf(order, shop_name="Kreis & Faden", time_zone="Europe/Vienna")
    assert pdf.startswith(b"%PDF")


def test_only_the_orders_own_link_shows_its_documents(shop, client):
    order, other = make_placed_order(), make_placed_order()
    document = services.issue_invoice(order.id)
    session.commit()
    answer = client.get(f"/orders/{order.token}/documents/{document.id}.pdf")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert client.get(f"/orders/{other.token}/documents/{document.id}.pdf").status_code == 404
    assert f"/documents/{document.id}.pdf" in client.get(f"/orders/{order.token}").text


def test_eight_at_once_issue_eight_numbers_in_a_row(committing_app):
    with committing_app.app_context():
        shops.make_shop()
        ids = [make_placed_order().id for _ in range(8)]
        session.commit()

    def issue(order_id: int) -> int:
        with committing_app.app_context(), transaction():
            return services.issue_invoice(order_id).number

    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(pool.map(issue, [*ids, *ids]))
    assert numbers == sorted([*range(1, 9), *range(1, 9)])


@pytest.mark.parametrize(
    ("payment", "fact", "note"),
    [
        ("paid", "Paid on", "Paid in full"),
        ("authorized", "Ordered on", "confirmed"),
        ("pending", "Ordered on", "Please pay"),
    ],
)
def test_an_invoice_says_that_it_is_paid_only_when_it_is(shop, payment, fact, note):
    order = make_placed_order()
    order.payment_status = payment
    session.flush()
    words = paper._words(services.issue_invoice(order.id))
    assert fact in [name for name, _value in words["facts"]]
    assert note in words["note"]
