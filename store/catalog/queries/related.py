"""What is shown beside a product: what staff pinned, what is bought together with it, its neighbours on the shelf."""

from store.catalog.queries.collections import SHOWN

RELATED = 4

# One order says little; from the second on it may be no accident.
_FEWEST_ORDERS = 2

# More than are shown, because the sold out ones stand behind those that can be had.
_LOOKED_AT = 12

# Goes into a statement that knows the product as `this` and its shelf as `home`: [id, revision] of each, the best
# first, twice where a product has two reasons. Each part is one range of an index, so that neither a long shelf nor
# many orders cost more.
RELATED_JSON = f"""(
    SELECT json_agg(json_build_array(near.id, near.revision)
        ORDER BY near.available DESC, near.turn, near.position, near.id) FROM (
      (SELECT p.id, p.revision, p.available, 0 AS turn, pin.position
       FROM product_pins pin JOIN products p ON p.id = pin.other_id
       WHERE pin.product_id = this.id AND {SHOWN}
       ORDER BY pin.position LIMIT {_LOOKED_AT})
      UNION ALL
      (SELECT p.id, p.revision, p.available, 1, -b.orders
       FROM (SELECT other_id, orders FROM bought_together
             WHERE product_id = this.id AND orders >= {_FEWEST_ORDERS}
             ORDER BY orders DESC, other_id LIMIT {_LOOKED_AT}) b JOIN products p ON p.id = b.other_id
       WHERE {SHOWN})
      UNION ALL
      (SELECT p.id, p.revision, p.available, 2, cp.position
       FROM collection_products cp JOIN products p ON p.id = cp.product_id
       WHERE cp.collection_id = home.id AND cp.position > home.position AND {SHOWN}
       ORDER BY cp.position LIMIT {RELATED})
      UNION ALL
      (SELECT p.id, p.revision, p.available, 3, cp.position
       FROM collection_products cp JOIN products p ON p.id = cp.product_id
       WHERE cp.collection_id = home.id AND {SHOWN}
       ORDER BY cp.position LIMIT {RELATED} + 1)) near)"""
