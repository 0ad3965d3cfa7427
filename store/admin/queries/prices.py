"""What the screens of prices show: lists, what is in them, one product's rows, and what a market still lacks."""

from collections.abc import Sequence
from typing import Any

from store.core.db import read_rows

PAGE_SIZE = 50

_MATCHES = """
    (:q = '' OR p.title ILIKE :like OR p.handle ILIKE :like
     OR EXISTS (SELECT FROM variants s WHERE s.product_id = p.id AND s.sku ILIKE :like))
    AND (:collection = 0 OR EXISTS (
        SELECT FROM collection_products cp WHERE cp.product_id = p.id AND cp.collection_id = :collection))
"""
_IN_LIST = """
    SELECT p.id, p.title, k.currency, k.low_minor, k.high_minor, base.low_minor AS base_minor
      FROM product_prices k JOIN products p ON p.id = k.product_id
      LEFT JOIN product_prices base ON base.product_id = k.product_id AND base.currency = k.currency
       AND base.price_list_id IS NULL
     WHERE k.price_list_id = :list ORDER BY p.title, p.id, k.currency LIMIT :size OFFSET :offset
"""
_FOUND = f"""
    SELECT p.id AS product_id, p.made_to_order, v.id AS variant_id, pr.amount_minor
      FROM products p
      LEFT JOIN variants v ON v.product_id = p.id AND v.deleted_at IS NULL AND NOT p.made_to_order
      JOIN LATERAL (
        SELECT amount_minor FROM prices WHERE variant_id = v.id AND currency = :currency
           AND price_list_id IS NULL AND min_qty = 1 AND NOT p.made_to_order
        UNION ALL
        SELECT amount_minor FROM base_prices WHERE product_id = p.id AND currency = :currency
           AND price_list_id IS NULL AND p.made_to_order) pr ON true
     WHERE {_MATCHES} ORDER BY p.id, v.id LIMIT :most
"""
_ROWS = """
    SELECT v.id AS variant_id, v.sku, pr.price_list_id, pl.name AS list_name, pr.currency, pr.min_qty, pr.amount_minor,
           pr.compare_at_minor, pr.since
      FROM variants v JOIN prices pr ON pr.variant_id = v.id LEFT JOIN price_lists pl ON pl.id = pr.price_list_id
     WHERE v.product_id = :product AND v.deleted_at IS NULL
     ORDER BY v.position, v.id, pr.currency, pr.price_list_id NULLS FIRST, pr.min_qty
"""
_MADE_ROWS = """
    SELECT b.price_list_id, pl.name AS list_name, b.currency, b.amount_minor, b.compare_at_minor
      FROM base_prices b LEFT JOIN price_lists pl ON pl.id = b.price_list_id
     WHERE b.product_id = :product ORDER BY b.currency, b.price_list_id NULLS FIRST
"""
_VARIANTS = """
    SELECT v.id, v.sku, coalesce((
        SELECT string_agg(ov.value, ' / ' ORDER BY o.position, o.id)
          FROM variant_values vv JOIN option_values ov ON ov.id = vv.value_id JOIN options o ON o.id = ov.option_id
         WHERE vv.variant_id = v.id), '') AS title
      FROM variants v WHERE v.product_id = :product AND v.deleted_at IS NULL ORDER BY v.position, v.id
"""
_LACKING = f"""
    FROM products p JOIN variants v ON v.product_id = p.id AND v.deleted_at IS NULL AND NOT p.made_to_order
    JOIN prices base ON base.variant_id = v.id AND base.currency = :base AND base.price_list_id IS NULL
     AND base.min_qty = 1
   WHERE p.status <> 'archived' AND {_MATCHES} AND NOT EXISTS (
         SELECT FROM prices own WHERE own.variant_id = v.id AND own.currency = :currency AND own.price_list_id IS NULL
            AND own.min_qty = 1)
"""


def list_in_list(list_id: int, *, page: int) -> tuple[Sequence[Any], int]:
    """Return the products of a price list with their range, and how many rows there are. 2 statements."""
    rows = read_rows(_IN_LIST, {"list": list_id, "size": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE})
    total = read_rows("SELECT count(*) AS n FROM product_prices WHERE price_list_id = :list", {"list": list_id})[0].n
    return rows, int(total)


def list_found(search: str, collection_id: int, currency: str, *, most: int) -> Sequence[Any]:
    """Return variants (and products made to order) that match, with their base price. 1 statement."""
    return read_rows(_FOUND, {**_asked(search, collection_id), "currency": currency, "most": most})


def list_rows(product_id: int) -> Sequence[Any]:
    """Return every price of a product's variants. 1 statement."""
    return read_rows(_ROWS, {"product": product_id})


def list_made_rows(product_id: int) -> Sequence[Any]:
    """Return every base price of a product made to order. 1 statement."""
    return read_rows(_MADE_ROWS, {"product": product_id})


def list_variants(product_id: int) -> Sequence[Any]:
    """Return a product's variants as id, SKU and title. 1 statement."""
    return read_rows(_VARIANTS, {"product": product_id})


def list_lacking(base: str, currency: str, *, search: str = "", limit: int = PAGE_SIZE) -> tuple[Sequence[Any], int]:
    """Return variants without a price in a currency with their base price, and how many there are. 2 statements."""
    asked = {**_asked(search, 0), "base": base, "currency": currency}
    rows = read_rows(
        f"SELECT p.id AS product_id, p.title, v.id AS variant_id, v.sku, base.amount_minor {_LACKING} "
        "ORDER BY p.title, p.id, v.position, v.id LIMIT :limit",
        {**asked, "limit": limit},
    )
    return rows, int(read_rows(f"SELECT count(*) AS n {_LACKING}", asked)[0].n)


def _asked(search: str, collection_id: int) -> dict[str, Any]:
    plain = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {"q": search, "like": f"%{plain}%", "collection": collection_id}
