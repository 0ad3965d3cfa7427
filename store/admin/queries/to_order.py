"""A product made to order as staff edit it, and what a kit holds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.core.db import read_rows
from store.core.errors import NotFound
from store.core.i18n import gettext as _

_PRODUCT = """
    SELECT p.id, p.handle, p.title, p.status, p.version, p.made_to_order, vp.sku, vp.weight_grams,
      (SELECT json_object_agg(currency, json_build_array(amount_minor, compare_at_minor)) FROM base_prices
        WHERE product_id = p.id AND price_list_id IS NULL) AS prices,
      (SELECT count(*) FROM variants v WHERE v.product_id = p.id AND v.deleted_at IS NULL) AS made
    FROM products p LEFT JOIN variant_patterns vp ON vp.product_id = p.id WHERE p.id = :id
"""
_VALUES = """
    SELECT o.id AS option_id, o.name, ov.id, ov.value, ov.swatch, ov.sku_part,
      (SELECT json_object_agg(currency, delta_minor) FROM option_value_prices WHERE value_id = ov.id) AS deltas
    FROM options o LEFT JOIN option_values ov ON ov.option_id = o.id
    WHERE o.product_id = :id ORDER BY o.position, o.id, ov.position, ov.id
"""
_EXCLUSIONS = """
    SELECT x.value_id, x.other_value_id, x.reason FROM option_exclusions x
      JOIN option_values a ON a.id = x.value_id JOIN option_values b ON b.id = x.other_value_id
    WHERE x.product_id = :id ORDER BY a.position, a.id, b.position, b.id
"""
_OVERRIDES = """
    SELECT co.id, co.option_key, co.sku, co.blocked, co.reason, co.image_id,
      (SELECT json_object_agg(currency, json_build_array(amount_minor, compare_at_minor)) FROM override_prices
        WHERE override_id = co.id) AS prices
    FROM choice_overrides co WHERE co.product_id = :id ORDER BY co.id
"""
_BLANKS = """
    SELECT b.id, b.value_ids, b.item_id, b.quantity, coalesce(i.sku, '') AS sku, i.tracked, s.id AS level_id, s.on_hand,
      s.on_hand - s.reserved - s.allocated - i.safety_stock AS free
    FROM blanks b JOIN inventory_items i ON i.id = b.item_id
      LEFT JOIN LATERAL (SELECT * FROM stock_levels WHERE item_id = b.item_id ORDER BY id LIMIT 1) s ON true
    WHERE b.product_id = :id ORDER BY b.option_ids, b.value_ids
"""
_ITEM = """
    SELECT i.id FROM inventory_items i
     WHERE i.sku = :sku OR i.id IN (
           SELECT vi.item_id FROM variants v JOIN variant_items vi ON vi.variant_id = v.id
            WHERE v.sku = :sku AND v.deleted_at IS NULL
              AND NOT EXISTS (SELECT FROM variant_items o WHERE o.variant_id = v.id AND o.item_id <> vi.item_id))
     ORDER BY i.id LIMIT 1
"""
_KIT = """
    SELECT v.id, v.sku, p.id AS product_id, p.title, p.version,
      (SELECT string_agg(ov.value, ' · ' ORDER BY o.position, o.id) FROM variant_values vv
        JOIN option_values ov ON ov.id = vv.value_id JOIN options o ON o.id = vv.option_id
        WHERE vv.variant_id = v.id) AS variant_title,
      (SELECT json_agg(json_build_array(kp.quantity, part.sku, pp.title, part.available, part.id, pp.id)
        ORDER BY kp.position) FROM kit_parts kp JOIN variants part ON part.id = kp.part_id
        JOIN products pp ON pp.id = part.product_id WHERE kp.kit_id = v.id) AS parts
    FROM variants v JOIN products p ON p.id = v.product_id
    WHERE v.id = :id AND v.deleted_at IS NULL AND NOT p.made_to_order
"""


@dataclass(frozen=True)
class ValueRow:
    """A value of an axis; `deltas` are minor units by currency."""

    id: int
    value: str
    swatch: str | None
    sku_part: str
    deltas: Mapping[str, int]


@dataclass(frozen=True)
class AxisRow:
    """An axis with its values."""

    id: int
    name: str
    values: tuple[ValueRow, ...]


@dataclass(frozen=True)
class ToOrder:
    """A product made to order with everything that can be edited of it."""

    product: Any
    axes: tuple[AxisRow, ...]
    exclusions: Sequence[Any]
    overrides: Sequence[Any]
    blanks: Sequence[Any]

    @property
    def labels(self) -> Mapping[int, str]:
        """Return the words of each value by id."""
        return {value.id: value.value for axis in self.axes for value in axis.values}

    @property
    def combinations(self) -> int:
        """Return how many choices there would be if everything went together."""
        count = 1 if self.axes else 0
        for axis in self.axes:
            count *= len(axis.values)
        return count

    @property
    def rows(self) -> int:
        """Return how many rows of values they cost."""
        return sum(len(axis.values) for axis in self.axes)


def get_to_order(product_id: int) -> ToOrder:
    """Return a product with its axes and exceptions (5 statements); raises `NotFound`."""
    products = read_rows(_PRODUCT, {"id": product_id})
    if not products:
        raise NotFound(_("This product is not here any more."))
    axes: dict[int, tuple[str, list[ValueRow]]] = {}
    for row in read_rows(_VALUES, {"id": product_id}):
        _name, values = axes.setdefault(row.option_id, (row.name, []))
        if row.id is not None:
            values.append(ValueRow(row.id, row.value, row.swatch, row.sku_part, row.deltas or {}))
    return ToOrder(
        product=products[0],
        axes=tuple(AxisRow(id_, name, tuple(values)) for id_, (name, values) in axes.items()),
        exclusions=read_rows(_EXCLUSIONS, {"id": product_id}),
        overrides=read_rows(_OVERRIDES, {"id": product_id}),
        blanks=read_rows(_BLANKS, {"id": product_id}),
    )


def find_item(sku: str) -> int | None:
    """Return what is counted under a SKU, or behind the variant that has it (1 statement)."""
    rows = read_rows(_ITEM, {"sku": sku})
    return rows[0].id if rows else None


def get_kit(variant_id: int) -> Any:
    """Return a variant with what it holds (1 statement); raises `NotFound`."""
    rows = read_rows(_KIT, {"id": variant_id})
    if not rows:
        raise NotFound(_("This variant is not here any more."))
    return rows[0]


def find_variants(skus: Collection[str]) -> dict[str, int]:
    """Return the living variants of these SKUs (1 statement)."""
    rows = read_rows("SELECT sku, id FROM variants WHERE sku = ANY(:skus) AND deleted_at IS NULL", {"skus": list(skus)})
    return {row.sku: row.id for row in rows}
