"""Products as staff look for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from store.catalog.queries.picture import PICTURE_JSON, Picture, picture_from
from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.core.money import Money

PAGE_SIZE = 50

_LIST = """
    SELECT p.id, p.handle, p.title, p.status, p.vendor, cover.picture, prices.low, stock.units, stock.variants
      FROM products p
      LEFT JOIN LATERAL (
           SELECT {picture} AS picture FROM product_images pi JOIN images i ON i.id = pi.image_id AND i.status = 'ready'
            WHERE pi.product_id = p.id ORDER BY pi.position, pi.image_id LIMIT 1) cover ON true
      LEFT JOIN LATERAL (
           SELECT min(r.amount_minor) AS low FROM prices r JOIN variants v ON v.id = r.variant_id
            WHERE v.product_id = p.id AND v.deleted_at IS NULL AND r.currency = :currency AND r.min_qty = 1
              AND r.price_list_id IS NULL) prices ON true
      LEFT JOIN LATERAL (
           SELECT sum(s.on_hand - s.reserved - s.allocated) AS units, count(DISTINCT v.id) AS variants
             FROM variants v
             LEFT JOIN variant_items vi ON vi.variant_id = v.id
             LEFT JOIN stock_levels s ON s.item_id = vi.item_id
            WHERE v.product_id = p.id AND v.deleted_at IS NULL) stock ON true
     WHERE {where}
     ORDER BY p.updated_at DESC, p.id DESC LIMIT :size OFFSET :offset
"""
_SEARCH = """(lower(p.title) LIKE lower(:pattern) ESCAPE '\\' OR p.handle ILIKE :pattern ESCAPE '\\' OR EXISTS (
    SELECT 1 FROM variants v WHERE v.product_id = p.id AND v.sku ILIKE :pattern ESCAPE '\\'))"""


@dataclass(frozen=True)
class ProductRow:
    """A line of the product list; `units` is what can be sold of all its variants together."""

    id: int
    handle: str
    title: str
    status: str
    vendor: str
    picture: Picture | None
    price_from: Money | None
    units: int | None
    variants: int


@dataclass(frozen=True)
class VariantStock:
    """Where a variant's stock is kept, and how much of it can be sold."""

    level_id: int
    available: int


def list_products(*, currency: str, status: str = "", search: str = "", page: int = 1) -> Sequence[ProductRow]:
    """Return one page of products, the last changed first (1 statement)."""
    where, parameters = _where(status, search)
    rows = session.execute(
        text(_LIST.format(picture=PICTURE_JSON, where=where)),
        {**parameters, "currency": currency, "size": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE},
    )
    return [
        ProductRow(
            row.id,
            row.handle,
            row.title,
            row.status,
            row.vendor,
            picture_from(row.picture),
            None if row.low is None else Money(row.low, currency),
            None if row.units is None else int(row.units),
            row.variants,
        )
        for row in rows
    ]


def count_products(*, status: str = "", search: str = "") -> int:
    """Return how many products `list_products` goes through."""
    where, parameters = _where(status, search)
    return int(session.execute(text(f"SELECT count(*) FROM products p WHERE {where}"), parameters).scalar_one())


def get_handle(product_id: int) -> str:
    """Return a product's handle; raises `NotFound`."""
    handle = session.execute(text("SELECT handle FROM products WHERE id = :id"), {"id": product_id}).scalar()
    if handle is None:
        raise NotFound(_("This product is not here any more."))
    return str(handle)


def stock_of(product_id: int) -> dict[int, VariantStock]:
    """Return the stock of a product's variants by variant id (1 statement)."""
    rows = session.execute(
        text("""
            SELECT v.id, min(s.id) AS level_id, sum(s.on_hand - s.reserved - s.allocated)::bigint AS available
              FROM variants v
              JOIN variant_items vi ON vi.variant_id = v.id
              JOIN stock_levels s ON s.item_id = vi.item_id
             WHERE v.product_id = :id GROUP BY v.id
        """),
        {"id": product_id},
    )
    return {row.id: VariantStock(row.level_id, row.available) for row in rows}


def pictures_of(product_id: int) -> Sequence[tuple[int, str, str, Picture | None]]:
    """Return a product's gallery as (image id, its words here, its state, picture if ready) (1 statement)."""
    rows = session.execute(
        text(f"""
            SELECT i.id, pi.alt, i.status, {PICTURE_JSON} AS picture
              FROM product_images pi JOIN images i ON i.id = pi.image_id
             WHERE pi.product_id = :id ORDER BY pi.position, pi.image_id
        """),
        {"id": product_id},
    )
    return [(row.id, row.alt, row.status, picture_from(row.picture)) for row in rows]


def last_change(product_id: int) -> Any:
    """Return who changed a product last and when, as the journal has it; `None` when staff never did."""
    return session.execute(
        text("""
            SELECT actor, at FROM staff_actions WHERE subject = 'product' AND subject_id = CAST(:id AS text)
             ORDER BY id DESC LIMIT 1
        """),
        {"id": product_id},
    ).one_or_none()


def _where(status: str, search: str) -> tuple[str, dict[str, Any]]:
    conditions, parameters = ["true"], {}
    if status:
        conditions.append("p.status = :status")
        parameters["status"] = status
    if search:
        escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        conditions.append(_SEARCH)
        parameters["pattern"] = f"%{escaped}%"
    return " AND ".join(conditions), parameters
