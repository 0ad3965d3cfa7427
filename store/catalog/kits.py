"""Kits: variants that hold other variants, and are in stock as long as all of these are."""

from collections.abc import Sequence
from dataclasses import dataclass

from store.catalog.errors import ProductChanged
from store.core.db import run, session
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _

MAX_PARTS = 30
_MOST_OF_ONE = 999

_KIT = """
    SELECT p.id, p.handle, p.version, p.made_to_order FROM products p JOIN variants v ON v.product_id = p.id
     WHERE v.id = :kit_id AND v.deleted_at IS NULL FOR UPDATE OF p
"""
_UNFIT = """
    SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id
     WHERE v.id = ANY(:part_ids) AND (v.deleted_at IS NOT NULL OR v.id = :kit_id OR p.made_to_order
        OR EXISTS (SELECT FROM kit_parts WHERE kit_id = v.id)
        OR NOT EXISTS (SELECT FROM variant_items WHERE variant_id = v.id))
"""
# What an order takes from the shelf is told by its variants, so these stay what they were.
_ORDERED = """
    SELECT 1 FROM order_lines WHERE variant_id = :kit_id AND EXISTS (
      (SELECT part_id, quantity FROM kit_parts WHERE kit_id = :kit_id
       EXCEPT SELECT * FROM unnest(CAST(:part_ids AS bigint[]), CAST(:quantities AS bigint[])))
      UNION ALL
      (SELECT * FROM unnest(CAST(:part_ids AS bigint[]), CAST(:quantities AS bigint[]))
       EXCEPT SELECT part_id, quantity FROM kit_parts WHERE kit_id = :kit_id)) LIMIT 1
"""
_CLEAR = ("DELETE FROM kit_parts WHERE kit_id = :kit_id", "DELETE FROM variant_items WHERE variant_id = :kit_id")
_PARTS = """
    INSERT INTO kit_parts (kit_id, part_id, quantity, position)
    SELECT :kit_id, part_id, quantity, place
      FROM unnest(CAST(:part_ids AS bigint[]), CAST(:quantities AS bigint[])) WITH ORDINALITY
           AS t(part_id, quantity, place)
"""
# Two parts may share an item: a kit takes it for both.
_ITEMS = """
    INSERT INTO variant_items (variant_id, item_id, quantity)
    SELECT kp.kit_id, vi.item_id, sum(kp.quantity * vi.quantity)
      FROM kit_parts kp JOIN variant_items vi ON vi.variant_id = kp.part_id
     WHERE kp.kit_id = :kit_id GROUP BY kp.kit_id, vi.item_id
"""


@dataclass(frozen=True)
class PartDraft:
    """Some of a variant that a kit holds."""

    variant_id: int
    quantity: int = 1


def set_parts(kit_id: int, parts: Sequence[PartDraft], *, expected_version: int | None = None) -> None:
    """Say what a variant holds; it takes the items of its parts from now on, and no item of its own.

    Raises `Invalid` for parts that are gone, not counted, kits themselves, made to order or named twice, and for other
    contents of what has been ordered; `ProductChanged` when somebody else has saved the product meanwhile. Kits within
    kits are not made: what is in one is said plainly.
    """
    rows = run(_KIT, {"kit_id": kit_id})
    if not rows:
        raise NotFound(_("This variant is not here any more."))
    product = rows[0]
    if expected_version is not None and product.version != expected_version:
        raise ProductChanged(product.handle)
    if product.made_to_order:
        raise Invalid(_("A product made to order takes its parts as blanks."), field="parts")
    if not 1 <= len(parts) <= MAX_PARTS:
        raise Invalid(_("A kit holds between 1 and %(most)s different things.", most=MAX_PARTS), field="parts")
    if len({part.variant_id for part in parts}) != len(parts):
        raise Invalid(_("Each thing in a kit is named once, with how many of it."), field="parts")
    if not all(1 <= part.quantity <= _MOST_OF_ONE for part in parts):
        raise Invalid(_("A kit holds between 1 and %(most)s of a thing.", most=_MOST_OF_ONE), field="parts")
    facts = {
        "kit_id": kit_id,
        "part_ids": [part.variant_id for part in parts],
        "quantities": [part.quantity for part in parts],
    }
    if run(_UNFIT, facts) or run("SELECT 1 FROM kit_parts WHERE part_id = :kit_id", facts):
        raise Invalid(
            _("A kit holds things that are counted by themselves: no kits, nothing made to order or taken off."),
            field="parts",
        )
    if run(_ORDERED, facts):
        raise Invalid(
            _("This has been ordered as it is, and orders keep what they hold: give the new contents a new variant."),
            field="parts",
        )
    for statement in (*_CLEAR, _PARTS, _ITEMS, "UPDATE products SET version = version + 1 WHERE id = :product_id"):
        run(statement, {**facts, "product_id": product.id})
    session.expire_all()
