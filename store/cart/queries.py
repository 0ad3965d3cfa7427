"""A cart as its shopper sees it: lines at today's price and stock, with what is wrong with any of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from store.catalog.queries import OFFERED, Picture, PriceScope, Sellable, list_sellables
from store.core.clock import now
from store.core.db import read_rows
from store.core.i18n import gettext as _
from store.core.money import Money
from store.inventory.queries import units_left
from store.shipping.areas import Destination
from store.shipping.contents import Contents
from store.shipping.queries import get_terms
from store.shop.queries import get_market

# How long a removed line can be brought back.
UNDO = timedelta(minutes=10)

State = Literal["open", "waiting", "lapsed", "spent"]

_CART = f"""
    SELECT c.id, c.market, c.currency, c.version, c.email, c.shipping_address, c.billing, c.shipping_method_id,
           c.payment_provider, o.status AS order_status, o.token AS order_token,
           (SELECT min(l.currency) FROM cart_lines l
             WHERE l.cart_id = c.id AND l.removed_at IS NULL AND l.currency <> c.currency) AS filled_in,
           (SELECT json_agg(json_build_array(l.id, l.variant_id, p.revision, l.quantity,
                                             CASE WHEN l.currency = c.currency THEN l.price_minor END,
                                             l.removed_at IS NOT NULL, {OFFERED}, {units_left("l.variant_id")},
                                             CASE WHEN v.requires_shipping THEN v.weight_grams END)
                            ORDER BY l.added_at, l.id)
              FROM cart_lines l JOIN variants v ON v.id = l.variant_id JOIN products p ON p.id = v.product_id
             WHERE l.cart_id = c.id AND (l.removed_at IS NULL OR l.removed_at > :undo_from)) AS lines
      FROM carts c LEFT JOIN orders o ON o.cart_id = c.id
     WHERE c.token_hash = :token_hash
"""
_PIECES = """
    SELECT coalesce(sum(l.quantity), 0)::bigint AS pieces
      FROM carts c JOIN cart_lines l ON l.cart_id = c.id AND l.removed_at IS NULL
      LEFT JOIN orders o ON o.cart_id = c.id
     WHERE c.token_hash = :token_hash AND coalesce(o.status, 'expired') IN ('pending', 'expired')
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a cart. `problem` says why it can't be bought as it is; `was` is the price it had when it went in.

    `revision` is that of its product.
    """

    id: int
    variant_id: int
    revision: int
    product_id: int
    handle: str
    title: str
    variant_title: str
    sku: str
    options: dict[str, str]
    picture: Picture | None
    tax_class: str
    quantity: int
    left: int | None
    unit: Money
    was: Money | None
    total: Money
    problem: str
    # The number of pieces from which on each costs this.
    tier_from: int = 1
    # How what is made to order is composed and printed.
    looks: tuple[dict[str, Any], ...] = ()
    # What a piece weighs; `None` when it is not sent at all.
    grams: int | None = 0


@dataclass(frozen=True, slots=True)
class CartView:
    """A cart with its lines; `state` says what has become of it.

    open: can be changed and bought. waiting: its order waits for payment. lapsed: its order came to nothing, the
    lines are still here. spent: it has been bought; it counts as empty.
    """

    id: int
    market: str
    currency: str
    version: int
    state: State
    order_token: str | None
    email: str | None
    shipping_address: dict[str, str] | None
    shipping_method_id: int | None
    payment_provider: str | None
    lines: tuple[Line, ...]
    removed: tuple[Line, ...]
    # The currency of what went in before the cart came along into this market; `None` when nothing did.
    filled_in: str | None = None
    # The company, the VAT id and the address for the invoice that were given, if any.
    billing: Mapping[str, Any] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Return the number of pieces."""
        return sum(line.quantity for line in self.lines)

    @property
    def subtotal(self) -> Money:
        """Return the value of the lines as the shop shows its prices."""
        return Money(sum(line.total.minor for line in self.lines), self.currency)

    @property
    def contents(self) -> Contents:
        """Return what is sent: the weight counts the box, and a guess for pieces whose weight nobody knows."""
        terms = get_terms()
        sent = [line for line in self.lines if line.grams is not None]
        grams = sum((line.grams or terms.piece_grams) * line.quantity for line in sent)
        return Contents(grams + terms.tare_grams, self.subtotal.minor, sum(line.quantity for line in sent))

    @property
    def needs_delivery(self) -> bool:
        """Return whether anything of it is sent or fetched, or may be; vouchers and the like are not."""
        return not self.lines or any(line.grams is not None for line in self.lines)

    @property
    def is_collected(self) -> bool:
        """Return whether the shopper comes for it: there is a name, and no place where it goes."""
        address = self.shipping_address
        return self.needs_delivery and address is not None and not address.get("country")

    @property
    def has_buyer(self) -> bool:
        """Return whether as much of the buyer's address is known as what is in it needs."""
        if self.is_collected:
            return True
        return bool((self.shipping_address or {}).get("line1" if self.needs_delivery else "country"))

    @property
    def destination(self) -> Destination | None:
        """Return where it goes, as soon as that is known."""
        address = self.shipping_address or {}
        if not self.needs_delivery or not self.has_buyer or self.is_collected:
            return None
        return Destination(address.get("country", ""), address.get("region", ""), address.get("postcode", ""))

    @property
    def has_problems(self) -> bool:
        """Return whether any line can't be bought as it is."""
        return any(line.problem for line in self.lines)


def find_cart(token_hash: str) -> CartView | None:
    """Return the cart of a token, or `None`; 2 statements, 1 when the process knows what is in it."""
    rows = read_rows(_CART, {"token_hash": token_hash, "undo_from": now() - UNDO})
    if not rows:
        return None
    row = rows[0]
    state = _state(row.order_status)
    stored = [] if state == "spent" else row.lines or []
    sellables = list_sellables({one[1]: one[2] for one in stored}, _prices(row))
    kept: list[Line] = []
    removed: list[Line] = []
    for one in stored:
        line = _line(one, sellables[one[1]], row.currency, is_held=state == "waiting")
        (removed if one[5] else kept).append(line)
    return CartView(
        id=row.id,
        market=row.market,
        currency=row.currency,
        version=row.version,
        state=state,
        order_token=row.order_token,
        email=row.email,
        shipping_address=row.shipping_address,
        shipping_method_id=row.shipping_method_id,
        payment_provider=row.payment_provider,
        lines=tuple(kept),
        removed=tuple(removed),
        filled_in=row.filled_in,
        billing=row.billing,
    )


def count_pieces(token_hash: str) -> int:
    """Return the figure on the cart's badge; 1 statement."""
    pieces: int = read_rows(_PIECES, {"token_hash": token_hash})[0].pieces
    return pieces


def _state(order_status: str | None) -> State:
    if order_status is None:
        return "open"
    if order_status == "pending":
        return "waiting"
    # A cancelled order that had been paid was bought all the same; the shopper starts afresh.
    return "lapsed" if order_status == "expired" else "spent"


def _prices(row: Any) -> PriceScope:
    """Return which prices hold for a cart: those of its market now, in the currency it was filled in."""
    return PriceScope(row.currency, get_market(row.market).prices().lists)


def _line(stored: Sequence[Any], sellable: Sellable, currency: str, *, is_held: bool) -> Line:
    line_id, variant_id, revision, quantity, price_minor, _removed, offered, units, grams = stored
    tier = sellable.tier(quantity)
    unit = Money(tier.amount_minor if tier else price_minor or 0, currency)
    # An order that waits for payment holds these very pieces.
    left = None if is_held else units
    return Line(
        id=line_id,
        variant_id=variant_id,
        revision=revision,
        product_id=sellable.product_id,
        handle=sellable.handle,
        title=sellable.title,
        variant_title=sellable.variant_title,
        sku=sellable.sku or "",
        options=sellable.options,
        picture=sellable.picture,
        tax_class=sellable.tax_class if sellable.taxable else "none",
        quantity=quantity,
        left=left,
        unit=unit,
        was=None if price_minor in (None, unit.minor) else Money(price_minor, currency),
        total=unit * quantity,
        problem=_problem(quantity, left, offered=offered, priced=tier is not None),
        tier_from=tier.min_qty if tier else 1,
        looks=sellable.looks,
        grams=grams,
    )


def _problem(quantity: int, left: int | None, *, offered: bool, priced: bool) -> str:
    if not offered:
        return _("This is no longer in the shop. Please remove it to go on.")
    if not priced:
        return _("This can't be bought in this currency. Please remove it to go on.")
    if left is None or left >= quantity:
        return ""
    if left == 0:
        return _("This has sold out. Please remove it to go on.")
    return _("Only %(left)s left. Please lower the quantity to go on.", left=left)
