"""An order that has arrived, and the people at both ends of a return."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from store.audit.report import audit
from store.core.db import session, transaction
from store.inventory.models import StockLevel, VariantItem
from store.notifications.models import Message
from store.orders import services as orders
from store.orders.models import Order
from store.returns.models import Return
from store.returns.queries import find_return
from tests.factories.catalog import Made, make_product
from tests.factories.payments import make_paid_order
from tests.factories.shop import make_shop

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def shop(db: object) -> None:
    """Every test has a merchant."""
    make_shop()


@pytest.fixture
def mug(db: object) -> Made:
    """Ten mugs."""
    return make_product("mug", title="Moth mug", stock=10)


@pytest.fixture
def sent(mug: Made) -> Order:
    """Three mugs that were paid and have left the house."""
    return send_out(mug, quantity=3)


@pytest.fixture
def violations() -> Callable[[], list[str]]:
    """A function that audits the ledgers and returns the names of the checks that failed."""
    return lambda: sorted({finding.check for finding in audit().violations})


@pytest.fixture
def shopper(client: FlaskClient) -> "Shopper":
    """A browser with the link of an order."""
    return Shopper(client)


class Shopper:
    """Sends what the pages' own forms send."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def send(self, path: str, data: dict[str, str], *, page: str):
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        return self.client.post(path, data={"csrf_token": token[1], **data}, headers=SAME_ORIGIN)

    @staticmethod
    def hidden(page: str) -> list[tuple[str, str]]:
        """What the hidden fields of a page hold."""
        tags = re.findall(r'<input[^>]*type="hidden"[^>]*>', page)
        return [
            (name[1], value[1])
            for tag in tags
            if (name := re.search(r'name="([^"]+)"', tag)) and (value := re.search(r'value="([^"]*)"', tag))
        ]

    def preview(self, order: Order, kind: str, **fields: str):
        at = f"/orders/{order.token}/returns/new" + ("?kind=claim" if kind == "claim" else "")
        path = f"/orders/{order.token}/returns/preview"
        return self.send(path, {"kind": kind, **fields}, page=self.client.get(at).text)

    def ask(self, order: Order, kind: str, *, message: str = "", **fields: str):
        page = self.preview(order, kind, **fields).text
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        chosen = {name: value for name, value in fields.items() if name.startswith("instead")}
        return self.send(f"/orders/{order.token}/returns", {**hidden, **chosen, "message": message}, page=page)


def send_out(made: Made, *, quantity: int) -> Order:
    """Make an order that was paid at the test bank and has left the house."""
    order = make_paid_order(made, quantity=quantity)
    with transaction():
        orders.ship(order.id, carrier="DHL", tracking_number="1", actor="test")
    return order_now(order.id)


def order_now(order_id: int) -> Order:
    """Return an order as it is now."""
    with transaction():
        return session.execute(
            select(Order).where(Order.id == order_id).execution_options(populate_existing=True)
        ).scalar_one()


def the_return() -> Return:
    """Return the only return there is, as it is now."""
    with transaction():
        (return_id,) = session.execute(select(Return.id)).scalars().all()
        found = find_return(return_id)
    assert found is not None
    return found


def on_hand(made: Made) -> int:
    """Return how many of a product lie on the shelf."""
    with transaction():
        return session.execute(
            select(StockLevel.on_hand)
            .join(VariantItem, VariantItem.item_id == StockLevel.item_id)
            .where(VariantItem.variant_id == made.variant.id)
            .execution_options(populate_existing=True)
        ).scalar_one()


def mails(kind: str = "return") -> list[Message]:
    """Return the mails of a kind, oldest first."""
    with transaction():
        return list(session.execute(select(Message).where(Message.kind == kind).order_by(Message.id)).scalars())
