"""What the catalogue tells, and with how many statements."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import delete, insert, select, update

from store.catalog import queries
from store.catalog.models import Collection, CollectionProduct, Price, Product, Variant
from store.catalog.queries import collections
from store.catalog.queries.prices import PriceScope
from store.core.db import session
from store.core.errors import NotFound
from store.inventory import services as inventory
from tests.factories.catalog import forget, make_collection, make_product
from tests.factories.shop import make_shop

EUR = PriceScope("EUR")

CountSql = Callable[[], AbstractContextManager[list[str]]]

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def shop(db: object) -> None:
    make_shop()


def everything(sort: str = "featured", **where: int) -> list[int]:
    shelf = queries.find_collection("all", EUR)
    assert shelf is not None
    return [ref.product_id for ref in queries.list_products(shelf, EUR, sort=sort, **where).refs]


def test_a_collection_counts_what_a_shopper_can_see() -> None:
    shelf = make_collection("shelf")
    make_product(collection=shelf)
    make_product(collection=shelf, status="draft")
    make_product()
    assert [(one.handle, one.count) for one in queries.list_collections(EUR)] == [("shelf", 1)]
    everything_there_is = queries.find_collection("all", EUR)
    assert everything_there_is is not None
    assert everything_there_is.count == 2


def test_what_has_no_price_in_a_currency_is_not_sold_there() -> None:
    make_product(collection=make_collection())
    assert queries.list_collections(PriceScope("CHF")) == ()
    assert everything() != []
    shelf = queries.find_collection("all", PriceScope("CHF"))
    assert shelf is not None
    assert queries.list_products(shelf, PriceScope("CHF")).refs == ()


def test_the_collection_of_the_home_page_is_no_shelf_of_its_own() -> None:
    make_product(collection=make_collection(queries.FRONTPAGE))
    assert queries.list_collections(EUR) == ()
    assert queries.find_collection(queries.FRONTPAGE, EUR) is not None


def test_each_sort_has_its_order() -> None:
    dear = make_product(title="Apron", price=9000).product.id
    cheap = make_product(title="zither", price=100).product.id
    middle = make_product(title="Mug", price=2000).product.id
    session.execute(update(Product).where(Product.id == middle).values(popularity=5))
    assert everything("price-up") == [cheap, middle, dear]
    assert everything("price-down") == [dear, middle, cheap]
    assert everything("title") == [dear, middle, cheap]
    assert everything("featured")[0] == middle
    assert everything("newest") == [middle, cheap, dear]
    assert everything("title", first=1, limit=1) == [middle]


def test_a_collection_keeps_the_order_of_its_merchant() -> None:
    shelf = make_collection("shelf")
    first, second = (make_product(collection=shelf).product.id for _ in range(2))
    session.execute(update(CollectionProduct).where(CollectionProduct.product_id == first).values(position=10_000_000))
    facts = queries.find_collection("shelf", EUR)
    assert facts is not None
    assert [ref.product_id for ref in queries.list_products(facts, EUR).refs] == [second, first]


def test_a_list_costs_one_statement_whatever_its_length(count_sql: CountSql) -> None:
    for _ in range(3):
        make_product()
    queries.find_collection("all", EUR)
    with count_sql() as few:
        everything()
    for _ in range(20):
        make_product(options={"Colour": ["Moss", "Sand"]})
    queries.find_collection("all", EUR)
    with count_sql() as many:
        everything()
    assert len(few) == len(many) == 1


def test_a_card_shows_the_lowest_price_and_that_there_are_higher_ones(count_sql: CountSql) -> None:
    made = make_product(options={"Size": ["S", "L"]}, price=2000)
    session.execute(update(Price).where(Price.variant_id == made.variants[1].id).values(amount_minor=2500))
    with count_sql() as statements:
        card = queries.list_cards([made.product.id], EUR)[made.product.id]
    assert len(statements) == 1
    assert card.price.minor == 2000
    assert card.from_price
    assert card.available


def test_a_product_is_read_whole_once_and_then_by_its_revision(count_sql: CountSql) -> None:
    made = make_product(
        "shirt", options={"Colour": ["Moss", "Sand"], "Size": ["S", "M", "L"]}, stock=[1, 0, 5, 5, 5, 5]
    )
    with count_sql() as cold:
        product, choice = queries.find_choice("shirt", {"size": "m"}, EUR)
    with count_sql() as warm:
        queries.find_choice("shirt", {}, EUR)
    assert (len(cold), len(warm)) == (2, 1)
    assert len(product.variants) == 6
    assert choice.label == "Sand / M"
    assert product.variants[0].stock_left == 1
    inventory.hold("somebody", {made.variants[0].id: 1})
    session.commit()
    _product, choice = queries.find_choice("shirt", {"colour": "moss", "size": "s"}, EUR)
    assert choice.variant is not None
    assert not choice.variant.can_be_bought


def test_a_draft_and_an_unknown_product_are_not_found() -> None:
    make_product("secret", status="draft")
    for handle in ("secret", "nothing", "'"):
        with pytest.raises(NotFound):
            queries.get_product(handle, EUR)


def test_neighbours_are_the_next_of_the_shelf_and_then_its_first() -> None:
    shelf = make_collection()
    ids = [make_product(f"thing-{number}", collection=shelf).product.id for number in range(6)]
    found = queries.find_product("thing-4", EUR)
    assert found is not None
    assert [ref.product_id for ref in found[1].related] == [ids[5], ids[0], ids[1], ids[2]]
    assert found[1].collection == (shelf.handle, shelf.title)


def test_a_cart_learns_of_variants_that_are_gone_too(count_sql: CountSql) -> None:
    mug = make_product("mug", title="Mug")
    shirt = make_product("shirt", title="Shirt", options={"Colour": ["Moss"]}, price=3400)
    session.execute(update(Product).where(Product.id == mug.product.id).values(status="archived"))
    session.execute(delete(Price).where(Price.variant_id == mug.variant.id))
    session.commit()
    rows = session.execute(select(Variant.id, Product.revision).join(Product, Product.id == Variant.product_id))
    revisions = {row.id: row.revision for row in rows}
    with count_sql() as statements:
        found = queries.list_sellables({**revisions, 10**12: 1}, EUR)
        queries.list_sellables(revisions, EUR)
    assert len(statements) == 1
    assert set(found) == {mug.variant.id, shirt.variant.id}
    assert found[mug.variant.id].amount is None
    sellable = found[shirt.variant.id]
    assert (sellable.variant_title, sellable.options) == ("Moss", {"colour": "moss"})
    assert sellable.amount is not None
    assert sellable.amount.minor == 3400
    forget()


def test_a_collection_that_another_process_has_just_made_is_found_at_once():
    forget()
    assert queries.find_collection("brand-new", EUR) is None
    session.execute(insert(Collection).values(handle="brand-new", title="Brand new"))
    collections._read_at[EUR] -= 2
    found = queries.find_collection("brand-new", EUR)
    assert found is not None
    assert found.title == "Brand new"
