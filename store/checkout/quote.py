"""What a shopper agrees to: lines, delivery, tax and total, with a fingerprint of all of it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from store.cart.queries import CartView, Line
from store.core.money import Money
from store.pricing.totals import LineInput, LineTotals, Totals, compute
from store.shipping.queries import Method, list_methods
from store.shipping.rates import parcel_name
from store.shop.queries import ShopFacts, get_market
from store.tax.queries import Assessment, assess


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A cart line with its price."""

    line: Line
    price: LineTotals


@dataclass(frozen=True, slots=True)
class Quote:
    """A priced cart. `method` is the chosen delivery among `methods`; without one, delivery counts nothing yet.

    `reaches_address` says whether the cart's market delivers to the country of its address, if it has one.
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

    @property
    def total(self) -> Money:
        """Return what is to be paid."""
        return Money(self.totals.total_minor, self.currency)


def quote(cart: CartView, shop: ShopFacts) -> Quote:
    """Price a cart as it stands; 2 statements."""
    market = get_market(cart.market)
    country = (cart.shipping_address or {}).get("country")
    parcel = parcel_name(cart.shipping_address, cart.contents)
    methods = list_methods(
        cart.currency, cart.destination, contents=cart.contents, parcel=parcel, among=market.countries
    )
    method = next((one for one in methods if one.id == cart.shipping_method_id), None)
    tax = assess(
        {line.tax_class for line in cart.lines},
        shop=shop,
        market=market,
        address=cart.shipping_address,
        vat_id=cart.billing.get("vat_id", ""),
        picked_up=method is not None and method.is_pickup,
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
    )


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
