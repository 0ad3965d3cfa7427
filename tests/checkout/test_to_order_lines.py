"""What is made to order, and what is in sets, on its way through cart, checkout, payment, parcel, refund and back."""

import itertools
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from store.audit.report import audit
from store.catalog import graphs, kits
from store.catalog.graphs import BlankDraft
from store.catalog.kits import PartDraft
from store.core.db import session, transaction
from store.inventory import services as inventory
from store.inventory.queries import available_for
from store.inventory.services import OpeningStock
from store.orders import services as orders
from store.orders.models import Order
from store.payments import services as payments
from tests.checkout.test_routes import choose_delivery, give_contact, place
from tests.factories import payments as money
from tests.factories.catalog import forget, make_product
from tests.factories.shop import make_shop
from tests.factories.to_order import AXES, ToOrder, make_to_order

FOX = {"product": "tee", "motif": "fox", "colour": "ink", "size": "m"}
MOON = {**FOX, "motif": "moon"}


@pytest.fixture(autouse=True)
def shop(db: object) -> None:
    make_shop()


@pytest.fixture
def tee() -> ToOrder:
    """Five shirts of each colour and size, and 20 boxes, of which each tee takes two."""
    made = make_to_order(deltas={"Fox": 400})
    with transaction():
        names = list(itertools.product(AXES["Colour"], AXES["Size"]))
        shirts = inventory.create_items(
            [OpeningStock(None, "SHIRT" if one == ("Ink", "M") else None, 5) for one in names], actor="test"
        )
        (box,) = inventory.create_items([OpeningStock(None, "BOX", 20)], actor="test")
        blanks = [BlankDraft(made.ids(*one), shirt) for one, shirt in zip(names, shirts, strict=True)]
        graphs.save_blanks(made.id, [*blanks, BlankDraft((), box, 2)])
    forget()
    return made


@pytest.fixture
def breakfast() -> int:
    """A set of two mugs, of which there are nine, and one of four bowls; the variant's id."""
    mug, bowl = make_product("mug", title="Mug", stock=9), make_product("bowl", title="Bowl", stock=4)
    kit = make_product("breakfast", title="Breakfast", price=4900, stock=0)
    with transaction():
        kits.set_parts(kit.variant.id, [PartDraft(mug.variant.id, 2), PartDraft(bowl.variant.id)])
        for made, sku in ((mug, "MUG"), (bowl, "BOWL")):
            session.execute(
                text("UPDATE inventory_items SET sku = :sku FROM variant_items vi "
                     "WHERE vi.item_id = inventory_items.id AND vi.variant_id = :id"),
                {"sku": sku, "id": made.variant.id},
            )  # fmt: skip
    forget()
    return kit.variant.id


def reach_payment(client: FlaskClient) -> None:
    assert give_contact(client).status_code == 303
    assert choose_delivery(client).status_code == 303


def put(client: FlaskClient, quantity: int = 1, **fields: str) -> int:
    return client.submit("/cart/lines", {**fields, "quantity": str(quantity)}).status_code


def shelf(*skus: str) -> list[tuple[int, int, int]]:
    """What is on hand, reserved and allocated of some items."""
    rows = session.execute(
        text("SELECT i.sku, s.on_hand, s.reserved, s.allocated FROM stock_levels s "
             "JOIN inventory_items i ON i.id = s.item_id WHERE i.sku = ANY(:skus)"),
        {"skus": list(skus)},
    ).all()  # fmt: skip
    found = {sku: (on_hand, reserved, allocated) for sku, on_hand, reserved, allocated in rows}
    return [found[sku] for sku in skus]


def left(client: FlaskClient, path: str) -> str:
    """What the page says about stock."""
    page = client.get(path).text
    return page.partition('id="product-availability" role="status">')[2].partition("</span>")[0].rpartition(">")[2]


def bought(client: FlaskClient) -> Order:
    """Order what is in the cart, and pay."""
    reach_payment(client)
    assert place(client).status_code == 303
    order = session.execute(select(Order)).scalar_one()
    assert shelf("SHIRT", "BOX", "MUG", "BOWL") == [(5, 3, 0), (20, 6, 0), (9, 5, 0), (4, 2, 0)]
    payment = money.payment_of(order.id)
    money.choose(payment, "pay")
    payments.apply_payment(payment.id)
    assert shelf("SHIRT", "BOX", "MUG", "BOWL") == [(5, 0, 3), (20, 0, 6), (9, 0, 5), (4, 0, 2)]
    return money.order_of(payment)


def fill(client: FlaskClient) -> None:
    """Three tees of two motifs on one kind of shirt, two sets, and a mug beside."""
    assert put(client, 2, **FOX) == 303
    assert put(client, 1, **MOON) == 303
    assert put(client, 2, product="breakfast") == 303
    assert put(client, 1, product="mug") == 303


def sound() -> None:
    money.run_jobs()
    assert [finding.as_dict() for finding in audit().violations] == []


def cancel(order: Order) -> None:
    payments.cancel_order(order.id, request_id="c" * 26, actor="staff:1", reason="second thoughts", restock=True)


def return_all(order: Order) -> None:
    with transaction():
        orders.ship(order.id, carrier="Post", tracking_number="1", actor="staff:1")
    assert shelf("SHIRT", "BOX", "MUG", "BOWL") == [(2, 0, 0), (14, 0, 0), (4, 0, 0), (2, 0, 0)]
    payments.refund_in_full(order.id, request_id="r" * 26, actor="staff:1", reason="came back", restock=True)


@pytest.mark.parametrize("undo", [cancel, return_all], ids=["cancelled before the parcel", "sent back"])
def test_what_is_bought_moves_the_stock_of_its_blanks_and_parts_and_comes_back(
    client: FlaskClient, tee: ToOrder, breakfast: int, undo: Callable[[Order], None]
) -> None:
    fill(client)
    order = bought(client)
    told = {(line.title, line.variant_title): (line.sku, line.quantity, line.total_minor) for line in order.lines}
    assert told["Tee", "Fox / Ink / M"] == ("TEE-FOX-INK-M", 2, 6800)
    assert told["Tee", "Moon / Ink / M"] == ("TEE-MOON-INK-M", 1, 3000)
    assert told["Breakfast", ""][1:] == (2, 9800)
    # Two shirts are left, of whatever motif; of the bowls two, so as many sets.
    assert left(client, "/products/tee?motif=fern&colour=ink&size=m") == "Only 2 left"
    assert left(client, "/products/tee?motif=fern&colour=sand&size=m") == "Only 5 left"
    assert left(client, "/products/breakfast") == "Only 2 left"
    sound()
    undo(order)
    assert shelf("SHIRT", "BOX", "MUG", "BOWL") == [(5, 0, 0), (20, 0, 0), (9, 0, 0), (4, 0, 0)]
    assert left(client, "/products/tee?motif=fern&colour=ink&size=m") == "Only 5 left"
    assert left(client, "/products/breakfast") == "Only 4 left"
    sound()


def test_an_order_that_is_not_paid_gives_its_blanks_and_parts_back(
    client: FlaskClient, tee: ToOrder, breakfast: int
) -> None:
    fill(client)
    reach_payment(client)
    assert place(client).status_code == 303
    order = session.execute(select(Order)).scalar_one()
    with transaction():
        orders.mark_expired(order.id)
    assert shelf("SHIRT", "BOX", "MUG", "BOWL") == [(5, 0, 0), (20, 0, 0), (9, 0, 0), (4, 0, 0)]


def test_two_motifs_in_one_cart_can_not_have_more_shirts_than_there_are(client: FlaskClient, tee: ToOrder) -> None:
    assert put(client, 3, **FOX) == 303
    assert put(client, 2, **MOON) == 303
    reach_payment(client)
    # Meanwhile somebody else takes one in a third motif.
    other = client.application.test_client()
    assert put(other, 1, **{**FOX, "motif": "fern"}) == 303
    fern = session.execute(text("SELECT id FROM variants WHERE sku = 'TEE-FERN-INK-M'")).scalar_one()
    with transaction():
        inventory.hold("order:77", {fern: 1})
    refused = place(client)
    assert refused.status_code == 409
    assert "Tee" in refused.text
    assert shelf("SHIRT", "BOX") == [(5, 1, 0), (20, 2, 0)]
    assert session.execute(select(Order)).all() == []


def test_a_set_is_there_as_often_as_its_scarcest_part(client: FlaskClient, breakfast: int) -> None:
    chances = [(9, 4, 4), (3, 4, 1), (1, 4, 0), (9, 0, 0), (0, 0, 0), (20, 20, 10)]
    for mugs, bowls, sets in chances:
        for sku, count in (("MUG", mugs), ("BOWL", bowls)):
            level = session.execute(
                text("SELECT s.id FROM stock_levels s JOIN inventory_items i ON i.id = s.item_id WHERE i.sku = :sku"),
                {"sku": sku},
            ).scalar_one()
            with transaction():
                inventory.adjust(level, set_to=count, reason="counted", actor="test")
        assert available_for([breakfast]) == {breakfast: sets}
        said = "Sold out" if not sets else f"Only {sets} left" if sets <= 5 else "In stock"
        assert left(client, "/products/breakfast") == said
        assert put(client, sets + 1, product="breakfast") == 409


def test_what_was_ordered_keeps_its_parts(client: FlaskClient, tee: ToOrder, breakfast: int) -> None:
    fill(client)
    order = bought(client)
    (bowl,) = session.execute(
        text("SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id WHERE p.handle = 'bowl'")
    ).one()
    with pytest.raises(kits.Invalid, match="ordered as it is"), transaction():
        kits.set_parts(breakfast, [PartDraft(bowl, 3)])
    # A choice that takes another blank from now on is another variant; the one that was ordered stays what it was.
    with transaction():
        (new,) = inventory.create_items([OpeningStock(None, "NEW", 50)], actor="test")
        graphs.save_blanks(tee.id, [BlankDraft((), new)])
    cancel(order)
    assert shelf("SHIRT", "BOX", "NEW") == [(5, 0, 0), (20, 0, 0), (50, 0, 0)]
    assert put(client, 9, **FOX) == 303
    sound()
