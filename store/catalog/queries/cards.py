"""What a card shows of a product."""

from collections.abc import Iterable
from dataclasses import dataclass

from store.catalog.queries.picture import PICTURE_JSON, Picture, picture_from
from store.catalog.queries.prices import PRICE_OF_PRODUCT, PRICE_OF_VARIANT, PriceScope
from store.core.db import read_rows
from store.core.money import Money

_STATEMENT = f"""
    SELECT p.id, p.revision, p.handle, p.title, p.product_type, p.available,
      pictures.found AS pictures, price.low, price.high, price.compare_at, swatch.found AS swatches
    FROM products p
    LEFT JOIN LATERAL (
      SELECT json_agg({PICTURE_JSON} ORDER BY pi.position, pi.image_id) AS found FROM (
        SELECT pi.image_id, pi.position FROM product_images pi JOIN images i ON i.id = pi.image_id
        WHERE pi.product_id = p.id AND i.status = 'ready' ORDER BY pi.position, pi.image_id LIMIT 2
      ) pi JOIN images i ON i.id = pi.image_id) pictures ON true
    JOIN LATERAL (
      SELECT min(pr.amount_minor) AS low, max(pr.amount_minor) AS high,
        (array_agg(pr.compare_at_minor ORDER BY pr.amount_minor, pr.compare_at_minor DESC NULLS LAST))[1] AS compare_at
      FROM variants v CROSS JOIN LATERAL {PRICE_OF_VARIANT} pr
      WHERE v.product_id = p.id AND v.deleted_at IS NULL AND NOT p.made_to_order
      UNION ALL SELECT made.low, made.high, made.compare_at FROM {PRICE_OF_PRODUCT} made) price
      ON price.low IS NOT NULL
    LEFT JOIN LATERAL (
      SELECT json_agg(json_build_array(ov.value, ov.swatch) ORDER BY ov.position, ov.id) AS found
      FROM options o JOIN option_values ov ON ov.option_id = o.id
      WHERE o.product_id = p.id AND ov.swatch IS NOT NULL) swatch ON true
    WHERE p.id = ANY(:ids)
"""


@dataclass(frozen=True, slots=True)
class Card:
    """A product in a list; `swatches` are pairs of a colour's name and `#rrggbb`."""

    id: int
    revision: int
    handle: str
    title: str
    product_type: str
    available: bool
    picture: Picture | None
    second: Picture | None
    price: Money
    compare_at: Money | None
    from_price: bool
    swatches: tuple[tuple[str, str], ...]


def list_cards(product_ids: Iterable[int], prices: PriceScope) -> dict[int, Card]:
    """Return the cards of those products that have a price in the scope, by id. 1 statement."""
    rows = read_rows(_STATEMENT, {**prices.parameters, "ids": list(product_ids)})
    cards = {}
    for row in rows:
        pictures = [picture_from(found) for found in row.pictures or ()]
        cards[row.id] = Card(
            id=row.id,
            revision=row.revision,
            handle=row.handle,
            title=row.title,
            product_type=row.product_type,
            available=row.available,
            picture=pictures[0] if pictures else None,
            second=pictures[1] if len(pictures) > 1 else None,
            price=Money(row.low, prices.currency),
            compare_at=None if row.compare_at is None else Money(row.compare_at, prices.currency),
            from_price=row.high > row.low,
            swatches=tuple((name, colour) for name, colour in row.swatches or ()),
        )
    return cards
