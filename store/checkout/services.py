"""The verbs of checkout: each answer is kept on the cart, and `place` makes the order."""

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from store.cart.queries import CartView, find_cart
from store.checkout.errors import CartNotReady, OrderClosed, QuoteChanged
from store.checkout.quote import Quote, quote
from store.checkout.steps import reached
from store.core.clock import now
from store.core.db import run, session
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.orders import services as orders
from store.orders.models import Order
from store.orders.queries import find_order_of_cart
from store.payments import services as payments
from store.payments.models import Payment
from store.payments.queries import list_providers
from store.shipping.queries import Method, arrival
from store.shop.queries import ShopFacts, get_market
from store.tax.services import ask_about

# Locks the cart and, if it was open, notes that it is becoming an order: that is undone with everything else when the
# order can't be made.
_CLOSE = """
    WITH before AS (SELECT id, completed_at FROM carts WHERE token_hash = :token_hash FOR UPDATE)
    UPDATE carts c SET completed_at = coalesce(c.completed_at, :moment),
                       payment_provider = CASE WHEN before.completed_at IS NULL THEN :provider
                                               ELSE c.payment_provider END
      FROM before WHERE c.id = before.id
    RETURNING before.completed_at IS NULL AS was_open, c.id, c.version
"""
_SAVE_CONTACT = text("""
    UPDATE carts SET email = :email, shipping_address = CAST(:address AS jsonb),
                     billing = CAST(:billing AS jsonb), version = version + 1,
                     shipping_method_id = CASE WHEN :fetched = (coalesce(shipping_address->>'country', '') = '')
                                               THEN shipping_method_id END,
                     updated_at = :moment
     WHERE id = :cart_id
""")
_SAVE_METHOD = text("""
    UPDATE carts SET shipping_method_id = :method_id, version = version + 1, updated_at = :moment WHERE id = :cart_id
""")


def save_contact(cart: CartView, *, email: str, address_json: str, billing_json: str = "{}") -> None:
    """Keep who buys and where it goes, as objects of texts; a VAT id is asked about by a job.

    Who changes from fetching to being sent to, or back, chooses the way of delivery again.
    """
    session.execute(
        _SAVE_CONTACT,
        {
            "cart_id": cart.id,
            "email": email,
            "address": address_json,
            "billing": billing_json,
            "fetched": not json.loads(address_json).get("country"),
            "moment": now(),
        },
    )
    vat_id = json.loads(billing_json).get("vat_id")
    if vat_id:
        ask_about(vat_id)


def choose_method(cart: CartView, priced: Quote, method_id: int | None) -> None:
    """Keep the way of delivery; raises `Invalid` when it does not serve this cart."""
    if all(method.id != method_id for method in priced.methods):
        raise Invalid(_("Please choose how we should deliver."), field="method")
    session.execute(_SAVE_METHOD, {"cart_id": cart.id, "method_id": method_id, "moment": now()})


def place(
    token_hash: str,
    *,
    shop: ShopFacts,
    fingerprint: str,
    provider: str,
    locale: str,
    expires_after: timedelta,
    seen: CartView | None = None,
) -> tuple[Order, Payment | None]:
    """Make the order of a cart, reserve its stock and write down the attempt to pay it, which is opened afterwards.

    The attempt is `None` for an order that was made before and for one that costs nothing. However often it is called,
    one cart gives one order. `seen` is the cart as it was read a moment ago; it is read again only if it has changed.
    Raises `CartNotReady`, `QuoteChanged`, `OutOfStock` (the cart is kept in each case) and `OrderClosed` when the
    cart's order came to nothing meanwhile. At most 8 statements, however much is in the cart.
    """
    named = {"token_hash": token_hash, "provider": provider, "moment": now()}
    closed = run(_CLOSE, named)
    if not closed:
        raise NotFound(_("Your cart is empty."))
    if not closed[0].was_open:
        order = find_order_of_cart(closed[0].id)
        if order is not None and order.status in ("pending", "placed"):
            return order, None
        raise OrderClosed(_("This order was closed before it was paid. Please check your cart and try again."))
    is_fresh = seen is not None and (seen.id, seen.version, seen.state) == (closed[0].id, closed[0].version, "open")
    cart = seen if is_fresh else find_cart(token_hash)
    if cart is None:
        raise NotFound(_("Your cart is empty."))
    priced = _ready(cart, shop)
    if priced.fingerprint != fingerprint:
        raise QuoteChanged(_("Something changed since you last looked. Please check the total once more."))
    _check_provider(cart, priced, provider)
    order = orders.place(draft_of(cart, priced, shop, locale=locale, expires_after=expires_after))
    return order, payments.first_attempt(order, provider)


def _ready(cart: CartView, shop: ShopFacts) -> Quote:
    if not cart.lines:
        raise CartNotReady(_("Your cart is empty."), problems={})
    if cart.has_problems:
        problems = {line.id: line.problem for line in cart.lines if line.problem}
        raise CartNotReady(_("Some things in your cart can't be bought as they are."), problems=problems)
    priced = quote(cart, shop)
    if reached(cart, priced) != "payment":
        raise QuoteChanged(_("Please fill in what is missing first."))
    return priced


def _check_provider(cart: CartView, priced: Quote, provider: str) -> None:
    delivery = priced.method.code if priced.method else None
    if all(way.code != provider for way in list_providers(cart.currency, priced.country, delivery=delivery)):
        raise QuoteChanged(_("This way to pay does not go with your delivery. Please choose another."))


def draft_of(cart: CartView, priced: Quote, shop: ShopFacts, *, locale: str, expires_after: timedelta) -> orders.Draft:
    """Return what a priced cart becomes an order from; its buyer and delivery are known.

    What is fetched is at home where it is fetched.
    """
    method, address = priced.method, cart.shipping_address
    if (method is None and priced.needs_delivery) or address is None or cart.email is None:
        raise AssertionError("a quote that is ready has its buyer and delivery")
    return orders.Draft(
        cart_id=cart.id,
        market=cart.market,
        currency=cart.currency,
        locale=locale,
        prices_include_tax=get_market(cart.market).prices_include_tax,
        email=cart.email,
        shipping_address={**address, "country": address.get("country") or priced.country or shop.country},
        shipping_method_code=method.code if method else "",
        shipping_label=method.name if method else "",
        shipping_days=(method.min_days, method.max_days) if method else (0, 0),
        lines=[
            orders.DraftLine(
                variant_id=priced_line.line.variant_id,
                product_id=priced_line.line.product_id,
                product_handle=priced_line.line.handle,
                title=priced_line.line.title,
                variant_title=priced_line.line.variant_title,
                sku=priced_line.line.sku,
                image_key=priced_line.line.picture.key if priced_line.line.picture else None,
                price=priced_line.price,
                looks=priced_line.line.looks,
            )
            for priced_line in priced.lines
        ],
        totals=priced.totals,
        quote_hash=priced.fingerprint,
        billing=_billing(cart, priced),
        vat_checked_at=priced.tax.vat.checked_at if priced.tax.vat else None,
        tax_treatment=priced.tax.treatment,
        tax_country=priced.tax.decision.country,
        expires_at=now() + expires_after,
        delivery=promised(cart, method, shop) if method else {"kind": "none"},
    )


def promised(cart: CartView, method: Method, shop: ShopFacts) -> dict[str, Any]:
    """Return what is promised of a delivery, as an order keeps it."""
    first, last = arrival(now().astimezone(ZoneInfo(shop.time_zone)), method)
    promise = {
        "kind": method.kind,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "grams": cart.contents.grams,
        "carrier": method.carrier,
        "service": method.service,
    }
    return promise if method.point is None else {**promise, "point": dict(method.point)}


def _billing(cart: CartView, priced: Quote) -> dict[str, Any]:
    """Return company, VAT id and invoice address, with the register's proof for those who don't pay tax by it."""
    vat = priced.tax.vat
    return {**cart.billing, **({"vat_reference": vat.reference} if vat and vat.counts and vat.reference else {})}
