"""The verbs of prices: rows of markets, lists and tiers, whatever kind of product they belong to.

Nothing is converted here: staff see suggestions elsewhere and hand in the amounts they accepted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from store.catalog.following import follow
from store.core.db import run

_UPSERT = """
    INSERT INTO prices (variant_id, currency, price_list_id, min_qty, amount_minor, compare_at_minor)
    SELECT * FROM unnest(CAST(:variants AS bigint[]), CAST(:currencies AS text[]), CAST(:lists AS bigint[]),
                         CAST(:quantities AS bigint[]), CAST(:amounts AS bigint[]), CAST(:compares AS bigint[]))
        ON CONFLICT (variant_id, currency, price_list_id, min_qty) DO UPDATE
       SET amount_minor = excluded.amount_minor, compare_at_minor = excluded.compare_at_minor
     WHERE (prices.amount_minor, prices.compare_at_minor)
           IS DISTINCT FROM (excluded.amount_minor, excluded.compare_at_minor)
"""
_DELETE = """
    DELETE FROM prices WHERE variant_id = :variant AND currency = :currency
       AND price_list_id IS NOT DISTINCT FROM CAST(:list AS bigint) AND min_qty = :quantity
"""
_MADE_UPSERT = """
    INSERT INTO base_prices (product_id, currency, price_list_id, amount_minor, compare_at_minor)
    SELECT id, :currency, CAST(:list AS bigint), :amount, :compare FROM products WHERE id = :product AND made_to_order
        ON CONFLICT (product_id, currency, price_list_id) DO UPDATE
       SET amount_minor = excluded.amount_minor, compare_at_minor = excluded.compare_at_minor
"""
_MADE_DELETE = """
    DELETE FROM base_prices WHERE product_id = :product AND currency = :currency
       AND price_list_id IS NOT DISTINCT FROM CAST(:list AS bigint)
"""


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price to be written, in minor units; `amount_minor` is `None` to take the row away."""

    variant_id: int
    currency: str
    amount_minor: int | None
    compare_at_minor: int | None = None
    list_id: int | None = None
    min_qty: int = 1


def set_prices(rows: Sequence[PriceRow]) -> None:
    """Write prices over those that are there; 1 statement, and 1 for each row that goes away."""
    kept = [row for row in rows if row.amount_minor is not None]
    if kept:
        run(
            _UPSERT,
            {
                "variants": [row.variant_id for row in kept],
                "currencies": [row.currency for row in kept],
                "lists": [row.list_id for row in kept],
                "quantities": [row.min_qty for row in kept],
                "amounts": [row.amount_minor for row in kept],
                "compares": [row.compare_at_minor for row in kept],
            },
        )
    for row in rows:
        if row.amount_minor is None:
            run(
                _DELETE,
                {
                    "variant": row.variant_id,
                    "currency": row.currency,
                    "list": row.list_id,
                    "quantity": row.min_qty,
                },
            )


def set_base_price(
    product_id: int, currency: str, amount_minor: int | None, compare_at_minor: int | None, list_id: int | None
) -> None:
    """Write the base of a product made to order, in a list or out of it; its choices follow. `None` takes it away."""
    facts = {"product": product_id, "currency": currency, "list": list_id}
    if amount_minor is None:
        run(_MADE_DELETE, facts)
    else:
        run(_MADE_UPSERT, {**facts, "amount": amount_minor, "compare": compare_at_minor})
    follow(product_id)


def clear_list(list_id: int, product_id: int) -> None:
    """Take a product off a price list."""
    facts = {"list": list_id, "product": product_id}
    run(
        "DELETE FROM prices WHERE price_list_id = :list AND variant_id IN "
        "(SELECT id FROM variants WHERE product_id = :product)",
        facts,
    )
    made = run("DELETE FROM base_prices WHERE price_list_id = :list AND product_id = :product RETURNING 1", facts)
    if made:
        follow(product_id)
