"""A shop in which everything has happened once, by the services, and a hand that breaks its ledgers by SQL."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import text

from store.app import create_app
from store.catalog import graphs, kits
from store.catalog.drafts import PriceDraft
from store.catalog.graphs import OverrideDraft
from store.catalog.kits import PartDraft
from store.catalog.making import variant_for_choice
from store.catalog.queries import find_choice
from store.changes import services as changes
from store.changes.wanted import Wanted, WantedLine
from store.core.db import db as database
from store.core.db import session, transaction
from store.core.settings import Settings
from store.inventory import services as inventory
from store.orders import services as orders
from store.payments import services as payments
from store.payments.testbank import handlers
from store.shop.prices import PriceScope
from tests.factories import payments as money
from tests.factories.catalog import Made, make_product
from tests.factories.orders import make_pending_order
from tests.factories.shop import make_shop
from tests.factories.to_order import make_to_order

_FIRST_METHOD = text("SELECT min(id) FROM shipping_methods WHERE active")


@dataclass(frozen=True)
class World:
    """Orders by what became of them."""

    pending: int
    expired: int
    placed: int
    shipped: int
    cancelled: int
    refunded: int
    returned: int
    changed: int


@pytest.fixture(scope="module")
def built(cluster, worker_name, tmp_path_factory) -> Iterator[World]:
    """The world, made once in a database of its own; tests change it in transactions that never commit."""
    name = f"audit_{worker_name}"
    app = create_app(
        Settings(
            database_url=cluster.clone(name),
            redis_url="",
            store_env="development",
            store_data_dir=tmp_path_factory.mktemp("data"),
            shipping_undo_seconds=0,
        )
    )
    with app.app_context(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(handlers, "post", lambda *_args: None)
        yield _make_world()
        session.remove()
        database.engine.dispose()
    cluster.drop(name)


@pytest.fixture
def world(built) -> Iterator[World]:
    """One order for each way an order can go, with every mail written."""
    yield built
    session.rollback()


def _make_world() -> World:
    make_shop()
    shirt = make_product(stock=[30, 3, 0], options={"Size": ["S", "M", "L"]})
    with transaction():
        pending = make_pending_order(shirt).id
        expired = make_pending_order(shirt).id
        orders.mark_expired(expired)
    placed, shipped, cancelled, refunded, returned = (money.make_paid_order(shirt, quantity=2).id for _ in range(5))
    for order_id in (shipped, returned):
        with transaction():
            orders.ship(order_id, carrier="Post", tracking_number="1", actor="staff:1")
    payments.cancel_order(cancelled, request_id="c" * 26, actor="staff:1", reason="second thoughts", restock=True)
    payments.refund_in_full(refunded, request_id="r" * 26, actor="staff:1", reason="kindness", restock=False)
    payments.refund_in_full(returned, request_id="b" * 26, actor="staff:1", reason="came back", restock=True)
    with transaction():
        level = session.execute(text("SELECT min(id) FROM stock_levels")).scalar_one()
        inventory.adjust(level, delta=-1, reason="broken", actor="staff:1")
    changed = _make_changed(shirt)
    _make_to_order()
    money.run_jobs(only="notifications.send")
    return World(pending, expired, placed, shipped, cancelled, refunded, returned, changed)


def _make_changed(shirt: Made) -> int:
    """An order that staff have put together, and of which a piece was taken out afterwards."""
    with transaction():
        draft = changes.open_draft("at", actor="staff:1")
    with transaction():
        wanted = Wanted((WantedLine(shirt.variant.id, 3),), method_id=session.execute(_FIRST_METHOD).scalar_one())
        changes.save_wanted(draft.id, wanted, version=1)
        changes.save_contact(draft.id, email="ana@example.com", address={"name": "Ana", "country": "AT"}, version=2)
    total = changes.price(draft).quote.totals.total_minor
    order = changes.place_draft(draft.id, version=3, expected_total_minor=total, terms="paid", actor="staff:1")
    payments.receive(order.id, amount_minor=total, request_id="p" * 26, actor="staff:1")
    with transaction():
        change = changes.open_change(order.id, actor="staff:1")
        (line,) = Wanted.from_json(change.wanted).lines
        look = changes.save(order.id, change.id, Wanted((replace(line, quantity=2),)), version=1)
    assert look.reckoning is not None
    changes.request(
        order.id, change.id, version=2, expected_total_minor=look.reckoning.totals.total_minor, waive=False,
        message="", actor="staff:1",
    )  # fmt: skip
    for refund in money.refunds_of(order.id):
        payments.confirm_refund(refund.id)
    changes.confirm_settled(order.id)
    money.run_jobs(only="changes")
    return order.id


def _make_to_order() -> None:
    """A tee of which one choice has been wanted, and a set of two mugs."""
    tee = make_to_order(deltas={"Fox": 400}, stock=3)
    with transaction():
        graphs.save_exclusions(tee.id, [(*tee.ids("Moon", "Ink"), "Dark on dark")])
        graphs.save_override(tee.id, OverrideDraft(tee.ids("Fern", "Sand"), prices={"EUR": PriceDraft(2500)}))
    product, choice = find_choice(tee.handle, {"motif": "fox"}, PriceScope("EUR"))
    assert choice.variant is not None
    mug, kit = make_product("mug", stock=8), make_product("breakfast")
    with transaction():
        variant_for_choice(product, choice.variant)
        kits.set_parts(kit.variant.id, [PartDraft(mug.variant.id, 2)])


@pytest.fixture
def break_it(world) -> Callable[..., None]:
    """Run SQL against the ledgers with triggers, foreign keys and append-only guards asleep."""

    def run(*statements: str, **parameters: object) -> None:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            session.execute(text(statement), parameters)
        session.execute(text("SET LOCAL session_replication_role = origin"))

    return run
