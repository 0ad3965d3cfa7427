"""Variants made on first use: the row behind a choice of a product made to order.

The row is an ordinary variant with ordinary prices and items, so carts, orders and stock need not know how it came.
"""

from store.catalog.errors import GraphChanged
from store.catalog.queries import ProductView, VariantView
from store.core.db import run

_FIND = "SELECT id FROM variants WHERE product_id = :product_id AND option_key = :key AND deleted_at IS NULL"

# Whoever edits the graph waits for this, and the other way round: nothing is made of a graph that is gone.
_LOCK = "SELECT revision FROM products WHERE id = :product_id FOR KEY SHARE"

# What belongs to a variant follows in the same statement. `:suffix` tells it from another one with the same SKU.
_MAKE = """
    WITH made AS (
      INSERT INTO variants (product_id, option_key, sku, weight_grams, requires_shipping, taxable)
      SELECT p.id, :key, choice_sku(p.id, CAST(:values AS bigint[])) || :suffix, coalesce(vp.weight_grams, 0),
             coalesce(vp.requires_shipping, true), coalesce(vp.taxable, true)
        FROM products p LEFT JOIN variant_patterns vp ON vp.product_id = p.id WHERE p.id = :product_id
      ON CONFLICT DO NOTHING
      RETURNING id),
    valued AS (
      INSERT INTO variant_values (variant_id, option_id, value_id)
      SELECT made.id, ov.option_id, ov.id FROM made, option_values ov WHERE ov.id = ANY(:values)),
    priced AS (
      INSERT INTO prices (variant_id, currency, price_list_id, min_qty, amount_minor, compare_at_minor)
      SELECT made.id, c.currency, c.price_list_id, 1, c.amount_minor, c.compare_at_minor
        FROM made, choice_prices(:product_id, CAST(:values AS bigint[])) c),
    pictured AS (
      INSERT INTO variant_images (variant_id, image_id)
      SELECT made.id, image_id FROM made, unnest(CAST(:pictures AS bigint[])) AS image_id),
    taken AS (
      INSERT INTO variant_items (variant_id, item_id, quantity)
      SELECT made.id, c.item_id, c.quantity FROM made, choice_items(:product_id, CAST(:values AS bigint[])) c)
    SELECT id FROM made
"""


def variant_for_choice(product: ProductView, variant: VariantView) -> int:
    """Return the id of a variant that was chosen; makes the row of one made to order that nobody has wanted before.

    Two who want the same new choice at once get the same row. Raises `GraphChanged` when the product has been edited
    since it was read. 1 statement, 3 for a new one.
    """
    if product.graph is None:
        return variant.id
    facts = {
        "product_id": product.id,
        "key": "-".join(map(str, variant.value_ids)),
        "values": list(variant.value_ids),
        "pictures": list(variant.pictures),
    }
    found = run(_FIND, facts)
    if found:
        return int(found[0].id)
    lock = run(_LOCK, facts)
    if not lock or lock[0].revision != product.revision:
        raise GraphChanged(product.handle)
    # A second time under a SKU of its own, when another product has the one it should have.
    for suffix in ("", f"-{facts['key']}"):
        for statement in (_MAKE, _FIND):
            found = run(statement, {**facts, "suffix": suffix})
            if found:
                return int(found[0].id)
    raise GraphChanged(product.handle)
