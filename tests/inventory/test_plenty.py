"""What pages say of stock follows it, though what stays plentiful is not looked through again."""

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import select, text

from store.audit.checks.catalog import variant_availability_follows_stock
from store.core.db import session
from store.inventory import services
from store.inventory.errors import OutOfStock
from store.inventory.models import InventoryItem, Location, StockLevel, VariantItem
from tests.factories.catalog import Made, make_product

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def shelf() -> list[Made]:
    """Things of each policy, some kept back, some in two places, and a set of three of one with two of another."""
    made = [make_product(stock=chance) for chance in (9, 12, 20)]
    made += [make_product(stock=8, policy="continue"), make_product(stock=1)]
    session.execute(text("UPDATE inventory_items SET safety_stock = 2 WHERE id % 2 = 0"))
    session.execute(text("UPDATE inventory_items SET backorder_limit = 4 WHERE policy = 'continue'"))
    attic = Location(code="attic", name="Attic", priority=9)
    session.add(attic)
    session.flush()
    for one in made[:3]:
        session.add(StockLevel(item_id=item_of(one).id, location_id=attic.id, on_hand=0))
    of_set = made[4].variant.id
    for one, quantity in ((made[1], 3), (made[2], 2)):
        session.add(VariantItem(variant_id=of_set, item_id=item_of(one).id, quantity=quantity))
    session.flush()
    return made


def item_of(made: Made) -> InventoryItem:
    return session.execute(
        select(InventoryItem)
        .join(VariantItem, VariantItem.item_id == InventoryItem.id)
        .where(VariantItem.variant_id == made.variant.id, VariantItem.quantity == 1)
    ).scalar_one()


def steps(chance: random.Random, shelf: list[Made]) -> Iterator[None]:
    """Count, reserve, allocate and give back at random."""
    levels = list(session.execute(select(StockLevel.id)).scalars())
    for number in range(240):
        what = chance.choice(("adjust", "hold", "hold", "release", "allocate"))
        if what == "adjust":
            services.adjust(chance.choice(levels), set_to=chance.randint(0, 24), reason="counted", actor="staff:1")
        elif what == "hold":
            needs = {one.variant.id: chance.randint(1, 4) for one in chance.sample(shelf, chance.randint(1, 3))}
            try:
                services.hold(f"order:{number}", needs)
            except OutOfStock:
                continue
        else:
            getattr(services, what)(f"order:{chance.randrange(number + 1)}")
        yield


@pytest.mark.parametrize("seed", range(3))
def test_every_page_says_what_the_stock_says_whatever_happens(shelf: list[Made], seed: int) -> None:
    told = set()
    for _step in steps(random.Random(seed), shelf):
        assert session.execute(text(variant_availability_follows_stock())).all() == []
        told |= {tuple(row) for row in session.execute(text("SELECT available, stock_left FROM variants"))}
    # Down to nothing, the last few, and plenty have all been there.
    assert {(False, 0), (True, 1), (True, 5), (True, None)} <= told
