"""Writes the catalogue as a product file that this shop, and others, can read back.

Rows come product by product, so memory does not grow with the catalogue; text that a spreadsheet would run is inert.
"""

import csv
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sqlalchemy import text

from store.catalog.drafts import PriceDraft, ProductDraft, StoredProduct, VariantDraft, find_stored
from store.core.db import session, transaction
from store.core.i18n import gettext as _
from store.core.i18n import ngettext
from store.core.money import exponent
from store.importer.cells import join_values
from store.importer.formulas import make_inert
from store.importer.headers import GOOGLE, NAMES, google_header
from store.importer.stock_rows import NOT_STOCKED
from store.importer.world import read_category_paths
from store.inventory.queries import StockRule, find_stock_rules
from store.media.storage import media_url
from store.shop.queries import MarketFacts, get_shop, list_markets

LEGACY, CURRENT = 0, 1

# Products that are in memory at a time.
_PAGE = 250

_NEXT = text("SELECT id, handle, made_to_order FROM products WHERE id > :after ORDER BY id LIMIT :size")
_ON_HAND = text("""
    SELECT vi.variant_id, sum(s.on_hand) AS on_hand FROM variant_items vi JOIN stock_levels s ON s.item_id = vi.item_id
     WHERE vi.variant_id = ANY(:ids) GROUP BY vi.variant_id
""")
_IMAGES = text("SELECT id, key, source_url, widths FROM images WHERE id = ANY(:ids)")
_FIELDS = text("""
    SELECT f.namespace, f.key, f.name, f.many FROM custom_fields f
     WHERE EXISTS (SELECT 1 FROM custom_field_values v WHERE v.field_id = f.id) ORDER BY f.namespace, f.key
""")
_STOCK = text("""
    SELECT v.id, p.handle, p.title, v.sku, vi.item_id,
           (SELECT json_agg(json_build_array(o.name, ov.value) ORDER BY o.position, o.id)
              FROM variant_values vv JOIN option_values ov ON ov.id = vv.value_id JOIN options o ON o.id = vv.option_id
             WHERE vv.variant_id = v.id) AS options
      FROM variants v JOIN products p ON p.id = v.product_id
      JOIN variant_items vi ON vi.variant_id = v.id AND vi.quantity = 1
     WHERE v.id > :after AND v.deleted_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM variant_items o WHERE o.variant_id = v.id AND o.item_id <> vi.item_id)
     ORDER BY v.id LIMIT :size
""")
_LEVELS = text("""
    SELECT item_id, location_id, on_hand, reserved, allocated, incoming FROM stock_levels WHERE item_id = ANY(:items)
""")
_STOCK_HEADER = (
    "Handle", "Title", "Option1 Name", "Option1 Value", "Option2 Name", "Option2 Value", "Option3 Name",
    "Option3 Value", "SKU", "Location", "Incoming (not editable)", "Unavailable (not editable)",
    "Committed (not editable)", "Available (not editable)", "On hand (current)", "On hand (new)",
)  # fmt: skip


@dataclass
class Left:
    """What an export could not hold."""

    made_to_order: int = 0


def export_products(*, generation: int = CURRENT, base_url: str, left: Left | None = None) -> Iterator[bytes]:
    """Yield the product file piece by piece; `left` counts what such a file can't hold.

    `base_url` begins the addresses of pictures that lie in this shop. Opens a transaction for each piece.
    """
    left = left if left is not None else Left()
    with transaction():
        layout = _Layout(generation, base_url)
    yield _lines([layout.header])
    after = 0
    while True:
        with transaction():
            rows = session.execute(_NEXT, {"after": after, "size": _PAGE}).all()
            if not rows:
                return
            after = rows[-1].id
            left.made_to_order += sum(row.made_to_order for row in rows)
            piece = _page([row.handle for row in rows if not row.made_to_order], layout)
        yield piece


def export_inventory() -> Iterator[bytes]:
    """Yield the inventory file: a row for each variant that is counted, at each location."""
    yield _lines([_STOCK_HEADER])
    after = 0
    while True:
        with transaction():
            locations = session.execute(text("SELECT id, name FROM locations ORDER BY priority, id")).all()
            rows = session.execute(_STOCK, {"after": after, "size": 4 * _PAGE}).all()
            if not rows:
                return
            after = rows[-1].id
            found = session.execute(_LEVELS, {"items": [row.item_id for row in rows]}).all()
            levels = {(row.item_id, row.location_id): row for row in found}
            piece = _lines(
                _stock_row(row, place.name, levels.get((row.item_id, place.id))) for row in rows for place in locations
            )
        yield piece


def export_redirects() -> Iterator[bytes]:
    """Yield the redirect file; addresses that are gone for good lead nowhere and are left out."""
    yield _lines([("Redirect from", "Redirect to")])
    after = 0
    query = text("SELECT id, path, target FROM redirects WHERE id > :after AND status = 301 ORDER BY id LIMIT :size")
    while True:
        with transaction():
            rows = session.execute(query, {"after": after, "size": 4 * _PAGE}).all()
        if not rows:
            return
        after = rows[-1].id
        yield _lines((make_inert(row.path), make_inert(row.target)) for row in rows)


def write_file(kind: str, output: Path | None, *, legacy: bool = False, base_url: str) -> str:
    """Write an export to a file, or to standard output without one; return in a sentence what it holds.

    The file appears under its name when it is whole.
    """
    left = Left()
    pieces: Iterator[bytes]
    if kind == "products":
        pieces = export_products(generation=LEGACY if legacy else CURRENT, base_url=base_url, left=left)
    else:
        pieces = export_inventory() if kind == "inventory" else export_redirects()
    if output is None:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    else:
        half = output.with_name(f".{output.name}.half")
        try:
            with half.open("wb") as target:
                target.writelines(pieces)
            half.replace(output)
        finally:
            half.unlink(missing_ok=True)
    if left.made_to_order:
        return ngettext(
            "Written. %(num)s product is made to order and was left out: such a file has no room for it.",
            "Written. %(num)s products are made to order and were left out: such a file has no room for them.",
            left.made_to_order,
        )
    return _("Written.")


class _Layout:
    """The columns of a file, and what its cells are made with."""

    def __init__(self, generation: int, base_url: str) -> None:
        self.base_url = base_url
        self.currency = get_shop().currency
        self.markets = _foreign_markets(self.currency)
        self.paths = read_category_paths()
        fields = session.execute(_FIELDS).all()
        self.many = {f"{row.namespace}.{row.key}": row.many for row in fields}
        google = {name.partition(":")[2] for name in GOOGLE}
        self.fields = [f"{row.namespace}.{row.key}" for row in fields if f"{row.namespace}.{row.key}" not in google]
        self.google = [name.partition(":")[2] for name in GOOGLE]
        compare_at = ("Compare At Price", "Compare-at price")[generation]
        self.header = [
            *(names[generation] for names in NAMES.values()),
            *(google_header(name, generation) for name in GOOGLE),
            *(
                f"{row.name} (product.metafields.{row.namespace}.{row.key})"
                for row in fields
                if f"{row.namespace}.{row.key}" not in google
            ),
            *(f"Included / {market.name}" for market in self.markets),
            *(f"{what} / {market.name}" for market in self.markets for what in ("Price", compare_at)),
        ]


def _foreign_markets(currency: str) -> list[MarketFacts]:
    found: dict[str, MarketFacts] = {}
    for market in list_markets():
        if market.currency != currency:
            found.setdefault(market.currency, market)
    return list(found.values())


@dataclass(frozen=True)
class _Facts:
    rules: Mapping[int, StockRule]
    on_hand: Mapping[int, int]
    urls: Mapping[int, str]


def _page(handles: Sequence[str], layout: _Layout) -> bytes:
    stored = find_stored(handles)
    variant_ids = [id_ for one in stored.values() for id_ in one.variant_ids.values()]
    image_ids = {picture.image_id for one in stored.values() for picture in one.draft.pictures}
    image_ids |= {id_ for one in stored.values() for variant in one.draft.variants for id_ in variant.image_ids[:1]}
    facts = _Facts(
        find_stock_rules(variant_ids),
        {row.variant_id: int(row.on_hand) for row in session.execute(_ON_HAND, {"ids": variant_ids})},
        {row.id: _url(row, layout) for row in session.execute(_IMAGES, {"ids": list(image_ids)})},
    )
    return _lines(
        cells for handle in handles if stored[handle].draft.variants for cells in _rows(stored[handle], layout, facts)
    )


def _rows(product: StoredProduct, layout: _Layout, facts: _Facts) -> Iterator[list[str]]:
    draft = product.draft
    alts = {picture.image_id: picture.alt for picture in draft.pictures}
    for variant in draft.variants:
        for image_id in variant.image_ids[:1]:
            alts.setdefault(image_id, "")
    own = _product_cells(draft, layout)
    for place, (variant, image) in enumerate(zip_longest(draft.variants, alts.items()), start=1):
        cells = {"handle": draft.handle, **(own if place == 1 else {})}
        if variant is not None:
            cells |= _variant_cells(product, variant, layout, facts)
        if image is not None:
            cells |= {"image": facts.urls.get(image[0], ""), "image_position": str(place), "image_alt": image[1]}
        if place == 1:
            cells |= _option_names(draft)
        yield _line(cells, layout, draft if place == 1 else None, variant)


def _product_cells(draft: ProductDraft, layout: _Layout) -> dict[str, str]:
    return {
        "title": draft.title,
        "description_html": draft.description_html,
        "vendor": draft.vendor,
        "category": " > ".join(layout.paths.get(draft.category_id or 0, ())),
        "product_type": draft.product_type,
        "tags": ", ".join(tag.strip() for tag in draft.tags),
        "published": _yes(draft.published_at is not None),
        "status": draft.status,
        "gift_card": _yes(draft.gift_card),
        "seo_title": draft.seo_title,
        "seo_description": draft.seo_description,
    }


def _option_names(draft: ProductDraft) -> dict[str, str]:
    if not draft.options:
        return {"option1_name": "Title"}
    names = {f"option{place}_name": option.name for place, option in enumerate(draft.options, start=1)}
    return names | {f"option{place}_linked": option.linked_to for place, option in enumerate(draft.options, start=1)}


def _variant_cells(product: StoredProduct, variant: VariantDraft, layout: _Layout, facts: _Facts) -> dict[str, str]:
    variant_id = product.variant_ids[variant.values]
    rule = facts.rules.get(variant_id)
    tracked = rule is not None and rule.tracked
    values = variant.values or ("Default Title",)
    return {
        **{f"option{place}_value": value for place, value in enumerate(values, start=1)},
        "sku": variant.sku or "",
        "barcode": variant.barcode or "",
        **_price_cells(variant.prices.get(layout.currency), layout.currency),
        "cost": _amount(variant.cost_minor, layout.currency),
        "taxable": _yes(variant.taxable),
        "tax_code": variant.tax_code,
        **_measure("unit_total", variant.unit_total),
        **_measure("unit_base", variant.unit_base),
        "tracker": "shopify" if tracked else "",
        "quantity": str(max(facts.on_hand.get(variant_id, 0), 0)) if tracked else "",
        "policy": rule.policy if rule is not None else "deny",
        "grams": str(variant.weight_grams),
        "weight_unit": variant.weight_unit,
        "requires_shipping": _yes(variant.requires_shipping),
        "fulfilment_service": variant.fulfilment_service,
        "variant_image": facts.urls.get(variant.image_ids[0], "") if variant.image_ids else "",
    }


def _line(
    cells: Mapping[str, str], layout: _Layout, draft: ProductDraft | None, variant: VariantDraft | None
) -> list[str]:
    line = [cells.get(name, "") for name in NAMES]
    for name in (*layout.google, *layout.fields):
        values = draft.fields.get(name, ()) if draft is not None else ()
        line.append(join_values(values, many=layout.many.get(name, False)))
    for market in layout.markets:
        included = draft is not None and any(market.currency in one.prices for one in draft.variants)
        line.append(_yes(included) if draft is not None else "")
    for market in layout.markets:
        price = variant.prices.get(market.currency) if variant is not None else None
        line += _price_cells(price, market.currency).values()
    return [make_inert(cell.strip()) for cell in line]


def _price_cells(price: PriceDraft | None, currency: str) -> dict[str, str]:
    return {
        "price": _amount(price.amount_minor if price else None, currency),
        "compare_at": _amount(price.compare_at_minor if price else None, currency),
    }


def _amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else str(Decimal(minor).scaleb(-exponent(currency)))


def _measure(name: str, measure: str) -> dict[str, str]:
    value, _space, unit = measure.partition(" ")
    return {name: value, f"{name}_unit": unit}


def _url(row: Any, layout: _Layout) -> str:
    if row.source_url:
        return str(row.source_url)
    fitting = [width for width in row.widths if width <= 960]
    url = media_url(row.key, max(fitting) if fitting else min(row.widths, default=960))
    return url if "://" in url else f"{layout.base_url}{url}"


def _stock_row(row: Any, location: str, level: Any) -> list[str]:
    options = [*(row.options or [["Title", "Default Title"]]), ["", ""], ["", ""]][:3]
    figures = [NOT_STOCKED] * 5
    if level is not None:
        free = level.on_hand - level.reserved - level.allocated
        figures = [str(one) for one in (level.incoming, level.reserved, level.allocated, free, level.on_hand)]
    cells = [row.handle, row.title, *(part for option in options for part in option), row.sku or "", location]
    return [*(make_inert(cell.strip()) for cell in (*cells, *figures)), ""]


def _yes(value: bool) -> str:  # noqa: FBT001 - a cell
    return "TRUE" if value else "FALSE"


def _lines(rows: Any) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\n").writerows(rows)
    return target.getvalue().encode("utf-8", errors="replace")
