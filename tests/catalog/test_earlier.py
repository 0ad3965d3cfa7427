"""The lowest price of the 30 days before a reduction."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import text, update

from store.catalog import queries
from store.catalog.models import Price
from store.catalog.queries.earlier import PriceKept, Step, WindowKept, lowest_before, timeline
from store.core.clock import now
from store.core.db import session
from store.shop.queries import get_market
from tests.factories.catalog import make_product
from tests.factories.prices import make_list, set_price
from tests.factories.shop import make_shop

DAY = 86_400.0
TODAY = datetime(2026, 3, 1, tzinfo=UTC)


def lowest(*steps: tuple[float, int | None]) -> int | None:
    """Return the lowest price before the last of these steps; each is a day and the price from then on."""
    return lowest_before([Step(day * DAY, amount) for day, amount in steps])


def test_a_simple_reduction_names_the_price_before_it() -> None:
    assert lowest((-200, 100), (0, 80)) == 100


def test_a_reduction_of_a_reduction_names_the_first_reduced_price() -> None:
    assert lowest((-200, 100), (0, 80), (10, 70)) == 80


def test_a_price_raised_before_the_sale_does_not_help() -> None:
    assert lowest((-200, 80), (-3, 120), (0, 100)) == 80


def test_a_price_raised_long_before_the_sale_counts() -> None:
    assert lowest((-200, 80), (-31, 120), (0, 100)) == 120
    assert lowest((-200, 80), (-30, 120), (0, 100)) == 120
    assert lowest((-200, 80), (-29.9, 120), (0, 100)) == 80


def test_a_product_younger_than_the_window_names_its_lowest_so_far() -> None:
    assert lowest((-5, 90), (-2, 100), (0, 80)) == 90


def test_a_sale_that_ended_and_begins_again_names_its_own_price() -> None:
    assert lowest((-200, 100), (-10, 80), (-5, 100), (0, 80)) == 80


def test_a_price_from_the_first_day_has_none_before_it() -> None:
    assert lowest((0, 80)) is None
    assert lowest() is None


def test_days_without_a_price_say_nothing() -> None:
    assert lowest((-200, 100), (-40, None), (0, 80)) is None
    assert lowest((-200, 100), (-10, None), (0, 80)) == 100


def list_kept(
    list_id: int,
    kind: str,
    start: float | None,
    end: float | None,
    began: float,
    ended: float | None = None,
    *,
    priority: int = 0,
    markets: tuple[str, ...] = (),
) -> WindowKept:
    return WindowKept((list_id, kind, priority, markets, (), start, end), began, ended)


def test_a_list_that_begins_and_ends_by_the_clock_is_a_change_of_price() -> None:
    steps = timeline(
        [PriceKept(None, 100, -50 * DAY), PriceKept(1, 80, -50 * DAY)],
        [list_kept(1, "sale", -20 * DAY, -10 * DAY, -50 * DAY)],
        currency="EUR",
        market="at",
        until=datetime.fromtimestamp(0, UTC),
    )
    assert [(step.at / DAY, step.amount_minor) for step in steps] == [(-50, 100), (-20, 80), (-10, 100)]


def test_a_window_moved_afterwards_changes_nothing_that_was_shown() -> None:
    kept = [
        list_kept(1, "sale", -20 * DAY, None, -50 * DAY, -15 * DAY),
        list_kept(1, "sale", 5 * DAY, None, -15 * DAY),
    ]
    steps = timeline(
        [PriceKept(None, 100, -50 * DAY), PriceKept(1, 80, -50 * DAY)],
        kept,
        currency="EUR",
        market="at",
        until=datetime.fromtimestamp(0, UTC),
    )
    assert [(step.at / DAY, step.amount_minor) for step in steps] == [(-50, 100), (-20, 80), (-15, 100)]


@pytest.mark.parametrize("seed", range(60))
def test_the_timeline_is_what_asking_every_hour_would_have_told(seed: int) -> None:
    random = Random(seed)
    prices, windows = [], []
    for list_id in (None, 1, 2, 3):
        at = float(random.randint(0, 10))
        while at < 60 and random.random() < 0.8:
            until = at + random.randint(1, 20)
            prices.append(PriceKept(list_id, random.randint(1, 9), at, until))
            at = until + random.choice([0, 0, 4])
    kinds = {number: random.choice(["sale", "override"]) for number in (1, 2, 3)}
    for number, kind in kinds.items():
        start, length = float(random.randint(0, 40)), random.randint(1, 30)
        change = float(random.randint(0, 50))
        windows.append(list_kept(number, kind, start, start + length, 0.0, change, priority=number % 2))
        windows.append(
            list_kept(number, kind, None, None, change, priority=number % 2, markets=random.choice([(), ("de",)]))
        )

    def asked(at: float) -> int | None:
        holding = [
            one.facts
            for one in windows
            if one.began_at <= at
            and (one.ended_at is None or at < one.ended_at)
            and (one.facts[5] is None or one.facts[5] <= at)
            and (one.facts[6] is None or at < one.facts[6])
            and (not one.facts[3] or "at" in one.facts[3])
        ]
        costs = {one.list_id: one.amount_minor for one in prices if one.began_at <= at < one.ended_at}
        overrides = sorted((-facts[2], facts[0]) for facts in holding if facts[1] == "override" and facts[0] in costs)
        standing = costs.get(overrides[0][1]) if overrides else costs.get(None)
        offers = [costs[facts[0]] for facts in holding if facts[1] == "sale" and facts[0] in costs]
        return min([*offers, standing] if standing is not None else offers, default=None)

    steps = timeline(prices, windows, currency="EUR", market="at", until=datetime.fromtimestamp(90, UTC))
    for hour in range(90):
        shown = [step.amount_minor for step in steps if step.at <= hour]
        assert (shown[-1] if shown else None) == asked(hour)


def test_the_page_names_the_lowest_price_before_a_scheduled_sale(db: object) -> None:
    make_shop()
    mug = make_product("mug", price=1000)
    long_ago = now() - timedelta(days=100)
    session.execute(update(Price).values(since=long_ago))
    session.execute(
        text(
            "INSERT INTO price_history (variant_id, currency, amount_minor, began_at, recorded_at) "
            "VALUES (:id, 'EUR', 900, :began, :ended)"
        ),
        {"id": mug.variant.id, "began": long_ago - timedelta(days=9), "ended": long_ago},
    )
    sale = make_list("sale", starts_at=now() - timedelta(days=2), since=long_ago)
    set_price(mug.variant.id, 700, list_id=sale.id, since=long_ago)
    market = get_market("at")
    found = queries.find_lowest_before(mug.variant.id, 1, market.prices(), market.code)
    assert found is not None
    assert found.minor == 1000
