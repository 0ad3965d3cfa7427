"""What follows when a product made to order is changed: the variants that were made already, and its kept prices."""

from store.core.clock import now
from store.core.db import run, session

# A choice that is not made any more. Its slot is freed, so that the choice can be made anew one day; `0` is no value.
_TAKE_OFF = """
    UPDATE variants v SET deleted_at = :moment, sku = NULL, option_key = option_key || '-0-' || id
     WHERE v.product_id = :id AND v.deleted_at IS NULL AND {}
"""
_CHOSEN = "coalesce(string_to_array(nullif(v.option_key, ''), '-')::bigint[], '{}')"
_NOT_MADE = f"""(
    cardinality({_CHOSEN}) <> (SELECT count(*) FROM options WHERE product_id = :id)
    OR (SELECT count(*) FROM option_values ov JOIN options o ON o.id = ov.option_id
         WHERE o.product_id = :id AND ov.id = ANY({_CHOSEN})) <> cardinality({_CHOSEN})
    OR EXISTS (SELECT FROM option_exclusions x
         WHERE x.product_id = :id AND x.value_id = ANY({_CHOSEN}) AND x.other_value_id = ANY({_CHOSEN}))
    OR EXISTS (SELECT FROM choice_overrides x
         WHERE x.product_id = :id AND x.blocked AND string_to_array(x.option_key, '-')::bigint[] <@ {_CHOSEN}))
"""
# An order has taken the items that a variant has: one that should take others is another variant.
_OTHER_ITEMS = f"""
    EXISTS ((SELECT item_id, quantity FROM variant_items WHERE variant_id = v.id
             EXCEPT SELECT * FROM choice_items(:id, {_CHOSEN}))
            UNION ALL (SELECT * FROM choice_items(:id, {_CHOSEN})
             EXCEPT SELECT item_id, quantity FROM variant_items WHERE variant_id = v.id))
"""
_ORDERED = "EXISTS (SELECT FROM order_lines WHERE variant_id = v.id)"

# The lowest and the highest price as far as values and exceptions tell them, by currency and price list. Over rows `p`
# of products; `added.whole` is false where no choice has a price in the currency.
PRICE_RANGES = """
    SELECT b.product_id, b.currency, b.price_list_id,
           least(greatest(b.amount_minor + added.low, 0), own.low),
           greatest(greatest(b.amount_minor + added.high, 0), own.high),
           CASE WHEN own.low < greatest(b.amount_minor + added.low, 0) THEN NULL
                ELSE greatest(b.compare_at_minor + added.low, 0) END
      FROM base_prices b JOIN products p ON p.id = b.product_id
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(axis.low), 0) AS low, coalesce(sum(axis.high), 0) AS high,
                  coalesce(bool_and(axis.low IS NOT NULL), true) AS whole
             FROM options o CROSS JOIN LATERAL (
                  SELECT min(coalesce(d.delta_minor, 0)) AS low, max(coalesce(d.delta_minor, 0)) AS high
                    FROM option_values ov
                    LEFT JOIN option_value_prices d ON d.value_id = ov.id AND d.currency = b.currency
                   WHERE ov.option_id = o.id AND (d.value_id IS NOT NULL OR NOT EXISTS (
                         SELECT FROM option_value_prices x WHERE x.value_id = ov.id AND x.delta_minor <> 0))) axis
            WHERE o.product_id = b.product_id) added
     CROSS JOIN LATERAL (
           SELECT min(op.amount_minor) AS low, max(op.amount_minor) AS high
             FROM choice_overrides co JOIN override_prices op ON op.override_id = co.id AND op.currency = b.currency
            WHERE co.product_id = b.product_id AND NOT co.blocked) own
"""
_LIVING = "v.product_id = :id AND v.deleted_at IS NULL"
_STEPS = (
    _TAKE_OFF.format(_NOT_MADE),
    _TAKE_OFF.format(f"{_OTHER_ITEMS} AND {_ORDERED}"),
    f"""
    DELETE FROM variant_items vi USING variants v WHERE vi.variant_id = v.id AND {_LIVING}
       AND NOT EXISTS (SELECT FROM choice_items(:id, {_CHOSEN}) c WHERE c.item_id = vi.item_id)
    """,
    f"""
    INSERT INTO variant_items (variant_id, item_id, quantity)
    SELECT v.id, c.item_id, c.quantity FROM variants v CROSS JOIN LATERAL choice_items(:id, {_CHOSEN}) c
     WHERE {_LIVING}
        ON CONFLICT (variant_id, item_id) DO UPDATE SET quantity = excluded.quantity
     WHERE variant_items.quantity <> excluded.quantity
    """,
    f"""
    DELETE FROM prices pr USING variants v WHERE pr.variant_id = v.id AND pr.min_qty = 1 AND {_LIVING}
       AND NOT EXISTS (SELECT FROM choice_prices(:id, {_CHOSEN}) c
             WHERE c.currency = pr.currency AND c.price_list_id IS NOT DISTINCT FROM pr.price_list_id)
    """,
    f"""
    INSERT INTO prices (variant_id, currency, price_list_id, min_qty, amount_minor, compare_at_minor)
    SELECT v.id, c.currency, c.price_list_id, 1, c.amount_minor, c.compare_at_minor
      FROM variants v CROSS JOIN LATERAL choice_prices(:id, {_CHOSEN}) c WHERE {_LIVING}
        ON CONFLICT (variant_id, currency, price_list_id, min_qty) DO UPDATE
       SET amount_minor = excluded.amount_minor, compare_at_minor = excluded.compare_at_minor
     WHERE (prices.amount_minor, prices.compare_at_minor)
           IS DISTINCT FROM (excluded.amount_minor, excluded.compare_at_minor)
    """,
    f"""
    DELETE FROM variant_images vi USING variants v WHERE vi.variant_id = v.id AND {_LIVING}
    """,
    f"""
    INSERT INTO variant_images (variant_id, image_id)
    SELECT v.id, own.image_id FROM variants v CROSS JOIN LATERAL (
           SELECT co.image_id FROM choice_exceptions(:id, {_CHOSEN}) e JOIN choice_overrides co ON co.id = e.override_id
            WHERE co.image_id IS NOT NULL ORDER BY e.rank LIMIT 1) own
     WHERE {_LIVING}
    """,
    # First no SKU and then the new one: two variants may exchange theirs.
    f"""
    UPDATE variants v SET sku = NULL WHERE {_LIVING} AND v.sku IS DISTINCT FROM choice_sku(:id, {_CHOSEN})
       AND v.sku IS DISTINCT FROM choice_sku(:id, {_CHOSEN}) || '-' || v.option_key
    """,
    f"""
    UPDATE variants v SET sku = wanted.sku || CASE WHEN wanted.turn > 1 OR EXISTS (
               SELECT FROM variants other WHERE other.sku = wanted.sku) THEN '-' || v.option_key ELSE '' END
      FROM (SELECT v.id, choice_sku(:id, {_CHOSEN}) AS sku,
                   row_number() OVER (PARTITION BY choice_sku(:id, {_CHOSEN}) ORDER BY v.id) AS turn
              FROM variants v WHERE {_LIVING} AND v.sku IS NULL) wanted
     WHERE v.id = wanted.id
    """,
    f"""
    UPDATE variants v SET weight_grams = vp.weight_grams FROM variant_patterns vp
     WHERE vp.product_id = :id AND {_LIVING} AND v.weight_grams <> vp.weight_grams
    """,
    # What lists sort and filter by, for the whole product at once.
    "DELETE FROM product_prices WHERE product_id = :id",
    f"""
    INSERT INTO product_prices (product_id, currency, price_list_id, low_minor, high_minor, compare_at_minor)
    {PRICE_RANGES} WHERE b.product_id = :id AND added.whole
    """,
    # What its variants looked like is remembered under its revision.
    "SELECT bump_products(ARRAY[CAST(:id AS bigint)])",
)

# How a product with rows for its variants becomes one made to order, at the same prices and with the same stock.
_PRICED = "pr.variant_id = v.id AND pr.price_list_id IS NULL AND pr.min_qty = 1"
_TAKE_OVER = (
    "UPDATE products SET made_to_order = true WHERE id = :id",
    """
    INSERT INTO variant_patterns (product_id, sku, weight_grams)
    SELECT p.id, upper(left(p.handle, 24)), coalesce((
           SELECT min(v.weight_grams) FROM variants v WHERE v.product_id = p.id AND v.deleted_at IS NULL), 0)
      FROM products p WHERE p.id = :id
    """,
    # A slot that nobody uses any more is free for the choice.
    """
    UPDATE variants SET option_key = option_key || '-0-' || id
     WHERE product_id = :id AND deleted_at IS NOT NULL AND option_key <> ''
    """,
    f"""
    INSERT INTO base_prices (product_id, currency, amount_minor, compare_at_minor)
    SELECT DISTINCT ON (pr.currency) v.product_id, pr.currency, pr.amount_minor, pr.compare_at_minor
      FROM variants v JOIN prices pr ON {_PRICED} WHERE {_LIVING} ORDER BY pr.currency, pr.amount_minor
    """,
    f"""
    INSERT INTO choice_overrides (product_id, option_key)
    SELECT DISTINCT v.product_id, v.option_key FROM variants v JOIN prices pr ON {_PRICED}
      JOIN base_prices b ON b.product_id = v.product_id AND b.currency = pr.currency
     WHERE {_LIVING} AND v.option_key <> ''
       AND (pr.amount_minor, pr.compare_at_minor) IS DISTINCT FROM (b.amount_minor, b.compare_at_minor)
    """,
    f"""
    INSERT INTO override_prices (override_id, currency, amount_minor, compare_at_minor)
    SELECT co.id, pr.currency, pr.amount_minor, pr.compare_at_minor
      FROM choice_overrides co JOIN variants v ON v.product_id = co.product_id AND v.option_key = co.option_key
      JOIN prices pr ON {_PRICED} WHERE {_LIVING}
    """,
    # A kit of several items is none of the blanks: what it takes is entered by hand.
    f"""
    INSERT INTO blanks (product_id, option_ids, value_ids, item_id, quantity)
    SELECT v.product_id,
           ARRAY(SELECT o.id FROM options o WHERE o.product_id = v.product_id ORDER BY o.id),
           {_CHOSEN}, min(vi.item_id), min(vi.quantity)
      FROM variants v JOIN variant_items vi ON vi.variant_id = v.id WHERE {_LIVING}
     GROUP BY v.id HAVING count(*) = 1
    """,
)


def follow(product_id: int) -> None:
    """Make the variants of a product made to order, as far as there are any, like its graph, and keep its prices."""
    session.flush()
    facts = {"id": product_id, "moment": now()}
    for step in _STEPS:
        run(step, facts)


def take_over(product_id: int) -> None:
    """Make a product to order, with what its variants cost and have in stock so far."""
    session.flush()
    for step in _TAKE_OVER:
        run(step, {"id": product_id})
