"""The verbs of a cart. Each locks the cart first; the first write of a visitor makes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from store.cart.errors import LineGone, TooFewLeft, UnknownChoice
from store.cart.events import CartReopened
from store.catalog.errors import GraphChanged
from store.catalog.making import variant_for_choice
from store.catalog.queries import Tier, find_choice, list_sellables, tier_for
from store.core.clock import now
from store.core.db import run
from store.core.errors import Invalid
from store.core.events import emit
from store.core.i18n import gettext as _
from store.core.money import Money
from store.inventory.queries import available_for, units_left
from store.shop.queries import MarketFacts

MAX_QUANTITY = 99

# More different things than anybody buys at once, few enough to show on one page.
MAX_LINES = 100

# How often a choice is read again when its product changes under our hands.
_TRIES = 3

# Makes the cart or locks it: either way it is ours until the transaction ends, and counts as changed.
_OPEN = """
    INSERT INTO carts (token_hash, market, currency, locale, version, created_at, updated_at)
    VALUES (:token_hash, :market, :currency, :locale, 1, :moment, :moment)
    ON CONFLICT (token_hash) DO UPDATE
       SET version = carts.version + 1, updated_at = excluded.updated_at, market = excluded.market,
           currency = excluded.currency, locale = excluded.locale
    RETURNING id
"""
# Asked after the lock: a checkout that held it may have made the order meanwhile.
_ORDER = "SELECT status FROM orders WHERE cart_id = :cart_id"
_CLOSE = "UPDATE carts SET token_hash = 'closed:' || id WHERE id = :cart_id"
_CONTINUE = """
    INSERT INTO carts (token_hash, market, currency, locale, email, shipping_address, billing, shipping_method_id,
                       payment_provider, version, created_at, updated_at)
    SELECT :token_hash, :market, :currency, :locale, email, shipping_address, billing, shipping_method_id,
           payment_provider, version + 1, :moment, :moment
      FROM carts WHERE id = :cart_id
    RETURNING id
"""
_CARRY_OVER = """
    INSERT INTO cart_lines (cart_id, variant_id, quantity, configuration, configuration_hash, price_minor, currency,
                            priced_at, added_at, removed_at)
    SELECT :to_id, variant_id, quantity, configuration, configuration_hash, price_minor, currency, priced_at,
           added_at, removed_at
      FROM cart_lines WHERE cart_id = :from_id
"""
_MOVE = """
    UPDATE carts SET market = :market, currency = :currency, locale = :locale, version = version + 1,
                     updated_at = :moment
     WHERE token_hash = :token_hash AND (market, currency) <> (:market, :currency)
       AND NOT EXISTS (SELECT 1 FROM orders WHERE cart_id = carts.id)
"""
# Writes nothing into a cart that has become an order.
_PUT = f"""
    INSERT INTO cart_lines AS line (cart_id, variant_id, quantity, configuration, configuration_hash, price_minor,
                                    currency, priced_at, added_at)
    SELECT :cart_id, :variant_id, :quantity, '{{}}', '', :price_minor, :currency, :moment, :moment
     WHERE NOT EXISTS (SELECT 1 FROM orders WHERE cart_id = :cart_id)
    ON CONFLICT (cart_id, variant_id, configuration_hash) DO UPDATE
       SET quantity = excluded.quantity + CASE WHEN line.removed_at IS NULL THEN line.quantity ELSE 0 END,
           price_minor = excluded.price_minor, currency = excluded.currency, priced_at = excluded.priced_at,
           removed_at = NULL
    RETURNING id, quantity, {units_left(":variant_id")} AS units,
              (SELECT count(*) FROM cart_lines other WHERE other.cart_id = :cart_id AND other.removed_at IS NULL
                  AND other.variant_id <> :variant_id) AS others
"""
_LINE = """
    SELECT l.id, l.variant_id, l.quantity, l.price_minor, p.revision
      FROM cart_lines l JOIN variants v ON v.id = l.variant_id JOIN products p ON p.id = v.product_id
     WHERE l.cart_id = :cart_id
       AND (l.id = :line_id
            OR l.variant_id = (SELECT variant_id FROM cart_lines WHERE id = :line_id AND cart_id = :before_id))
"""


@dataclass(frozen=True)
class Added:
    """What went into the cart: its line, and how many of it are in there now."""

    line_id: int
    quantity: int
    title: str


@dataclass(frozen=True)
class _Chosen:
    """What goes into a cart: `price` is that of one piece, `tiers` tell it for more."""

    variant_id: int
    title: str
    price: Money
    tiers: tuple[Tier, ...]


@dataclass(frozen=True)
class _Open:
    """A cart under its lock; `before_id` is the cart whose lines it has taken over."""

    id: int
    before_id: int | None = None


def add_line(
    token_hash: str, *, handle: str, wanted: Mapping[str, str], quantity: int, market: MarketFacts, locale: str
) -> Added:
    """Put pieces of a product into the cart, on top of those that are in it.

    `wanted` holds the option fields of the product page. Raises `NotFound` for an unknown product, `UnknownChoice`
    for a combination that is not made, `TooFewLeft` when the stock does not allow it, `Invalid` for a bad quantity,
    `GraphChanged` when staff edit the product at this moment.
    """
    if not 1 <= quantity <= MAX_QUANTITY:
        raise Invalid(_("Please choose between 1 and %(most)s.", most=MAX_QUANTITY), field="quantity")
    chosen = _choose(handle, wanted, market)
    cart_id = _open(token_hash, market, locale)
    line = _put(cart_id, chosen, quantity)
    if line is None:
        line = _put(_go_on(cart_id, token_hash, market, locale).id, chosen, quantity)
        assert line is not None  # the new cart has no order
    # How many are in there now decides what each of them costs.
    reached = tier_for(chosen.tiers, line.quantity)
    if reached is not None and reached.amount_minor != chosen.price.minor:
        _update_line(line.id, "price_minor = :price", price=reached.amount_minor)
    # What is refused here takes the line back with the transaction.
    if line.others >= MAX_LINES:
        raise Invalid(_("The cart is full: it holds %(most)s different things.", most=MAX_LINES), field="quantity")
    _check_left(line.units, line.quantity, in_cart=line.quantity - quantity)
    return Added(line.id, line.quantity, chosen.title)


def _choose(handle: str, wanted: Mapping[str, str], market: MarketFacts) -> _Chosen:
    """Return the variant that is wanted with its prices; one made to order gets its row now."""
    for attempt in range(1, _TRIES + 1):
        product, choice = find_choice(handle, wanted, market.prices())
        variant = choice.variant
        for axis in choice.axes:
            if axis.param in wanted and wanted[axis.param] != axis.chosen.slug:
                raise UnknownChoice(_("%(option)s: please choose again.", option=axis.name), field=axis.param)
        if variant is None or variant.amount is None:
            raise UnknownChoice(_("This combination is not made. Please choose another."), field="options")
        if product.graph is not None and not variant.available:
            raise TooFewLeft(_("This has just sold out."), left=0, in_cart=0, line_id=None, field="quantity")
        try:
            return _Chosen(variant_for_choice(product, variant), product.title, variant.amount, variant.tiers)
        except GraphChanged:
            # Stock that moves makes a product new as well; then the choice stands, and is read once more.
            if attempt == _TRIES:
                raise
    raise AssertionError("unreachable")


def set_quantity(token_hash: str, line_id: int, quantity: int, *, market: MarketFacts, locale: str) -> None:
    """Change how many are wanted; raises `LineGone`, `TooFewLeft` or `Invalid`."""
    if not 1 <= quantity <= MAX_QUANTITY:
        raise Invalid(_("Please choose between 1 and %(most)s.", most=MAX_QUANTITY), field="quantity", line_id=line_id)
    cart = _open_cart(token_hash, market, locale)
    line = _find_line(cart, line_id)
    if quantity > line.quantity:
        units = available_for([line.variant_id])[line.variant_id]
        _check_left(units, quantity, in_cart=line.quantity, line_id=line.id)
    _update_line(line.id, "quantity = :quantity, removed_at = NULL", quantity=quantity)
    _reprice(line, quantity, market)


def remove_line(token_hash: str, line_id: int, *, market: MarketFacts, locale: str) -> None:
    """Take a line out; it can be brought back for a while. Raises `LineGone`."""
    cart = _open_cart(token_hash, market, locale)
    line = _find_line(cart, line_id)
    _update_line(line.id, "removed_at = :moment")


def restore_line(token_hash: str, line_id: int, *, market: MarketFacts, locale: str) -> None:
    """Bring a removed line back as it was; raises `LineGone`."""
    cart = _open_cart(token_hash, market, locale)
    line = _find_line(cart, line_id)
    _update_line(line.id, "removed_at = NULL")


def _reprice(line: "_Stored", quantity: int, market: MarketFacts) -> None:
    """Let a line that stands at today's price go on at that of its new quantity.

    One whose price changed since it went in keeps what it was, so that the shopper is told.
    """
    sellable = list_sellables({line.variant_id: line.revision}, market.prices()).get(line.variant_id)
    before, after = (sellable.tier(line.quantity), sellable.tier(quantity)) if sellable else (None, None)
    if before is None or after is None or before.amount_minor == after.amount_minor:
        return
    if before.amount_minor == line.price_minor:
        _update_line(line.id, "price_minor = :price", price=after.amount_minor)


def _open(token_hash: str, market: MarketFacts, locale: str) -> int:
    """Return the id of the visitor's cart under its lock, a new one for a first write."""
    opened: int = run(_OPEN, _facts(token_hash, market, locale))[0].id
    return opened


def _facts(token_hash: str, market: MarketFacts, locale: str) -> dict[str, object]:
    return {
        "token_hash": token_hash,
        "market": market.code,
        "currency": market.currency,
        "locale": locale,
        "moment": now(),
    }


def _open_cart(token_hash: str, market: MarketFacts, locale: str) -> _Open:
    """Return the visitor's cart, locked and changeable: a new one, or one that goes on from a closed one."""
    return _go_on(_open(token_hash, market, locale), token_hash, market, locale)


def _go_on(cart_id: int, token_hash: str, market: MarketFacts, locale: str) -> _Open:
    """Return the locked cart itself, or the one that follows it when it has become an order."""
    order = run(_ORDER, {"cart_id": cart_id})
    if not order:
        return _Open(cart_id)
    status = order[0].status
    run(_CLOSE, {"cart_id": cart_id})
    if status not in ("pending", "expired"):
        return _Open(_open(token_hash, market, locale))
    following = run(_CONTINUE, {**_facts(token_hash, market, locale), "cart_id": cart_id})[0].id
    run(_CARRY_OVER, {"to_id": following, "from_id": cart_id})
    if status == "pending":
        emit(CartReopened(cart_id))
    return _Open(following, before_id=cart_id)


def move(token_hash: str, *, market: MarketFacts, locale: str) -> None:
    """Take an open cart along into another market, where its lines cost what they cost there."""
    run(_MOVE, _facts(token_hash, market, locale))


def reopen(token_hash: str, *, market: MarketFacts, locale: str) -> None:
    """Go on with a cart whose order came to nothing, or is given up by this; nothing when the cart is open."""
    _open_cart(token_hash, market, locale)


@dataclass(frozen=True)
class _Stored:
    id: int
    variant_id: int
    quantity: int
    price_minor: int
    revision: int


def _find_line(cart: _Open, line_id: int) -> _Stored:
    rows = run(_LINE, {"cart_id": cart.id, "line_id": line_id, "before_id": cart.before_id})
    if not rows:
        raise LineGone(_("This is not in your cart any more."), line_id=line_id)
    return _Stored(*rows[0])


def _put(cart_id: int, chosen: _Chosen, quantity: int) -> Any:
    """Put pieces on top of those in the cart; `None` when the cart has become an order."""
    rows = run(
        _PUT,
        {
            "cart_id": cart_id,
            "variant_id": chosen.variant_id,
            "quantity": quantity,
            "price_minor": chosen.price.minor,
            "currency": chosen.price.currency,
            "moment": now(),
        },
    )
    return rows[0] if rows else None


def _check_left(left: int | None, wanted: int, *, in_cart: int, line_id: int | None = None) -> None:
    if wanted > MAX_QUANTITY:
        raise Invalid(_("Please choose between 1 and %(most)s.", most=MAX_QUANTITY), field="quantity", line_id=line_id)
    if left is None or wanted <= left:
        return
    if left == 0:
        sentence = _("This has just sold out.")
    elif in_cart:
        sentence = _("Only %(left)s left, and you have %(in_cart)s in your cart.", left=left, in_cart=in_cart)
    else:
        sentence = _("Only %(left)s left.", left=left)
    raise TooFewLeft(sentence, left=left, in_cart=in_cart, line_id=line_id, field="quantity")


def _update_line(line_id: int, change: str, **values: object) -> None:
    run(f"UPDATE cart_lines SET {change} WHERE id = :line_id", {"line_id": line_id, "moment": now(), **values})
