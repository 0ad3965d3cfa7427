"""Stock moves by its verbs only, and every move is in the ledger."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from store.audit.checks.stock import hold_has_its_movements
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
    assert counts == [2, 2]


def holds() -> dict[str, tuple[str, int]]:
    rows = session.execute(text("SELECT part, state, quantity FROM holds WHERE reference = 'order:1' ORDER BY part"))
    return {row.part: (row.state, row.quantity) for row in rows}


def unexplained() -> list[object]:
    sum_up = hold_has_its_movements()
    return list(session.execute(text(sum_up)))


def allocated(made: Made, quantity: int) -> None:
    services.hold("order:1", {made.variant.id: quantity})
    services.allocate("order:1")


def test_an_orders_stock_leaves_in_as_many_parcels_as_it_is_split_into() -> None:
    mug = make_product(stock=5)
    allocated(mug, 4)
    services.split("order:1", {mug.variant.id: 1}, target="parcel:1")
    services.split("order:1", {mug.variant.id: 2}, target="parcel:2")
    assert holds() == {"": ("allocated", 1), "parcel:1": ("allocated", 1), "parcel:2": ("allocated", 2)}
    assert figures(mug) == (5, 0, 4)
    services.ship("order:1", part="parcel:2")
    assert figures(mug) == (3, 0, 2)
    services.release("order:1", part="parcel:1")
    assert figures(mug) == (3, 0, 1)
    services.restock("order:1")
    services.release("order:1")
    assert figures(mug) == (5, 0, 0)
    assert unexplained() == []


def test_a_parcel_that_stays_gives_its_share_back_to_the_order() -> None:
    mug = make_product(stock=5)
    allocated(mug, 2)
    services.split("order:1", {mug.variant.id: 2}, target="parcel:1")
    assert holds() == {"": ("released", 2), "parcel:1": ("allocated", 2)}
    services.split("order:1", None, source="parcel:1", target="")
    assert holds() == {"": ("allocated", 2), "parcel:1": ("released", 2)}
    services.split("order:1", {mug.variant.id: 1}, target="parcel:1")
    assert holds() == {"": ("allocated", 1), "parcel:1": ("allocated", 1)}
    assert figures(mug) == (5, 0, 2)
    assert unexplained() == []


def test_what_left_a_moment_ago_can_come_back_and_leave_again() -> None:
    mug = make_product(stock=5)
    allocated(mug, 2)
    services.split("order:1", {mug.variant.id: 1}, target="parcel:1")
    for _time in range(2):
        services.ship("order:1", part="parcel:1")
        assert figures(mug) == (4, 0, 1)
        services.unship("order:1", part="parcel:1")
        assert figures(mug) == (5, 0, 2)
    services.ship("order:1", part="parcel:1")
    assert figures(mug) == (4, 0, 1)
    assert unexplained() == []


def test_what_came_back_of_a_parcel_is_split_off_as_it_was_shipped() -> None:
    mug = make_product(stock=5)
    allocated(mug, 3)
    services.ship("order:1")
    services.split("order:1", {mug.variant.id: 1}, target="return:1", state="shipped")
    services.restock("order:1", part="return:1")
    assert figures(mug) == (3, 0, 0)
    assert holds() == {"": ("shipped", 2), "return:1": ("returned", 1)}
    assert unexplained() == []


def test_no_more_moves_into_a_parcel_than_the_order_holds() -> None:
    mug, download = make_product(stock=5), make_product(stock=0, tracked=False)
    allocated(mug, 2)
    services.split("order:1", {mug.variant.id: 9, download.variant.id: 1}, target="parcel:1")
    assert holds() == {"": ("released", 2), "parcel:1": ("allocated", 2)}
    services.split("order:1", {mug.variant.id: 1}, target="parcel:2")
    assert "parcel:2" not in holds()


def test_a_part_in_another_state_takes_nothing_in() -> None:
    mug = make_product(stock=5)
    allocated(mug, 3)
    services.split("order:1", {mug.variant.id: 1}, target="parcel:1")
    services.ship("order:1", part="parcel:1")
    with pytest.raises(ValueError, match="another state"):
        services.split("order:1", {mug.variant.id: 1}, target="parcel:1")
    session.rollback()


def test_a_kit_is_split_by_what_it_is_made_of() -> None:
    mug = make_product(stock=10)
    session.execute(text("UPDATE variant_items SET quantity = 2 WHERE variant_id = :id"), {"id": mug.variant.id})
    allocated(mug, 3)
    services.split("order:1", {mug.variant.id: 1}, target="parcel:1")
    assert holds() == {"": ("allocated", 4), "parcel:1": ("allocated", 2)}


def test_what_comes_back_is_taken_from_whichever_parcels_it_left_in() -> None:
    mug = make_product(stock=5)
    allocated(mug, 4)
    for part in ("parcel:1", "parcel:2"):
        services.split("order:1", {mug.variant.id: 2}, target=part)
        services.ship("order:1", part=part)
    services.split("order:1", {mug.variant.id: 3}, source=None, target="return:1", state="shipped")
    services.restock("order:1", part="return:1")
    assert holds()["return:1"] == ("returned", 3)
    assert figures(mug) == (4, 0, 0)
    assert unexplained() == []


def test_what_an_order_holds_in_several_parts_is_let_go_of_as_one() -> None:
    mug = make_product(stock=5)
    allocated(mug, 3)
    services.split("order:1", {mug.variant.id: 1}, target="parcel:1")
    services.ship("order:1")
    assert figures(mug) == (2, 0, 0)
    services.restock("order:1")
    assert figures(mug) == (5, 0, 0)
    assert unexplained() == []
