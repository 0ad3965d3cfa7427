"""What things cost: the one rule, as SQL and as a function.

Of the rows of a variant that hold in a scope, the override list that is asked first replaces the base price; then the
lowest sale that is lower wins, and what it undercuts becomes the price it is compared at. Of a list's rows the one for
the most pieces counts, as long as that many are bought. Prices are rows: nothing is converted here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from store.core.money import Money
from store.shop.prices import PriceScope

__all__ = [
    "BASE_PRICES_JSON",
    "HAS_PRICE",
    "HOLDS",
    "IS_SALE",
    "LISTED",
    "LOW_OF_PRODUCT",
    "PRICES_JSON",
    "PRICE_OF_PRODUCT",
    "PRICE_OF_VARIANT",
    "PriceScope",
    "Tier",
    "lowest_prices",
    "one_piece",
    "tier_for",
    "tiers_from",
]

# Rows `pr` of `prices`, `product_prices` or `base_prices` that count in the scope (`PriceScope.parameters`).
HOLDS = "pr.currency = :currency AND (pr.price_list_id IS NULL OR pr.price_list_id = ANY(CAST(:lists AS bigint[])))"

# What tells sales from the rest, and the order in which the rest is asked: base prices last.
LISTED = "LEFT JOIN price_lists pl ON pl.id = pr.price_list_id"
IS_SALE = "coalesce(pl.kind = 'sale', false)"
_ORDER = "ORDER BY array_position(CAST(:lists AS bigint[]), pr.price_list_id) NULLS LAST"

# The price of one piece of variant `v` as a lateral table `amount_minor, compare_at_minor`; no row without a price.
PRICE_OF_VARIANT = f"""(
    SELECT least(found.sale, found.anchor) AS amount_minor,
      CASE WHEN found.sale < found.anchor THEN found.anchor
           WHEN found.anchor_compare > found.anchor THEN found.anchor_compare END AS compare_at_minor
    FROM (
      SELECT min(pr.amount_minor) FILTER (WHERE {IS_SALE}) AS sale,
        (array_agg(pr.amount_minor {_ORDER}) FILTER (WHERE NOT {IS_SALE}))[1] AS anchor,
        (array_agg(pr.compare_at_minor {_ORDER}) FILTER (WHERE NOT {IS_SALE}))[1] AS anchor_compare
      FROM prices pr {LISTED}
      WHERE pr.variant_id = v.id AND pr.min_qty = 1 AND {HOLDS}) found
    WHERE found.sale IS NOT NULL OR found.anchor IS NOT NULL)"""

# Every row of variant `v` that holds, for `tiers_from`.
PRICES_JSON = f"""(
    SELECT json_agg(json_build_array(pr.price_list_id, {IS_SALE}, pr.min_qty, pr.amount_minor, pr.compare_at_minor))
    FROM prices pr {LISTED} WHERE pr.variant_id = v.id AND {HOLDS})"""

# The base of product `p`, when it is made to order, in every list that holds, for `tiers_from`.
BASE_PRICES_JSON = f"""(
    SELECT json_agg(json_build_array(pr.price_list_id, {IS_SALE}, 1, pr.amount_minor, pr.compare_at_minor))
    FROM base_prices pr {LISTED} WHERE pr.product_id = p.id AND {HOLDS})"""

# Whether product `p` has a price in the scope.
HAS_PRICE = f"EXISTS (SELECT FROM product_prices pr WHERE pr.product_id = p.id AND {HOLDS})"

_LOW = f"""least(min(pr.low_minor) FILTER (WHERE {IS_SALE}),
      (array_agg(pr.low_minor {_ORDER}) FILTER (WHERE NOT {IS_SALE}))[1])"""

# The lowest price of product `p` in the scope; NULL without one.
LOW_OF_PRODUCT = f"(SELECT {_LOW} FROM product_prices pr {LISTED} WHERE pr.product_id = p.id AND {HOLDS})"


# The same as a lateral table `low, high, compare_at` for products made to order, whose lists name all choices at once.
PRICE_OF_PRODUCT = f"""(
    SELECT least(found.sale, found.anchor) AS low,
      CASE WHEN found.sale < found.anchor OR found.anchor IS NULL
           THEN found.sale_high ELSE found.anchor_high END AS high,
      CASE WHEN found.sale < found.anchor THEN found.anchor
           WHEN found.anchor_compare > found.anchor THEN found.anchor_compare END AS compare_at
    FROM (
      SELECT min(pr.low_minor) FILTER (WHERE {IS_SALE}) AS sale,
        (array_agg(pr.high_minor ORDER BY pr.low_minor) FILTER (WHERE {IS_SALE}))[1] AS sale_high,
        (array_agg(pr.low_minor {_ORDER}) FILTER (WHERE NOT {IS_SALE}))[1] AS anchor,
        (array_agg(pr.high_minor {_ORDER}) FILTER (WHERE NOT {IS_SALE}))[1] AS anchor_high,
        (array_agg(pr.compare_at_minor {_ORDER}) FILTER (WHERE NOT {IS_SALE}))[1] AS anchor_compare
      FROM product_prices pr {LISTED} WHERE pr.product_id = p.id AND {HOLDS}) found
    WHERE p.made_to_order)"""


def lowest_prices(prices: PriceScope) -> str:
    """Return a SELECT of `product_id, low` for all products at once: one pass instead of a look at each.

    Where two override lists hold at once and name different variants of one product, it follows the first list.
    """
    if not prices.lists:
        # The plain case can be answered by an index alone.
        return """
            SELECT pr.product_id, pr.low_minor AS low FROM product_prices pr
            WHERE pr.currency = :currency AND pr.price_list_id IS NULL"""
    return f"SELECT pr.product_id, {_LOW} AS low FROM product_prices pr {LISTED} WHERE {HOLDS} GROUP BY pr.product_id"


@dataclass(frozen=True, slots=True)
class Tier:
    """What each piece costs from `min_qty` pieces on, in minor units, and what that is compared at.

    `list_id` is the price list it comes from, `None` for the base price.
    """

    min_qty: int
    amount_minor: int
    compare_at_minor: int | None = None
    list_id: int | None = None


def tiers_from(rows: Iterable[Sequence[Any]], prices: PriceScope) -> tuple[Tier, ...]:
    """Return what pieces cost by their number, from rows of `PRICES_JSON`; each step differs from that before."""
    known = list(rows)
    tiers: list[Tier] = []
    for quantity in sorted({row[2] for row in known}):
        tier = _price(known, prices, quantity)
        if not tiers or (tier.amount_minor, tier.compare_at_minor) != (
            tiers[-1].amount_minor,
            tiers[-1].compare_at_minor,
        ):
            tiers.append(tier)
    return tuple(tiers)


def tier_for(tiers: Iterable[Tier], quantity: int) -> Tier | None:
    """Return the tier that so many pieces reach; `None` when so few are not sold."""
    found = None
    for tier in tiers:
        if tier.min_qty <= quantity:
            found = tier
    return found


def one_piece(tiers: Iterable[Tier], prices: PriceScope) -> tuple[Money | None, Money | None]:
    """Return what one piece costs and what that is compared at; `None` for either that is not there."""
    tier = tier_for(tiers, 1)
    if tier is None:
        return None, None
    compare_at = tier.compare_at_minor
    return Money(tier.amount_minor, prices.currency), None if compare_at is None else Money(compare_at, prices.currency)


def _price(rows: Iterable[Sequence[Any]], prices: PriceScope, quantity: int) -> Tier:
    best: dict[int | None, Sequence[Any]] = {}
    for row in rows:
        if row[2] <= quantity and (row[0] not in best or best[row[0]][2] < row[2]):
            best[row[0]] = row
    rank = {list_id: place for place, list_id in enumerate((*prices.lists, None))}
    sales = [row for row in best.values() if row[1]]
    others = [row for row in best.values() if not row[1]]
    sale = min(sales, key=lambda row: (row[3], rank[row[0]]), default=None)
    anchor = min(others, key=lambda row: rank[row[0]], default=None)
    if anchor is None or (sale is not None and sale[3] < anchor[3]):
        assert sale is not None  # a quantity is only asked for when a row begins there
        return Tier(quantity, sale[3], anchor[3] if anchor else None, sale[0])
    compare_at = anchor[4] if anchor[4] is not None and anchor[4] > anchor[3] else None
    return Tier(quantity, anchor[3], compare_at, anchor[0])
