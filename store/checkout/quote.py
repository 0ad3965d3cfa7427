"""What a shopper agrees to: lines, delivery, tax and total, with a fingerprint of all of it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.cart.queries import CartView, Line
from store.core.money import Money
from store.pricing.totals import LineInput, LineTotals, Totals, compute
from store.shipping.queries import Method, list_methods
from store.shipping.rates import parcel_name
from store.shop.queries import MarketFacts, ShopFacts, get_market
from store.tax.queries import Assessment, assess


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A cart line with its price."""

    line: Line
    price: LineTotals


@dataclass(frozen=True, slots=True)
class Quote:
    """A priced cart. `method` is the chosen delivery among `methods`; without one, delivery counts nothing yet.

    `reaches_address` says whether the cart's market delivers to the country of its address, if it has one; `pickups`
    whether the shopper can come for it. `needs_delivery` is false when nothing of it is sent. `address` is where the
    goods are handed over, as far as it is known.
    """

    currency: str
    lines: tuple[PricedLine, ...]
    methods: Sequence[Method]
    method: Method | None
    totals: Totals
    goods_value: Money
    fingerprint: str
    prices_include_tax: bool
    reaches_address: bool
    tax: Assessment
    needs_delivery: bool
    pickups: bool
    address: Mapping[str, Any]

    @property
    def country(self) -> str | None:
        """Return the country whose ways to pay are offered, if it is known."""
        return self.address.get("country")

    @property
    def total(self) -> Money:
        """Return what is to be paid."""
        return Money(self.totals.total_minor, self.currency)


def quote(cart: CartView, shop: ShopFacts) -> Quote:
    """Price a cart as it stands; 2 statements, 1 when nothing of it is sent."""
    market = get_market(cart.market)
    country = (cart.shipping_address or {}).get("country")
    offered = _offered(cart, market)
    methods = [one for one in offered if one.is_pickup or not cart.is_collected]
    method = next((one for one in methods if one.id == cart.shipping_method_id), None)
    address = (method.point if method is not None and method.is_pickup else cart.shipping_address) or {}
    tax = assess(
        {line.tax_class for line in cart.lines},
        shop=shop,
        market=market,
        address=address,
        vat_id=cart.billing.get("vat_id", ""),
    )
    delivery = method.price_for(cart.subtotal).minor if method else 0
    totals = compute(
        [
            LineInput(
                line.id,
                line.unit.minor,
                line.quantity,
                tax.rates[line.tax_class],
                tax.shelf_rates[line.tax_class],
                line.tax_class,
            )
            for line in cart.lines
        ],
        shipping_minor=delivery,
        prices_include_tax=market.prices_include_tax,
        rules=tax.rules,
    )
    priced = tuple(PricedLine(line, price) for line, price in zip(cart.lines, totals.lines, strict=True))
    return Quote(
        currency=cart.currency,
        lines=priced,
        methods=methods,
        method=method,
        totals=totals,
        goods_value=cart.subtotal,
        fingerprint=_fingerprint(cart, method, totals, tax),
        prices_include_tax=market.prices_include_tax,
        tax=tax,
        reaches_address=not country or country in (market.countries or (shop.country,)),
        needs_delivery=cart.needs_delivery,
        pickups=any(one.is_pickup for one in offered),
        address=address,
    )


def _offered(cart: CartView, market: MarketFacts) -> Sequence[Method]:
    """Return every way in which a cart can come to its shopper."""
    if not cart.needs_delivery:
        return ()
    to = cart.destination
    parcel = parcel_name(cart.shipping_address, cart.contents) if to is not None else ""
    return list_methods(cart.currency, to, contents=cart.contents, parcel=parcel, among=market.countries)


def _fingerprint(cart: CartView, method: Method | None, totals: Totals, tax: Assessment) -> str:
    agreed = {
        "currency": cart.currency,
        "lines": [
            [line.variant_id, line.quantity, price.unit_gross_minor, price.total_minor, price.tax_minor]
            for line, price in zip(cart.lines, totals.lines, strict=True)
        ],
        "delivery": [method.code if method else None, totals.shipping_minor, totals.shipping_tax_minor],
        "total": totals.total_minor,
        "address": cart.shipping_address,
        "tax": [tax.treatment, tax.decision.country, dict(cart.billing)],
        "email": cart.email,
    }
    return hashlib.sha256(json.dumps(agreed, sort_keys=True).encode()).hexdigest()
