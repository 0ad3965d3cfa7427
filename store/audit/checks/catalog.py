"""The catalogue: what pages say can be bought is what the stock says."""

from store.audit.registry import check, warning


@check
def variant_availability_follows_stock() -> str:
    """A variant is shown as available, and with its last pieces, as its stock stands."""
    return """
        WITH units AS (
            SELECT vi.variant_id, i.policy,
                   CASE WHEN i.tracked AND (i.policy = 'deny' OR i.backorder_limit IS NOT NULL)
                        THEN floor((coalesce(stock.free, 0) - i.safety_stock
                                    + CASE WHEN i.policy = 'continue' THEN i.backorder_limit ELSE 0 END)::numeric
                                   / vi.quantity)
                   END AS sellable
              FROM variant_items vi
              JOIN inventory_items i ON i.id = vi.item_id
              LEFT JOIN (SELECT item_id, sum(on_hand - reserved - allocated) AS free
                           FROM stock_levels GROUP BY item_id) stock ON stock.item_id = i.id
        ), verdict AS (
            SELECT variant_id, bool_and(sellable IS NULL OR sellable >= 1) AS available,
                   min(sellable) FILTER (WHERE policy = 'deny') AS left_over
              FROM units GROUP BY variant_id
        )
        SELECT 'variant:' || v.id AS subject, v.sku, v.available, coalesce(s.available, false) AS available_by_stock,
               v.stock_left, CASE WHEN s.left_over <= 5 THEN greatest(s.left_over, 0) END AS left_by_stock
          FROM variants v LEFT JOIN verdict s ON s.variant_id = v.id
         WHERE v.available <> coalesce(s.available, false)
            OR v.stock_left IS DISTINCT FROM CASE WHEN s.left_over <= 5 THEN greatest(s.left_over, 0) END
    """


@check
def product_availability_follows_variants() -> str:
    """A product is shown as available when one of its variants is."""
    return """
        SELECT 'product:' || p.id AS subject, p.handle, p.available
          FROM products p
         WHERE NOT p.made_to_order AND p.available <> EXISTS (
               SELECT 1 FROM variants v WHERE v.product_id = p.id AND v.deleted_at IS NULL AND v.available)
    """


@check
def variant_has_a_value_on_each_axis() -> str:
    """A variant has exactly one value on each axis of its product, and its key spells them."""
    return """
        WITH axes AS (
            SELECT product_id, count(*) AS axes FROM options GROUP BY product_id
        ), chosen AS (
            SELECT vv.variant_id, count(*) AS values,
                   string_agg(vv.value_id::text, '-' ORDER BY o.position, o.id) AS key
              FROM variant_values vv JOIN options o ON o.id = vv.option_id GROUP BY vv.variant_id
        )
        SELECT 'variant:' || v.id AS subject, v.sku, v.option_key, c.key, coalesce(a.axes, 0) AS axes,
               coalesce(c.values, 0) AS values
          FROM variants v LEFT JOIN axes a USING (product_id) LEFT JOIN chosen c ON c.variant_id = v.id
         WHERE v.deleted_at IS NULL
           AND (coalesce(a.axes, 0) <> coalesce(c.values, 0) OR v.option_key <> coalesce(c.key, ''))
    """


@warning
def everything_on_sale_has_a_price() -> str:
    """Every variant of an active product has a price in the shop's currency."""
    return """
        SELECT 'variant:' || v.id AS subject, v.sku, p.handle
          FROM variants v JOIN products p ON p.id = v.product_id AND p.status = 'active' CROSS JOIN shops s
         WHERE v.deleted_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM prices WHERE variant_id = v.id AND currency = s.currency
                              AND price_list_id IS NULL AND min_qty = 1)
    """


@warning
def everything_on_sale_is_counted() -> str:
    """Every variant of an active product has an item that is counted, or is said not to be."""
    return """
        SELECT 'variant:' || v.id AS subject, v.sku, p.handle
          FROM variants v JOIN products p ON p.id = v.product_id AND p.status = 'active'
         WHERE v.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM variant_items WHERE variant_id = v.id)
    """


@check
def product_prices_follow_prices() -> str:
    """The range of prices by which lists sort and filter is that of the prices themselves."""
    return """
        WITH sold AS (
            SELECT v.product_id, v.id FROM variants v JOIN products p ON p.id = v.product_id
             WHERE v.deleted_at IS NULL AND NOT p.made_to_order
        ), listed AS (
            SELECT s.product_id, s.id AS variant_id, r.currency, r.price_list_id, r.amount_minor, r.compare_at_minor
              FROM sold s JOIN prices r ON r.variant_id = s.id AND r.min_qty = 1
        ), completed AS (
            SELECT * FROM listed
             UNION ALL
            -- What an override list does not name keeps its base price.
            SELECT b.product_id, b.variant_id, b.currency, named.price_list_id, b.amount_minor, b.compare_at_minor
              FROM listed b
              JOIN (SELECT DISTINCT l.product_id, l.currency, l.price_list_id FROM listed l
                      JOIN price_lists pl ON pl.id = l.price_list_id AND pl.kind = 'override') named
                ON named.product_id = b.product_id AND named.currency = b.currency
             WHERE b.price_list_id IS NULL
               AND NOT EXISTS (SELECT 1 FROM listed own WHERE own.variant_id = b.variant_id
                                  AND own.currency = b.currency AND own.price_list_id = named.price_list_id)
        ), ranges AS (
            SELECT product_id, currency, price_list_id, min(amount_minor) AS low_minor, max(amount_minor) AS high_minor,
                   (array_agg(compare_at_minor ORDER BY amount_minor, compare_at_minor DESC NULLS LAST))[1]
                       AS compare_at_minor
              FROM completed GROUP BY product_id, currency, price_list_id
        ), kept AS (
            SELECT k.product_id, k.currency, k.price_list_id, k.low_minor, k.high_minor, k.compare_at_minor
              FROM product_prices k JOIN products p ON p.id = k.product_id WHERE NOT p.made_to_order
        )
        SELECT 'product:' || coalesce(k.product_id, r.product_id) AS subject,
               coalesce(k.currency, r.currency) AS currency,
               coalesce(k.price_list_id, r.price_list_id) AS price_list_id,
               k.low_minor AS low_kept, r.low_minor AS low_by_prices, k.high_minor AS high_kept,
               r.high_minor AS high_by_prices
          FROM ranges r
          FULL JOIN kept k ON k.product_id = r.product_id AND k.currency = r.currency
               AND coalesce(k.price_list_id, 0) = coalesce(r.price_list_id, 0)
         WHERE (k.low_minor, k.high_minor, k.compare_at_minor)
               IS DISTINCT FROM (r.low_minor, r.high_minor, r.compare_at_minor)
    """
