"""Lists: the sets that they filter and count by say what the catalogue says, or know that they have to look again."""

from store.audit.registry import check

# A segment holds 32,000 products: as bits when it is 4,000 bytes long, else as places of two bytes.
_MEMBERS = """
    members AS (
        SELECT s.token, s.segment * 32000 + place AS product_id
          FROM facet_segments s CROSS JOIN LATERAL (
               SELECT n AS place
                 FROM generate_series(0, CASE length(s.members) WHEN 4000 THEN 31999 ELSE -1 END) n
                WHERE get_bit(s.members, n::bigint) = 1
                UNION ALL
               SELECT get_byte(s.members, 2 * n) + 256 * get_byte(s.members, 2 * n + 1)
                 FROM generate_series(0, CASE length(s.members) WHEN 4000 THEN -1 ELSE length(s.members) / 2 - 1 END) n
               ) places
         WHERE {tokens}
    )
"""

# What is noted is looked at within seconds, and so is what comes by the clock.
_LOOKED_AT = """
    NOT EXISTS (SELECT FROM facet_queue q WHERE q.product_id = {id})
    AND NOT EXISTS (SELECT FROM products late WHERE late.id = {id}
                       AND late.published_at BETWEEN now() - interval '10 minutes' AND now())
"""


@check
def sets_follow_products() -> str:
    """A product is in the sets of what it is, and in no others: shown, in stock, its branches, brand, kind and values.

    Values of other letters than ASCII are left aside: databases differ in how they write them small.
    """
    members = _MEMBERS.format(tokens="s.token IN ('shown', 'available') OR s.token ~ '^(category|value):'")
    return f"""
        WITH {members}, said AS (
            SELECT p.id AS product_id, 'vendor' AS kind, NULL::bigint AS field_id, p.vendor AS label FROM products p
             UNION ALL
            SELECT p.id, 'type', NULL, p.product_type FROM products p
             UNION ALL
            SELECT o.product_id, 'option', NULL, ov.value
              FROM options o JOIN option_values ov ON ov.option_id = o.id JOIN products p ON p.id = o.product_id
             WHERE p.made_to_order OR EXISTS (
                   SELECT FROM variant_values vv JOIN variants v ON v.id = vv.variant_id
                    WHERE vv.value_id = ov.id AND v.deleted_at IS NULL)
             UNION ALL
            SELECT cv.product_id, 'field', cv.field_id, cv.value
              FROM custom_field_values cv JOIN custom_fields f ON f.id = cv.field_id AND f.filterable
        ), odd AS (
            SELECT DISTINCT product_id, kind FROM said WHERE label !~ '^[ -~]*$'
        ), expected AS (
            SELECT p.id AS product_id, 'shown' AS what FROM products p
             WHERE p.status = 'active' AND p.published_at <= now()
             UNION
            SELECT p.id, 'available' FROM products p WHERE p.available
             UNION
            SELECT p.id, 'category:' || branch
              FROM products p JOIN categories c ON c.id = p.category_id,
                   unnest(string_to_array(trim(BOTH '/' FROM c.path), '/')) branch
             UNION
            SELECT product_id, concat_ws(':', kind, field_id, word)
              FROM said, lower(trim(regexp_replace(label, ' +', ' ', 'g'))) word
             WHERE length(word) BETWEEN 1 AND 100 AND NOT EXISTS (
                   SELECT FROM odd WHERE odd.product_id = said.product_id AND odd.kind = said.kind)
        ), kept AS (
            SELECT product_id, token AS what FROM members WHERE token NOT LIKE 'value:%'
             UNION
            SELECT m.product_id, concat_ws(':', f.kind, f.field_id, v.key)
              FROM members m JOIN facet_values v ON m.token = 'value:' || v.id JOIN facets f ON f.id = v.facet_id
              LEFT JOIN custom_fields cf ON cf.id = f.field_id
             WHERE coalesce(cf.filterable, true) AND NOT EXISTS (
                   SELECT FROM odd WHERE odd.product_id = m.product_id AND odd.kind = f.kind)
        )
        SELECT 'product:' || coalesce(e.product_id, k.product_id) AS subject, coalesce(e.what, k.what) AS what,
               CASE WHEN k.what IS NULL THEN 'not in its set' ELSE 'in the set without reason' END AS state
          FROM expected e FULL JOIN kept k ON k.product_id = e.product_id AND k.what = e.what
         WHERE (e.what IS NULL OR k.what IS NULL)
           AND {_LOOKED_AT.format(id="coalesce(e.product_id, k.product_id)")}
    """


@check
def prices_follow_products() -> str:
    """The price by which lists are sorted and filtered is the lowest price that is kept of the product."""
    return f"""
        WITH {_MEMBERS.format(tokens="s.token LIKE 'price:%'")}, kept AS (
            SELECT product_id, split_part(token, '/', 1) AS prices,
                   sum(CASE WHEN token LIKE '%/%' THEN 2::numeric ^ split_part(token, '/', 2)::int ELSE 0 END) AS low
              FROM members GROUP BY product_id, prices HAVING bool_or(token NOT LIKE '%/%')
        ), expected AS (
            SELECT product_id, 'price:' || currency || ':' || coalesce(price_list_id, 0) AS prices,
                   least(low_minor, (1::bigint << 40) - 1) AS low FROM product_prices
        )
        SELECT 'product:' || coalesce(e.product_id, k.product_id) AS subject, coalesce(e.prices, k.prices) AS prices,
               k.low::bigint AS low_in_sets, e.low AS low_kept
          FROM expected e FULL JOIN kept k ON k.product_id = e.product_id AND k.prices = e.prices
         WHERE k.low IS DISTINCT FROM e.low
           AND {_LOOKED_AT.format(id="coalesce(e.product_id, k.product_id)")}
    """


@check
def orders_follow_collections() -> str:
    """A collection is shown in the order that it was put into."""
    return """
        WITH placed AS (
            SELECT collection_id, string_agg(
                       substring(big FROM 4) || substring(big FROM 3 FOR 1)
                       || substring(big FROM 2 FOR 1) || substring(big FROM 1 FOR 1),
                       ''::bytea ORDER BY position, product_id) AS products
              FROM collection_products, int4send(product_id::int) big GROUP BY collection_id
        )
        SELECT 'collection:' || c.id AS subject, c.handle, length(p.products) / 4 AS products,
               length(o.products) / 4 AS products_in_order
          FROM collections c LEFT JOIN placed p ON p.collection_id = c.id
          LEFT JOIN facet_orders o ON o.collection_id = c.id
         WHERE coalesce(p.products, '') <> coalesce(o.products, '')
           AND NOT EXISTS (SELECT FROM facet_queue q WHERE q.collection_id = c.id)
    """
