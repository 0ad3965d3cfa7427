"""What staff want, as a basket: so that it is priced, taxed and delivered by the rules that every cart goes through."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text

from store.cart.queries import CartView, Line
from store.catalog.queries import OFFERED, PriceScope, Sellable, list_sellables
from store.changes.arithmetic import Piece
from store.changes.wanted import MOST_PIECES, Wanted, WantedLine
from store.checkout.quote import Quote, quote
from store.core.db import session
from store.core.i18n import gettext as _
from store.core.money import Money
from store.inventory.queries import units_left
from store.orders.models import Order
from store.pricing.totals import LineTotals
from store.shop.queries import get_market, get_shop

MOST_FOUND = 20
_MOST_WORDS = 6

_VARIANTS = f"""
    SELECT v.id, p.revision, {OFFERED} AS offered, v.deleted_at IS NULL AS is_there, {units_left("v.id")} AS units
      FROM variants v JOIN products p ON p.id = v.product_id
"""


class _Known:
    def __init__(self, where: str, prices: PriceScope, **parameters: object) -> None:
        self.rows = {row.id: row for row in session.execute(text(f"{_VARIANTS} WHERE {where}"), parameters)}
        self.sellables = list_sellables({row.id: row.revision for row in self.rows.values()}, prices)


class Found:
    """A variant that can be taken into an order: what it is, what one costs here, and how many are left."""

    def __init__(self, sellable: Sellable, left: int | None, *, offered: bool) -> None:
        self.sellable, self.left, self.offered = sellable, left, offered


def find_pieces(words: str, market_code: str) -> list[Found]:
    """Return the variants whose title or SKU has all of these words, by title. 2 statements at most."""
    wanted = words.split()[:_MOST_WORDS]
    if not wanted:
        return []
    conditions, parameters = ["v.deleted_at IS NULL AND p.status <> 'archived'"], {}
    for number, word in enumerate(wanted):
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        conditions.append(
            f"(lower(p.title) LIKE lower(:word{number}) ESCAPE '\\' OR v.sku ILIKE :word{number} ESCAPE '\\'"
            f" OR EXISTS (SELECT 1 FROM option_values ov JOIN options o ON o.id = ov.option_id"
            f" WHERE o.product_id = p.id AND ov.value ILIKE :word{number} ESCAPE '\\'"
            f" AND ov.id::text = ANY(string_to_array(v.option_key, '-'))))"
        )
        parameters[f"word{number}"] = f"%{escaped}%"
    where = f"{' AND '.join(conditions)} ORDER BY lower(p.title), v.id LIMIT {MOST_FOUND}"
    known = _Known(where, get_market(market_code).prices(), **parameters)
    return [
        Found(known.sellables[row.id], row.units, offered=row.offered)
        for row in known.rows.values()
        if row.id in known.sellables
    ]


def basket_of(
    wanted: Sequence[WantedLine],
    *,
    market_code: str,
    currency: str,
    email: str = "",
    address: Mapping[str, str] | None = None,
    method_id: int | None = None,
    billing: Mapping[str, str] | None = None,
) -> CartView:
    """Return wanted lines as a cart at today's prices, or at their own. At most 2 statements.

    Lines without a variant that is still there are left out.
    """
    known = _Known(
        "v.id = ANY(:ids)",
        PriceScope(currency, get_market(market_code).prices().lists),
        ids=[line.variant_id for line in wanted],
    )
    return CartView(
        id=0,
        market=market_code,
        currency=currency,
        version=0,
        state="open",
        order_token=None,
        email=email or None,
        shipping_address=dict(address) if address else None,
        shipping_method_id=method_id,
        payment_provider=None,
        lines=tuple(
            _line(line, known.sellables[line.variant_id], known.rows[line.variant_id], currency)
            for line in wanted
            if line.quantity and line.variant_id in known.sellables and known.rows[line.variant_id].is_there
        ),
        removed=(),
        billing=dict(billing or {}),
    )


def cart_of_order(order: Order, wanted: Wanted) -> CartView:
    """Return all that is wanted in an order as one cart at its address, each variant once. 2 statements at most."""
    units: dict[int, int] = {}
    for line in wanted.lines:
        units[line.variant_id] = min(units.get(line.variant_id, 0) + line.quantity, MOST_PIECES)
    return basket_of(
        [WantedLine(variant_id, quantity) for variant_id, quantity in units.items()],
        market_code=order.market,
        currency=order.currency,
        email=order.email,
        address=order.shipping_address,
        method_id=wanted.method_id,
        billing=order.billing,
    )


def pieces_of(quoted: Quote) -> dict[int, Piece]:
    """Return what new lines copy, by variant, with the price and the tax of such a cart."""
    return {
        line.variant_id: Piece(
            variant_id=line.variant_id,
            product_id=line.product_id,
            product_handle=line.handle,
            title=line.title,
            variant_title=line.variant_title,
            sku=line.sku,
            image_key=line.picture.key if line.picture else None,
            tax_class=line.tax_class,
            tax_rate=one.price.tax_rate,
            unit_minor=None if line.tier_from == 0 else _shown(one.price, with_tax=quoted.prices_include_tax),
            looks=line.looks,
        )
        for one in quoted.lines
        for line in (one.line,)
    }


def _shown(price: LineTotals, *, with_tax: bool) -> int:
    """Return the unit price as it is shown; where another tax applies than on the shelf, that is another one."""
    return price.unit_gross_minor if with_tax else price.unit_net_minor


def priced(cart: CartView) -> Quote:
    """Price a basket as checkout would."""
    return quote(cart, get_shop())


def _line(wanted: WantedLine, sellable: Sellable, row: object, currency: str) -> Line:
    tier = sellable.tier(wanted.quantity)
    listed = Money(tier.amount_minor, currency) if tier else None
    unit = listed if wanted.unit_minor is None else Money(wanted.unit_minor, currency)
    left: int | None = row.units  # type: ignore[attr-defined]
    return Line(
        id=sellable.variant_id,
        variant_id=sellable.variant_id,
        revision=row.revision,  # type: ignore[attr-defined]
        product_id=sellable.product_id,
        handle=sellable.handle,
        title=sellable.title,
        variant_title=sellable.variant_title,
        sku=sellable.sku or "",
        options=sellable.options,
        picture=sellable.picture,
        tax_class=sellable.tax_class if sellable.taxable else "none",
        quantity=wanted.quantity,
        left=left,
        unit=unit or Money.zero(currency),
        was=listed,
        total=(unit or Money.zero(currency)) * wanted.quantity,
        problem=_problem(wanted, left, priced=unit is not None),
        # No tier at all is told from a tier that begins with one piece.
        tier_from=tier.min_qty if tier else 0,
        looks=sellable.looks,
        grams=sellable.weight_grams if sellable.requires_shipping else None,
    )


def _problem(wanted: WantedLine, left: int | None, *, priced: bool) -> str:
    if not priced:
        return _("This has no price here: enter one, and why.")
    if left is None or left >= wanted.quantity:
        return ""
    return _("Sold out.") if left == 0 else _("Only %(left)s left.", left=left)
