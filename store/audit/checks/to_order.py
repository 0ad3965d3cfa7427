"""Products made to order: that their graphs hold together, and that stock, prices and made variants follow them."""

from store.audit.registry import check, warning
from store.catalog.following import PRICE_RANGES

# The values of a variant's choice.
_CHOSEN = "coalesce(string_to_array(nullif(v.option_key, ''), '-')::bigint[], '{}')"
_LIVING = "FROM variants v JOIN products p ON p.id = v.product_id AND p.made_to_order WHERE v.deleted_at IS NULL"


@check
def blank_availability_follows_stock() -> str:
    """A blank is shown as available, and with its last pieces, as its stock stands."""
    return """
        WITH units AS (
            SELECT b.id, i.policy,
                   CASE WHEN i.tracked AND (i.policy = 'deny' OR i.backorder_limit IS NOT NULL)
                        THEN floor((coalesce(stock.free, 0) - i.safety_stock
                                    + CASE WHEN i.policy = 'continue' THEN i.backorder_limit ELSE 0 END)::numeric
                                   / b.quantity)
                   END AS sellable
              FROM blanks b
              JOIN inventory_items i ON i.id = b.item_id
              LEFT JOIN (SELECT item_id, sum(on_hand - reserved - allocated) AS free
                           FROM stock_levels GROUP BY item_id) stock ON stock.item_id = i.id
        ), verdict AS (
            SELECT id, sellable IS NULL OR sellable >= 1 AS available,
                   CASE WHEN policy = 'deny' AND sellable <= 5 THEN greatest(sellable, 0) END AS stock_left
              FROM units
        )
        SELECT 'product:' || b.product_id AS subject, b.id AS blank_id, b.available,
               s.available AS available_by_stock, b.stock_left, s.stock_left AS left_by_stock
          FROM blanks b JOIN verdict s USING (id)
         WHERE (b.available, b.stock_left) IS DISTINCT FROM (s.available, s.stock_left::smallint)
    """


@check
def product_availability_follows_choices() -> str:
    """A product made to order is shown as available when a choice is left that is made and whose blanks are there."""
    return """
        SELECT 'product:' || p.id AS subject, p.handle, p.available
          FROM products p WHERE p.made_to_order AND p.available <> can_be_made(p.id)
    """


@check
def graph_names_values_of_its_product() -> str:
    """What excludes, excepts and lies on the shelf names values of the product's own axes, at most one of each."""
    return """
        WITH named AS (
            SELECT product_id, 'exclusion' AS kind, value_id || '-' || other_value_id AS named,
                   ARRAY[value_id, other_value_id] AS ids, NULL::bigint[] AS axes FROM option_exclusions
             UNION ALL
            SELECT product_id, 'exception', option_key, string_to_array(option_key, '-')::bigint[], NULL
              FROM choice_overrides
             UNION ALL
            SELECT product_id, 'blank', array_to_string(value_ids, '-'), value_ids, option_ids FROM blanks
        )
        SELECT 'product:' || n.product_id AS subject, n.kind, n.named
          FROM named n
         CROSS JOIN LATERAL (
               SELECT count(*) AS values, count(DISTINCT o.id) AS axes,
                      coalesce(array_agg(o.id ORDER BY o.id), '{}') AS axis_ids
                 FROM option_values ov JOIN options o ON o.id = ov.option_id
                WHERE o.product_id = n.product_id AND ov.id = ANY(n.ids)) found
         WHERE found.values <> cardinality(n.ids) OR found.axes <> cardinality(n.ids)
            OR n.axes <> found.axis_ids
    """


@check
def variant_is_a_choice_that_is_made() -> str:
    """A variant of a product made to order holds no pair that is excluded, and no exception that blocks it."""
    return f"""
        SELECT 'variant:' || v.id AS subject, v.sku, v.option_key {_LIVING} AND (
            EXISTS (SELECT FROM option_exclusions x WHERE x.product_id = p.id
                       AND x.value_id = ANY({_CHOSEN}) AND x.other_value_id = ANY({_CHOSEN}))
         OR EXISTS (SELECT FROM choice_overrides x WHERE x.product_id = p.id AND x.blocked
                       AND string_to_array(x.option_key, '-')::bigint[] <@ {_CHOSEN}))
    """


@check
def variant_takes_the_blanks_of_its_choice() -> str:
    """A variant of a product made to order takes from the shelf what its choice says."""
    return f"""
        SELECT 'variant:' || v.id AS subject, v.sku {_LIVING} AND EXISTS (
            (SELECT item_id, quantity FROM variant_items WHERE variant_id = v.id
             EXCEPT SELECT * FROM choice_items(p.id, {_CHOSEN}))
            UNION ALL
            (SELECT * FROM choice_items(p.id, {_CHOSEN})
             EXCEPT SELECT item_id, quantity FROM variant_items WHERE variant_id = v.id))
    """


@check
def variant_costs_what_its_choice_says() -> str:
    """A variant of a product made to order costs the base and what its values add, or what an exception says."""
    prices = "currency, price_list_id, amount_minor, compare_at_minor"
    kept = f"SELECT {prices} FROM prices WHERE variant_id = v.id AND min_qty = 1"
    told = f"SELECT {prices} FROM choice_prices(p.id, {_CHOSEN})"
    return f"""
        SELECT 'variant:' || v.id AS subject, v.sku {_LIVING}
           AND EXISTS (({kept} EXCEPT {told}) UNION ALL ({told} EXCEPT {kept}))
    """


@check
def price_range_follows_the_graph() -> str:
    """The range of prices by which lists sort and filter is that of the base, its values and its exceptions."""
    ranges = "product_id, currency, price_list_id, low_minor, high_minor, compare_at_minor"
    kept = f"SELECT {ranges} FROM product_prices WHERE product_id IN (SELECT id FROM products WHERE made_to_order)"
    told = f"{PRICE_RANGES} WHERE p.made_to_order AND added.whole"
    return f"""
        SELECT 'product:' || product_id AS subject, currency, price_list_id, low_minor, high_minor
          FROM (({kept} EXCEPT {told}) UNION ALL ({told} EXCEPT {kept})) differing
    """


@check
def kit_takes_what_is_in_it() -> str:
    """What a kit takes from the shelf is what its parts take, as often as it holds them."""
    return """
        WITH held AS (
            SELECT kp.kit_id, vi.item_id, sum(kp.quantity * vi.quantity)::bigint AS quantity
              FROM kit_parts kp JOIN variant_items vi ON vi.variant_id = kp.part_id GROUP BY kp.kit_id, vi.item_id
        ), taken AS (
            SELECT vi.variant_id AS kit_id, vi.item_id, vi.quantity::bigint FROM variant_items vi
             WHERE vi.variant_id IN (SELECT kit_id FROM kit_parts)
        )
        SELECT 'variant:' || coalesce(h.kit_id, t.kit_id) AS subject, coalesce(h.item_id, t.item_id) AS item_id,
               t.quantity, h.quantity AS quantity_by_parts
          FROM held h FULL JOIN taken t ON t.kit_id = h.kit_id AND t.item_id = h.item_id
         WHERE h.quantity IS DISTINCT FROM t.quantity
    """


@check
def kit_holds_no_kit() -> str:
    """No kit holds a kit, nor anything that is made to order."""
    return """
        SELECT 'variant:' || kp.kit_id AS subject, kp.part_id
          FROM kit_parts kp JOIN variants v ON v.id IN (kp.part_id, kp.kit_id) JOIN products p ON p.id = v.product_id
         WHERE p.made_to_order OR EXISTS (SELECT FROM kit_parts inner_kit WHERE inner_kit.kit_id = kp.part_id)
    """


@warning
def kit_holds_what_is_there() -> str:
    """No kit that is on sale holds something that was taken off."""
    return """
        SELECT 'variant:' || kit.id AS subject, kit.sku, p.handle, part.id AS part_id
          FROM kit_parts kp JOIN variants kit ON kit.id = kp.kit_id AND kit.deleted_at IS NULL
          JOIN products p ON p.id = kit.product_id AND p.status = 'active'
          JOIN variants part ON part.id = kp.part_id AND part.deleted_at IS NOT NULL
    """


@warning
def something_can_be_chosen() -> str:
    """An active product made to order has axes, a base price and blanks."""
    return """
        SELECT 'product:' || p.id AS subject, p.handle FROM products p
         WHERE p.made_to_order AND p.status = 'active' AND (
               NOT EXISTS (SELECT FROM options WHERE product_id = p.id)
            OR NOT EXISTS (SELECT FROM base_prices WHERE product_id = p.id)
            OR NOT EXISTS (SELECT FROM blanks WHERE product_id = p.id))
    """


@warning
def every_value_goes_with_something() -> str:
    """No value of an active product made to order is excluded by every value of another axis."""
    return """
        SELECT 'product:' || p.id AS subject, p.handle, ov.value, other.name AS goes_with_no
          FROM products p JOIN options o ON o.product_id = p.id JOIN option_values ov ON ov.option_id = o.id
          JOIN options other ON other.product_id = p.id AND other.id <> o.id
         WHERE p.made_to_order AND p.status = 'active'
           -- Most values exclude nothing, and are passed over by the index.
           AND EXISTS (SELECT FROM option_exclusions x WHERE ov.id IN (x.value_id, x.other_value_id))
           AND NOT EXISTS (
               SELECT FROM option_values partner WHERE partner.option_id = other.id AND NOT EXISTS (
                      SELECT FROM option_exclusions x
                       WHERE x.value_id = least(ov.id, partner.id) AND x.other_value_id = greatest(ov.id, partner.id)))
    """
