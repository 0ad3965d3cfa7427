"""What carts and orders need to know of variants, whole or gone.

Remembered in this process under the product's revision, like the products themselves.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from store.catalog.queries.choice import OptionView, option_fields
from store.catalog.queries.garments import alt_of, worn_from, worn_json
from store.catalog.queries.picture import PICTURE_JSON, Picture, picture_from
from store.catalog.queries.prices import PRICES_JSON, PriceScope, Tier, one_piece, tier_for, tiers_from
from store.core.db import read_rows
from store.core.money import Money

# Whether the shop offers a variant now: by the clock too, so it is never remembered. Over rows `v` and `p`.
OFFERED = "(v.deleted_at IS NULL AND p.status = 'active' AND p.published_at <= now())"

# About a kilobyte each.
_MOST_REMEMBERED = 5000

_STATEMENT = f"""
    SELECT v.id, p.revision, p.id AS product_id, p.handle, p.title, v.option_key, v.sku, v.available, v.stock_left,
      v.requires_shipping, v.taxable, v.weight_grams, p.tax_class,
      {PRICES_JSON} AS prices,
      (SELECT json_agg(json_build_array(o.name, (
          SELECT json_agg(json_build_array(ov.id, ov.value, ov.swatch) ORDER BY ov.position, ov.id)
          FROM option_values ov WHERE ov.option_id = o.id)) ORDER BY o.position, o.id)
        FROM options o WHERE o.product_id = p.id) AS options,
      (SELECT {PICTURE_JSON} FROM images i
        LEFT JOIN variant_images vi ON vi.image_id = i.id AND vi.variant_id = v.id
        LEFT JOIN product_images pi ON pi.image_id = i.id AND pi.product_id = p.id
        WHERE i.status = 'ready' AND (vi.variant_id = v.id OR pi.product_id = p.id) AND i.id IN (
          SELECT image_id FROM variant_images WHERE variant_id = v.id
          UNION ALL SELECT image_id FROM product_images WHERE product_id = p.id)
        ORDER BY vi.variant_id IS NULL, vi.position, pi.position, i.id LIMIT 1) AS picture,
      EXISTS (SELECT FROM variant_images WHERE variant_id = v.id) AS is_own_picture,
      {worn_json("string_to_array(nullif(split_part(v.option_key, '-0-', 1), ''), '-')::bigint[]")} AS worn
    FROM variants v JOIN products p ON p.id = v.product_id
    WHERE v.id = ANY(:ids)
"""


@dataclass(frozen=True, slots=True)
class Sellable:
    """A variant as a line of a cart shows it; `amount` is `None` when one piece has no price in the scope.

    `looks` is what is composed and printed for it, one for each view.
    """

    variant_id: int
    product_id: int
    handle: str
    title: str
    variant_title: str
    options: dict[str, str]
    sku: str | None
    available: bool
    stock_left: int | None
    amount: Money | None
    compare_at: Money | None
    picture: Picture | None
    requires_shipping: bool
    taxable: bool
    tax_class: str
    weight_grams: int
    tiers: tuple[Tier, ...] = ()
    looks: tuple[dict[str, Any], ...] = ()

    def tier(self, quantity: int) -> Tier | None:
        """Return what each of so many pieces costs; `None` when there is no price for them."""
        return tier_for(self.tiers, quantity)


_remembered: OrderedDict[tuple[int, int, PriceScope], Sellable] = OrderedDict()


def list_sellables(revisions: Mapping[int, int], prices: PriceScope) -> dict[int, Sellable]:
    """Return variants by id, given the revision of each one's product, also those that are gone. At most 1 statement.

    Whether they are still offered is asked where the revisions are read, by `OFFERED`.
    """
    unknown = [id_ for id_, revision in revisions.items() if (id_, revision, prices) not in _remembered]
    fresh = {}
    if unknown:
        for row in read_rows(_STATEMENT, {**prices.parameters, "ids": unknown}):
            fresh[row.id] = _remembered[row.id, row.revision, prices] = _sellable(row, prices)
        while len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)
    known = {id_: _remembered.get((id_, revision, prices)) for id_, revision in revisions.items()}
    return {id_: one for id_, one in known.items() if one is not None} | fresh


def forget() -> None:
    """Read every variant anew."""
    _remembered.clear()


def _sellable(row: Any, prices: PriceScope) -> Sellable:
    options = tuple(
        OptionView(name, tuple((id_, value, swatch) for id_, value, swatch in values or ()))
        for name, values in row.options or ()
    )
    # What is taken off has a mark of its own behind its values.
    key = row.option_key.partition("-0-")[0]
    value_ids = tuple(int(part) for part in key.split("-")) if key else ()
    labels = {id_: label for option in options for id_, label, _swatch in option.values}
    tiers = tiers_from(row.prices or (), prices)
    amount, compare_at = one_piece(tiers, prices)
    return Sellable(
        variant_id=row.id,
        product_id=row.product_id,
        handle=row.handle,
        title=row.title,
        variant_title=" / ".join(labels[id_] for id_ in value_ids if id_ in labels),
        options=option_fields(options, value_ids),
        sku=row.sku,
        available=row.available,
        stock_left=row.stock_left,
        amount=amount,
        compare_at=compare_at,
        picture=_picture(row, labels),
        requires_shipping=row.requires_shipping,
        taxable=row.taxable,
        tax_class=row.tax_class,
        weight_grams=row.weight_grams,
        tiers=tiers,
        looks=tuple(one.as_json() for one in worn_from(row.worn)),
    )


def _picture(row: Any, labels: Mapping[int, str]) -> Picture | None:
    """What shows a variant: the merchant's own picture of it, what is composed of it, or the first of its product."""
    composed = () if row.is_own_picture else worn_from(row.worn)
    if not composed:
        return picture_from(row.picture)
    return composed[0].picture(alt_of(row.title, composed[0], labels, is_only=True))
