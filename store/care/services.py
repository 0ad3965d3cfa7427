"""The verbs of a shopper's care for an order of theirs."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from store.care.errors import ElsewhereCostsMore, TooLate
from store.care.events import AddressChanged
from store.care.queries import has_packed, is_open
from store.cart import services as carts
from store.cart.errors import TooFewLeft
from store.catalog.models import Product
from store.catalog.queries import Sellable, list_sellables
from store.core.db import retrying, session, transaction
from store.core.errors import StoreError
from store.core.events import emit
from store.core.i18n import gettext as _
from store.orders import services as orders
from store.orders.models import Order
from store.orders.queries import get_order
from store.payments import services as payments
from store.shipping.areas import Destination
from store.shipping.queries import list_methods
from store.shop.queries import MarketFacts

# How timelines and ledgers name the shopper.
CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Again:
    """What came into the cart of an order that is bought once more; `missing` are the titles of what did not."""

    pieces: int
    missing: tuple[str, ...]


def change_address(order_id: int, address: Mapping[str, str], *, actor: str) -> None:
    """Let an order go elsewhere within its country; an address that is the same already changes nothing.

    What it costs stays: tax and delivery depend on the country, so that one can't be changed here. Raises `TooLate`
    once something is packed, and `ElsewhereCostsMore` when delivery there is another matter.
    """
    order = orders.lock_order(order_id)
    session.expire(order, ["fulfilments"])
    if not is_open(order) or has_packed(order_id):
        raise TooLate(_("This order is being packed or has left, so its address can’t be changed any more."))
    before = dict(order.shipping_address)
    after = {**before, **address, "country": before.get("country", "")}
    if after == before:
        return
    _check_delivery(order, before, after)
    order.shipping_address = after
    session.flush()
    orders.add_event(order_id, "address_changed", actor=actor, before=before, after=after)
    emit(AddressChanged(order_id, _changes(order_id)))


def cancel(order_id: int, *, request_id: str) -> None:
    """Call an order off: what was paid goes back. Raises what `payments.cancel_order` does, and `TooLate`."""

    def check(order: Order) -> None:
        # Under the order's lock, so that nobody packs it meanwhile.
        session.expire(order, ["fulfilments"])
        if not is_open(order):
            raise TooLate(_("This order is being packed or has left, so it can’t be cancelled any more."))

    payments.cancel_order(
        order_id,
        request_id=request_id,
        actor=CUSTOMER,
        reason=_("Cancelled by the customer"),
        restock=True,
        check=check,
    )


def order_again(order: Order, token_hash: str, *, market: MarketFacts, locale: str) -> Again:
    """Put what was ordered into a cart at today's price, as far as it is sold; call it outside of any transaction."""
    with transaction():
        sellables = _sellables(order, market)
    pieces, missing = 0, []
    for line in order.lines:
        sellable = sellables.get(line.variant_id)
        added = _put(sellable, line.quantity, token_hash, market, locale) if sellable else 0
        pieces += added
        if added < line.quantity:
            missing.append(line.title)
    return Again(pieces, tuple(missing))


def _check_delivery(order: Order, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Raise `ElsewhereCostsMore` when the way of delivery does not go there, or not at what it goes for here."""
    old, new = (_price(order, place) for place in (before, after))
    if old is not None and new != old:
        raise ElsewhereCostsMore(
            _("Delivery to this address costs something else or is not possible. Please write to us."), field="postcode"
        )


def _price(order: Order, place: Mapping[str, str]) -> int | None:
    to = Destination(place.get("country", ""), place.get("region", ""), place.get("postcode", ""))
    methods = list_methods(order.currency, to)
    return next((one.price.minor for one in methods if one.code == order.shipping_method_code), None)


def _changes(order_id: int) -> int:
    return len([event for event in get_order(order_id).events if event.kind == "address_changed"])


def _sellables(order: Order, market: MarketFacts) -> dict[int, Sellable]:
    products = {line.product_id for line in order.lines}
    rows = session.execute(select(Product.id, Product.revision).where(Product.id.in_(products)))
    revisions = {row.id: row.revision for row in rows}
    known = {line.variant_id: revisions[line.product_id] for line in order.lines if line.product_id in revisions}
    return list_sellables(known, market.prices())


def _put(sellable: Sellable, quantity: int, token_hash: str, market: MarketFacts, locale: str) -> int:
    """Put so many pieces into the cart, or as many as are left; return how many went in."""
    try:
        retrying(
            lambda: carts.add_line(
                token_hash,
                handle=sellable.handle,
                wanted=sellable.options,
                quantity=quantity,
                market=market,
                locale=locale,
            )
        )
    except TooFewLeft as error:
        left = int(error.facts["left"]) - int(error.facts["in_cart"])
        return _put(sellable, left, token_hash, market, locale) if 0 < left < quantity else 0
    except StoreError:
        # It is not sold any more, or not like this.
        return 0
    return quantity
