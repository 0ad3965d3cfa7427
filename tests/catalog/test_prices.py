"""What things cost, in which market and when: the rule against a second, plainer telling of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from sqlalchemy import delete, select, text, update

from store.audit.checks.catalog import product_prices_follow_prices
from store.catalog import queries
from store.catalog.models import Price, Variant
from store.catalog.queries.prices import LOW_OF_PRODUCT, lowest_prices, tier_for, tiers_from
from store.core.clock import now
from store.core.db import read_rows, session
from store.shop.models import PriceList
from store.shop.prices import ListFacts, PriceScope, lists_of, scope_at
from store.shop.queries import get_market
from tests.factories.catalog import forget, make_product
from tests.factories.prices import make_list, set_price
from tests.factories.shop import make_market, make_shop

EUR = PriceScope("EUR")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

Row = Sequence[int | bool | None]


def plainly(rows: Sequence[Row], asked: Sequence[int], quantity: int) -> tuple[int, int | None] | None:
    """Return price and earlier price as docs/prices.md tells it, one list after the other."""

    def of_list(list_id: int | None) -> Row | None:
        reached = [row for row in rows if row[0] == list_id and row[2] <= quantity]
        return max(reached, key=lambda row: row[2]) if reached else None

    is_sale = {row[0]: row[1] for row in rows}
    standing = None
    for list_id in asked:
        if not is_sale.get(list_id) and of_list(list_id):
            standing = of_list(list_id)
            break
    standing = standing or of_list(None)
    cheapest = None
    for list_id in asked:
        offer = of_list(list_id) if is_sale.get(list_id) else None
        if offer and (cheapest is None or offer[3] < cheapest):
            cheapest = offer[3]
    if standing is None:
        return None if cheapest is None else (cheapest, None)
    if cheapest is not None and cheapest < standing[3]:
        return cheapest, standing[3]
    return standing[3], standing[4] if standing[4] is not None and standing[4] > standing[3] else None


@pytest.mark.parametrize("seed", range(200))
def test_the_price_of_any_number_of_pieces_is_as_the_rule_is_told(seed: int) -> None:
    random = Random(seed)
    kinds = {number: random.random() < 0.5 for number in range(1, 5)}
    asked = tuple(random.sample(sorted(kinds), random.randint(0, 4)))
    rows: list[Row] = [
        (
            list_id,
            kinds.get(list_id or 0, False),
            min_qty,
            random.randint(1, 12),
            random.choice([None, random.randint(1, 14)]),
        )
        for list_id in (None, *asked)
        for min_qty in (1, 3, 10)
        if random.random() < 0.6
    ]
    tiers = tiers_from(rows, PriceScope("EUR", asked))
    for quantity in range(1, 15):
        tier = tier_for(tiers, quantity)
        found = None if tier is None else (tier.amount_minor, tier.compare_at_minor)
        assert found == plainly(rows, asked, quantity)
    assert all(a.amount_minor != b.amount_minor or a.compare_at_minor != b.compare_at_minor for a, b in pairwise(tiers))


@pytest.mark.parametrize("seed", range(12))
def test_page_card_and_list_agree_with_the_rule_after_any_edits(db: object, seed: int) -> None:
    random = Random(seed)
    make_shop()
    products = [make_product(options={"size": ["S", "M", "L"]}, price=random.randint(1, 20)) for _ in range(3)]
    variants = [variant.id for made in products for variant in made.variants]
    lists = [make_list(random.choice(["sale", "override"]), priority=random.randint(0, 2)).id for _ in range(3)]
    for _ in range(40):
        variant, list_id = random.choice(variants), random.choice([None, *lists])
        act = random.random()
        if act < 0.7:
            set_price(
                variant,
                random.randint(1, 20),
                list_id=list_id,
                currency=random.choice(["EUR", "EUR", "CHF"]),
                min_qty=random.choice([1, 1, 5]),
                compare_at=random.choice([None, random.randint(1, 25)]),
            )
        elif act < 0.85:
            session.execute(delete(Price).where(Price.variant_id == variant, Price.price_list_id == list_id))
        else:
            gone = random.choice([None, NOON])
            session.execute(update(Variant).where(Variant.id == variant).values(deleted_at=gone))
        assert read_rows(product_prices_follow_prices()) == []
    forget()
    for prices in (get_market("at").prices(), EUR, PriceScope("CHF", tuple(lists))):
        cards = queries.list_cards([made.product.id for made in products], prices)
        lows = {row.product_id: row.low for row in read_rows(lowest_prices(prices), prices.parameters)}
        for made in products:
            view = queries.find_product(made.product.handle, prices)
            amounts = [one.amount.minor for one in view[0].variants if one.amount] if view else []
            card = cards.get(made.product.id)
            assert (card and card.price.minor) == (min(amounts) if amounts else None)
            if card is not None:
                assert card.from_price == (max(amounts) > min(amounts))
            expected = {}
            for variant in session.scalars(select(Variant).where(Variant.product_id == made.product.id)):
                rows = read_rows(
                    "SELECT pr.price_list_id, coalesce(pl.kind = 'sale', false) AS sale, pr.min_qty, pr.amount_minor, "
                    "pr.compare_at_minor FROM prices pr LEFT JOIN price_lists pl ON pl.id = pr.price_list_id "
                    "WHERE variant_id = :id AND currency = :currency AND "
                    "(price_list_id IS NULL OR price_list_id = ANY(CAST(:lists AS bigint[])))",
                    {"id": variant.id, **prices.parameters},
                )
                expected[variant.id] = None if variant.deleted_at else plainly(rows, prices.lists, 1)
            shown = {
                one.id: (one.amount.minor, one.compare_at.minor if one.compare_at else None)
                for one in (view[0].variants if view else ())
                if one.amount
            }
            assert shown == {id_: price for id_, price in expected.items() if price}
            # Where at most one override holds, lists sort by exactly what the page shows.
            if sum(1 for id_ in prices.lists if session.get(PriceList, id_).kind == "override") < 2:
                assert lows.get(made.product.id) == (min(amounts) if amounts else None)
                low = read_rows(
                    f"SELECT {LOW_OF_PRODUCT} AS low FROM products p WHERE p.id = :id",
                    {**prices.parameters, "id": made.product.id},
                )[0].low
                assert low == lows.get(made.product.id)


def test_a_list_holds_from_its_first_instant_until_before_its_last() -> None:
    begin, end = NOON.timestamp(), (NOON + timedelta(hours=1)).timestamp()
    one = ListFacts(7, "sale", 0, (), begin, end)
    held = [scope_at("EUR", [one], at).lists for at in (begin - 0.001, begin, end - 0.001, end)]
    assert held == [(), (7,), (7,), ()]


def test_lists_are_asked_by_priority_then_by_age_and_only_where_they_belong() -> None:
    rows = [
        (1, "override", 0, [], [], None, None),
        (2, "override", 5, ["de"], [], None, None),
        (3, "override", 5, ["at", "de"], [], None, None),
        (4, "override", 9, [], [6], None, None),
    ]
    assert scope_at("EUR", lists_of("de", rows), 0).lists == (2, 3, 1)
    assert scope_at("EUR", lists_of("at", rows), 0).lists == (3, 1)
    assert scope_at("EUR", lists_of("at", rows), 0, [5, 6]).lists == (4, 3, 1)


def test_a_sale_of_one_market_is_none_in_another(db: object) -> None:
    make_shop()
    make_market("de-de")
    mug = make_product("mug", price=1000)
    make_list("sale", {mug.variant.id: 700}, markets=["de-de"])
    assert [
        queries.list_cards([mug.product.id], get_market(code).prices())[mug.product.id].price.minor
        for code in ("at", "de-de")
    ] == [1000, 700]


def test_a_sale_that_begins_by_the_clock_needs_nobody(db: object) -> None:
    make_shop()
    mug = make_product("mug", price=1000)
    begin = now() + timedelta(days=3)
    sale = make_list("sale", {mug.variant.id: 700}, starts_at=begin, ends_at=begin + timedelta(days=1))
    market = get_market("at")
    scopes = [market.prices(begin + timedelta(hours=hours)) for hours in (-1, 0, 24)]
    assert [scope.lists for scope in scopes] == [(), (sale.id,), ()]
    assert [queries.get_product("mug", scope)[0].variants[0].amount.minor for scope in scopes] == [1000, 700, 1000]


def test_what_a_price_has_been_is_kept_and_can_not_be_changed(db: object) -> None:
    make_shop()
    mug = make_product("mug", price=1000)
    session.execute(update(Price).where(Price.variant_id == mug.variant.id).values(since=NOON))
    set_price(mug.variant.id, 800)
    session.execute(delete(Price).where(Price.variant_id == mug.variant.id))
    kept = read_rows("SELECT amount_minor, began_at FROM price_history")
    # The second price began and ended in one transaction: nobody ever saw it.
    assert [tuple(row) for row in kept] == [(1000, NOON)]
    made = make_list("sale", since=NOON)
    session.execute(update(PriceList).where(PriceList.id == made.id).values(status="draft"))
    assert [row.status for row in read_rows("SELECT status FROM price_list_windows")] == ["active"]
    for change in (
        "UPDATE price_history SET amount_minor = 1",
        "DELETE FROM price_history",
        "UPDATE price_list_windows SET began_at = now()",
        "DELETE FROM price_list_windows",
    ):
        with pytest.raises(Exception, match="not changed afterwards"), session.begin_nested():
            session.execute(text(change))


def test_the_kind_of_a_list_is_for_ever(db: object) -> None:
    make_shop()
    made = make_list("sale")
    with pytest.raises(Exception, match="for ever"), session.begin_nested():
        session.execute(update(PriceList).where(PriceList.id == made.id).values(kind="override"))
