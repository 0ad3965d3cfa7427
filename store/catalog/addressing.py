"""Addresses that can't break: who gets another handle, goes or is merged leaves a redirect in the same transaction.

The caller opens the transaction. Rows are anything with a handle: products, collections, categories, written pages.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, text

from store.catalog.errors import HandleTaken, ProductChanged
from store.catalog.handles import is_handle
from store.catalog.models import Product
from store.core.clock import now
from store.core.db import session
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.redirects import services as redirects

# These stand for something of their own.
_RESERVED = {"collections": ("all",)}

# The nearest shelf that stays: its category, else its first collection that shows something else.
_SHELF = """
    SELECT coalesce(
      (SELECT '/categories/' || c.handle FROM products p JOIN categories c ON c.id = p.category_id WHERE p.id = :id),
      (SELECT '/collections/' || c.handle FROM collection_products cp JOIN collections c ON c.id = cp.collection_id
        WHERE cp.product_id = :id AND c.handle <> 'frontpage'
          AND EXISTS (SELECT FROM collection_products other JOIN products p ON p.id = other.product_id
                       WHERE other.collection_id = c.id AND p.id <> :id AND p.status = 'active')
        ORDER BY c.position, c.id LIMIT 1))
"""

# What stood beside the product that goes stands beside the one that stays.
_TAKE_PLACES = (
    """
    INSERT INTO collection_products (collection_id, product_id, position)
    SELECT cp.collection_id, :into, cp.position
      FROM collection_products cp JOIN collections c ON c.id = cp.collection_id
     WHERE cp.product_id = :id AND c.kind = 'manual'
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO product_pins (product_id, other_id, position)
    SELECT product_id, :into, position FROM product_pins WHERE other_id = :id AND product_id <> :into
    ON CONFLICT DO NOTHING
    """,
    "DELETE FROM product_pins WHERE other_id = :id",
    """
    INSERT INTO bought_together AS b (product_id, other_id, orders)
    SELECT :into, other_id, orders FROM bought_together WHERE product_id = :id AND other_id <> :into
     UNION ALL
    SELECT product_id, :into, orders FROM bought_together WHERE other_id = :id AND product_id <> :into
     ORDER BY 1, 2
    ON CONFLICT (product_id, other_id) DO UPDATE SET orders = b.orders + excluded.orders
    """,
    "DELETE FROM bought_together WHERE product_id = :id OR other_id = :id",
)


def address_of(row: Any) -> str:
    """Return the address of a row's page, without market prefix."""
    folder = row.__tablename__
    if folder == "pages" and row.kind == "policy":
        folder = "policies"
    return f"/{folder}/{row.handle}"


def rename(row: Any, handle: str, *, actor: str = "system") -> None:
    """Give a row another handle; its old address leads to the new one. Up to 7 statements.

    The caller holds the lock of the row. Raises `Invalid` and `HandleTaken`; a race for a handle ends at its key.
    """
    table = row.__tablename__
    if not is_handle(handle) or handle in _RESERVED.get(table, ()):
        raise Invalid(_("An address has only small letters, digits and single hyphens."), field="handle")
    if handle == row.handle:
        return
    model = type(row)
    taken = select(model.id).where(model.handle == handle, model.id != row.id)
    if table == "pages":
        taken = taken.where(model.kind == row.kind)
    if session.execute(taken.limit(1)).first() is not None:
        raise HandleTaken(handle)
    before = address_of(row)
    row.handle = handle
    if isinstance(row, Product):
        row.updated_at = now()
    session.flush()
    follow(row, before, actor=actor)


def follow(row: Any, before: str, *, actor: str = "system") -> None:
    """Lead from the address that a row had to the one it has now. Up to 5 statements."""
    after = address_of(row)
    if after == before:
        return
    if not isinstance(row, Product) or row.status == "active":
        redirects.move(before, after, actor=actor)
    elif row.published_at is not None:
        # Nobody can see it just now: its old address leads where it led, until the product is back.
        redirects.hand_on(before, after)


def get_locked(product_id: int, *, expected_version: int | None = None) -> Product:
    """Return a product for a change; raises `NotFound`, and `ProductChanged` when it was changed since. 1 statement."""
    product = session.execute(
        select(Product).where(Product.id == product_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if product is None:
        raise NotFound(_("This product is not here any more."), product_id=product_id)
    if expected_version is not None and product.version != expected_version:
        raise ProductChanged(product.handle)
    return product


def propose_target(product_id: int) -> str | None:
    """Return where the visitors of a product that goes are best led: its category or a collection. 1 statement."""
    found: str | None = session.execute(text(_SHELF), {"id": product_id}).scalar_one_or_none()
    return found


def take_down(
    product_id: int,
    target: str | None,
    *,
    status: str = "archived",
    actor: str = "system",
    expected_version: int | None = None,
) -> Product:
    """Take a product off the shelves as `draft` or `archived`; its address leads to `target`, or answers 410.

    What was sold of it keeps its history. Raises `NotFound`, `ProductChanged`, and what `redirects` refuses.
    """
    product = get_locked(product_id, expected_version=expected_version)
    product.status = status
    product.updated_at = now()
    session.flush()
    reason = "unpublished" if status == "draft" else "archived"
    redirects.retire(address_of(product), target, reason=reason, actor=actor)
    return product


def merge(product_id: int, into_id: int, *, actor: str = "system", expected_version: int | None = None) -> Product:
    """Let one product take the place of another, and return it.

    The other is archived with its variants, so that orders, stock and invoices keep their history; its address leads
    to the one that stays, which takes its places in collections and beside other products. Raises `Invalid`,
    `NotFound` and `ProductChanged`. 14 statements.
    """
    if product_id == into_id:
        raise Invalid(_("A product can't be merged with itself."), field="into")
    # In id order, so that two merges that cross wait for each other instead of blocking each other.
    for one in sorted((product_id, into_id)):
        get_locked(one)
    gone = get_locked(product_id, expected_version=expected_version)
    stays = get_locked(into_id)
    if stays.status != "active":
        raise Invalid(
            _("%(title)s is not on sale itself. Merge into a product that shoppers can see.", title=stays.title),
            field="into",
        )
    for statement in _TAKE_PLACES:
        session.execute(text(statement), {"id": product_id, "into": into_id})
    gone.status = "archived"
    gone.updated_at = now()
    session.flush()
    redirects.move(address_of(gone), address_of(stays), reason="merged", actor=actor)
    return stays


def status_changed(product_id: int, handle: str, *, before: str, after: str) -> None:
    """Lead on from a product that has just gone off the shelves, or let its page have its address again.

    Where it leads is what `propose_target` says. No statement when it was neither; up to 7.
    """
    path = f"/products/{handle}"
    if before == "active" and after != "active":
        reason = "unpublished" if after == "draft" else "archived"
        redirects.retire(path, propose_target(product_id), reason=reason)
    elif before != "active" and after == "active":
        redirects.restore_all([path])


def arrived(handles: Iterable[str]) -> None:
    """Let new products have their addresses, whatever had been led on from there. 1 statement when nothing had."""
    redirects.restore_all([f"/products/{handle}" for handle in handles])
