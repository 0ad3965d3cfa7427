"""Facets: what a list counts and shows under its filters, compared with counting one by one."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update

from store.catalog import indexing
from store.catalog.models import Category, CollectionProduct, CustomField, CustomFieldValue, Price, Product, Variant
from store.catalog.queries import facets
from store.catalog.queries.facets import Filters, everything, found, in_category, in_collection, list_scope
from store.core.clock import now
from store.core.db import read_rows, session, transaction
from store.shop.prices import PriceScope
from tests.factories.catalog import forget, make_collection, make_product
from tests.factories.shop import make_shop

CountSql = Callable[[], AbstractContextManager[list[str]]]

EUR = PriceScope("EUR")

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def shop(db: object) -> None:
    make_shop()


def refresh() -> None:
    with transaction():
        while indexing.refresh():
            pass


def ids_of(listing: facets.Listing) -> list[int]:
    return [ref.product_id for ref in listing.refs]


def counts(listing: facets.Listing, facet: str) -> dict[str, int]:
    view = next((view for view in listing.facets().views if view.name == facet), None)
    return {value.key: value.count for value in view.values} if view else {}


def make_category(title: str, parent: Category | None = None) -> Category:
    category = Category(handle=title.lower(), title=title, parent_id=parent.id if parent else None)
    session.add(category)
    session.flush()
    session.refresh(category)
    return category


class Goods:
    """A random catalogue, and what a list of it must say, found out one product at a time."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.rows: dict[int, dict[str, object]] = {}
        self.root = make_category("Clothes")
        self.categories = [self.root, make_category("Tops", self.root), make_category("Socks", self.root)]
        self.shelf = make_collection("shelf")
        self.fabric = CustomField(namespace="specs", key="fabric", name="Fabric", kind="choice", filterable=True)
        session.add(self.fabric)
        session.flush()
        for _number in range(60):
            self.add()
        session.commit()
        forget()

    def add(self) -> None:
        chance = self.chance
        options = {
            name: sorted(chance.sample(values, chance.randint(1, 3)))
            for name, values in (("Colour", ["Moss", "Sand", "Ink", "Snow"]), ("Size", ["S", "M", "L"]))
            if chance.random() < 0.7
        }
        price = chance.choice([500, 999, 1000, 1001, 2500, 99900])
        made = make_product(
            title=chance.choice(["Mug", "mug", "Ärmel", "Zebra tee 1", "Zebra tee 2", "A-line"]),
            price=price,
            stock=chance.choice([0, 5]),
            options=options,
            status=chance.choice(["active"] * 5 + ["draft"]),
        )
        product = made.product
        product.vendor = chance.choice(["Kiln & Co", "Loom", ""])
        product.product_type = chance.choice(["Tee", "Mug"])
        product.popularity = chance.choice([0, 0, 3, 7, 10**12])
        product.published_at = now() + timedelta(days=chance.choice([-400, -30, -30, -1, 5]))
        category = chance.choice([None, *self.categories])
        product.category_id = category.id if category else None
        fabrics = chance.sample(["wool", "linen"], chance.randint(0, 2))
        for place, fabric in enumerate(fabrics):
            session.add(CustomFieldValue(product_id=product.id, field_id=self.fabric.id, position=place, value=fabric))
        on_shelf = chance.random() < 0.5
        position = chance.randint(0, 9)
        if on_shelf:
            session.add(CollectionProduct(collection_id=self.shelf.id, product_id=product.id, position=position))
        session.flush()
        self.rows[product.id] = {
            "shown": product.status == "active" and product.published_at <= now(),
            "price": price,
            "position": position if on_shelf else None,
            "title": product.title,
            "popularity": product.popularity,
            "published": product.published_at,
            "available": any(variant.available for variant in self.variants(product.id)),
            "colour": {value.lower() for value in options.get("Colour", ())},
            "size": {value.lower() for value in options.get("Size", ())},
            "vendor": {product.vendor.lower()} - {""},
            "type": {product.product_type.lower()},
            "specs.fabric": set(fabrics),
            "category": {"clothes", category.handle} if category else set(),
        }

    @staticmethod
    def variants(product_id: int) -> list[Variant]:
        session.expire_all()
        return list(session.scalars(select(Variant).where(Variant.product_id == product_id)))

    def filters(self) -> Filters:
        chance = self.chance
        choices = {
            "colour": ["moss", "sand", "ink", "snow", "no such"],
            "size": ["s", "m", "l"],
            "vendor": ["kiln & co", "loom"],
            "specs.fabric": ["wool", "linen"],
            "category": ["tops", "socks"],
            "no.such": ["x"],
        }
        values = []
        for name, keys in choices.items():
            if chance.random() < (0.05 if name == "no.such" else 0.35):
                values.append((name, tuple(sorted(chance.sample(keys, chance.randint(1, len(keys)))))))
        return Filters(
            tuple(values),
            price_min=chance.choice([None, None, 0, 999, 1000, 5000]),
            price_max=chance.choice([None, None, 0, 1000, 1001, 10**13]),
            available=chance.random() < 0.3,
        )

    def expected(self, scope: facets.Scope, filters: Filters, leaving_out: str = "") -> list[int]:
        def fits(id_: int, row: dict) -> bool:
            if not row["shown"]:
                return False
            if scope.kind == "collection" and row["position"] is None:
                return False
            if scope.kind == "category" and "tops" not in row["category"]:
                return False
            if scope.kind == "found" and id_ not in scope.ids:
                return False
            for name, keys in filters.values:
                if name != leaving_out and not row.get(name, set()) & set(keys):
                    return False
            if leaving_out != "price":
                if filters.price_min is not None and row["price"] < filters.price_min:
                    return False
                if filters.price_max is not None and row["price"] > filters.price_max:
                    return False
            return not filters.available or leaving_out == "available" or row["available"]

        return [id_ for id_, row in self.rows.items() if fits(id_, row)]

    def ordered(self, ids: list[int], scope: facets.Scope, sort: str) -> list[int]:
        rows = self.rows
        if sort == "featured" and scope.kind == "collection":
            return sorted(ids, key=lambda id_: (rows[id_]["position"], id_))
        if sort == "featured" and scope.kind == "found":
            return sorted(ids, key=scope.ids.index)
        keys = {
            "featured": lambda id_: (-min(rows[id_]["popularity"], 2**32 - 1), -id_),
            "newest": lambda id_: (-int(rows[id_]["published"].timestamp()), -id_),
            "price-up": lambda id_: (rows[id_]["price"], id_),
            "price-down": lambda id_: (-rows[id_]["price"], -id_),
            "title": lambda id_: (rows[id_]["title"].lower(), id_),
        }
        return sorted(ids, key=keys[sort])


@pytest.mark.parametrize("seed", range(4))
def test_counts_and_lists_are_those_of_counting_one_by_one(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    # Half of the shops have so many vendors that searches ask for theirs.
    monkeypatch.setattr(facets, "_MANY_VENDORS", 500 * (seed % 2))
    goods = Goods(chance)
    tops = goods.categories[1]
    some = tuple(chance.sample(sorted(goods.rows), 25))
    for _round in range(40):
        scope = chance.choice([everything(), in_collection(goods.shelf.id), in_category(tops.id), found(some)])
        filters = goods.filters()
        sort = chance.choice(facets.SORTS)
        first, limit = chance.choice([(0, 24), (0, 3), (5, 7), (24, 24), (1000, 24)])
        listing = list_scope(scope, EUR, filters, sort=sort, first=first, limit=limit)
        expected = goods.expected(scope, filters)
        assert listing.count == len(expected)
        assert ids_of(listing) == goods.ordered(expected, scope, sort)[first : first + limit], (scope, filters, sort)
        shown = listing.facets()
        for view in shown.views:
            if view.name == "category":
                continue
            within = goods.expected(scope, filters, view.name)
            for value in view.values:
                assert value.count == sum(value.key in goods.rows[id_][view.name] for id_ in within), (view, filters)
                assert value.chosen == (value.key in filters.chosen(view.name))
        in_reach = [goods.rows[id_]["price"] for id_ in goods.expected(scope, filters, "price")]
        assert shown.price == ((min(in_reach), max(in_reach)) if in_reach else None)
        within = goods.expected(scope, filters, "available")
        assert shown.available == sum(bool(goods.rows[id_]["available"]) for id_ in within)


def test_counts_converge_after_any_change(count_sql: CountSql) -> None:
    goods = Goods(random.Random(7))
    ids = [id_ for id_, row in goods.rows.items() if row["shown"]]
    for id_ in ids[:3]:
        session.execute(update(Product).where(Product.id == id_).values(status="archived"))
        goods.rows[id_]["shown"] = False
    session.execute(update(Product).where(Product.id == ids[4]).values(vendor="Newcomer"))
    goods.rows[ids[4]]["vendor"] = {"newcomer"}
    variants = select(Variant.id).where(Variant.product_id == ids[5])
    session.execute(update(Price).where(Price.variant_id.in_(variants)).values(amount_minor=123))
    goods.rows[ids[5]]["price"] = 123
    session.execute(delete(CollectionProduct).where(CollectionProduct.product_id == ids[6]))
    goods.rows[ids[6]]["position"] = None
    session.commit()
    refresh()
    for scope in (everything(), in_collection(goods.shelf.id)):
        listing = list_scope(scope, EUR, sort="price-up", limit=100)
        assert ids_of(listing) == goods.ordered(goods.expected(scope, Filters()), scope, "price-up")
        assert listing.count == len(listing.refs)
    newcomer = list_scope(everything(), EUR, Filters((("vendor", ("newcomer",)),)))
    assert ids_of(newcomer) == [ids[4]]


def test_what_may_not_be_shown_is_never_shown_even_when_the_index_lags() -> None:
    made = [make_product(title=f"Mug {number}") for number in range(5)]
    assert len(list_scope(everything(), EUR).refs) == 5
    session.execute(update(Product).where(Product.id == made[0].product.id).values(status="draft"))
    session.execute(
        update(Product).where(Product.id == made[1].product.id).values(published_at=now() + timedelta(days=1))
    )
    session.execute(delete(Price).where(Price.variant_id == made[2].variant.id))
    session.commit()
    late = list_scope(everything(), EUR)
    assert sorted(ids_of(late)) == [made[3].product.id, made[4].product.id]
    refresh()
    assert list_scope(everything(), EUR).count == 2


def test_a_list_costs_one_statement_and_a_change_a_few_more(count_sql: CountSql) -> None:
    made = [make_product(title=f"Mug {number}", options={"Colour": ["Moss", "Sand"]}) for number in range(30)]
    list_scope(everything(), EUR).facets()
    with count_sql() as warm:
        list_scope(everything(), EUR).facets()
    with count_sql() as filtered:
        list_scope(everything(), EUR, Filters((("colour", ("moss",)),)), sort="price-up").facets()
    session.execute(update(Product).where(Product.id == made[0].product.id).values(status="draft"))
    session.commit()
    refresh()
    with count_sql() as changed:
        assert list_scope(everything(), EUR).count == 29
    facets.forget()
    with count_sql() as cold:
        list_scope(everything(), EUR).facets()
    assert (len(warm), len(filtered)) == (1, 1)
    assert len(changed) == 5
    assert len(cold) <= 4


def test_a_scheduled_product_appears_by_the_clock_without_being_touched() -> None:
    made = make_product()
    session.execute(
        update(Product).where(Product.id == made.product.id).values(published_at=text("now() + interval '1 hour'"))
    )
    session.commit()
    refresh()
    assert list_scope(everything(), EUR).count == 0
    # An hour later, as far as the index knows.
    read_rows("SELECT 1")
    session.execute(text("ALTER TABLE products DISABLE TRIGGER USER"))
    session.execute(text("UPDATE products SET published_at = now() - interval '1 minute'"))
    session.execute(text("ALTER TABLE products ENABLE TRIGGER USER"))
    session.execute(text("UPDATE facet_state SET published_until = now() - interval '1 hour'"))
    session.commit()
    refresh()
    assert list_scope(everything(), EUR).count == 1


def test_a_facet_leaves_its_own_choice_aside_and_keeps_its_order() -> None:
    for colours in (["Moss"], ["Moss"], ["Moss", "Sand"], ["Ink"]):
        make_product(options={"Colour": colours, "Size": ["L", "S", "10"]})
    make_product(options={"Colour": ["Sand"], "Size": ["M"]})
    plain = counts(list_scope(everything(), EUR), "colour")
    assert plain == {"moss": 3, "sand": 2, "ink": 1}
    chosen = list_scope(everything(), EUR, Filters((("colour", ("moss",)), ("size", ("s",)))))
    assert chosen.count == 3
    assert counts(chosen, "colour") == {"moss": 3, "sand": 1, "ink": 1}
    assert list(counts(chosen, "size")) == ["10", "s", "m", "l"]
    assert counts(chosen, "size")["m"] == 0
    assert list(counts(chosen, "colour")) == list(plain)


def test_a_sale_decides_what_a_price_filter_finds() -> None:
    cheap, dear = make_product(price=1000), make_product(price=5000)
    session.execute(
        text(
            "INSERT INTO price_lists (code, name, kind, status) VALUES ('s', 'S', 'sale', 'active'), "
            "('o', 'O', 'override', 'active')"
        )
    )
    sale, override = session.scalars(text("SELECT id FROM price_lists ORDER BY id")).all()
    session.add_all(
        [
            Price(variant_id=dear.variant.id, currency="EUR", price_list_id=sale, amount_minor=800),
            Price(variant_id=cheap.variant.id, currency="EUR", price_list_id=sale, amount_minor=9000),
            Price(variant_id=cheap.variant.id, currency="EUR", price_list_id=override, amount_minor=3000),
        ]
    )
    session.commit()
    refresh()
    up_to_900 = Filters(price_max=900)
    assert list_scope(everything(), EUR, up_to_900).count == 0
    on_sale = PriceScope("EUR", (override, sale))
    assert ids_of(list_scope(everything(), on_sale, up_to_900)) == [dear.product.id]
    listing = list_scope(everything(), on_sale, sort="price-up")
    assert ids_of(listing) == [dear.product.id, cheap.product.id]
    assert listing.facets().price == (800, 3000)
    assert list_scope(everything(), PriceScope("USD")).count == 0


def test_a_made_to_order_product_counts_under_all_of_its_values() -> None:
    made = make_product(options={"Colour": ["Moss", "Sand"]})
    session.execute(update(Variant).where(Variant.product_id == made.product.id).values(deleted_at=now()))
    session.execute(update(Product).where(Product.id == made.product.id).values(made_to_order=True))
    session.execute(
        text(
            "INSERT INTO product_prices (product_id, currency, low_minor, high_minor) VALUES (:id, 'EUR', 100, 200) "
            "ON CONFLICT (product_id, currency, price_list_id) DO UPDATE SET low_minor = 100"
        ),
        {"id": made.product.id},
    )
    session.commit()
    refresh()
    assert list_scope(everything(), EUR, Filters((("colour", ("sand",)),))).count == 1
    session.execute(update(Product).where(Product.id == made.product.id).values(made_to_order=False, vendor="x"))
    session.commit()
    refresh()
    assert list_scope(everything(), EUR, Filters((("colour", ("sand",)),))).count == 0
