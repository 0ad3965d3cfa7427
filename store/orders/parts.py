"""An order as the calculator knows it: what can be given back of it, and how it was reckoned."""

from decimal import Decimal

from store.orders.models import Order
from store.pricing.rates import SHIPPING, RateTotals
from store.pricing.refunds import Part
from store.pricing.totals import Rules


def parts_of(order: Order) -> list[Part]:
    """Return the lines of an order, by their ids, and its delivery, for `pricing.refunds`."""
    goods = [Part(line.id, line.quantity, line.total_minor, line.tax_minor, line.tax_rate) for line in order.lines]
    return [
        *goods,
        Part(
            SHIPPING,
            1,
            order.shipping_minor,
            order.shipping_tax_minor,
            order.shipping_tax_rate,
            shipping_taxes_of(order),
        ),
    ]


def shipping_taxes_of(order: Order) -> tuple[RateTotals, ...]:
    """Return what of the delivery bears which rate."""
    kept = tuple(RateTotals(Decimal(rate), amount, tax) for rate, amount, tax in order.shipping_taxes)
    return kept or (RateTotals(order.shipping_tax_rate, order.shipping_minor, order.shipping_tax_minor),)


def rules_of(order: Order) -> Rules:
    """Return how an order was reckoned, so that a changed one is reckoned in the same way, at its frozen rates."""
    return Rules(
        "rate" if order.tax_rounding == "rate" else "line",
        "own"
        if order.shipping_tax_rule == "own"
        else "proportional"
        if order.shipping_tax_rule == "proportional"
        else "highest",
        order.shipping_tax_rate,
    )
