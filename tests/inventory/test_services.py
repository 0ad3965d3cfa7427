"""Stock moves by its verbs only, and every move is in the ledger."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from store.core.db import session
from store.core.errors import Invalid
from store.inventory import services
from store.inventory.errors import OutOfStock
from store.inventory.models import Location, StockLevel, StockMovement, VariantItem
from store.inventory.queries import available_for
from tests.factories.catalog import Made, make_product

pytestmark = pytest.mark.usefixtures("db")


def level_of(made: Made) -> StockLevel:
    return session.execute(
        select(StockLevel)
        .join(VariantItem, VariantItem.item_id == StockLevel.item_id)
        .where(VariantItem.variant_id == made.variant.id)
        .execution_options(populate_existing=True)
    ).scalar_one()


def figures(made: Made) -> tuple[int, int, int]:
    level = level_of(made)
    return level.on_hand, level.reserved, level.allocated


def kinds(made: Made) -> list[str]:
    rows = session.execute(
        select(StockMovement.kind).where(StockMovement.level_id == level_of(made).id).order_by(StockMovement.id)
    )
    return list(rows.scalars())


@pytest.fixture(autouse=True)
def ledger_adds_up(db: object) -> Iterator[None]:
    """Whatever a test did, the movements explain the figures."""
    yield
    rows = session.execute(
        text("""
            SELECT sku FROM audit_stock
             WHERE (on_hand, reserved, allocated) <> (moved_on_hand, moved_reserved, moved_allocated)
                OR reserved <> held OR allocated <> held_allocated
        """)
    ).all()
    assert rows == []


def test_a_piece_goes_from_shelf_to_parcel_through_every_state() -> None:
    mug = make_product(stock=5)
    services.hold("order:1", {mug.variant.id: 2})
    assert figures(mug) == (5, 2, 0)
    services.allocate("order:1")
    assert figures(mug) == (5, 0, 2)
    services.ship("order:1")
    assert figures(mug) == (3, 0, 0)
    services.restock("order:1")
    assert figures(mug) == (5, 0, 0)
    assert kinds(mug) == ["received", "reserved", "allocated", "shipped", "returned"]


def test_every_verb_done_twice_moves_stock_once() -> None:
    mug = make_product(stock=5)
    services.hold("order:1", {mug.variant.id: 2})
    for verb in (services.allocate, services.ship, services.restock):
        verb("order:1")
        verb("order:1")
    assert figures(mug) == (5, 0, 0)
    assert kinds(mug) == ["received", "reserved", "allocated", "shipped", "returned"]


def test_more_than_there_is_takes_nothing_at_all() -> None:
    mug, bowl = make_product(stock=5), make_product(stock=1)
    with pytest.raises(OutOfStock) as refused:
        services.hold("order:1", {mug.variant.id: 1, bowl.variant.id: 2})
    (short,) = refused.value.short
    assert (short.variant_id, short.wanted, short.left) == (bowl.variant.id, 2, 1)
    assert figures(mug) == (5, 0, 0)


def test_two_variants_of_one_item_are_added_up() -> None:
    single, double = make_product(stock=3), make_product(stock=0)
    item_id = level_of(single).item_id
    session.execute(
        text("UPDATE variant_items SET item_id = :item, quantity = 2 WHERE variant_id = :variant"),
        {"item": item_id, "variant": double.variant.id},
    )
    with pytest.raises(OutOfStock):
        services.hold("order:1", {single.variant.id: 2, double.variant.id: 1})
    services.hold("order:2", {single.variant.id: 1, double.variant.id: 1})
    assert figures(single) == (3, 3, 0)


def test_an_item_that_may_be_oversold_is_sold_below_zero() -> None:
    print_on_demand = make_product(stock=0, policy="continue")
    services.hold("order:1", {print_on_demand.variant.id: 4})
    assert figures(print_on_demand) == (0, 4, 0)
    assert available_for([print_on_demand.variant.id]) == {print_on_demand.variant.id: None}


def test_what_is_not_counted_is_not_held() -> None:
    download = make_product(stock=0, tracked=False)
    services.hold("order:1", {download.variant.id: 4})
    assert figures(download) == (0, 0, 0)


def test_stock_that_was_given_back_can_be_held_again_by_the_same_order() -> None:
    mug = make_product(stock=2)
    services.hold("order:1", {mug.variant.id: 2})
    services.release("order:1")
    services.hold("order:1", {mug.variant.id: 2})
    services.allocate("order:1")
    assert figures(mug) == (2, 0, 2)


def test_an_order_holds_its_stock_once() -> None:
    mug = make_product(stock=5)
    services.hold("order:1", {mug.variant.id: 1})
    with pytest.raises(ValueError, match="holds stock already"):
        services.hold("order:1", {mug.variant.id: 1})
    session.rollback()


def test_an_order_is_served_from_the_first_location_that_has_everything() -> None:
    mug, bowl = make_product(stock=1), make_product(stock=0)
    far = Location(code="far", name="Far", priority=9)
    session.add(far)
    session.flush()
    far_levels = [StockLevel(item_id=level_of(made).item_id, location_id=far.id) for made in (mug, bowl)]
    session.add_all(far_levels)
    session.flush()
    for level in far_levels:
        services.adjust(level.id, delta=3, reason="delivery", actor="test")
    services.hold("order:1", {mug.variant.id: 1, bowl.variant.id: 1})
    session.expire_all()
    assert [level.reserved for level in far_levels] == [1, 1]


def test_a_correction_needs_a_reason_and_ends_at_zero() -> None:
    mug = make_product(stock=5)
    level = level_of(mug)
    with pytest.raises(Invalid):
        services.adjust(level.id, delta=1, reason=" ", actor="eva@example.com")
    with pytest.raises(Invalid):
        services.adjust(level.id, delta=-6, reason="broken", actor="eva@example.com")
    services.adjust(level.id, set_to=3, reason="counted", actor="eva@example.com")
    assert figures(mug) == (3, 0, 0)
    assert kinds(mug) == ["received", "adjusted"]


def test_the_ledger_refuses_to_be_rewritten() -> None:
    make_product(stock=5)
    for change in ("UPDATE stock_movements SET on_hand_delta = 6", "DELETE FROM stock_movements"):
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(change))


def test_the_catalogue_hears_of_the_last_piece_and_of_its_return(
    count_sql: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    mug = make_product(stock=1)
    product = mug.product
    session.refresh(product)
    session.refresh(mug.variant)
    assert (product.available, mug.variant.available, mug.variant.stock_left) == (True, True, 1)
    before = product.revision
    services.hold("order:1", {mug.variant.id: 1})
    session.refresh(product)
    session.refresh(mug.variant)
    assert (product.available, mug.variant.available, mug.variant.stock_left) == (False, False, 0)
    assert product.revision > before
    services.release("order:1")
    session.refresh(product)
    assert product.available


def test_holding_costs_the_same_statements_whatever_the_basket(
    count_sql: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    few, many = [make_product()], [make_product() for _ in range(12)]
    counts = []
    for number, basket in enumerate((few, many)):
        with count_sql() as statements:
            services.hold(f"order:{number}", {made.variant.id: 1 for made in basket})
        counts.append(len(statements))
    assert counts == [3, 3]
